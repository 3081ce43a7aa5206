//===- PanelVnni.cpp - quantised panels with 512-bit dot products ---------===//
//
// vpdpbusd multiplies unsigned weights with signed activations; the offset
// that makes weights unsigned is undone by what the integer sum starts from.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/PanelCodes.h"
#include "passes/LowerCPU/Kernels/PanelProduct.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include <array>

using namespace mlir;
using namespace mlir::fot;

/// What the sums of 16 inputs each start from at word `x0` of the activations:
/// their sums times `-zero`, 16 lanes.
static std::array<Value, 2> startsOfHalves(KernelBuilder &b,
                                           const PanelProduct &product,
                                           Value x0, int32_t zero) {
  auto pairs = VectorType::get({16}, b.getI16Type());
  auto words = VectorType::get({8}, b.getI32Type());
  Value x = b.loadVector(product.input, x0, 8);
  x = vector::BitCastOp::create(b, VectorType::get({32}, b.getI8Type()), x);
  Value sums = b.intrinsic("llvm.x86.avx2.pmadd.ub.sw", pairs,
                           {splatInt(b, b.getI8Type(), zero, 32), x});
  sums = b.intrinsic("llvm.x86.avx2.pmadd.wd", words,
                     {sums, splatInt(b, b.getI16Type(), -1, 16)});
  sums = addWithinFours(b, sums, b.getI32Type());
  return {broadcastLane(b, sums, 0, 16), broadcastLane(b, sums, 4, 16)};
}

void fot::emitVnniTile(KernelBuilder &b, const PanelProduct &product,
                       Value panel, Value token, int64_t tokens,
                       const TileTarget &target) {
  PanelType type = product.type;
  int64_t bytes = type.getBytes();
  int32_t zero = type.getZero();
  bool halves = type.getScaledInputs() == 16;
  auto byteVector = VectorType::get({64}, b.getI8Type());
  auto words = VectorType::get({16}, b.getI32Type());

  Value weights = b.mul(panel, b.cst(product.steps * bytes));
  Value row = b.mul(token, b.cst(product.inputRow));
  SmallVector<Value> sums(tokens, b.splat(0.0f, 16));
  sums = b.loop(
      b.cst(0), b.cst(product.steps), 1, sums,
      [&](Value block, ValueRange carried) {
        Value at = b.at(weights, block, bytes);
        if (tokens <= kFewTokens) {
          prefetchWeights(b, product, at, bytes);
        }
        auto rowHalves = [&](int64_t offset) {
          return loadHalves(b, product.weights, b.add(at, b.cst(offset)), 16);
        };
        Value scale = rowHalves(type.getScalesAt(0)), second, least;
        if (halves) {
          second = rowHalves(type.getScalesAt(1));
        }
        if (type.hasMinimum()) {
          least = rowHalves(type.getMinimaAt());
        }
        PanelCodes codes(b, product, at, 64);
        SmallVector<Value> groups;
        for (int64_t g = 0; g < 8; ++g) {
          groups.push_back(codes.group(g, 0));
        }
        Value x0 = b.at(row, block, kA8Words);
        SmallVector<Value> next;
        for (int64_t t = 0; t < tokens; ++t) {
          auto part = [&](int64_t word) {
            return b.add(x0, b.cst(t * product.inputRow + word));
          };
          auto addGroups = [&](Value dot, int64_t from, int64_t to) {
            for (int64_t g = from; g < to; ++g) {
              Value x = broadcastWord(b, product.input, part(g), 16);
              x = vector::BitCastOp::create(b, byteVector, x);
              dot = b.intrinsic("llvm.x86.avx512.vpdpbusd.512", words,
                                {dot, groups[g], x});
            }
            return dot;
          };
          Value xScale =
              broadcastWord(b, product.input, part(kA8Scale), 16, true);
          if (halves) {
            auto [start, startOfSecond] =
                startsOfHalves(b, product, part(0), zero);
            Value value = arith::MulFOp::create(
                b, toF32(b, addGroups(start, 0, 4)), scale);
            value =
                b.fma(toF32(b, addGroups(startOfSecond, 4, 8)), second, value);
            next.push_back(b.fma(value, xScale, carried[t]));
            continue;
          }
          Value sum = b.load(product.input, part(kA8Sum));
          Value dot = zero ? b.broadcast(b.mul(sum, b.i32(-zero)), 16)
                           : splatInt(b, b.getI32Type(), 0, 16);
          dot = addGroups(dot, 0, 8);
          Value value = arith::MulFOp::create(b, toF32(b, dot), xScale);
          value = b.fma(value, scale, carried[t]);
          if (least) {
            value = b.fma(least, sumOfBlock(b, product, part(0), 16), value);
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
