//===- MmaTile.h - quantised products on tensor cores -----------*- C++ -*-===//
//
// `mma.sync.m16n8k32` with bytes has the shape of our weights: one step of a
// panel, 16 rows of 32 numbers, meets one 8-bit block of each of 8 tokens, and
// the integer sums are those of the CPU. A block of threads computes a few
// panels for 64 tokens, 16 in each warp; steps of panels and the tokens' blocks
// come into shared memory while others are multiplied.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_MMATILE_H
#define FOT_PASSES_LOWERGPU_KERNELS_MMATILE_H

#include "passes/LowerGPU/Kernels/PanelTile.h"

namespace mlir::fot {

/// Tokens of a warp, and of a block of kProductThreads.
constexpr int64_t kMmaTokens = 16;
constexpr int64_t kMmaBlockTokens = kMmaTokens * kProductThreads / kWarp;
/// The most panels of a block of threads.
constexpr int64_t kMmaPanels = 4;

class MmaTile {
public:
  /// A panel of a weight.
  struct Panel {
    Value weight, number;
  };

  /// Whether a product is one for tensor cores: many tokens in 8-bit blocks.
  static bool fits(Value input, Value weight);
  MmaTile(GpuKernel &b, Value input, ArrayRef<Panel> panels);

  /// For each panel what this lane has of its product with the warp's tokens,
  /// those of the block beginning with `token`; tokens that do not exist give
  /// nothing of use. All threads of the block must come; it has barriers, and
  /// is called once.
  SmallVector<SmallVector<Value>> multiply(Value token);
  /// Calls the body for each number that the lane has of a panel: its place,
  /// the row in the panel and the token behind the warp's first, i32.
  static void
  forEach(GpuKernel &b,
          function_ref<void(int64_t i, Value row, Value token)> body);

private:
  /// One panel in a stage of shared memory.
  struct Part {
    PanelType type;
    Value weights;  ///< the panel in global memory
    int64_t offset; ///< of its step in a stage
  };
  void copy(Value step, ArrayRef<Value> rows);
  void copyPiece(Value to, Value from, int64_t bytes);
  SmallVector<Value> stepOf(const Part &part, Value stage,
                            ArrayRef<Value> activations, ArrayRef<Value> scales,
                            ArrayRef<Value> totals, ValueRange carried);

  GpuKernel &b;
  Value input;
  SmallVector<Part> parts;
  int64_t steps = 0, stageBytes = 0;
  int64_t activationOffset = 0; ///< of the tokens' blocks in a stage
  Value stages;                 ///< shared
};

} // namespace mlir::fot

#endif
