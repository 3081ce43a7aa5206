//===- A8.cpp - writing blocks of 8-bit activations -----------------------===//

#include "passes/LowerCPU/Kernels/A8.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::fot;

void fot::storeA8Block(KernelBuilder &b, ArrayRef<Value> values, Value blocks,
                       Value word) {
  int64_t lanes = cast<VectorType>(values[0].getType()).getNumElements();
  Type i8 = b.getI8Type(), i32 = b.getI32Type(), f32 = b.getF32Type();
  auto words = VectorType::get({lanes}, i32);

  // As integers, magnitudes are in the same order, and NaN is the largest.
  Value top;
  Value mask = splatInt(b, i32, 0x7fffffff, lanes);
  for (Value value : values) {
    Value bits = vector::BitCastOp::create(b, words, value);
    bits = arith::AndIOp::create(b, bits, mask);
    top = top ? arith::MaxSIOp::create(b, top, bits) : bits;
  }
  Value max = vector::ReductionOp::create(b, vector::CombiningKind::MAXSI, top);
  max = arith::BitcastOp::create(b, f32, max);
  Value scale = arith::DivFOp::create(b, max, b.f32(127.0f));
  // The quotients of a denormal scale could exceed 127.
  Value tiny = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, scale,
                                     b.f32(1.17549435e-38f));
  scale = arith::SelectOp::create(b, tiny, b.f32(0.0f), scale);
  Value divisor = arith::SelectOp::create(b, tiny, b.f32(3.0e38f), scale);
  divisor = b.broadcast(divisor, lanes);

  SmallVector<Value> rounded;
  Value sum;
  for (Value value : values) {
    Value q = arith::DivFOp::create(b, value, divisor);
    q = math::RoundEvenOp::create(b, q);
    q = arith::FPToSIOp::create(b, words, q);
    sum = sum ? b.add(sum, q) : q;
    rounded.push_back(q);
  }
  Value bytes =
      arith::TruncIOp::create(b, VectorType::get({32}, i8), concat(b, rounded));
  b.storeVector(vector::BitCastOp::create(b, VectorType::get({8}, i32), bytes),
                blocks, word);
  b.store(arith::BitcastOp::create(b, i32, scale), blocks,
          b.add(word, b.cst(kA8Scale)));
  b.store(vector::ReductionOp::create(b, vector::CombiningKind::ADD, sum),
          blocks, b.add(word, b.cst(kA8Sum)));
}

void fot::storeA8Row(KernelBuilder &b, int64_t features, Value blocks,
                     Value word,
                     function_ref<Value(Value, int64_t, int64_t)> values) {
  int64_t lanes = b.level.lanes();
  forEachVector(b, features, 32, [&](Value index, int64_t count) {
    SmallVector<Value> parts;
    for (int64_t i = 0; i < 32; i += lanes) {
      int64_t exist = std::clamp<int64_t>(count - i, 0, lanes);
      parts.push_back(exist > 0 ? values(b.add(index, b.cst(i)), exist, lanes)
                                : b.splat(0.0f, lanes));
    }
    Value block = arith::DivUIOp::create(b, index, b.cst(32));
    storeA8Block(b, parts, blocks, b.at(word, block, kA8Words));
  });
}
