//===- PanelAmx.cpp - quantised products in AMX tiles ---------------------===//
//
// Two tile products are under way at a time: of two blocks, or of both halves
// of a block that have scales of their own. While vectors scale the sums of
// one pair and add them up in registers, the next pair is multiplied. Sums
// pass through the stack: there is no other way from a tile to a vector.
//
// Integer sums are exact, and floats are added in the order of PanelVnni.cpp:
// both give the same bits.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/PanelAmx.h"
#include "passes/LowerCPU/Kernels/AmxOps.h"
#include "passes/LowerCPU/Kernels/PanelCodes.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

/// Bytes of unpacked panels that stay in the second cache of a core (2 MB).
constexpr int64_t kCodesRoom = 768 * 1024;

namespace {
/// The first of two tile registers: of sums, and of what they are sums of.
enum Tile : int8_t { Sums = 0, Activations = 2, Weights = 4 };

/// Writes the product of 16 tokens with a panel.
class AmxTile {
public:
  AmxTile(KernelBuilder &b, const PanelProduct &product, Value panel)
      : b(b), product(product), type(product.type),
        halves(type.getScaledInputs() == 16),
        weights(b.mul(panel, b.cst(product.steps * type.getBytes()))),
        codes(b.mul(b.sub(panel, product.amx.firstCoded),
                    b.cst(product.steps * kStepCodes))),
        dots(b.scratch(b.getI32Type(), 2 * kDots)) {}

  void emit(const TileTarget &target);

private:
  static constexpr int64_t kDots = kAmxTokens * kPanelRows;

  void multiply(Value step, int8_t which);
  void keepSums(int64_t count);
  void scaleSums(Value step, int64_t which, MutableArrayRef<Value> sums);

  KernelBuilder &b;
  const PanelProduct &product;
  PanelType type;
  bool halves; ///< each half of a block has scales of its own
  Value weights, codes, dots;
};
} // namespace

/// Starts product `which` of a pair: of block `step + which`, or of that half
/// of block `step`.
void AmxTile::multiply(Value step, int8_t which) {
  int8_t sums = Sums + which, x = Activations + which, w = Weights + which;
  int64_t bytes = which * (halves ? 16 : kStepBytes);
  int64_t code = which * (halves ? kStepCodes / 2 : kStepCodes);
  zeroTile(b, sums);
  loadTile(b, x, product.amx.tokens,
           b.add(b.mul(step, b.cst(kStepBytes)), b.cst(bytes)), 32);
  loadTile(b, w, product.amx.codes,
           b.add(b.at(codes, step, kStepCodes), b.cst(code)), 64);
  multiplyTiles(b, "tdpbssd", sums, x, w);
}

void AmxTile::keepSums(int64_t count) {
  for (int8_t which = 0; which < count; ++which) {
    storeTile(b, Sums + which, dots, b.cst(which * kDots), kPanelRows * 4);
  }
}

/// Adds block `step`, whose integer sums are those of product `which` or, with
/// halves, of both.
void AmxTile::scaleSums(Value step, int64_t which,
                        MutableArrayRef<Value> sums) {
  Value at = b.at(weights, step, type.getBytes());
  Value first = b.mul(step, b.cst(kAmxTokens));
  auto rows = [&](int64_t offset) {
    return loadHalves(b, product.weights, b.add(at, b.cst(offset)), kPanelRows);
  };
  Value scale = rows(type.getScalesAt(0)), second, least;
  if (halves) {
    second = rows(type.getScalesAt(1));
  }
  if (type.hasMinimum()) {
    least = rows(type.getMinimaAt());
  }
  for (int64_t t = 0; t < kAmxTokens; ++t) {
    auto dot = [&](int64_t product) {
      Value place = b.cst(product * kDots + t * kPanelRows);
      return toF32(b, b.loadVector(dots, place, kPanelRows));
    };
    auto part = [&](Value numbers) {
      Value number = b.load(numbers, b.add(first, b.cst(t)));
      return b.broadcast(number, kPanelRows);
    };
    Value xScale = part(product.amx.scales);
    if (halves) {
      Value value = arith::MulFOp::create(b, dot(0), scale);
      value = b.fma(dot(1), second, value);
      sums[t] = b.fma(value, xScale, sums[t]);
      continue;
    }
    Value value = arith::MulFOp::create(b, dot(which), xScale);
    sums[t] = b.fma(value, scale, sums[t]);
    if (least) {
      sums[t] = b.fma(least, part(product.amx.totals), sums[t]);
    }
  }
}

void AmxTile::emit(const TileTarget &target) {
  int64_t stepsOfPair = halves ? 1 : 2;
  int64_t paired = product.steps / stepsOfPair * stepsOfPair;
  auto multiplyPair = [&](Value step) {
    multiply(step, 0);
    multiply(step, 1);
  };
  SmallVector<Value> sums(kAmxTokens, b.splat(0.0f, kPanelRows));
  if (paired > 0) {
    multiplyPair(b.cst(0));
    sums = b.loop(b.cst(0), b.cst(paired), stepsOfPair, sums,
                  [&](Value step, ValueRange carried) {
                    keepSums(2);
                    Value next = b.add(step, b.cst(stepsOfPair));
                    b.when(arith::CmpIOp::create(b, arith::CmpIPredicate::ult,
                                                 next, b.cst(paired)),
                           [&] { multiplyPair(next); });
                    SmallVector<Value> added(carried);
                    scaleSums(step, 0, added);
                    if (!halves) {
                      scaleSums(b.add(step, b.cst(1)), 1, added);
                    }
                    return added;
                  });
  }
  if (paired < product.steps) {
    multiply(b.cst(paired), 0);
    keepSums(1);
    scaleSums(b.cst(paired), 0, sums);
  }
  for (int64_t t = 0; t < kAmxTokens; ++t) {
    b.storeVector(sums[t], target.buffer,
                  b.add(target.index, b.cst(t * target.stride)));
  }
}

