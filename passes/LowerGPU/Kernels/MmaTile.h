//===- MmaTile.h - quantised products on tensor cores -----------*- C++ -*-===//
//
// `mma.sync.m16n8k32` with bytes has the shape of our weights: one step of a
// panel, 16 rows of 32 numbers, meets one 8-bit block of each of 8 tokens, and
// the integer sums are those of the CPU. A warp computes a panel for 16 tokens.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_MMATILE_H
#define FOT_PASSES_LOWERGPU_KERNELS_MMATILE_H

#include "passes/LowerGPU/Kernel.h"

namespace mlir::fot {

/// Tokens of a warp.
constexpr int64_t kMmaTokens = 16;

class MmaTile {
public:
  /// Whether a product is one for tensor cores: many tokens in 8-bit blocks.
  static bool fits(Value input, Value weight);
  MmaTile(Value input, Value weight);

  int64_t panels() const { return numPanels; }
  /// What this lane has of the product of a panel with the warp's tokens, from
  /// `token` on; those that do not exist give nothing of use. All lanes of the
  /// warp must come.
  SmallVector<Value> multiply(GpuKernel &b, Value panel, Value token) const;
  /// Calls the body for each number that the lane has: its place in the result
  /// of multiply(), the row in the panel and the token behind the first, i32.
  static void
  forEach(GpuKernel &b,
          function_ref<void(int64_t i, Value row, Value token)> body);

private:
  SmallVector<Value> step(GpuKernel &b, Value at, Value step,
                          ArrayRef<Value> columns, ArrayRef<Value> rows,
                          ValueRange carried) const;

  Value input, weight;
  PanelType type;
  int64_t numPanels, steps;
};

} // namespace mlir::fot

#endif
