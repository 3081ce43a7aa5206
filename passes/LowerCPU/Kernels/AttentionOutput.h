//===- AttentionOutput.h - what attention kernels share ---------*- C++ -*-===//
//
// The window at the end of the softmax, and results as f32 or a8 blocks.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_ATTENTIONOUTPUT_H
#define FOT_PASSES_LOWERCPU_KERNELS_ATTENTIONOUTPUT_H

#include "passes/LowerCPU/Kernels/AttentionTile.h"

namespace mlir::fot {

/// The window of an attention op: keys and values `G x W x D`, and what
/// fot.partial_attention found in blocks of it, or null.
struct Window {
  Value keys, values, parts, position;
  int64_t block;
};
template <typename OpTy> Window windowOf(KernelBuilder &b, OpTy op) {
  return {op.getKeys(), op.getValues(), op.getParts(),
          b.value(op.getPosition()),
          static_cast<int64_t>(op.getBlock().value_or(0))};
}

/// Joins the window's entries [0, position + t] into the softmax of each token
/// t.
void joinWindow(KernelBuilder &b, AttentionTile &tile, const TileShape &shape,
                const TilePlace &place, const Window &window, Value scale);

/// Writes results to an init of f32 rows or of a8 blocks.
class AttentionOutput {
public:
  AttentionOutput(KernelBuilder &b, const TileShape &shape, Value init);

  /// Whether items must cover all heads of their tokens, since a block of 32
  /// features may reach from one tile into the next.
  static bool needsWhole(const TileShape &shape, Value init);

  /// The body of an attention kernel: `join` joins all keys into a tile.
  void forEachTile(Value numTokens, Value queries,
                   function_ref<void(AttentionTile &, const TilePlace &)> join);

private:
  void storeBlocks(const TilePlace &place, int64_t width, Value firstHead);

  KernelBuilder &b;
  const TileShape shape;
  Value buffer;
  Value rows; ///< f32 results that become blocks, a8 only
  bool whole;
};

} // namespace mlir::fot

#endif
