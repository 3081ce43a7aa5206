//===- AttentionParts.cpp - attention by two launches ---------------------===//

#include "passes/LowerGPU/Kernels/AttentionParts.h"
#include "passes/LowerGPU/Kernels/KnnTile.h"
#include "passes/LowerGPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

bool AttentionParts::canReadMemory(MemoryAttentionOp op,
                                   const QueryShape &shape) {
  MemoryType type = op.getMemory().getType();
  RowFormat keys{type.getKeyType(), type.getHeadDim()};
  RowFormat values{type.getValueType(), type.getHeadDim()};
  if (op.getMode() == MemoryMode::Dense) {
    return AttentionTile::fits(shape, keys, values);
  }
  return KnnTile::fits(shape, keys, *op.getK()) && !op.getPartialScores();
}

AttentionParts::AttentionParts(Operation *op, const QueryShape &shape)
    : shape(shape) {
  int64_t given = 0;
  if (auto splits = op->getAttrOfType<IntegerAttr>(kGpuSplitsAttr)) {
    given = splits.getInt();
  }
  auto tile = op->getAttrOfType<BoolAttr>(kGpuTileAttr);
  tiled = tile && tile.getValue();
  if (auto attention = dyn_cast<MemoryAttentionOp>(op)) {
    remembers = true;
    k = attention.getK().value_or(0);
    blocks = tiled && canReadMemory(attention, shape) ? given : 0;
    whole = shape.needsWhole(attention.getInits()[0]);
  } else {
    auto window = cast<AttentionOp>(op);
    remembers = window.getRetrievedKeys() || window.getPrefixKeys();
    whole = shape.needsWhole(window.getInits()[0]);
  }
  ranges = tiled ? 1 : std::max<int64_t>(given, 1);
}

