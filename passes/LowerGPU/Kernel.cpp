//===- Kernel.cpp - the vocabulary GPU kernels are written with -----------===//

#include "passes/LowerGPU/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::fot;

/// Bytes of a shared array that is not declared but asked for by the launch.
constexpr int64_t kLargeShared = 16384;

GpuKernel::GpuKernel(LLVM::LLVMFuncOp function, Block *block, int64_t threads)
    : ImplicitLocOpBuilder(function.getLoc(), function.getContext()),
      function(function), numThreads(threads) {
  setInsertionPointToEnd(block);
}

Type GpuKernel::ptr(unsigned space) {
  return LLVM::LLVMPointerType::get(getContext(), space);
}

Value GpuKernel::value(Value operand) {
  Value given = values.lookup(operand);
  // A number of the call lies in device memory, one of the launch is given.
  if (isa<LLVM::LLVMPointerType>(given.getType())) {
    given = LLVM::LoadOp::create(*this, getI64Type(), given);
  }
  return narrow(given);
}

Value GpuKernel::dim(Value operand, unsigned index) {
  int64_t size = staticDim(operand, index);
  return ShapedType::isDynamic(size) ? narrow(dims.lookup({operand, index}))
                                     : i32(size);
}

Value GpuKernel::thread() {
  return NVVM::ThreadIdXOp::create(*this, getI32Type());
}
Value GpuKernel::lane() { return rem(thread(), kWarp); }
Value GpuKernel::warp() { return div(thread(), kWarp); }

Value GpuKernel::block(unsigned axis) {
  if (axis == 0) {
    return NVVM::BlockIdXOp::create(*this, getI32Type());
  }
  if (axis == 1) {
    return NVVM::BlockIdYOp::create(*this, getI32Type());
  }
  return NVVM::BlockIdZOp::create(*this, getI32Type());
}

Value GpuKernel::i32(int64_t number) {
  return arith::ConstantOp::create(*this, getI32IntegerAttr(number));
}
Value GpuKernel::i64(int64_t number) {
  return arith::ConstantOp::create(*this, getI64IntegerAttr(number));
}
Value GpuKernel::f32(double number) {
  return arith::ConstantOp::create(*this, getF32FloatAttr(number));
}
Value GpuKernel::number(int64_t number, Value like) {
  return arith::ConstantOp::create(*this,
                                   getIntegerAttr(like.getType(), number));
}

Value GpuKernel::add(Value a, Value b) {
  return arith::AddIOp::create(*this, a, b);
}
Value GpuKernel::sub(Value a, Value b) {
  return arith::SubIOp::create(*this, a, b);
}
Value GpuKernel::mul(Value a, Value b) {
  return arith::MulIOp::create(*this, a, b);
}
Value GpuKernel::div(Value a, int64_t b) {
  return arith::DivUIOp::create(*this, a, number(b, a));
}
Value GpuKernel::rem(Value a, int64_t b) {
  return arith::RemUIOp::create(*this, a, number(b, a));
}
Value GpuKernel::min(Value a, Value b) {
  return arith::MinSIOp::create(*this, a, b);
}
Value GpuKernel::max(Value a, Value b) {
  return arith::MaxSIOp::create(*this, a, b);
}
Value GpuKernel::lt(Value a, Value b) {
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::slt, a, b);
}
Value GpuKernel::eq(Value a, Value b) {
  return arith::CmpIOp::create(*this, arith::CmpIPredicate::eq, a, b);
}
Value GpuKernel::both(Value a, Value b) {
  return arith::AndIOp::create(*this, a, b);
}
Value GpuKernel::select(Value condition, Value a, Value b) {
  return arith::SelectOp::create(*this, condition, a, b);
}
Value GpuKernel::fadd(Value a, Value b) {
  return arith::AddFOp::create(*this, a, b);
}
Value GpuKernel::fsub(Value a, Value b) {
  return arith::SubFOp::create(*this, a, b);
}
Value GpuKernel::fmul(Value a, Value b) {
  return arith::MulFOp::create(*this, a, b);
}
Value GpuKernel::fdiv(Value a, Value b) {
  return arith::DivFOp::create(*this, a, b);
}
Value GpuKernel::fmax(Value a, Value b) { return select(fgt(a, b), a, b); }
Value GpuKernel::fgt(Value a, Value b) {
  return arith::CmpFOp::create(*this, arith::CmpFPredicate::OGT, a, b);
}
Value GpuKernel::fma(Value a, Value b, Value c) {
  return LLVM::FMAOp::create(*this, a, b, c);
}

Value GpuKernel::exp(Value x) {
  return intrinsic("llvm.nvvm.ex2.approx.f32", getF32Type(),
                   {fmul(x, f32(1.0 / std::log(2.0)))});
}

