//===- PanelTile.h - products with packed weights on a GPU ------*- C++ -*-===//
//
// A block of threads multiplies one panel of 16 rows with some tokens. A lane
// reads 16 bytes at a time: 4 rows (8 of 16-bit floats) of an input feature, or
// of four features where they are quantised. The warps share out the features;
// their sums meet in shared memory.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_PANELTILE_H
#define FOT_PASSES_LOWERGPU_KERNELS_PANELTILE_H

#include "passes/LowerGPU/Kernel.h"

namespace mlir::fot {

constexpr int64_t kPanelHeight = 16;
/// Threads of a block that multiplies.
constexpr int64_t kProductThreads = 128;

/// Tokens that one block multiplies a panel with: one for decode.
int64_t productTokens(Value input);

/// A launch without a body: kProductThreads for each of `blocks` parts of a
/// weight, along x, and `tokens` rows of the input, along y.
GpuLaunch productLaunch(Value input, int64_t blocks, int64_t tokens);

/// Writes products with one packed weight.
class PanelTile {
public:
  /// Fails with a diagnostic if the weight is not packed.
  static FailureOr<PanelTile> get(Operation *op, Value input, Value weight);

  int64_t panels() const { return numPanels; }
  /// Multiplies panel `panel` with the tokens from `token` on, of which those
  /// that do not exist give nothing of use. The sums can be read by all threads
  /// after the next barrier.
  void multiply(GpuKernel &b, Value panel, Value token);
  /// The product of the tile's `token`th token and the panel's row, i32 both.
  Value product(GpuKernel &b, Value token, Value row);

private:
  PanelTile() = default;
  SmallVector<Value> floats(GpuKernel &b, Value panel, ArrayRef<Value> rows);
  SmallVector<Value> runs(GpuKernel &b, Value panel, ArrayRef<Value> rows);
  SmallVector<Value> blocks(GpuKernel &b, Value panel, ArrayRef<Value> rows);

  Value input, weight;
  PanelType type;
  int64_t numPanels = 0, steps = 0, tokens = 1;
  int64_t lanesPerStep = 4; ///< lanes that together hold 16 rows
  Value sums;               ///< shared, [warps][tokens][16]
};

} // namespace mlir::fot

#endif