void fot::emitAmxTile(KernelBuilder &b, const PanelProduct &product,
                      Value panel, const TileTarget &target) {
  AmxTile(b, product, panel).emit(target);
}

AmxTiles::AmxTiles(KernelBuilder &b, Value input,
                   ArrayRef<PanelProduct *> products, ArrayRef<int64_t> tiles,
                   int64_t run)
    : b(b), products(products) {
  int64_t tokens = KernelBuilder::staticDim(input, 0);
  bool isKnown = !ShapedType::isDynamic(tokens);
  used = b.level.hasAmx() && tiles[0] == kAmxTokens &&
         products[0]->type.getDepth() == BlockType::kValues &&
         (!isKnown || tokens >= kAmxTokens);
  if (!used) {
    return;
  }
  if (!isKnown) {
    enough = arith::CmpIOp::create(b, arith::CmpIPredicate::uge,
                                   b.dim(input, 0), b.cst(kAmxTokens));
  }
  int64_t steps = products[0]->steps;
  int64_t perRun = steps * kStepCodes * products.size();
  runPanels = std::min(run, std::max<int64_t>(kCodesRoom / perRun, 2));
  AmxOperands shared;
  shared.tokens = b.scratch(b.getI8Type(), steps * kStepBytes);
  shared.scales = b.scratch(b.getF32Type(), steps * kAmxTokens);
  if (llvm::any_of(products, [](auto *p) { return p->type.hasMinimum(); })) {
    shared.totals = b.scratch(b.getF32Type(), steps * kAmxTokens);
  }
  for (PanelProduct *product : products) {
    product->amx = shared;
    product->amx.codes =
        b.scratch(b.getI8Type(), runPanels * steps * kStepCodes);
  }
}

void AmxTiles::whenUsed(function_ref<void()> body) {
  if (enough) {
    b.when(enough, body);
  } else if (used) {
    body();
  }
}

void AmxTiles::begin() {
  whenUsed([&] {
    int8_t inputs = products[0]->type.getScaledInputs();
    SmallVector<TileShape> shapes;
    for (int8_t which : {0, 1}) {
      shapes.push_back({int8_t(Sums + which), kAmxTokens, kPanelRows * 4});
      shapes.push_back({int8_t(Activations + which), kAmxTokens, inputs});
      shapes.push_back({int8_t(Weights + which), int8_t(inputs / 4), 64});
    }
    configureTiles(b, shapes);
  });
}

void AmxTiles::end() {
  whenUsed([&] { releaseTiles(b); });
}

void AmxTiles::unpack(Value first, Value last) {
  whenUsed([&] {
    for (PanelProduct *product : products) {
      PanelType type = product->type;
      // The steps of panels are one behind the other, packed and unpacked.
      Value from = b.mul(first, b.cst(product->steps));
      Value to = b.mul(last, b.cst(product->steps));
      b.loop(from, to, 1, [&](Value step) {
        PanelCodes packed(b, *product, b.mul(step, b.cst(type.getBytes())), 64);
        Value at = b.mul(b.sub(step, from), b.cst(kStepCodes));
        Value zero = splatInt(b, b.getI8Type(), type.getZero(), 64);
        for (int64_t g = 0; g < 8; ++g) {
          Value numbers = b.sub(packed.group(g, 0), zero);
          b.storeVector(numbers, product->amx.codes, b.add(at, b.cst(g * 64)));
        }
      });
    }
  });
  for (PanelProduct *product : products) {
    product->amx.firstCoded = first;
  }
}

void AmxTiles::gather(Value token, int64_t tokens) {
  if (!used || tokens != kAmxTokens) {
    return;
  }
  const PanelProduct &product = *products[0];
  const AmxOperands &amx = product.amx;
  Type f32 = b.getF32Type();
  auto bytes = VectorType::get({32}, b.getI8Type());
  Value row = b.mul(token, b.cst(product.inputRow));
  b.loop(b.cst(0), b.cst(product.steps), 1, [&](Value step) {
    Value x0 = b.at(row, step, kA8Words);
    Value first = b.mul(step, b.cst(kAmxTokens));
    for (int64_t t = 0; t < kAmxTokens; ++t) {
      auto place = [&](int64_t word) {
        return b.add(x0, b.cst(t * product.inputRow + word));
      };
      Value to = b.add(first, b.cst(t));
      Value numbers = b.loadVector(product.input, place(0), 8);
      b.storeVector(vector::BitCastOp::create(b, bytes, numbers), amx.tokens,
                    b.mul(to, b.cst(32)));
      for (auto [word, buffer] :
           {std::pair(kA8Scale, amx.scales), std::pair(kA8Sum, amx.totals)}) {
        if (buffer) {
          Value number = b.load(product.input, place(word));
          b.store(arith::BitcastOp::create(b, f32, number), buffer, to);
        }
      }
    }
  });
  if (!amx.totals) {
    return;
  }
  // What was stored there is the sum of the bytes.
  auto words = VectorType::get({kAmxTokens}, b.getI32Type());
  b.loop(
      b.cst(0), b.cst(product.steps * kAmxTokens), kAmxTokens, [&](Value at) {
        Value sums = b.loadVector(amx.totals, at, kAmxTokens);
        sums = toF32(b, vector::BitCastOp::create(b, words, sums));
        Value scales = b.loadVector(amx.scales, at, kAmxTokens);
        b.storeVector(arith::MulFOp::create(b, sums, scales), amx.totals, at);
      });
}
