//===- PanelAmxFloat.cpp - float products in AMX tiles --------------------===//
//
// For a run of panels and a block of inputs, weights are laid out once as tiles
// want them: pairs of inputs side by side. Then, 16 tokens after the other,
// numbers are split and multiplied with each panel. What a block of 16 tokens
// needs stays in the first-level cache, weights and sums in the second.
//
// A number is cut off after 8 bits, what is left after 8 more, and the third
// part has the last 8 of 24. The smallest are added first. Tile products take
// numbers below 2^-126 as zeros, products and sums too, so what is lost beside
// f32 is below that number times the largest weight or activation. An infinite
// activation gives no number, as its rest is none.
//
// The order of additions is fixed by a token's inputs: where it stands in a
// tile, and with which others, changes nothing.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/PanelAmxFloat.h"
#include "passes/LowerCPU/Kernels/AmxOps.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

/// Inputs of a tile product, and bf16 numbers of a tile.
constexpr int64_t kStepInputs = 32, kTileNumbers = kAmxTokens * kStepInputs;
/// Inputs of a block: 16 tokens of it take 18 KB.
constexpr int64_t kBlockInputs = 6 * kStepInputs;
/// Panels of a run, all products together: each run splits all numbers anew.
constexpr int64_t kRunPanels = 32;
/// Tokens for which a run's sums are kept: 512 KB.
constexpr int64_t kTokensAtOnce = 256;

namespace {
enum Tile : int8_t { Sums = 0, Weights = 1, Activations = 2 };
} // namespace

/// Lanes 0, n, 1, n + 1, ... of two vectors of n, or, if `odd`, 1, 3, 5, ...
static Value shuffle(KernelBuilder &b, Value x, Value y, bool odd) {
  int64_t lanes = cast<VectorType>(x.getType()).getNumElements();
  SmallVector<int64_t> order;
  for (int64_t i = 0; i < lanes; ++i) {
    if (odd) {
      order.push_back(2 * i + 1);
    } else {
      order.append({i, lanes + i});
    }
  }
  return vector::ShuffleOp::create(b, x, y, order);
}

static Value bitCast(KernelBuilder &b, Value vector, int64_t lanes,
                     Type element) {
  return vector::BitCastOp::create(b, VectorType::get({lanes}, element),
                                   vector);
}

int64_t FloatTiles::Block::steps() const {
  return llvm::divideCeil(count, kStepInputs);
}

FloatTiles::FloatTiles(KernelBuilder &b, Value input,
                       ArrayRef<PanelProduct *> products,
                       std::optional<StrategyAttr> strategy)
    : b(b), input(input), products(products) {
  int64_t tokens = KernelBuilder::staticDim(input, 0);
  bool isKnown = !ShapedType::isDynamic(tokens);
  if (!strategy || !b.level.hasAmxBf16() ||
      products[0]->type.getFormat() != Format::BF16 ||
      (isKnown && tokens < kAmxTokens)) {
    return;
  }
  parts = std::clamp<int64_t>(strategy->getParts(), 0, 3);
  if (parts == 0) {
    return;
  }
  int64_t steps = llvm::divideCeil(products[0]->steps, kStepInputs);
  int64_t tiles = std::min(steps, kBlockInputs / kStepInputs);
  int64_t run = kRunPanels / products.size();
  runPanels = std::min<int64_t>(run, llvm::alignTo(products[0]->panels, 2));
  tokensAtOnce = kTokensAtOnce;
  if (isKnown) {
    tokensAtOnce =
        std::min<int64_t>(tokensAtOnce, llvm::alignTo(tokens, kAmxTokens));
  }
  Type number = b.getI16Type();
  tokenTiles = b.scratch(number, tiles * parts * kTileNumbers);
  for (size_t i = 0; i < products.size(); ++i) {
    operands.push_back({b.scratch(number, runPanels * tiles * kTileNumbers),
                        b.scratch(b.getF32Type(), tokensAtOnce * stride())});
  }
}

