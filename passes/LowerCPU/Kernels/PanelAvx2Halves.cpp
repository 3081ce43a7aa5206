//===- PanelAvx2Halves.cpp - panels of 5 and 6 bits with 256-bit adds -----===//
//
// vpmaddubsw adds pairs of products of unsigned and signed bytes in i16. With
// codes of 5 bits the sums of 16 inputs fit (4 * 2 * 31 * 127 = 31496). With 6
// bits those of weights do, from -32 to 31, though not those of codes: their
// sums start at -32 times those of the activations and may wrap on the way.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/PanelCodes.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

// A ymm register holds half of the rows; 4 groups are half of the inputs.
constexpr int64_t kLanes = 8, kHalves = 2, kGroups = 4;

namespace {
/// Writes one tile. Sums are ordered token-major, minor by half of the rows.
class HalvesTile {
public:
  HalvesTile(KernelBuilder &b, const PanelProduct &product, Value panel,
             Value token, int64_t tokens)
      : b(b), product(product), type(product.type), tokens(tokens),
        width(tokens * kHalves),
        ownScales(type.getScaledInputs() == kGroups * 4),
        bytes(VectorType::get({32}, b.getI8Type())),
        pairs(VectorType::get({16}, b.getI16Type())),
        words(VectorType::get({8}, b.getI32Type())) {
    weights = b.mul(panel, b.cst(product.steps * type.getBytes()));
    row = b.mul(token, b.cst(product.inputRow));
  }

  /// For few tokens: all sums and codes in registers.
  void emitInRegisters(const TileTarget &target);
  /// For many: integer sums in registers, codes on the stack, the others in
  /// the target.
  void emitInTarget(const TileTarget &target);

private:
  using Codes = function_ref<Value(int64_t half)>;
  using Get = function_ref<Value(int64_t)>;
  using Set = function_ref<void(int64_t, Value)>;

  Value starts(Value x0, int64_t t);
  void addGroup(Value x, Codes codes, MutableArrayRef<Value> sums);
  SmallVector<Value> widen(ArrayRef<Value> sums);
  void finish(Value at, Value x0, int64_t part, ArrayRef<Value> dots, Get get,
              Set set);

  Value wordOf(Value x0, int64_t t, int64_t word) {
    return b.add(x0, b.cst(t * product.inputRow + word));
  }

  KernelBuilder &b;
  const PanelProduct &product;
  PanelType type;
  int64_t tokens, width;
  bool ownScales; ///< of each half of the inputs
  VectorType bytes, pairs, words;
  Value weights, row;
};
} // namespace

/// What the sums of token `t` start from: word 0 of the result that of the
/// first 16 inputs, word 4 that of the others, each two i16.
Value HalvesTile::starts(Value x0, int64_t t) {
  Value x = b.loadVector(product.input, wordOf(x0, t, 0), 8);
  x = vector::BitCastOp::create(b, bytes, x);
  Value sums = b.intrinsic("llvm.x86.avx2.pmadd.ub.sw", pairs,
                           {splatInt(b, b.getI8Type(), type.getZero(), 32), x});
  sums = b.sub(splatInt(b, b.getI16Type(), 0, 16), sums);
  return addWithinFours(b, vector::BitCastOp::create(b, words, sums),
                        b.getI16Type());
}

/// Adds a group of inputs, the activations of which are at word `x`.
void HalvesTile::addGroup(Value x, Codes codes, MutableArrayRef<Value> sums) {
  Value w[kHalves] = {codes(0), codes(1)};
  for (int64_t t = 0; t < tokens; ++t) {
    Value xs = broadcastWord(b, product.input, wordOf(x, t, 0), kLanes);
    xs = vector::BitCastOp::create(b, bytes, xs);
    for (int64_t half = 0; half < kHalves; ++half) {
      Value &sum = sums[t * kHalves + half];
      sum = b.add(
          sum, b.intrinsic("llvm.x86.avx2.pmadd.ub.sw", pairs, {w[half], xs}));
    }
  }
}

SmallVector<Value> HalvesTile::widen(ArrayRef<Value> sums) {
  SmallVector<Value> dots;
  for (Value sum : sums) {
    dots.push_back(b.intrinsic("llvm.x86.avx2.pmadd.wd", words,
                               {sum, splatInt(b, b.getI16Type(), 1, 16)}));
  }
  return dots;
}

/// Scales the integer sums of inputs 16 * part on, or of the block, and adds
/// them to the f32 ones.
void HalvesTile::finish(Value at, Value x0, int64_t part, ArrayRef<Value> dots,
                        Get get, Set set) {
  SmallVector<Value> scale, least;
  auto rows = [&](int64_t offset, int64_t half) {
    Value index = b.add(at, b.cst(offset + half * 2 * kLanes));
    return loadHalves(b, product.weights, index, kLanes);
  };
  for (int64_t half = 0; half < kHalves; ++half) {
    scale.push_back(rows(type.getScalesAt(part), half));
    if (type.hasMinimum()) {
      least.push_back(rows(type.getMinimaAt(), half));
    }
  }
  for (int64_t t = 0; t < tokens; ++t) {
    Value xScale =
        broadcastWord(b, product.input, wordOf(x0, t, kA8Scale), kLanes, true);
    Value total;
    if (type.hasMinimum()) {
      total = sumOfBlock(b, product, wordOf(x0, t, 0), kLanes);
    }
    for (int64_t half = 0; half < kHalves; ++half) {
      int64_t i = t * kHalves + half;
      Value value = arith::MulFOp::create(b, toF32(b, dots[i]), xScale);
      value = b.fma(value, scale[half], get(i));
      set(i, total ? b.fma(least[half], total, value) : value);
    }
  }
}

