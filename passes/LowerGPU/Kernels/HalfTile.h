//===- HalfTile.h - 16-bit products on tensor cores -------------*- C++ -*-===//
//
// Weights in bf16 or f16 meet activations in f32 in `mma.sync.m16n8k16` of
// bf16, with sums in f32. An f32 number is taken as the sum of two bf16, which
// keeps 16 of its 24 bits, and so are f16 weights, of which that keeps all.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_HALFTILE_H
#define FOT_PASSES_LOWERGPU_KERNELS_HALFTILE_H

#include "passes/LowerGPU/Kernels/MmaTile.h"

namespace mlir::fot {

class HalfTile {
public:
  /// Whether a product is one for tensor cores: many tokens in f32, 16-bit
  /// weights, and inputs that fill steps.
  static bool fits(Value input, Value weight);
  HalfTile(GpuKernel &b, Value input, ArrayRef<MmaTile::Panel> panels);

  /// As MmaTile::multiply.
  SmallVector<SmallVector<Value>> multiply(Value token);

private:
  /// Words with two bf16 each, whose sums are two numbers: what is nearest,
  /// what is nearest to the rest, and so on.
  using Terms = SmallVector<Value, 3>;
  Terms split(Value first, Value second, int64_t count);
  void copy(Value step, ArrayRef<Value> rows);
  SmallVector<Terms> loadActivations(Value stage);
  SmallVector<Terms> loadWeights(Value stage, int64_t panel);

  GpuKernel &b;
  Value input;
  int64_t numPanels, steps;
  bool isF16;
  Value ownPanel;               ///< the panel that this warp copies
  int64_t activationOffset = 0; ///< of the tokens' rows in a stage
  int64_t stageBytes = 0;
  Value stages; ///< shared
};

} // namespace mlir::fot

#endif
