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
#include "passes/LowerCPU/Kernels/PanelCodes.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <array>

using namespace mlir;
using namespace mlir::fot;

namespace {
/// Tile registers. Two sums; activations and weights of 32 inputs for each;
/// those of 16 inputs.
enum Tile : int8_t {
  Sums = 0,
  Activations = 2,
  Weights = 4,
  HalfActivations = 6,
  HalfWeights = 7,
};

/// Writes the product of 16 tokens with a panel.
class AmxTile {
public:
  AmxTile(KernelBuilder &b, const PanelProduct &product, Value panel,
          Value token)
      : b(b), product(product), type(product.type),
        halves(type.getScaledInputs() == 16),
        weights(b.mul(panel, b.cst(product.steps * type.getBytes()))),
        codes(b.mul(b.sub(panel, product.firstCoded),
                    b.cst(product.steps * kStepCodes))),
        row(b.mul(token, b.cst(product.inputRow))),
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
  Value weights, codes, row, dots;
};
} // namespace

static Value tileNumber(KernelBuilder &b, int8_t tile) {
  return arith::ConstantOp::create(b, b.getI8IntegerAttr(tile));
}

static void tileIntrinsic(KernelBuilder &b, StringRef name,
                          ValueRange operands) {
  LLVM::CallIntrinsicOp::create(b, b.getStringAttr(("llvm.x86." + name).str()),
                                operands);
}

/// The address of element `index` of a buffer.
static Value addressOf(KernelBuilder &b, Value buffer, Value index) {
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  auto toInteger = [&](Value number) -> Value {
    return arith::IndexCastOp::create(b, b.getI64Type(), number);
  };
  Value base = LLVM::IntToPtrOp::create(
      b, pointer,
      toInteger(memref::ExtractAlignedPointerAsIndexOp::create(b, buffer)));
  return LLVM::GEPOp::create(b, pointer, element, base,
                             ValueRange{toInteger(index)});
}

/// Moves rows that are `stride` bytes apart to or from a tile.
static void moveTile(KernelBuilder &b, StringRef name, int8_t tile,
                     Value buffer, Value index, int64_t stride) {
  Value bytes = arith::ConstantOp::create(b, b.getI64IntegerAttr(stride));
  tileIntrinsic(b, name,
                {tileNumber(b, tile), addressOf(b, buffer, index), bytes});
}

/// Starts product `which` of a pair: of block `step + which`, or of that half
/// of block `step`.
void AmxTile::multiply(Value step, int8_t which) {
  int8_t sums = Sums + which, x = Activations + which, w = Weights + which;
  int64_t word = which * kA8Words, code = which * kStepCodes;
  if (halves) {
    x = HalfActivations;
    w = HalfWeights;
    word = which * 4;
    code = which * kStepCodes / 2;
  }
  tileIntrinsic(b, "tilezero", {tileNumber(b, sums)});
  moveTile(b, "tileloadd64", x, product.input,
           b.add(b.at(row, step, kA8Words), b.cst(word)), product.inputRow * 4);
  moveTile(b, "tileloadd64", w, product.codes,
           b.add(b.at(codes, step, kStepCodes), b.cst(code)), 64);
  tileIntrinsic(b, "tdpbssd",
                {tileNumber(b, sums), tileNumber(b, x), tileNumber(b, w)});
}

void AmxTile::keepSums(int64_t count) {
  for (int8_t which = 0; which < count; ++which) {
    moveTile(b, "tilestored64", Sums + which, dots, b.cst(which * kDots),
             kPanelRows * 4);
  }
}

