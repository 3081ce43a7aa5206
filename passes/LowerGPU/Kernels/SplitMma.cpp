//===- SplitMma.cpp - f32 times window numbers on tensor cores ------------===//

#include "passes/LowerGPU/Kernels/SplitMma.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::fot;

int64_t SplitMma::leftRow(int64_t i) const {
  return (isFloat() ? i : i / 2) % 2 * 8;
}

Value SplitMma::leftDepth(int64_t i) {
  Value member = b.rem(b.lane(), 4);
  return isFloat() ? b.add(member, i / 2 * 4)
                   : b.add(b.mul(member, 2), i / 4 * 8 + i % 2);
}

/// The numbers of `bits` that `mask` leaves.
static Value masked(GpuKernel &b, Value bits, int64_t mask) {
  return arith::AndIOp::create(b, bits, b.i32(mask));
}

std::pair<Value, Value> SplitMma::rangeOf(Value largest) {
  if (!element.isF16()) {
    return {b.f32(1.0), b.f32(1.0)};
  }
  // By a power of two, so that nothing is rounded, and not by 0.
  Value power = b.max(masked(b, largest, 0x7f800000), b.i32(27 << 23));
  Value inverse = b.sub(b.i32(254 << 23), power);
  return {b.bitcast(inverse, b.getF32Type()), b.bitcast(power, b.getF32Type())};
}

/// tf32 leaves the low 13 bits of a number out.
std::pair<Value, Value> SplitMma::splitTf32(Value number) {
  Value high = masked(b, b.bitcast(number, b.getI32Type()), ~0x1fff);
  Value low = b.fsub(number, b.bitcast(high, b.getF32Type()));
  return {high, b.bitcast(low, b.getI32Type())};
}

/// Two numbers as two registers with two 16-bit floats each.
std::pair<Value, Value> SplitMma::splitPair(Value even, Value odd) {
  Type i32 = b.getI32Type();
  if (element.isBF16()) {
    // A bf16 is the upper half of an f32. Both parts are rounded, the higher
    // by arithmetic, which leaves NaN what it is.
    auto join = [&](Value low, Value high) -> Value {
      low = arith::ShRUIOp::create(b, b.bitcast(low, i32), b.i32(16));
      high = masked(b, b.bitcast(high, i32), ~0xffff);
      return arith::OrIOp::create(b, low, high);
    };
    auto upper = [&](Value number) {
      Value large = b.fmul(number, b.f32(0x10001));
      return b.fsub(large, b.fsub(large, number));
    };
    auto rest = [&](Value number, Value high) {
      return b.add(b.bitcast(b.fsub(number, high), i32), 0x8000);
    };
    Value highs[] = {upper(even), upper(odd)};
    return {join(highs[0], highs[1]),
            join(rest(even, highs[0]), rest(odd, highs[1]))};
  }
  auto pair = [&](Value low, Value high) {
    auto type = VectorType::get({2}, element);
    return vector::FromElementsOp::create(b, type, ValueRange{low, high})
        .getResult();
  };
  auto half = [&](Value number) -> Value {
    return arith::TruncFOp::create(b, element, number);
  };
  auto rest = [&](Value number) {
    return half(b.fsub(number, b.toFloat(half(number))));
  };
  return {pair(half(even), half(odd)), pair(rest(even), rest(odd))};
}

SplitMma::Left SplitMma::split(ArrayRef<Value> numbers) {
  Left left;
  for (int64_t i = 0; i < 4; ++i) {
    auto [high, low] = isFloat()
                           ? splitTf32(numbers[i])
                           : splitPair(numbers[2 * i], numbers[2 * i + 1]);
    left.high.push_back(high);
    left.low.push_back(low);
  }
  return left;
}

Value SplitMma::multiplyOnce(ArrayRef<Value> left, Value first, Value second,
                             ValueRange sums) {
  StringRef name = isFloat() ? "llvm.nvvm.mma.m16n8k8.row.col.tf32"
                   : element.isBF16()
                       ? "llvm.nvvm.mma.m16n8k16.row.col.bf16"
                       : "llvm.nvvm.mma.m16n8k16.row.col.f32.f32";
  SmallVector<Value> operands(left);
  for (Value right : {first, second}) {
    operands.push_back(element.isF16()
                           ? b.bitcast(right, VectorType::get({2}, element))
                           : right);
  }
  operands.append(sums.begin(), sums.end());
  auto result = LLVM::LLVMStructType::getLiteral(
      b.getContext(), SmallVector<Type>(kSplitSums, b.getF32Type()));
  return b.intrinsic(name, result, operands);
}

SmallVector<Value> SplitMma::multiply(const Left &left, Value first,
                                      Value second, ValueRange sums) {
  SmallVector<Value> now(sums);
  auto add = [&](ArrayRef<Value> part, Value a, Value c) {
    Value result = multiplyOnce(part, a, c, now);
    for (int64_t i = 0; i < kSplitSums; ++i) {
      now[i] = LLVM::ExtractValueOp::create(b, result, i);
    }
  };
  // What is small comes first.
  if (isFloat()) {
    auto [firstHigh, firstLow] = splitTf32(b.bitcast(first, b.getF32Type()));
    auto [secondHigh, secondLow] = splitTf32(b.bitcast(second, b.getF32Type()));
    add(left.high, firstLow, secondLow);
    add(left.low, firstHigh, secondHigh);
    add(left.high, firstHigh, secondHigh);
  } else {
    add(left.low, first, second);
    add(left.high, first, second);
  }
  return now;
}
