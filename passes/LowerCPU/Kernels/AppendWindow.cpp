//===- AppendWindow.cpp - fot.append_window -------------------------------===//

#include "passes/LowerCPU/Kernels/WindowRow.h"

#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

WindowRows::WindowRows(KernelBuilder &b, Value cache, int64_t size)
    : b(b), cache(b.buffer(cache)),
      element(cast<MemRefType>(cache.getType()).getElementType()),
      headDim(KernelBuilder::staticDim(cache, 2)), capacity(b.dim(cache, 1)),
      chunks(size, b.level.lanes()) {}

void WindowRows::store(Value buffer, Value from, Value place, Value feature) {
  Value size = b.cst(headDim);
  Value head = arith::DivUIOp::create(b, feature, size);
  Value row = b.add(b.mul(head, capacity), place);
  Value to = b.add(b.mul(row, size), arith::RemUIOp::create(b, feature, size));
  for (int64_t offset : chunks.offsets) {
    Value numbers =
        b.loadVector(buffer, b.add(from, b.cst(offset)), chunks.lanes);
    b.storeVector(fromF32(b, numbers, element), cache,
                  b.add(to, b.cst(offset)));
  }
}

/// Items are tokens.
static Value items(ImplicitLocOpBuilder &, Operation *operation,
                   KernelEmitter::Dim dim) {
  return dim(cast<AppendWindowOp>(operation).getInput(), 0);
}

static LogicalResult body(KernelBuilder &b, Operation *operation) {
  auto op = cast<AppendWindowOp>(operation);
  int64_t features = KernelBuilder::staticDim(op.getInput(), 1);
  int64_t headDim = KernelBuilder::staticDim(op.getInits()[0], 2);
  WindowRows rows(b, op.getInits()[0], headDim);
  b.loop(b.begin, b.end, 1, [&](Value token) {
    Value place = b.add(b.value(op.getPosition()), token);
    b.loop(b.cst(0), b.cst(features), headDim, [&](Value feature) {
      rows.store(b.buffer(op.getInput()), b.at(feature, token, features), place,
                 feature);
    });
  });
  return success();
}

const KernelEmitter fot::appendWindowKernel = {items, body};
