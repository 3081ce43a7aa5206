//===- VectorMath.cpp - arithmetic on vectors in kernels ------------------===//

#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::fot;

static int64_t lanesOf(Value vector) {
  return cast<VectorType>(vector.getType()).getNumElements();
}

static VectorType vectorOf(int64_t lanes, Type element) {
  return VectorType::get({lanes}, element);
}

Value fot::compare(KernelBuilder &b, arith::CmpIPredicate predicate, Value x,
                   Value y) {
  return arith::CmpIOp::create(b, predicate, x, y);
}

Value fot::compare(KernelBuilder &b, arith::CmpFPredicate predicate, Value x,
                   Value y) {
  return arith::CmpFOp::create(b, predicate, x, y);
}

Value fot::select(KernelBuilder &b, Value condition, Value yes, Value no) {
  return arith::SelectOp::create(b, condition, yes, no);
}

Value fot::splatInt(KernelBuilder &b, Type element, int64_t number,
                    int64_t lanes) {
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(vectorOf(lanes, element),
                                b.getIntegerAttr(element, number)));
}

Value fot::toF32(KernelBuilder &b, Value vector) {
  Type element = cast<VectorType>(vector.getType()).getElementType();
  int64_t lanes = lanesOf(vector);
  VectorType result = vectorOf(lanes, b.getF32Type());
  if (element.isF32()) {
    return vector;
  }
  if (element.isInteger(8)) {
    vector = arith::ExtSIOp::create(b, vectorOf(lanes, b.getI32Type()), vector);
    element = b.getI32Type();
  }
  if (element.isInteger(32)) {
    return arith::SIToFPOp::create(b, result, vector);
  }
  if (element.isF16()) {
    return arith::ExtFOp::create(b, result, vector);
  }
  assert(element.isBF16());
  Value bits =
      vector::BitCastOp::create(b, vectorOf(lanes, b.getI16Type()), vector);
  bits = arith::ExtUIOp::create(b, vectorOf(lanes, b.getI32Type()), bits);
  bits = arith::ShLIOp::create(b, bits, splatInt(b, b.getI32Type(), 16, lanes));
  return vector::BitCastOp::create(b, result, bits);
}

Value fot::fromF32(KernelBuilder &b, Value vector, Type element) {
  int64_t lanes = lanesOf(vector);
  if (element.isF32()) {
    return vector;
  }
  if (element.isF16()) {
    return arith::TruncFOp::create(b, vectorOf(lanes, element), vector);
  }
  assert(element.isBF16());
  // Integer rounding: a select of bf16 vectors would be scalarised.
  Type i32 = b.getI32Type();
  VectorType words = vectorOf(lanes, i32);
  auto number = [&](int64_t n) { return splatInt(b, i32, n, lanes); };
  Value bits = vector::BitCastOp::create(b, words, vector);
  Value high = arith::ShRUIOp::create(b, bits, number(16));
  Value odd = arith::AndIOp::create(b, high, number(1));
  bits = b.add(b.add(bits, number(0x7fff)), odd);
  bits = arith::ShRUIOp::create(b, bits, number(16));
  Value nan =
      arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, vector, vector);
  nan = arith::ExtSIOp::create(b, words, nan);
  nan = arith::AndIOp::create(b, nan, number(0x7fc0));
  bits = arith::OrIOp::create(b, bits, nan);
  bits = arith::TruncIOp::create(b, vectorOf(lanes, b.getI16Type()), bits);
  return vector::BitCastOp::create(b, vectorOf(lanes, element), bits);
}

Value fot::loadF32(KernelBuilder &b, Value buffer, Value index, int64_t lanes) {
  return toF32(b, b.loadVector(buffer, index, lanes));
}

static Value firstLanes(KernelBuilder &b, int64_t count, int64_t lanes) {
  return vector::ConstantMaskOp::create(b, vectorOf(lanes, b.getI1Type()),
                                        ArrayRef<int64_t>{count});
}

Value fot::loadPart(KernelBuilder &b, Value buffer, Value index, int64_t count,
                    int64_t lanes) {
  if (count == lanes) {
    return b.loadVector(buffer, index, lanes);
  }
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  VectorType type = vectorOf(lanes, element);
  Value zeros = arith::ConstantOp::create(b, b.getZeroAttr(type));
  return vector::MaskedLoadOp::create(b, type, buffer, index,
                                      firstLanes(b, count, lanes), zeros);
}