int64_t AttentionParts::scratchBytes(int64_t maxTokens) const {
  int64_t partBytes = shape.heads * (shape.headDim + 2) * sizeof(float);
  if (!tiled) {
    return ranges > 1 ? ranges * partBytes : 0;
  }
  int64_t bytes = remembers || whole ? maxTokens * partBytes : 0;
  if (readsMemory()) {
    int64_t rows = std::max(maxTokens, blocks * QueryTile::tokens(shape));
    bytes += rows * (k ? shape.heads * k * 8 : partBytes);
  }
  return bytes;
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
  launch.costs.others = false;
  launch.reads = {1, shape.heads / shape.groups};
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

/// Leaves the parts of a tile, of which token 0 is the `firstToken`th.
void AttentionParts::storeTile(GpuKernel &b, AttentionTile &tile,
                               Value firstToken) const {
  auto first = [&](const AttentionTile::Row &row) {
    return place(b, b.add(firstToken, row.token), row.head);
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
}

GpuLaunch AttentionParts::launchTiles(Value keys, Value values, Value position,
                                      double scale) const {
  GpuLaunch launch = AttentionTile::launch(shape, windowFormat(keys));
  launch.takesScratch = true;
  launch.costs = {.window = true, .memory = false, .others = false};
  launch.body = [=, *this](GpuKernel &b) {
    AttentionTile tile(b, shape, windowFormat(keys), windowFormat(values),
                       scale);
    tile.joinWindow(keys, values, b.value(position));
    storeTile(b, tile, b.i32(0));
    return success();
  };
  return launch;
}

GpuLaunch AttentionParts::launchRanges(GpuLaunch launch) const {
  launch.takesScratch = true;
  launch.costs = {.window = false, .memory = true, .others = false};
  auto tiles = launch.grid;
  launch.grid = [*this, tiles](ImplicitLocOpBuilder &b, GpuLaunch::Dim dim) {
    SmallVector<Value> grid = tiles(b, dim);
    Value one = arith::ConstantIndexOp::create(b, 1);
    Value wanted = arith::ConstantIndexOp::create(b, blocks);
    Value each = arith::DivUIOp::create(b, wanted, grid[0]);
    grid.push_back(arith::MaxUIOp::create(b, each, one));
    return grid;
  };
  return launch;
}

Value AttentionParts::numRanges(GpuKernel &b) const {
  int64_t each = QueryTile::tokens(shape);
  Value tiles = b.div(b.add(b.dim(shape.queries, 0), each - 1), each);
  return b.max(arith::DivUIOp::create(b, b.i32(blocks), tiles), b.i32(1));
}

std::pair<Value, Value> AttentionParts::rangeOfBlock(GpuKernel &b,
                                                     Value count) const {
  Value all = b.widen(numRanges(b));
  auto bound = [&](Value range) {
    Value product = b.mul(b.widen(count), b.widen(range));
    return b.narrow(arith::DivUIOp::create(b, product, all));
  };
  return {bound(b.block(2)), bound(b.add(b.block(2), 1))};
}

Value AttentionParts::listAt(GpuKernel &b, Value range, Value token,
                             Value head) const {
  // They lie behind the windows' parts.
  Value tokens = b.dim(shape.queries, 0);
  Value windows = b.widen(b.mul(tokens, shape.heads));
  Value list = b.add(b.mul(range, tokens), token);
  list = b.widen(b.add(b.mul(list, shape.heads), head));
  return b.add(b.mul(windows, shape.headDim + 2), b.mul(list, 2 * k));
}

GpuLaunch AttentionParts::launchRetrieval(Value memory) const {
  auto type = cast<MemoryType>(memory.getType());
  RowFormat keys{type.getKeyType(), type.getHeadDim()};
  GpuLaunch launch = launchRanges(AttentionTile::launch(shape, keys));
  launch.body = [=, *this](GpuKernel &b) {
    GpuMemory bank(b, b.pointer(memory), type);
    KnnTile tile(b, shape, bank, k, b.scratch(),
                 [&](const QueryTile::Row &row) {
                   return listAt(b, b.block(2), row.token, row.head);
                 });
    Value heard = bank.isHeard(b.block(1));
    auto [low, high] = rangeOfBlock(b, bank.count());
    tile.scan(low, b.select(heard, high, low));
    return success();
  };
  return launch;
}

GpuLaunch AttentionParts::launchMemoryTiles(Value memory, double scale) const {
  auto type = cast<MemoryType>(memory.getType());
  RowFormat keys{type.getKeyType(), type.getHeadDim()};
  RowFormat values{type.getValueType(), type.getHeadDim()};
  GpuLaunch launch = launchRanges(AttentionTile::launch(shape, keys));
  launch.body = [=, *this](GpuKernel &b) {
    GpuMemory bank(b, b.pointer(memory), type);
    AttentionTile tile(b, shape, keys, values, scale);
    Value heard = bank.isHeard(b.block(1));
    auto [low, high] = rangeOfBlock(b, bank.count());
    tile.joinMemory(bank, low, b.select(heard, high, low));
    Value part = b.add(b.block(2), 1);
    storeTile(b, tile, b.mul(part, b.dim(shape.queries, 0)));
    return success();
  };
  return launch;
}

void AttentionParts::join(GpuKernel &b, AttentionState &state, Value token,
                          Value head) const {
  // Of many tokens the window is first, and then there are ranges.
  Value count = b.i32(ranges), tokens = b.i32(1);
  if (tiled) {
    tokens = b.dim(shape.queries, 0);
    count = readsMemory() && !k ? b.add(numRanges(b), 1) : b.i32(1);
  }
  auto load = [&](Value range, Value d) {
    Value row = b.add(b.mul(range, tokens), token);
    return b.load(b.scratch(), b.getF32Type(), b.add(place(b, row, head), d));
  };
  AttentionState::PartList list;
  list.count = count;
  list.largest = [&](Value i) { return load(i, b.i32(shape.headDim)); };
  list.sum = [&](Value i) { return load(i, b.i32(shape.headDim + 1)); };
  list.number = load;
  state.joinParts(list);
}
