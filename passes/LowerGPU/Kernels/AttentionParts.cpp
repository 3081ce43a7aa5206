//===- AttentionParts.cpp - attention by two launches ---------------------===//

#include "passes/LowerGPU/Kernels/AttentionParts.h"
#include "passes/LowerGPU/Passes.h"

using namespace mlir;
using namespace mlir::fot;

AttentionParts::AttentionParts(Operation *op, const QueryShape &shape)
    : shape(shape) {
  if (auto splits = op->getAttrOfType<IntegerAttr>(kGpuSplitsAttr)) {
    ranges = splits.getInt();
  }
  auto tile = op->getAttrOfType<BoolAttr>(kGpuTileAttr);
  tiled = tile && tile.getValue();
}

/// The first number of a part, of a range or a token.
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
    b.when(b.eq(b.thread(), 0),
           [&] { storeState(b, first, state.largest(), state.sum()); });
    return success();
  };
  return launch;
}

void AttentionParts::storeState(GpuKernel &b, Value first, Value largest,
                                Value sum) const {
  b.store(largest, b.scratch(), b.add(first, shape.headDim));
  b.store(sum, b.scratch(), b.add(first, shape.headDim + 1));
}

GpuLaunch AttentionParts::launchTiles(Value keys, Value values, Value position,
                                      double scale) const {
  GpuLaunch launch = AttentionTile::launch(shape, keys);
  launch.takesScratch = true;
  launch.body = [=, *this](GpuKernel &b) {
    AttentionTile tile(b, shape, keys, values);
    tile.joinWindow(b.value(position), b.f32(scale));
    auto first = [&](const AttentionTile::Row &row) {
      return place(b, row.token, row.head);
    };
    tile.finishSums(
        [&](const AttentionTile::Row &row, Value d, Value even, Value odd) {
          Value at = b.add(first(row), d);
          b.store(even, b.scratch(), at);
          b.store(odd, b.scratch(), b.add(at, 1));
        },
        [&](const AttentionTile::Row &row, Value largest, Value sum) {
          storeState(b, first(row), largest, sum);
        });
    return success();
  };
  return launch;
}

void AttentionParts::join(GpuKernel &b, AttentionState &state, Value token,
                          Value head) const {
  // There is one token, or one range.
  auto load = [&](Value range, Value d) {
    return b.load(b.scratch(), b.getF32Type(),
                  b.add(place(b, b.add(range, token), head), d));
  };
  AttentionState::PartList list;
  list.count = b.i32(ranges);
  list.largest = [&](Value i) { return load(i, b.i32(shape.headDim)); };
  list.sum = [&](Value i) { return load(i, b.i32(shape.headDim + 1)); };
  list.number = load;
  state.joinParts(list);
}
