//===- SplitMma.h - f32 times window numbers on tensor cores ----*- C++ -*-===//
//
// `mma.sync` multiplies 16-bit floats or tf32. An f32 operand is split into two
// such numbers, whose products with the other operand are added, so that no
// more is lost than in f32 sums of that length: f16 and bf16 of a window meet
// both halves of the left operand exactly; an f32 window is split as well, and
// of the four products the smallest is left out.
//
// With g = lane / 4 and t = lane % 4, a lane has of a left operand rows g and g
// + 8, of a right one column g, and of sums rows g and g + 8 of columns 2t and
// 2t + 1.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_SPLITMMA_H
#define FOT_PASSES_LOWERGPU_KERNELS_SPLITMMA_H

#include "passes/LowerGPU/Kernel.h"

namespace mlir::fot {

/// Rows of a left operand, columns of a right one, sums of a lane.
constexpr int64_t kSplitRows = 16, kSplitColumns = 8, kSplitSums = 4;

class SplitMma {
public:
  /// The right operand's numbers: f16, bf16 or f32.
  SplitMma(GpuKernel &b, Type element) : b(b), element(element) {}

  /// How many numbers of a row one product covers: always 32 bytes.
  int64_t depth() const { return isFloat() ? 8 : 16; }
  /// Numbers of a left operand that a lane has.
  int64_t leftNumbers() const { return kSplitRows * depth() / kWarp; }
  /// Row (0 or 8, to be added to g) and depth of number `i` of those.
  int64_t leftRow(int64_t i) const;
  Value leftDepth(int64_t i);
  /// The factor that brings numbers into the range of the halves, and its
  /// inverse; both 1 where none is needed. `largest` is the largest magnitude,
  /// the bits of an f32.
  std::pair<Value, Value> rangeOf(Value largest);

  struct Left {
    SmallVector<Value> high, low; ///< four registers each
  };
  /// Splits leftNumbers() numbers, f32.
  Left split(ArrayRef<Value> numbers);
  /// Adds the product with a right operand of two registers, i32.
  SmallVector<Value> multiply(const Left &left, Value first, Value second,
                              ValueRange sums);

private:
  bool isFloat() const { return element.isF32(); }
  Value multiplyOnce(ArrayRef<Value> left, Value first, Value second,
                     ValueRange sums);
  std::pair<Value, Value> splitTf32(Value number);
  std::pair<Value, Value> splitPair(Value even, Value odd);

  GpuKernel &b;
  Type element;
};

} // namespace mlir::fot

#endif
