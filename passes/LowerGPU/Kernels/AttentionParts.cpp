//===- AttentionParts.cpp - one token's attention, cut up -----------------===//

#include "passes/LowerGPU/Kernels/AttentionParts.h"
#include "passes/LowerGPU/Passes.h"

using namespace mlir;
using namespace mlir::fot;

AttentionParts::AttentionParts(Operation *op, const QueryShape &shape)
    : shape(shape) {
  if (auto splits = op->getAttrOfType<IntegerAttr>(kGpuSplitsAttr)) {
    ranges = splits.getInt();
  }
}

/// The first number of a part.
Value AttentionParts::place(GpuKernel &b, Value range, Value head) const {
  return b.mul(b.add(b.mul(range, shape.heads), head), shape.headDim + 2);
}

std::pair<Value, Value> AttentionParts::entries(GpuKernel &b, Value count,
                                                Value range) const {
  return {rangeBound(b, count, range, ranges),
          rangeBound(b, count, b.add(range, 1), ranges)};
}

GpuLaunch AttentionParts::launch(RangeBody join) const {
  GpuLaunch launch;
  launch.threads = kAttentionThreads;
  launch.takesScratch = true;
  launch.grid = [*this](ImplicitLocOpBuilder &b, GpuLaunch::Dim) {
    return SmallVector<Value>{arith::ConstantIndexOp::create(b, ranges),
                              arith::ConstantIndexOp::create(b, shape.heads)};
  };
  launch.body = [*this, join](GpuKernel &b) {
    Value range = b.block(0), head = b.block(1);
    AttentionState state(b, shape);
    state.begin(/*token=*/b.i32(0), head);
    join(b, state, head, range);
    Value first = place(b, range, head);
    state.finishSums([&](Value d, Value number) {
      b.store(number, b.scratch(), b.add(first, d));
    });
    b.when(b.eq(b.thread(), 0), [&] {
      b.store(state.largest(), b.scratch(), b.add(first, shape.headDim));
      b.store(state.sum(), b.scratch(), b.add(first, shape.headDim + 1));
    });
    return success();
  };
  return launch;
}

void AttentionParts::join(GpuKernel &b, AttentionState &state,
                          Value head) const {
  auto load = [&](Value range, Value d) {
    return b.load(b.scratch(), b.getF32Type(), b.add(place(b, range, head), d));
  };
  AttentionState::PartList list;
  list.count = b.i32(ranges);
  list.largest = [&](Value i) { return load(i, b.i32(shape.headDim)); };
  list.sum = [&](Value i) { return load(i, b.i32(shape.headDim + 1)); };
  list.number = load;
  state.joinParts(list);
}