/// Adds block `step`, whose integer sums are those of product `which` or, with
/// halves, of both.
void AmxTile::scaleSums(Value step, int64_t which,
                        MutableArrayRef<Value> sums) {
  Value at = b.at(weights, step, type.getBytes());
  Value x0 = b.at(row, step, kA8Words);
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
    auto part = [&](int64_t word, bool isFloat) {
      Value place = b.add(x0, b.cst(t * product.inputRow + word));
      return broadcastWord(b, product.input, place, kPanelRows, isFloat);
    };
    Value xScale = part(kA8Scale, true);
    if (halves) {
      Value value = arith::MulFOp::create(b, dot(0), scale);
      value = b.fma(dot(1), second, value);
      sums[t] = b.fma(value, xScale, sums[t]);
      continue;
    }
    Value value = arith::MulFOp::create(b, dot(which), xScale);
    sums[t] = b.fma(value, scale, sums[t]);
    if (least) {
      Value total =
          arith::MulFOp::create(b, toF32(b, part(kA8Sum, false)), xScale);
      sums[t] = b.fma(least, total, sums[t]);
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
                      Value panel, Value token, const TileTarget &target) {
  AmxTile(b, product, panel, token).emit(target);
}

AmxTiles::AmxTiles(KernelBuilder &b, Value input, ArrayRef<int64_t> tiles)
    : b(b) {
  int64_t tokens = KernelBuilder::staticDim(input, 0);
  bool isKnown = !ShapedType::isDynamic(tokens);
  bool blocks =
      isa<BlockType>(cast<MemRefType>(input.getType()).getElementType());
  used = b.level.hasAmx() && blocks && tiles[0] == kAmxTokens &&
         (!isKnown || tokens >= kAmxTokens);
  if (used && !isKnown) {
    enough = arith::CmpIOp::create(b, arith::CmpIPredicate::uge,
                                   b.dim(input, 0), b.cst(kAmxTokens));
  }
}

void AmxTiles::whenUsed(function_ref<void()> body) {
  if (enough) {
    b.when(enough, body);
  } else if (used) {
    body();
  }
}

void AmxTiles::reserve(PanelProduct &product, int64_t panels) {
  if (used) {
    product.codes =
        b.scratch(b.getI8Type(), panels * product.steps * kStepCodes);
    product.firstCoded = b.cst(0);
  }
}

void AmxTiles::begin() {
  whenUsed([&] {
    // Palette 1; bytes of a row from byte 16 on, rows from byte 48 on.
    std::array<int8_t, 64> table{1};
    auto shape = [&](int8_t tile, int8_t rows, int8_t rowBytes) {
      table[16 + 2 * tile] = rowBytes;
      table[48 + tile] = rows;
    };
    for (int8_t which : {0, 1}) {
      shape(Sums + which, kAmxTokens, kPanelRows * 4);
      shape(Activations + which, kAmxTokens, 32);
      shape(Weights + which, 8, 64);
    }
    shape(HalfActivations, kAmxTokens, 16);
    shape(HalfWeights, 4, 64);
    Value config = b.scratch(b.getI8Type(), 64);
    auto bytes = VectorType::get({64}, b.getI8Type());
    b.storeVector(arith::ConstantOp::create(
                      b, DenseElementsAttr::get(bytes, ArrayRef(table))),
                  config, b.cst(0));
    tileIntrinsic(b, "ldtilecfg", {addressOf(b, config, b.cst(0))});
  });
}

void AmxTiles::end() {
  whenUsed([&] { tileIntrinsic(b, "tilerelease", {}); });
}

void AmxTiles::unpack(PanelProduct &product, Value first, Value last) {
  if (!used) {
    return;
  }
  product.firstCoded = first;
  PanelType type = product.type;
  whenUsed([&] {
    // The steps of panels are one behind the other, packed and unpacked.
    Value from = b.mul(first, b.cst(product.steps));
    Value to = b.mul(last, b.cst(product.steps));
    b.loop(from, to, 1, [&](Value step) {
      PanelCodes packed(b, product, b.mul(step, b.cst(type.getBytes())), 64);
      Value at = b.mul(b.sub(step, from), b.cst(kStepCodes));
      Value zero = splatInt(b, b.getI8Type(), type.getZero(), 64);
      for (int64_t g = 0; g < 8; ++g) {
        Value numbers = b.sub(packed.group(g, 0), zero);
        b.storeVector(numbers, product.codes, b.add(at, b.cst(g * 64)));
      }
    });
  });
}
