//===- PanelAvx2.cpp - quantised panels with 256-bit multiply-adds --------===//
//
// vpmaddubsw adds pairs of products of unsigned and signed bytes in i16. With
// weights of 4 bits the sums of a whole block fit (8 * 2 * 15 * 127 = 30480);
// bytes are therefore taken apart into two nibbles, w = 16 * high + low.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/PanelProduct.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

// A ymm register holds half of the rows.
constexpr int64_t kLanes = 8, kHalves = 2;

namespace {
/// Writes one tile. Sums are ordered token-major, half-minor.
class Avx2Tile {
public:
  Avx2Tile(KernelBuilder &b, const PanelProduct &product, Value panel,
           Value token, int64_t tokens)
      : b(b), product(product), tokens(tokens), width(tokens * kHalves),
        bytesPerByte(product.type.getFormat() == Format::Q8_0),
        minimum(product.type.getFormat() == Format::Q4_1),
        bytes(VectorType::get({32}, b.getI8Type())),
        pairs(VectorType::get({16}, b.getI16Type())),
        words(VectorType::get({8}, b.getI32Type())) {
    weights = b.mul(panel, b.cst(product.steps * product.type.getBytes()));
    row = b.mul(token, b.cst(product.inputRow));
  }

  /// For few tokens: all sums in registers, the groups of a block unrolled.
  void emitInRegisters(const TileTarget &target);
  /// For many: integer sums in registers, the others in the target.
  void emitInTarget(const TileTarget &target);

private:
  Value nibbles(Value at, int64_t displacement, bool high);
  void addGroups(Value quants, Value x0, Value group, int64_t pass,
                 MutableArrayRef<Value> sums);
  SmallVector<Value> addGroupsUnrolled(Value quants, Value x0, int64_t pass);
  SmallVector<Value> addGroupsRolled(Value quants, Value x0, int64_t pass);
  Value widen(Value sums, int16_t factor);
  void finishBlock(Value at, Value x0, ArrayRef<Value> dots,
                   function_ref<Value(int64_t)> get,
                   function_ref<void(int64_t, Value)> set);

  Value blockAt(Value block) {
    return b.at(weights, block, product.type.getBytes());
  }
  Value quantsAt(Value at) { return b.add(at, b.cst(minimum ? 64 : 32)); }

  KernelBuilder &b;
  const PanelProduct &product;
  int64_t tokens, width;
  bool bytesPerByte, minimum;
  VectorType bytes, pairs, words;
  Value weights, row;
};
} // namespace

/// One nibble of each of the 32 bytes at `at` + `displacement`.
Value Avx2Tile::nibbles(Value at, int64_t displacement, bool high) {
  Value w = b.loadVector(product.weights, b.add(at, b.cst(displacement)), 32);
  if (high) {
    w = vector::BitCastOp::create(b, pairs, w);
    w = arith::ShRUIOp::create(b, w, splatInt(b, b.getI16Type(), 4, 16));
    w = vector::BitCastOp::create(b, bytes, w);
  }
  return arith::AndIOp::create(b, w, splatInt(b, b.getI8Type(), 15, 32));
}

/// Adds groups `group` and `group` + 4 of a block. With bytes, pass 0 takes the
/// low and pass 1 the high nibbles.
void Avx2Tile::addGroups(Value quants, Value x0, Value group, int64_t pass,
                         MutableArrayRef<Value> sums) {
  Value at = b.at(quants, group, 64);
  Value x = b.add(x0, group);
  for (int64_t second = 0; second < 2; ++second) {
    SmallVector<Value> w;
    for (int64_t half = 0; half < kHalves; ++half) {
      w.push_back(bytesPerByte
                      ? nibbles(at, second * 256 + half * 32, pass == 1)
                      : nibbles(at, half * 32, second == 1));
    }
    for (int64_t t = 0; t < tokens; ++t) {
      Value xs = broadcastWord(
          b, product.input, b.add(x, b.cst(t * product.inputRow + second * 4)),
          kLanes);
      xs = vector::BitCastOp::create(b, bytes, xs);
      for (int64_t half = 0; half < kHalves; ++half) {
        Value &sum = sums[t * kHalves + half];
        sum = b.add(sum, b.intrinsic("llvm.x86.avx2.pmadd.ub.sw", pairs,
                                     {w[half], xs}));
      }
    }
  }
}

SmallVector<Value> Avx2Tile::addGroupsUnrolled(Value quants, Value x0,
                                               int64_t pass) {
  SmallVector<Value> sums(width, splatInt(b, b.getI16Type(), 0, 16));
  for (int64_t group = 0; group < 4; ++group) {
    addGroups(quants, x0, b.cst(group), pass, sums);
  }
  return sums;
}

SmallVector<Value> Avx2Tile::addGroupsRolled(Value quants, Value x0,
                                             int64_t pass) {
  SmallVector<Value> zeros(width, splatInt(b, b.getI16Type(), 0, 16));
  return b.loop(b.cst(0), b.cst(4), 1, zeros,
                [&](Value group, ValueRange carried) {
                  SmallVector<Value> sums(carried);
                  addGroups(quants, x0, group, pass, sums);
                  return sums;
                });
}