Value GpuKernel::widen(Value number) {
  return number.getType().isInteger(64)
             ? number
             : Value(arith::ExtSIOp::create(*this, getI64Type(), number));
}
Value GpuKernel::narrow(Value number) {
  return number.getType().isInteger(32)
             ? number
             : Value(arith::TruncIOp::create(*this, getI32Type(), number));
}
Value GpuKernel::toFloat(Value number) {
  Type type = number.getType();
  if (type.isF32()) {
    return number;
  }
  if (isa<FloatType>(type)) {
    return arith::ExtFOp::create(*this, getF32Type(), number);
  }
  return arith::SIToFPOp::create(*this, getF32Type(), number);
}

Value GpuKernel::extract(Value vector, int64_t i) {
  return vector::ExtractOp::create(*this, vector, i);
}

Value GpuKernel::bitcast(Value value, Type type) {
  return LLVM::BitcastOp::create(*this, type, value);
}

Value GpuKernel::intrinsic(StringRef name, Type result, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(*this, result, getStringAttr(name),
                                       operands)
      .getResult(0);
}

Value GpuKernel::at(Value pointer, Type element, Value index) {
  return LLVM::GEPOp::create(*this, pointer.getType(), element, pointer,
                             ArrayRef<LLVM::GEPArg>{index});
}

Value GpuKernel::load(Value pointer, Type element, Value index) {
  return LLVM::LoadOp::create(*this, element, at(pointer, element, index));
}

void GpuKernel::store(Value value, Value pointer, Value index) {
  LLVM::StoreOp::create(*this, value, at(pointer, value.getType(), index));
}

Value GpuKernel::loadVector(Value pointer, Type element, Value index,
                            int64_t lanes) {
  unsigned bytes = lanes * element.getIntOrFloatBitWidth() / 8;
  return LLVM::LoadOp::create(*this, VectorType::get({lanes}, element),
                              at(pointer, element, index), bytes);
}

Value GpuKernel::loadField(Value pointer, int64_t byte, Type type) {
  return LLVM::LoadOp::create(*this, type, at(pointer, getI8Type(), i32(byte)));
}

Value GpuKernel::global(Value pointer) {
  return LLVM::AddrSpaceCastOp::create(*this, ptr(kGlobalSpace), pointer);
}

/// A shared variable of the kernel, and its address at the kernel's beginning.
Value GpuKernel::declareShared(Type type, LLVM::Linkage linkage,
                               const Twine &suffix) {
  auto module = function->getParentOfType<ModuleOp>();
  std::string name = (function.getName() + suffix).str();
  auto global = module.lookupSymbol<LLVM::GlobalOp>(name);
  if (!global) {
    OpBuilder outer = OpBuilder::atBlockBegin(module.getBody());
    global = LLVM::GlobalOp::create(outer, getLoc(), type, /*isConstant=*/false,
                                    linkage, name, Attribute(),
                                    /*alignment=*/16, kSharedSpace);
    if (linkage == LLVM::Linkage::Internal) {
      // Shared memory begins undefined.
      outer.createBlock(&global.getInitializerRegion());
      Value undefined = LLVM::PoisonOp::create(outer, getLoc(), type);
      LLVM::ReturnOp::create(outer, getLoc(), undefined);
    }
  }
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(&function.getBody().front());
  return LLVM::AddressOfOp::create(*this, global);
}

Value GpuKernel::shared(Type element, int64_t count) {
  int64_t size = isa<LLVM::LLVMPointerType>(element)
                     ? 8
                     : element.getIntOrFloatBitWidth() / 8;
  if (count * size < kLargeShared) {
    return declareShared(LLVM::LLVMArrayType::get(element, count),
                         LLVM::Linkage::Internal,
                         "_shared" + Twine(numShared++));
  }
  Value begin = declareShared(LLVM::LLVMArrayType::get(getI8Type(), 0),
                              LLVM::Linkage::External, "_launch");
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointAfter(begin.getDefiningOp());
  Value place = at(begin, getI8Type(), i32(launchBytes));
  launchBytes += (count * size + 15) / 16 * 16;
  return place;
}

