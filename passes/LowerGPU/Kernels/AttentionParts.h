//===- AttentionParts.h - attention by two launches -------------*- C++ -*-===//
//
// The first leaves parts of the softmax in scratch memory: the sum of values,
// the largest logit and the sum of exponentials relative to it. Of one token
// these are a block of threads for each range of the keys and each head,
// [ranges][heads][D + 2] f32; of many, tiles of queries with their window,
// [tokens][heads][D + 2]. The second launch joins the parts.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_ATTENTIONPARTS_H
#define FOT_PASSES_LOWERGPU_KERNELS_ATTENTIONPARTS_H

#include "passes/LowerGPU/Kernels/AttentionTile.h"

namespace mlir::fot {

class AttentionParts {
public:
  /// Of `op`, which says whether there are some (kGpuSplitsAttr, kGpuTileAttr).
  AttentionParts(Operation *op, const QueryShape &shape);
  /// Whether there are any: without, one launch does it all.
  explicit operator bool() const { return ranges > 1 || tiled; }
  /// Whether they are of many tokens.
  bool isTiled() const { return tiled; }

  /// The first launch of many tokens.
  GpuLaunch launchTiles(Value keys, Value values, Value position,
                        double scale) const;
  /// The first launch of one. `join` joins what the head has in range `range`.
  using RangeBody = std::function<void(GpuKernel &b, AttentionState &state,
                                       Value head, Value range)>;
  GpuLaunch launch(RangeBody join) const;
  /// The entries [low, high) of range `range`, of `count` (i32) that there are.
  std::pair<Value, Value> entries(GpuKernel &b, Value count, Value range) const;
  /// In the second launch: joins all parts of a token and head.
  void join(GpuKernel &b, AttentionState &state, Value token, Value head) const;

private:
  Value place(GpuKernel &b, Value range, Value head) const;
  void storeState(GpuKernel &b, Value first, Value largest, Value sum) const;

  QueryShape shape;
  int64_t ranges = 1;
  bool tiled = false;
};

} // namespace mlir::fot

#endif