/// The sums of neighbours as i32, times `factor`.
Value Avx2Tile::widen(Value sums, int16_t factor) {
  return b.intrinsic("llvm.x86.avx2.pmadd.wd", words,
                     {sums, splatInt(b, b.getI16Type(), factor, 16)});
}

/// Scales the integer sums of a block and adds them to the f32 ones.
void Avx2Tile::finishBlock(Value at, Value x0, ArrayRef<Value> dots,
                           function_ref<Value(int64_t)> get,
                           function_ref<void(int64_t, Value)> set) {
  int32_t offset = bytesPerByte ? 128 : minimum ? 0 : 8;
  Type f32 = b.getF32Type();
  SmallVector<Value> scale, least;
  for (int64_t half = 0; half < kHalves; ++half) {
    scale.push_back(
        loadHalves(b, product.weights, b.add(at, b.cst(half * 16)), kLanes));
    if (minimum) {
      least.push_back(loadHalves(b, product.weights,
                                 b.add(at, b.cst(32 + half * 16)), kLanes));
    }
  }
  for (int64_t t = 0; t < tokens; ++t) {
    auto part = [&](int64_t word) {
      return b.add(x0, b.cst(t * product.inputRow + word));
    };
    Value xScale =
        broadcastWord(b, product.input, part(kA8Scale), kLanes, true);
    Value sum = b.load(product.input, part(kA8Sum));
    Value correction, total;
    if (offset) {
      correction = b.broadcast(b.mul(sum, b.i32(offset)), kLanes);
    } else {
      Value bits = b.load(product.input, part(kA8Scale));
      total = arith::MulFOp::create(b, arith::SIToFPOp::create(b, f32, sum),
                                    arith::BitcastOp::create(b, f32, bits));
      total = b.broadcast(total, kLanes);
    }
    for (int64_t half = 0; half < kHalves; ++half) {
      int64_t i = t * kHalves + half;
      Value dot = correction ? b.sub(dots[i], correction) : dots[i];
      Value value = arith::MulFOp::create(b, toF32(b, dot), xScale);
      value = b.fma(value, scale[half], get(i));
      if (minimum) {
        value = b.fma(least[half], total, value);
      }
      set(i, value);
    }
  }
}

void Avx2Tile::emitInRegisters(const TileTarget &target) {
  SmallVector<Value> sums(width, b.splat(0.0f, kLanes));
  sums = b.loop(b.cst(0), b.cst(product.steps), 1, sums,
                [&](Value block, ValueRange carried) {
                  Value at = blockAt(block), quants = quantsAt(at);
                  Value x0 = b.at(row, block, kA8Words);
                  SmallVector<Value> dots;
                  for (Value dot : addGroupsUnrolled(quants, x0, 0)) {
                    dots.push_back(widen(dot, 1));
                  }
                  if (bytesPerByte) {
                    for (auto [dot, high] : llvm::zip_equal(
                             dots, addGroupsUnrolled(quants, x0, 1))) {
                      dot = b.add(dot, widen(high, 16));
                    }
                  }
                  SmallVector<Value> next(carried);
                  finishBlock(
                      at, x0, dots, [&](int64_t i) { return next[i]; },
                      [&](int64_t i, Value value) { next[i] = value; });
                  return next;
                });
  for (int64_t i = 0; i < width; ++i) {
    b.storeVector(sums[i], target.buffer, target.place(b, i, kLanes));
  }
}

void Avx2Tile::emitInTarget(const TileTarget &target) {
  auto place = [&](int64_t i) { return target.place(b, i, kLanes); };
  Value low;
  if (bytesPerByte) {
    low = b.scratch(b.getI32Type(), width * kLanes);
  }
  for (int64_t i = 0; i < width; ++i) {
    b.storeVector(b.splat(0.0f, kLanes), target.buffer, place(i));
  }
  b.loop(b.cst(0), b.cst(product.steps), 1, [&](Value block) {
    Value at = blockAt(block), quants = quantsAt(at);
    Value x0 = b.at(row, block, kA8Words);
    SmallVector<Value> dots = addGroupsRolled(quants, x0, 0);
    if (bytesPerByte) {
      // The registers are needed for the second pass.
      for (int64_t i = 0; i < width; ++i) {
        b.storeVector(widen(dots[i], 1), low, b.cst(i * kLanes));
      }
      dots = addGroupsRolled(quants, x0, 1);
    }
    for (int64_t i = 0; i < width; ++i) {
      dots[i] = widen(dots[i], bytesPerByte ? 16 : 1);
      if (bytesPerByte) {
        dots[i] = b.add(dots[i], b.loadVector(low, b.cst(i * kLanes), kLanes));
      }
    }
    finishBlock(
        at, x0, dots,
        [&](int64_t i) {
          return b.loadVector(target.buffer, place(i), kLanes);
        },
        [&](int64_t i, Value value) {
          b.storeVector(value, target.buffer, place(i));
        });
  });
}

void fot::emitAvx2Tile(KernelBuilder &b, const PanelProduct &product,
                       Value panel, Value token, int64_t tokens,
                       const TileTarget &target) {
  Avx2Tile tile(b, product, panel, token, tokens);
  if (tokens <= 2) {
    tile.emitInRegisters(target);
  } else {
    tile.emitInTarget(target);
  }
}