void fot::storePart(KernelBuilder &b, Value vector, Value buffer, Value index,
                    int64_t count) {
  int64_t lanes = lanesOf(vector);
  if (count == lanes) {
    b.storeVector(vector, buffer, index);
    return;
  }
  vector::MaskedStoreOp::create(b, buffer, index, firstLanes(b, count, lanes),
                                vector);
}

SmallVector<Value> fot::forEachVector(
    KernelBuilder &b, int64_t size, int64_t lanes, ValueRange inits,
    function_ref<SmallVector<Value>(Value, int64_t, ValueRange)> body) {
  int64_t full = size / lanes * lanes;
  SmallVector<Value> values(inits);
  if (full == lanes) {
    values = body(b.cst(0), lanes, values);
  } else if (full > 0) {
    values = b.loop(b.cst(0), b.cst(full), lanes, values,
                    [&](Value index, ValueRange carried) {
                      return body(index, lanes, carried);
                    });
  }
  if (full < size) {
    values = body(b.cst(full), size - full, values);
  }
  return values;
}

void fot::forEachVector(KernelBuilder &b, int64_t size, int64_t lanes,
                        function_ref<void(Value, int64_t)> body) {
  forEachVector(b, size, lanes, {},
                [&](Value index, int64_t count, ValueRange) {
                  body(index, count);
                  return SmallVector<Value>();
                });
}

Value fot::concat(KernelBuilder &b, ArrayRef<Value> vectors) {
  SmallVector<Value> parts(vectors);
  while (parts.size() > 1) {
    SmallVector<Value> joined;
    SmallVector<int64_t> lanes =
        llvm::to_vector(llvm::seq<int64_t>(0, 2 * lanesOf(parts[0])));
    for (size_t i = 0; i < parts.size(); i += 2) {
      joined.push_back(
          vector::ShuffleOp::create(b, parts[i], parts[i + 1], lanes));
    }
    parts = joined;
  }
  return parts[0];
}

Value fot::slice(KernelBuilder &b, Value vector, int64_t from, int64_t count) {
  return vector::ExtractStridedSliceOp::create(
      b, vector, ArrayRef<int64_t>{from}, ArrayRef<int64_t>{count},
      ArrayRef<int64_t>{1});
}

/// Sums of the lanes of 16 vectors of 16 i32.
static Value sumSixteen(KernelBuilder &b, SmallVector<Value> parts) {
  // In each round sums of two vectors come into one: of neighbours in groups of
  // four lanes, then of groups.
  auto merge = [&](function_ref<int64_t(int64_t lane, int64_t half)> from) {
    SmallVector<Value> next;
    for (size_t i = 0; i < parts.size(); i += 2) {
      SmallVector<Value> halves;
      for (int64_t half = 0; half < 2; ++half) {
        SmallVector<int64_t> mask;
        for (int64_t lane = 0; lane < 16; ++lane) {
          mask.push_back(from(lane, half));
        }
        halves.push_back(
            vector::ShuffleOp::create(b, parts[i], parts[i + 1], mask));
      }
      next.push_back(b.add(halves[0], halves[1]));
    }
    parts = next;
  };
  // As the CPU's unpack instructions do, of 32 and of 64 bits.
  merge([](int64_t lane, int64_t half) {
    return lane / 4 * 4 + lane % 4 / 2 + 2 * half + 16 * (lane % 2);
  });
  merge([](int64_t lane, int64_t half) {
    return lane / 4 * 4 + lane % 2 + 2 * half + 16 * (lane % 4 / 2);
  });
  for (int64_t round = 0; round < 2; ++round) {
    merge([](int64_t lane, int64_t half) {
      return lane / 4 % 2 * 8 + lane % 4 + 4 * half + 16 * (lane / 8);
    });
  }
  return parts[0];
}