SmallVector<Value>
GpuKernel::loop(Value from, Value to, Value step, ValueRange inits,
                function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto loop = scf::ForOp::create(*this, from, to, step, inits);
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

Operation *GpuKernel::loop(Value from, Value to, Value step,
                           function_ref<void(Value)> body) {
  auto loop = scf::ForOp::create(*this, from, to, step);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(loop.getBody());
  body(loop.getInductionVar());
  return loop;
}

void GpuKernel::keepLoop(Operation *loop) {
  MLIRContext *context = loop->getContext();
  auto unroll = LLVM::LoopUnrollAttr::get(
      context, /*disable=*/BoolAttr::get(context, true), {}, {}, {}, {}, {},
      {});
  auto annotation = LLVM::LoopAnnotationAttr::get(
      context, {}, {}, {}, unroll, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {});
  loop->setAttr("loop_annotation", annotation);
}

void GpuKernel::when(Value condition, function_ref<void()> body) {
  auto ifOp = scf::IfOp::create(*this, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(*this);
  setInsertionPointToStart(ifOp.thenBlock());
  body();
}

void GpuKernel::barrier() { NVVM::Barrier0Op::create(*this); }

void GpuKernel::warpBarrier() { NVVM::SyncWarpOp::create(*this, i32(-1)); }

Value GpuKernel::shuffleXor(Value value, int64_t mask) {
  return NVVM::ShflOp::create(*this, value.getType(), i32(-1), value, i32(mask),
                              i32(kWarp - 1), NVVM::ShflKind::bfly, UnitAttr());
}

Value GpuKernel::shuffleFrom(Value value, Value lane) {
  return NVVM::ShflOp::create(*this, value.getType(), i32(-1), value, lane,
                              i32(kWarp - 1), NVVM::ShflKind::idx, UnitAttr());
}

Value GpuKernel::reduceWarp(Value value,
                            function_ref<Value(Value, Value)> join) {
  for (int64_t mask = kWarp / 2; mask > 0; mask /= 2) {
    value = join(value, shuffleXor(value, mask));
  }
  return value;
}

Value GpuKernel::warpSum(Value value) {
  return reduceWarp(value, [&](Value a, Value b) {
    return isa<FloatType>(a.getType()) ? fadd(a, b) : add(a, b);
  });
}

Value GpuKernel::warpMax(Value value) {
  return reduceWarp(value, [&](Value a, Value b) {
    return isa<FloatType>(a.getType()) ? fmax(a, b) : max(a, b);
  });
}

Value GpuKernel::blockSum(Value value) {
  value = warpSum(value);
  if (warps() == 1) {
    return value;
  }
  Value parts = shared(value.getType(), warps());
  when(eq(lane(), 0), [&] { store(value, parts, warp()); });
  barrier();
  Value sum = load(parts, value.getType(), i32(0));
  for (int64_t i = 1; i < warps(); ++i) {
    sum = fadd(sum, load(parts, value.getType(), i32(i)));
  }
  return sum;
}

std::function<SmallVector<Value>(ImplicitLocOpBuilder &, GpuLaunch::Dim)>
mlir::fot::elementGrid(Value operand, int64_t threads) {
  return [=](ImplicitLocOpBuilder &b, GpuLaunch::Dim dim) {
    Value count = arith::ConstantIndexOp::create(b, 1);
    auto type = cast<MemRefType>(operand.getType());
    for (int64_t i = 0; i < type.getRank(); ++i) {
      count = arith::MulIOp::create(b, count, dim(operand, i));
    }
    Value each = arith::ConstantIndexOp::create(b, threads);
    return SmallVector<Value>{arith::CeilDivUIOp::create(b, count, each)};
  };
}

std::function<SmallVector<Value>(ImplicitLocOpBuilder &, GpuLaunch::Dim)>
mlir::fot::rowGrid(Value operand, int64_t perRow) {
  return [=](ImplicitLocOpBuilder &b, GpuLaunch::Dim dim) {
    return SmallVector<Value>{dim(operand, 0),
                              arith::ConstantIndexOp::create(b, perRow)};
  };
}

GpuEmitter mlir::fot::lookupGpuEmitter(OperationName name) {
  return llvm::StringSwitch<GpuEmitter>(name.getStringRef())
      .Case(linalg::AddOp::getOperationName(), gpuAdd)
      .Case(AppendMemoryOp::getOperationName(), gpuAppendMemory)
      .Case(AppendWindowOp::getOperationName(), gpuAppendWindow)
      .Case(AttentionOp::getOperationName(), gpuAttention)
      .Case(EmbeddingOp::getOperationName(), gpuEmbedding)
      .Case(GatedMatmulOp::getOperationName(), gpuGatedMatmul)
      .Case(GatherOp::getOperationName(), gpuGather)
      .Case(KnnOp::getOperationName(), gpuKnn)
      .Case(LastRowsOp::getOperationName(), gpuLastRows)
      .Case(MatmulOp::getOperationName(), gpuMatmul)
      .Case(MemoryAttentionOp::getOperationName(), gpuMemoryAttention)
      .Case(PartialKnnOp::getOperationName(), gpuPartialKnn)
      .Case(QuantizeOp::getOperationName(), gpuQuantize)
      .Case(RmsNormOp::getOperationName(), gpuRmsNorm)
      .Case(RopeOp::getOperationName(), gpuRope)
      .Case(SealMemoryOp::getOperationName(), gpuSealMemory)
      .Case(SwiGLUOp::getOperationName(), gpuSwiglu)
      .Case(ViewMemoryOp::getOperationName(), gpuViewMemory)
      .Case(WindowMatmulOp::getOperationName(), gpuWindowMatmul)
      .Default(nullptr);
}
