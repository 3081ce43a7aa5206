//===- PanelFloat.cpp - products with f32, f16 and bf16 panels ------------===//

#include "passes/LowerCPU/Kernels/PanelProduct.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

void fot::emitFloatTile(KernelBuilder &b, const PanelProduct &product,
                        Value panel, Value token, int64_t tokens,
                        const TileTarget &target) {
  int64_t lanes = b.level.lanes(), parts = kPanelRows / lanes;
  int64_t bytes = product.type.getBytes(), depth = product.steps;

  // Two independent sums for each 16 rows of one token, which are enough to
  // follow memory, and as many for each of more tokens: so that a token's sums
  // do not depend on how many come with it.
  int64_t unroll = 2 / parts;
  Value weights = b.mul(panel, b.cst(depth * bytes));
  Value row = b.mul(token, b.cst(product.inputRow));

  // Adds step k to tokens * parts of the sums.
  auto step = [&](Value k, int64_t ahead, MutableArrayRef<Value> sums) {
    Value at = b.add(b.at(weights, k, bytes), b.cst(ahead * bytes));
    SmallVector<Value> w;
    for (int64_t p = 0; p < parts; ++p) {
      w.push_back(
          loadFloats(b, product, b.add(at, b.cst(p * bytes / parts)), lanes));
    }
    Value x0 = b.add(row, k);
    for (int64_t t = 0; t < tokens; ++t) {
      Value x =
          b.load(product.input, b.add(x0, b.cst(t * product.inputRow + ahead)));
      x = b.broadcast(x, lanes);
      for (int64_t p = 0; p < parts; ++p) {
        Value &sum = sums[t * parts + p];
        sum = b.fma(w[p], x, sum);
      }
    }
  };

  int64_t width = tokens * parts;
  SmallVector<Value> sums(unroll * width, b.splat(0.0f, lanes));
  int64_t full = depth / unroll * unroll;
  sums = b.loop(
      b.cst(0), b.cst(full), unroll, sums, [&](Value k, ValueRange carried) {
        SmallVector<Value> next(carried);
        if (b.level.hasAvx512() && tokens <= kFewTokens) {
          prefetchWeights(b, product, b.at(weights, k, bytes), unroll * bytes);
        }
        for (int64_t u = 0; u < unroll; ++u) {
          step(k, u, MutableArrayRef(next).slice(u * width, width));
        }
        return next;
      });
  for (int64_t k = full; k < depth; ++k) {
    step(b.cst(k), 0, MutableArrayRef(sums).take_front(width));
  }
  for (int64_t half = unroll / 2; half > 0; half /= 2) {
    for (int64_t i = 0; i < half * width; ++i) {
      sums[i] = arith::AddFOp::create(b, sums[i], sums[i + half * width]);
    }
  }
  for (int64_t t = 0; t < tokens; ++t) {
    for (int64_t p = 0; p < parts; ++p) {
      b.storeVector(sums[t * parts + p], target.buffer,
                    b.add(target.index, b.cst(t * target.stride + p * lanes)));
    }
  }
}