void HalvesTile::emitInRegisters(const TileTarget &target) {
  SmallVector<Value> zeros(width, splatInt(b, b.getI16Type(), 0, 16));
  SmallVector<Value> sums(width, b.splat(0.0f, kLanes));
  sums = b.loop(
      b.cst(0), b.cst(product.steps), 1, sums,
      [&](Value block, ValueRange carried) {
        Value at = b.at(weights, block, type.getBytes());
        Value x0 = b.at(row, block, kA8Words);
        SmallVector<Value> next(carried), dots, start;
        auto get = [&](int64_t i) { return next[i]; };
        auto set = [&](int64_t i, Value value) { next[i] = value; };
        for (int64_t t = 0; ownScales && t < tokens; ++t) {
          start.push_back(starts(x0, t));
        }
        PanelCodes codes(b, product, at, 32);
        for (int64_t part = 0; part < 2; ++part) {
          SmallVector<Value> wide(zeros);
          for (auto [t, words] : llvm::enumerate(start)) {
            Value both = broadcastLane(b, words, part * kGroups, kLanes);
            both = vector::BitCastOp::create(b, pairs, both);
            wide[t * kHalves] = wide[t * kHalves + 1] = both;
          }
          for (int64_t g = part * kGroups; g < (part + 1) * kGroups; ++g) {
            addGroup(
                wordOf(x0, 0, g),
                [&](int64_t half) { return codes.group(g, half); }, wide);
          }
          wide = widen(wide);
          if (ownScales) {
            finish(at, x0, part, wide, get, set);
          } else if (part == 0) {
            dots = wide;
          } else {
            for (auto [dot, other] : llvm::zip_equal(dots, wide)) {
              dot = b.add(dot, other);
            }
            finish(at, x0, 0, dots, get, set);
          }
        }
        return next;
      });
  for (int64_t i = 0; i < width; ++i) {
    b.storeVector(sums[i], target.buffer, target.place(b, i, kLanes));
  }
}

void HalvesTile::emitInTarget(const TileTarget &target) {
  auto place = [&](int64_t i) { return target.place(b, i, kLanes); };
  auto get = [&](int64_t i) {
    return b.loadVector(target.buffer, place(i), kLanes);
  };
  auto set = [&](int64_t i, Value value) {
    b.storeVector(value, target.buffer, place(i));
  };
  Value unpacked = b.scratch(b.getI8Type(), 2 * kGroups * kHalves * 32);
  // Starts of sums, or sums of the first half.
  Value kept = b.scratch(b.getI32Type(), width * kLanes);
  for (int64_t i = 0; i < width; ++i) {
    set(i, b.splat(0.0f, kLanes));
  }
  b.loop(b.cst(0), b.cst(product.steps), 1, [&](Value block) {
    Value at = b.at(weights, block, type.getBytes());
    Value x0 = b.at(row, block, kA8Words);
    PanelCodes codes(b, product, at, 32);
    for (int64_t i = 0; i < 2 * kGroups * kHalves; ++i) {
      b.storeVector(codes.group(i / kHalves, i % kHalves), unpacked,
                    b.cst(i * 32));
    }
    for (int64_t t = 0; ownScales && t < tokens; ++t) {
      b.storeVector(starts(x0, t), kept, b.cst(t * kLanes));
    }
    for (int64_t part = 0; part < 2; ++part) {
      SmallVector<Value> sums(width, splatInt(b, b.getI16Type(), 0, 16));
      for (int64_t i = 0; ownScales && i < width; ++i) {
        Value start =
            b.load(kept, b.cst(i / kHalves * kLanes + part * kGroups));
        sums[i] =
            vector::BitCastOp::create(b, pairs, b.broadcast(start, kLanes));
      }
      sums = b.loop(b.cst(part * kGroups), b.cst((part + 1) * kGroups), 1, sums,
                    [&](Value group, ValueRange carried) {
                      SmallVector<Value> next(carried);
                      Value from = b.mul(group, b.cst(kHalves * 32));
                      addGroup(
                          b.add(x0, group),
                          [&](int64_t half) {
                            return b.loadVector(
                                unpacked, b.add(from, b.cst(half * 32)), 32);
                          },
                          next);
                      return next;
                    });
      SmallVector<Value> dots = widen(sums);
      for (int64_t i = 0; !ownScales && i < width; ++i) {
        if (part == 0) {
          b.storeVector(dots[i], kept, b.cst(i * kLanes));
        } else {
          dots[i] =
              b.add(dots[i], b.loadVector(kept, b.cst(i * kLanes), kLanes));
        }
      }
      if (ownScales || part == 1) {
        finish(at, x0, ownScales ? part : 0, dots, get, set);
      }
    }
  });
}

void fot::emitAvx2HalvesTile(KernelBuilder &b, const PanelProduct &product,
                             Value panel, Value token, int64_t tokens,
                             const TileTarget &target) {
  HalvesTile tile(b, product, panel, token, tokens);
  if (tokens <= 2) {
    tile.emitInRegisters(target);
  } else {
    tile.emitInTarget(target);
  }
}