Value fot::sumEach(KernelBuilder &b, ArrayRef<Value> vectors) {
  SmallVector<Value> parts(vectors);
  int64_t lanes = lanesOf(parts[0]);
  Type element = cast<VectorType>(parts[0].getType()).getElementType();
  auto plus = [&](Value x, Value y) -> Value {
    return element.isF32() ? arith::AddFOp::create(b, x, y).getResult()
                           : b.add(x, y);
  };
  if (lanes <= 2) {
    SmallVector<Value> sums;
    for (Value part : parts) {
      Value sum = vector::ExtractOp::create(b, part, ArrayRef<int64_t>{0});
      if (lanes == 2) {
        sum =
            plus(sum, vector::ExtractOp::create(b, part, ArrayRef<int64_t>{1}));
      }
      sums.push_back(sum);
    }
    return vector::FromElementsOp::create(
        b, VectorType::get({int64_t(parts.size())}, element), sums);
  }
  if (parts.size() == 16) {
    if (lanes == 16) {
      return sumSixteen(b, parts);
    }
    Value first = sumEach(b, ArrayRef(parts).take_front(8));
    return concat(b, {first, sumEach(b, ArrayRef(parts).drop_front(8))});
  }
  if (lanes == 16) {
    for (Value &part : parts) {
      part = plus(slice(b, part, 0, 8), slice(b, part, 8, 8));
    }
    lanes = 8;
  }
  // Halves of each group of four lanes, pairwise, as the CPU's unpack does.
  auto merge = [&](ArrayRef<int64_t> low, ArrayRef<int64_t> high) {
    SmallVector<Value> next;
    for (size_t i = 0; i < parts.size(); i += 2) {
      Value x = parts[i], y = parts[i + 1];
      next.push_back(plus(vector::ShuffleOp::create(b, x, y, low),
                          vector::ShuffleOp::create(b, x, y, high)));
    }
    parts = next;
  };
  if (lanes == 4) {
    merge({0, 4, 1, 5}, {2, 6, 3, 7});
    merge({0, 1, 4, 5}, {2, 3, 6, 7});
    return concat(b, parts);
  }
  merge({0, 8, 1, 9, 4, 12, 5, 13}, {2, 10, 3, 11, 6, 14, 7, 15});
  merge({0, 1, 8, 9, 4, 5, 12, 13}, {2, 3, 10, 11, 6, 7, 14, 15});
  if (parts.size() == 1) {
    return plus(slice(b, parts[0], 0, 4), slice(b, parts[0], 4, 4));
  }
  merge({0, 1, 2, 3, 8, 9, 10, 11}, {4, 5, 6, 7, 12, 13, 14, 15});
  return parts[0];
}

Value fot::reduceAdd(KernelBuilder &b, Value vector) {
  return vector::ReductionOp::create(b, vector::CombiningKind::ADD, vector,
                                     arith::FastMathFlags::reassoc);
}

Value fot::reduceMax(KernelBuilder &b, Value vector) {
  // Halves by compare and select, which is one instruction each.
  for (int64_t lanes = lanesOf(vector); lanes > 1; lanes /= 2) {
    Value low = slice(b, vector, 0, lanes / 2);
    Value high = slice(b, vector, lanes / 2, lanes / 2);
    Value greater =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, low, high);
    vector = select(b, greater, low, high);
  }
  return vector::ExtractOp::create(b, vector, ArrayRef<int64_t>{0});
}

Value fot::expVector(KernelBuilder &b, Value x) {
  int64_t lanes = lanesOf(x);
  auto number = [&](float n) { return b.splat(n, lanes); };
  Type words = vectorOf(lanes, b.getI32Type());
  // Written so that NaN passes through.
  Value limit = number(88.72283f);
  Value over = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, limit, x);
  Value bounded = select(b, over, limit, x);
  // exp(x) = 2^n exp(r), |r| <= ln(2) / 2.
  Value n = arith::MulFOp::create(b, bounded, number(1.44269504f));
  n = math::RoundEvenOp::create(b, n);
  Value r = b.fma(n, number(-0.693359375f), bounded);
  r = b.fma(n, number(2.12194440e-4f), r);
  Value p = number(1.9875691500e-4f);
  for (float c : {1.3981999507e-3f, 8.3334519073e-3f, 4.1665795894e-2f,
                  1.6666665459e-1f, 5.0000001201e-1f}) {
    p = b.fma(p, r, number(c));
  }
  Value square = arith::MulFOp::create(b, r, r);
  p = b.fma(p, square, r);
  p = arith::AddFOp::create(b, p, number(1.0f));
  Value shift = arith::FPToSIOp::create(b, words, n);
  shift =
      arith::ShLIOp::create(b, shift, splatInt(b, b.getI32Type(), 23, lanes));
  Value bits = b.add(vector::BitCastOp::create(b, words, p), shift);
  Value scaled = vector::BitCastOp::create(b, x.getType(), bits);
  Value under =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, number(-87.33f));
  return select(b, under, number(0.0f), scaled);
}

Value fot::siluVector(KernelBuilder &b, Value x) {
  Value e = expVector(b, arith::NegFOp::create(b, x));
  Value sum = arith::AddFOp::create(b, e, b.splat(1.0f, lanesOf(x)));
  return arith::DivFOp::create(b, x, sum);
}
