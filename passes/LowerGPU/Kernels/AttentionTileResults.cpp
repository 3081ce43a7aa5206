//===- AttentionTileResults.cpp - what a tile of queries gives ------------===//

#include "passes/LowerGPU/Kernels/AttentionTile.h"
#include "passes/LowerGPU/Kernels/Blocks.h"

using namespace mlir;
using namespace mlir::fot;

Value AttentionTile::sumOf(int64_t half) {
  return joinQuad(b, state[kSum + half],
                  [&](Value a, Value c) { return b.fadd(a, c); });
}

void AttentionTile::forEachPair(const Value (&by)[2], StorePair store) {
  for (int64_t half = 0; half < 2; ++half) {
    const Row &row = tile.own(half);
    b.when(row.exists, [&] {
      for (int64_t column = 0; column < columns(); ++column) {
        Value d = b.add(b.mul(b.rem(b.lane(), 4), 2), column * kSplitColumns);
        auto own =
            ArrayRef(state).slice(kValues + column * kSplitSums + 2 * half, 2);
        auto give = [&] {
          store(row, d, b.fmul(own[0], by[half]), b.fmul(own[1], by[half]));
        };
        if ((column + 1) * kSplitColumns <= shape.headDim) {
          give();
        } else if (column * kSplitColumns < shape.headDim) {
          b.when(b.lt(d, shape.headDim), give);
        }
      }
    });
  }
}

void AttentionTile::finish(StorePair store) {
  Value one = b.f32(1.0);
  forEachPair({b.fdiv(one, sumOf(0)), b.fdiv(one, sumOf(1))}, store);
}

void AttentionTile::finishSums(
    StorePair store, function_ref<void(const Row &, Value, Value)> storeState) {
  Value sums[] = {sumOf(0), sumOf(1)};
  forEachPair({b.f32(1.0), b.f32(1.0)}, store);
  for (int64_t half = 0; half < 2; ++half) {
    Value first = b.eq(b.rem(b.lane(), 4), 0);
    const Row &row = tile.own(half);
    b.when(b.both(first, row.exists), [&] {
      Value largest =
          b.fmul(b.fmul(state[kLargest + half], factors[half]), b.f32(kLn2));
      storeState(row, largest, sums[half]);
    });
  }
}

void AttentionTile::finishBlocks(Value out) {
  // Where the steps were there is room for all rows.
  b.barrier();
  int64_t headDim = shape.headDim, blocks = headDim / 32;
  Value first = b.mul(b.warp(), kSplitRows);
  Value inverses[] = {b.fdiv(b.f32(1.0), sumOf(0)),
                      b.fdiv(b.f32(1.0), sumOf(1))};
  for (int64_t i = 0; i < 2 * columns(); ++i) {
    int64_t half = i % 2, column = i / 2;
    Value at =
        b.add(b.mul(tile.ownNumber(half), headDim),
              b.add(b.mul(b.rem(b.lane(), 4), 2), column * kSplitColumns));
    for (int64_t j = 0; j < 2; ++j) {
      Value mean = b.fmul(state[kValues + column * kSplitSums + 2 * half + j],
                          inverses[half]);
      b.store(mean, stages.memory(), b.add(at, j));
    }
  }
  b.barrier();
  b.loop(b.i32(0), b.i32(kSplitRows * blocks), b.i32(1), [&](Value i) {
    Value number = b.add(first, b.div(i, blocks)), block = b.rem(i, blocks);
    Row place = tile.row(number);
    Value at = b.add(b.mul(number, headDim), b.add(b.mul(block, 32), b.lane()));
    Value mean = b.load(stages.memory(), b.getF32Type(), at);
    Value word = b.add(b.mul(place.token, blocksOf(shape.features())),
                       b.add(b.mul(place.head, blocks), block));
    b.when(place.exists, [&] {
      storeBlock(b, mean, b.pointer(out), b.mul(word, kBlockWords));
    });
  });
}
