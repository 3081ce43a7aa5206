//===- EntryRewriter.cpp - entry points from buffers to the ABI -----------===//

#include "passes/Support/EntryRewriter.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;
using namespace mlir::fot;

// Field offsets of runtime/include/fot/kernel_abi.h.
constexpr int64_t kCallWeights = 16, kCallWorkspace = 24;
constexpr int64_t kTensorBytes = 40, kTensorDims = 8;

EntryRewriter::EntryRewriter(func::FuncOp source)
    : source(source), b(source.getLoc(), source.getContext()),
      pointer(LLVM::LLVMPointerType::get(source.getContext())),
      i64(b.getI64Type()), i32(b.getI32Type()) {}

FailureOr<Block *> EntryRewriter::begin() {
  if (!source.getBody().hasOneBlock()) {
    return source.emitOpError() << "expects an entry point of one block";
  }
  b.setInsertionPoint(source);
  auto entry = func::FuncOp::create(
      b, source.getName(),
      FunctionType::get(b.getContext(), {pointer, i32, i32}, {i32}));
  Block *block = entry.addEntryBlock();
  b.setInsertionPointToStart(block);
  call = block->getArgument(0);
  weights = loadAt(call, kCallWeights, pointer);
  workspace = loadAt(call, kCallWorkspace, pointer);
  return block;
}

Value EntryRewriter::gep(Value base, int64_t offset) {
  if (offset == 0) {
    return base;
  }
  Value bytes = LLVM::ConstantOp::create(b, i64, b.getI64IntegerAttr(offset));
  return LLVM::GEPOp::create(b, pointer, b.getI8Type(), base, bytes);
}

void EntryRewriter::bindTensor(BlockArgument argument, Value tensors,
                               int64_t number) {
  auto type = cast<MemRefType>(argument.getType());
  int64_t base = number * kTensorBytes;
  Buffer buffer{loadAt(tensors, base, pointer), {}};
  for (int64_t i = 0; i < type.getRank(); ++i) {
    if (type.isDynamicDim(i)) {
      buffer.sizes.push_back(
          toIndex(loadAt(tensors, base + kTensorDims + 8 * i, i64)));
    }
  }
  buffers[argument] = buffer;
}

Value EntryRewriter::size(Value buffer, unsigned dim) {
  auto type = cast<MemRefType>(buffer.getType());
  if (!type.isDynamicDim(dim)) {
    return arith::ConstantIndexOp::create(b, type.getDimSize(dim));
  }
  return buffers[buffer].sizes[type.getDynamicDimIndex(dim)];
}

std::optional<LogicalResult> EntryRewriter::lowerPlain(Operation &op) {
  if (auto load = dyn_cast<LoadWeightOp>(op)) {
    auto weight = SymbolTable::lookupNearestSymbolFrom<WeightOp>(
        source, load.getWeightAttr());
    if (!weight || !weight.getOffset()) {
      return load.emitOpError() << "expects a weight with an offset";
    }
    buffers[load.getResult()] = {gep(weights, *weight.getOffset()), {}};
    return success();
  }
  if (auto buffer = dyn_cast<WorkspaceBufferOp>(op)) {
    SmallVector<Value> sizes;
    for (Value size : buffer.getSizes()) {
      sizes.push_back(mapping.lookup(size));
    }
    buffers[buffer.getResult()] = {gep(workspace, buffer.getOffset()), sizes};
    return success();
  }
  if (auto dim = dyn_cast<memref::DimOp>(op)) {
    if (!dim.getConstantIndex()) {
      return dim.emitOpError() << "expects a constant dimension";
    }
    mapping.map(dim.getResult(),
                size(dim.getSource(), *dim.getConstantIndex()));
    return success();
  }
  if (auto memorySize = dyn_cast<MemorySizeOp>(op)) {
    mapping.map(
        memorySize.getResult(),
        toIndex(loadAt(memories.lookup(memorySize.getMemory()), 0, i64)));
    return success();
  }
  if (isa<func::ReturnOp>(op)) {
    Value zero = arith::ConstantOp::create(b, b.getI32IntegerAttr(0));
    func::ReturnOp::create(b, zero);
    return success();
  }
  if (isa<arith::ArithDialect>(op.getDialect())) {
    b.clone(op, mapping);
    return success();
  }
  return std::nullopt;
}
