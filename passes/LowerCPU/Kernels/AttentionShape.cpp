//===- AttentionShape.cpp - how queries are cut into tiles ----------------===//

#include "passes/LowerCPU/Kernels/AttentionShape.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// Keys scored at a time unless the strategy says otherwise.
constexpr int64_t kDefaultKeys = 64;
/// Rows that default tiles aim at.
constexpr int64_t kDefaultRows = 24;

TileShape::TileShape(int64_t numTokens, int64_t features, int64_t groups,
                     int64_t headDim, StrategyAttr strategy, int64_t maxRows)
    : heads(features / headDim), groups(groups), headDim(headDim),
      keys(kDefaultKeys) {
  int64_t shared = heads / groups;
  int64_t wanted = shared;
  tokens = 0;
  if (strategy) {
    tokens = strategy.getTokens();
    wanted = strategy.getGrain();
    if (strategy.getKeys() > 0) {
      keys = std::min<int64_t>(llvm::alignTo(strategy.getKeys(), 16), 1024);
    }
  }
  // Heads of a tile share their keys, and tiles of an op are all alike.
  grain = std::clamp<int64_t>(wanted, 1, std::min(shared, maxRows));
  while (shared % grain != 0) {
    --grain;
  }
  if (tokens <= 0) {
    tokens = std::max<int64_t>(kDefaultRows / grain, 1);
  }
  tokens =
      std::clamp<int64_t>(tokens, 1, std::max<int64_t>(maxRows / grain, 1));
  if (!ShapedType::isDynamic(numTokens)) {
    tokens = std::clamp<int64_t>(numTokens, 1, tokens);
  }
}

Value TileShape::items(ImplicitLocOpBuilder &b, Value numTokens,
                       bool whole) const {
  Value size = arith::ConstantIndexOp::create(b, tokens);
  Value runs = arith::CeilDivUIOp::create(b, numTokens, size);
  if (whole) {
    return runs;
  }
  return arith::MulIOp::create(b, runs,
                               arith::ConstantIndexOp::create(b, parts()));
}

void fot::forEachTile(KernelBuilder &b, const TileShape &shape, Value numTokens,
                      function_ref<void(const TilePlace &)> body,
                      function_ref<void(const TilePlace &)> finish) {
  Value runs = shape.items(b, numTokens, /*whole=*/true);
  int64_t partsOfGroup = shape.parts() / shape.groups;
  auto placeOf = [&](Value run, Value part) {
    // Later tokens see more keys: alternate between the ends, so that equal
    // numbers of items are about equal work.
    Value half = arith::ShRUIOp::create(b, run, b.cst(1));
    Value odd = arith::AndIOp::create(b, run, b.cst(1));
    Value isOdd =
        arith::CmpIOp::create(b, arith::CmpIPredicate::ne, odd, b.cst(0));
    Value fromEnd = b.sub(b.sub(runs, b.cst(1)), half);
    Value tile = arith::SelectOp::create(b, isOdd, fromEnd, half);
    Value first = b.mul(tile, b.cst(shape.tokens));
    Value live = shape.tokens == 1
                     ? b.cst(1)
                     : b.min(b.sub(numTokens, first), b.cst(shape.tokens));
    return TilePlace{first, live, b.mul(part, b.cst(shape.grain)),
                     arith::DivUIOp::create(b, part, b.cst(partsOfGroup))};
  };
  b.loop(b.begin, b.end, 1, [&](Value item) {
    if (!finish) {
      body(placeOf(arith::RemUIOp::create(b, item, runs),
                   arith::DivUIOp::create(b, item, runs)));
      return;
    }
    b.loop(b.cst(0), b.cst(shape.parts()), 1,
           [&](Value part) { body(placeOf(item, part)); });
    finish(placeOf(item, b.cst(0)));
  });
}