/// An odd number of cache lines, for rows to lie in different sets.
/// `runPanels` is even.
int64_t FloatTiles::stride() const { return (runPanels + 1) * kPanelRows; }

void FloatTiles::multiply(Value first, Value last, Store store,
                          function_ref<void()> vectors) {
  if (parts == 0) {
    vectors();
    return;
  }
  Value count = b.dim(input, 0);
  auto tiles = [&] {
    SmallVector<TileShape> shapes;
    for (int8_t tile = Sums; tile < Activations + parts; ++tile) {
      shapes.push_back({tile, kAmxTokens, 64});
    }
    configureTiles(b, shapes);
    b.loop(b.cst(0), count, tokensAtOnce, [&](Value token) {
      Value end = b.min(b.add(token, b.cst(tokensAtOnce)), count);
      Value rest =
          arith::RemUIOp::create(b, b.sub(end, token), b.cst(kAmxTokens));
      Value full = b.sub(end, rest);
      b.loop(first, last, runPanels, [&](Value from) {
        Value to = b.min(b.add(from, b.cst(runPanels)), last);
        multiplyRun(token, end, from, to);
        auto storeTokens = [&](Value begin, Value end, int64_t tokens) {
          b.loop(begin, end, tokens, [&](Value t) {
            store(from, to, t, tokens, b.mul(b.sub(t, token), b.cst(stride())));
          });
        };
        storeTokens(token, full, kAmxTokens);
        storeTokens(full, end, 1);
      });
    });
    releaseTiles(b);
  };
  if (!ShapedType::isDynamic(KernelBuilder::staticDim(input, 0))) {
    tiles();
    return;
  }
  auto compare = [&](arith::CmpIPredicate predicate) {
    return arith::CmpIOp::create(b, predicate, count, b.cst(kAmxTokens));
  };
  b.when(compare(arith::CmpIPredicate::uge), tiles);
  b.when(compare(arith::CmpIPredicate::ult), vectors);
}

/// Leaves the sums of tokens [token, end) and panels [first, last).
void FloatTiles::multiplyRun(Value token, Value end, Value first, Value last) {
  int64_t depth = products[0]->steps, rest = depth % kBlockInputs;
  if (depth >= kBlockInputs) {
    b.loop(b.cst(0), b.cst(depth - rest), kBlockInputs, [&](Value from) {
      multiplyBlock(token, end, {from, kBlockInputs, first, last});
    });
  }
  if (rest > 0) {
    multiplyBlock(token, end, {b.cst(depth - rest), rest, first, last});
  }
}

void FloatTiles::multiplyBlock(Value token, Value end, const Block &block) {
  unpack(block);
  b.loop(token, end, kAmxTokens, [&](Value t) {
    gather(t, b.min(b.sub(end, t), b.cst(kAmxTokens)), block);
    addProducts(b.mul(b.sub(t, token), b.cst(stride())), block);
  });
}

/// Lays out weights: a row of a tile is two inputs of 16 features, in turns.
void FloatTiles::unpack(const Block &block) {
  constexpr int64_t pairBytes = 2 * kPanelRows * 2,
                    pairNumbers = 2 * kPanelRows;
  Type number = b.getI16Type();
  for (auto [product, own] : llvm::zip_equal(products, operands)) {
    b.loop(block.first, block.last, 1,
           [&, product = product, &own = own](Value panel) {
             Value from = b.mul(b.at(block.from, panel, product->steps),
                                b.cst(pairBytes / 2));
             Value to = b.mul(b.sub(panel, block.first),
                              b.cst(block.steps() * kTileNumbers));
             // Pair `pair`, whose second input may be missing.
             auto move = [&](Value pair, bool whole) {
               Value bytes =
                   b.loadVector(product->weights, b.at(from, pair, pairBytes),
                                whole ? pairBytes : pairBytes / 2);
               Value numbers =
                   bitCast(b, bytes, whole ? pairNumbers : kPanelRows, number);
               Value second = splatInt(b, number, 0, kPanelRows);
               if (whole) {
                 second = slice(b, numbers, kPanelRows, kPanelRows);
                 numbers = slice(b, numbers, 0, kPanelRows);
               }
               b.storeVector(shuffle(b, numbers, second, /*odd=*/false),
                             own.codes, b.at(to, pair, pairNumbers));
             };
             int64_t whole = block.count / 2,
                     pairs = block.steps() * kStepInputs / 2;
             b.loop(b.cst(0), b.cst(whole), 1,
                    [&](Value pair) { move(pair, true); });
             if (block.count % 2 != 0) {
               move(b.cst(whole++), false);
             }
             for (; whole < pairs; ++whole) {
               b.storeVector(splatInt(b, number, 0, pairNumbers), own.codes,
                             b.at(to, b.cst(whole), pairNumbers));
             }
           });
  }
}

