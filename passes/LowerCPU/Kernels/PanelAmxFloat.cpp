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
enum Tile : int8_t { Sums = 0, Weights = 1, Activations = 4 };
} // namespace

static Value bitCast(KernelBuilder &b, Value vector, int64_t lanes,
                     Type element) {
  return vector::BitCastOp::create(b, VectorType::get({lanes}, element),
                                   vector);
}

/// bf16 numbers that are a weight, exactly; 0: it is no float.
static int64_t partsOf(PanelType type) {
  switch (type.getFormat()) {
  case Format::BF16:
    return 1;
  case Format::F16:
    return 2;
  case Format::F32:
    return 3;
  default:
    return 0;
  }
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
  weightParts = partsOf(products[0]->type);
  if (!strategy || !b.level.hasAmxBf16() || weightParts == 0 ||
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
    operands.push_back(
        {b.scratch(number, runPanels * tiles * weightParts * kTileNumbers),
         b.scratch(b.getF32Type(), tokensAtOnce * stride())});
  }
}

int64_t FloatTiles::codesOf(const Block &block) const {
  return block.steps() * weightParts * kTileNumbers;
}

/// Parts of weights and activations whose products are added, small ones
/// first. Those of both last ones are below 2^-28 of the whole product.
SmallVector<std::pair<int64_t, int64_t>> FloatTiles::partsToMultiply() const {
  SmallVector<std::pair<int64_t, int64_t>> pairs;
  for (int64_t sum = 3; sum >= 0; --sum) {
    for (int64_t w = 0; w < weightParts; ++w) {
      if (sum >= w && sum - w < parts) {
        pairs.push_back({w, sum - w});
      }
    }
  }
  return pairs;
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
    for (int8_t tile = Sums; tile < Activations + 3; ++tile) {
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

/// Cuts the next bf16 numbers off a pair of vectors of f32: returns them, in
/// the order of lanes or in turns, and leaves what is left of the pair.
static Value cut(KernelBuilder &b, std::array<Value, 2> &rest, bool inTurns) {
  constexpr int64_t lanes = kStepInputs / 2;
  Type word = b.getI32Type();
  Value upper = splatInt(b, word, int32_t(0xffff0000), lanes);
  std::array<Value, 2> bits;
  for (auto [own, numbers] : llvm::zip_equal(bits, rest)) {
    own = bitCast(b, numbers, lanes, word);
    Value part = arith::AndIOp::create(b, own, upper);
    numbers = arith::SubFOp::create(b, numbers,
                                    bitCast(b, part, lanes, b.getF32Type()));
    own = bitCast(b, own, 2 * lanes, b.getI16Type());
  }
  SmallVector<int64_t> order;
  for (int64_t i = 0; i < 2 * lanes; ++i) {
    int64_t lane = inTurns ? i / 2 + i % 2 * lanes : i;
    order.push_back(2 * lane + 1); // the upper half
  }
  return vector::ShuffleOp::create(b, bits[0], bits[1], order);
}

/// Lays out weights: a row of a tile is two inputs of 16 features, in turns.
void FloatTiles::unpack(const Block &block) {
  constexpr int64_t pairNumbers = 2 * kPanelRows;
  for (auto [product, own] : llvm::zip_equal(products, operands)) {
    int64_t bytes = product->type.getBytes();
    b.loop(
        block.first, block.last, 1,
        [&, product = product, &own = own](Value panel) {
          Value from =
              b.mul(b.at(block.from, panel, product->steps), b.cst(bytes));
          Value to = b.mul(b.sub(panel, block.first), b.cst(codesOf(block)));
          // Pair `pair`, of which `inputs` exist.
          auto move = [&](Value pair, int64_t inputs) {
            std::array<Value, 2> rest;
            for (int64_t i : {0, 1}) {
              Value at = b.at(b.add(from, b.cst(i * bytes)), pair, 2 * bytes);
              rest[i] = i < inputs ? loadFloats(b, *product, at, kPanelRows)
                                   : b.splat(0.0f, kPanelRows);
            }
            Value step =
                arith::DivUIOp::create(b, pair, b.cst(kStepInputs / 2));
            Value row = arith::RemUIOp::create(b, pair, b.cst(kStepInputs / 2));
            for (int64_t part = 0; part < weightParts; ++part) {
              Value tile = b.at(b.cst(part), step, weightParts);
              b.storeVector(
                  cut(b, rest, /*inTurns=*/true), own.codes,
                  b.at(b.at(to, tile, kTileNumbers), row, pairNumbers));
            }
          };
          int64_t whole = block.count / 2;
          b.loop(b.cst(0), b.cst(whole), 1, [&](Value pair) { move(pair, 2); });
          for (int64_t p = whole; p < block.steps() * kStepInputs / 2; ++p) {
            move(b.cst(p), block.count - 2 * p);
          }
        });
  }
}

/// Splits numbers of the tokens from `token` on, `tokens` or fewer than fill a
/// tile: what other rows hold changes no sum but theirs.
void FloatTiles::gather(Value token, Value tokens, const Block &block) {
  constexpr int64_t lanes = kStepInputs / 2;
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
        int64_t tile = step * parts + part;
        b.storeVector(cut(b, rest, /*inTurns=*/false), tokenTiles,
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
      Value codes = b.mul(number, b.cst(codesOf(block)));
      b.when(isFirst, [&] { zeroTile(b, Sums); });
      b.when(isLater, [&] { loadTile(b, Sums, own.sums, sums, stride() * 4); });
      b.loop(b.cst(0), b.cst(block.steps()), 1, [&](Value step) {
        auto load = [&](int8_t tile, Value buffer, Value base, int64_t part,
                        int64_t parts) {
          loadTile(b, tile, buffer,
                   b.at(b.add(base, b.cst(part * kTileNumbers)), step,
                        parts * kTileNumbers),
                   bytes);
        };
        for (int64_t part = 0; part < parts; ++part) {
          load(Activations + part, tokenTiles, b.cst(0), part, parts);
        }
        for (int64_t part = 0; part < weightParts; ++part) {
          load(Weights + part, own.codes, codes, part, weightParts);
        }
        for (auto [w, x] : partsToMultiply()) {
          multiplyTiles(b, "tdpbf16ps", Sums, Activations + x, Weights + w);
        }
      });
      storeTile(b, Sums, own.sums, sums, stride() * 4);
    });
  }
}
