//===- Kernel.cpp - the vocabulary kernels are written with ---------------===//

#include "passes/LowerCPU/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::fot;

Value KernelBuilder::dim(Value operand, unsigned index) {
  int64_t size = staticDim(operand, index);
  return ShapedType::isDynamic(size) ? dims.lookup({operand, index})
                                     : cst(size);
}

Value KernelBuilder::f32(float number) {
  return arith::ConstantOp::create(*this, getF32FloatAttr(number));
}

Value KernelBuilder::i32(int32_t number) {
  return arith::ConstantOp::create(*this, getI32IntegerAttr(number));
}

Value KernelBuilder::splat(float number, int64_t lanes) {
  auto type = VectorType::get({lanes}, getF32Type());
  return arith::ConstantOp::create(*this, DenseElementsAttr::get(type, number));
}

Value KernelBuilder::at(Value base, Value index, int64_t stride) {
  return add(base, mul(index, cst(stride)));
}

Value KernelBuilder::loadVector(Value buffer, Value index, int64_t lanes) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  return vector::LoadOp::create(*this, VectorType::get({lanes}, element),
                                buffer, index);
}

void KernelBuilder::storeVector(Value vector, Value buffer, Value index) {
  vector::StoreOp::create(*this, vector, buffer, index);
}

Value KernelBuilder::broadcast(Value scalar, int64_t lanes) {
  return vector::BroadcastOp::create(
      *this, VectorType::get({lanes}, scalar.getType()), scalar);
}

Value KernelBuilder::intrinsic(StringRef name, Type result,
                               ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(*this, result, getStringAttr(name),
                                       operands)
      .getResult(0);
}

SmallVector<Value>
KernelBuilder::loop(Value from, Value to, int64_t step, ValueRange inits,
                    function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(*this, from, to, cst(step), inits);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  setInsertionPointToEnd(loop.getBody());
  if (!inits.empty()) {
    scf::YieldOp::create(*this, next);
  }
  return SmallVector<Value>(loop.getResults());
}

void KernelBuilder::loop(Value from, Value to, int64_t step,
                         function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(*this, from, to, cst(step));
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
}

void KernelBuilder::when(Value condition, function_ref<void()> body) {
  auto ifOp = scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(ifOp.thenBlock());
  body();
}

Value KernelBuilder::scratch(Type element, int64_t count) {
  OpBuilder::InsertionGuard guard(*this);
  Operation *op = getInsertionBlock()->getParentOp();
  auto func = dyn_cast<FunctionOpInterface>(op);
  if (!func) {
    func = op->getParentOfType<FunctionOpInterface>();
  }
  setInsertionPointToStart(&func.getFunctionBody().front());
  return memref::AllocaOp::create(*this, MemRefType::get({count}, element),
                                  getI64IntegerAttr(64));
}

const KernelEmitter *mlir::fot::lookupKernelEmitter(OperationName name) {
  return llvm::StringSwitch<const KernelEmitter *>(name.getStringRef())
      .Case(linalg::AddOp::getOperationName(), &addKernel)
      .Case(AppendMemoryOp::getOperationName(), &appendMemoryKernel)
      .Case(AppendWindowOp::getOperationName(), &appendWindowKernel)
      .Case(AttentionOp::getOperationName(), &attentionKernel)
      .Case(EmbeddingOp::getOperationName(), &embeddingKernel)
      .Case(GatedMatmulOp::getOperationName(), &gatedMatmulKernel)
      .Case(GatherOp::getOperationName(), &gatherKernel)
      .Case(KnnOp::getOperationName(), &knnKernel)
      .Case(LastRowsOp::getOperationName(), &lastRowsKernel)
      .Case(MatmulOp::getOperationName(), &matmulKernel)
      .Case(MemoryAttentionOp::getOperationName(), &memoryAttentionKernel)
      .Case(PartialAttentionOp::getOperationName(), &partialAttentionKernel)
      .Case(PartialKnnOp::getOperationName(), &partialKnnKernel)
      .Case(QuantizeOp::getOperationName(), &quantizeKernel)
      .Case(RmsNormOp::getOperationName(), &rmsNormKernel)
      .Case(RopeOp::getOperationName(), &ropeKernel)
      .Case(SealMemoryOp::getOperationName(), &sealMemoryKernel)
      .Case(SwiGLUOp::getOperationName(), &swigluKernel)
      .Case(ViewMemoryOp::getOperationName(), &viewMemoryKernel)
      .Case(WindowMatmulOp::getOperationName(), &windowMatmulKernel)
      .Default(nullptr);
}