/// Splits numbers of the tokens from `token` on, `tokens` or fewer than fill a
/// tile: what other rows hold changes no sum but theirs.
void FloatTiles::gather(Value token, Value tokens, const Block &block) {
  constexpr int64_t lanes = kStepInputs / 2;
  Type word = b.getI32Type(), f32 = b.getF32Type();
  b.loop(b.cst(0), tokens, 1, [&](Value t) {
    Value row = b.at(block.from, b.add(token, t), products[0]->inputRow);
    Value to = b.mul(t, b.cst(kStepInputs));
    for (int64_t step = 0; step < block.steps(); ++step) {
      std::array<Value, 2> rest;
      for (int64_t half : {0, 1}) {
        int64_t from = step * kStepInputs + half * lanes;
        int64_t count = std::clamp<int64_t>(block.count - from, 0, lanes);
        rest[half] = count == 0
                         ? b.splat(0.0f, lanes)
                         : loadPart(b, products[0]->input,
                                    b.add(row, b.cst(from)), count, lanes);
      }
      for (int64_t part = 0; part < parts; ++part) {
        std::array<Value, 2> cut;
        for (int64_t half : {0, 1}) {
          Value bits = bitCast(b, rest[half], lanes, word);
          Value upper = arith::AndIOp::create(
              b, bits, splatInt(b, word, int32_t(0xffff0000), lanes));
          rest[half] = arith::SubFOp::create(b, rest[half],
                                             bitCast(b, upper, lanes, f32));
          cut[half] = bitCast(b, bits, 2 * lanes, b.getI16Type());
        }
        int64_t tile = step * parts + part;
        b.storeVector(shuffle(b, cut[0], cut[1], /*odd=*/true), tokenTiles,
                      b.add(to, b.cst(tile * kTileNumbers)));
      }
    }
  });
}

/// Adds a block's products of 16 tokens, whose sums begin at element `row`.
void FloatTiles::addProducts(Value row, const Block &block) {
  constexpr int64_t bytes = kStepInputs * 2;
  Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, block.from, b.cst(0));
  Value isLater =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ne, block.from, b.cst(0));
  for (Operands &own : operands) {
    b.loop(block.first, block.last, 1, [&](Value panel) {
      Value number = b.sub(panel, block.first);
      Value sums = b.at(row, number, kPanelRows);
      Value codes = b.mul(number, b.cst(block.steps() * kTileNumbers));
      b.when(isFirst, [&] { zeroTile(b, Sums); });
      b.when(isLater, [&] { loadTile(b, Sums, own.sums, sums, stride() * 4); });
      b.loop(b.cst(0), b.cst(block.steps()), 1, [&](Value step) {
        loadTile(b, Weights, own.codes, b.at(codes, step, kTileNumbers), bytes);
        for (int64_t part = parts; part-- > 0;) {
          Value at =
              b.at(b.cst(part * kTileNumbers), step, parts * kTileNumbers);
          loadTile(b, Activations + part, tokenTiles, at, bytes);
          multiplyTiles(b, "tdpbf16ps", Sums, Activations + part, Weights);
        }
      });
      storeTile(b, Sums, own.sums, sums, stride() * 4);
    });
  }
}
