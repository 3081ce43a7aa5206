//===- AppendWindow.cpp - fot.append_window -------------------------------===//

#include "passes/LowerCPU/Kernels/Segments.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// Items are tokens.
static Value items(ImplicitLocOpBuilder &, Operation *operation,
                   KernelEmitter::Dim dim) {
  return dim(cast<AppendWindowOp>(operation).getInput(), 0);
}

static LogicalResult body(KernelBuilder &b, Operation *operation) {
  auto op = cast<AppendWindowOp>(operation);
  Value cache = op.getInits()[0];
  int64_t groups = KernelBuilder::staticDim(cache, 0);
  int64_t headDim = KernelBuilder::staticDim(cache, 2);
  RowChunks chunks(headDim, b.level.lanes());
  Value capacity = b.dim(cache, 1);
  Type element = cast<MemRefType>(cache.getType()).getElementType();
  b.loop(b.begin, b.end, 1, [&](Value token) {
    Value place = b.add(b.value(op.getPosition()), token);
    b.loop(b.cst(0), b.cst(groups), 1, [&](Value group) {
      Value from = b.mul(b.at(group, token, groups), b.cst(headDim));
      Value to = b.mul(b.add(b.mul(group, capacity), place), b.cst(headDim));
      for (int64_t offset : chunks.offsets) {
        Value numbers = b.loadVector(b.buffer(op.getInput()),
                                     b.add(from, b.cst(offset)), chunks.lanes);
        b.storeVector(fromF32(b, numbers, element), b.buffer(cache),
                      b.add(to, b.cst(offset)));
      }
    });
  });
  return success();
}

const KernelEmitter fot::appendWindowKernel = {items, body};
