//===- PanelVnni.cpp - quantised panels with 512-bit dot products ---------===//
//
// vpdpbusd multiplies unsigned weights with signed activations; the offset
// that makes weights unsigned is undone by what the integer sum starts from.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/PanelProduct.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

/// The 8 groups of 16 x 4 unsigned weights of the block at byte `at`.
static SmallVector<Value> loadGroups(KernelBuilder &b,
                                     const PanelProduct &product, Value at) {
  auto bytes = VectorType::get({64}, b.getI8Type());
  auto halves = VectorType::get({32}, b.getI16Type());
  SmallVector<Value> groups;
  if (product.type.getFormat() == Format::Q8_0) {
    for (int64_t g = 0; g < 8; ++g) {
      groups.push_back(
          b.loadVector(product.weights, b.add(at, b.cst(g * 64)), 64));
    }
    return groups;
  }
  SmallVector<Value> high;
  Value mask = splatInt(b, b.getI8Type(), 15, 64);
  Value four = splatInt(b, b.getI16Type(), 4, 32);
  for (int64_t i = 0; i < 4; ++i) {
    Value w = b.loadVector(product.weights, b.add(at, b.cst(i * 64)), 64);
    groups.push_back(arith::AndIOp::create(b, w, mask));
    Value shifted = vector::BitCastOp::create(b, halves, w);
    shifted = arith::ShRUIOp::create(b, shifted, four);
    shifted = vector::BitCastOp::create(b, bytes, shifted);
    high.push_back(arith::AndIOp::create(b, shifted, mask));
  }
  groups.append(high);
  return groups;
}

void fot::emitVnniTile(KernelBuilder &b, const PanelProduct &product,
                       Value panel, Value token, int64_t tokens,
                       const TileTarget &target) {
  Format format = product.type.getFormat();
  int64_t bytes = product.type.getBytes();
  bool minimum = format == Format::Q4_1;
  int32_t offset = format == Format::Q8_0 ? 128 : minimum ? 0 : 8;
  auto byteVector = VectorType::get({64}, b.getI8Type());
  auto words = VectorType::get({16}, b.getI32Type());

  Value weights = b.mul(panel, b.cst(product.steps * bytes));
  Value row = b.mul(token, b.cst(product.inputRow));
  SmallVector<Value> sums(tokens, b.splat(0.0f, 16));
  sums = b.loop(
      b.cst(0), b.cst(product.steps), 1, sums,
      [&](Value block, ValueRange carried) {
        Value at = b.at(weights, block, bytes);
        Value scale = loadHalves(b, product.weights, at, 16);
        Value least;
        if (minimum) {
          least = loadHalves(b, product.weights, b.add(at, b.cst(32)), 16);
        }
        SmallVector<Value> groups =
            loadGroups(b, product, b.add(at, b.cst(minimum ? 64 : 32)));
        Value x0 = b.at(row, block, kA8Words);
        SmallVector<Value> next;
        for (int64_t t = 0; t < tokens; ++t) {
          auto part = [&](int64_t word) {
            return b.add(x0, b.cst(t * product.inputRow + word));
          };
          Value sum = b.load(product.input, part(kA8Sum));
          Value dot = offset ? b.broadcast(b.mul(sum, b.i32(-offset)), 16)
                             : splatInt(b, b.getI32Type(), 0, 16);
          for (int64_t g = 0; g < 8; ++g) {
            Value x = broadcastWord(b, product.input, part(g), 16);
            x = vector::BitCastOp::create(b, byteVector, x);
            dot = b.intrinsic("llvm.x86.avx512.vpdpbusd.512", words,
                              {dot, groups[g], x});
          }
          Value xScale =
              broadcastWord(b, product.input, part(kA8Scale), 16, true);
          Value value = arith::MulFOp::create(b, toF32(b, dot), xScale);
          value = b.fma(value, scale, carried[t]);
          if (minimum) {
            Value bits = b.load(product.input, part(kA8Scale));
            Value total = arith::MulFOp::create(
                b, arith::SIToFPOp::create(b, b.getF32Type(), sum),
                arith::BitcastOp::create(b, b.getF32Type(), bits));
            value = b.fma(least, b.broadcast(total, 16), value);
          }
          next.push_back(value);
        }
        return next;
      });
  for (int64_t t = 0; t < tokens; ++t) {
    b.storeVector(sums[t], target.buffer,
                  b.add(target.index, b.cst(t * target.stride)));
  }
}
