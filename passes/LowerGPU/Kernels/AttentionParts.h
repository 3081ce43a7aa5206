//===- AttentionParts.h - one token's attention, cut up ---------*- C++ -*-===//
//
// Two launches: in the first a block of threads for each range of the keys and
// each head leaves its part of the softmax in scratch memory, [ranges][heads]
// [D + 2] f32: the sum of values, the largest logit and the sum of exponentials
// relative to it. The second joins the parts.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_ATTENTIONPARTS_H
#define FOT_PASSES_LOWERGPU_KERNELS_ATTENTIONPARTS_H

#include "passes/LowerGPU/Kernels/AttentionState.h"

namespace mlir::fot {

class AttentionParts {
public:
  /// Of `op`, which says how many there are (kGpuSplitsAttr).
  AttentionParts(Operation *op, const QueryShape &shape);
  /// Whether there are any: without, one launch does it all.
  explicit operator bool() const { return ranges > 1; }

  /// The first launch. `join` joins what the head has in range `range`.
  using RangeBody = std::function<void(GpuKernel &b, AttentionState &state,
                                       Value head, Value range)>;
  GpuLaunch launch(RangeBody join) const;
  /// The entries [low, high) of range `range`, of `count` (i32) that there are.
  std::pair<Value, Value> entries(GpuKernel &b, Value count, Value range) const;
  /// In the second launch: joins all parts of a head.
  void join(GpuKernel &b, AttentionState &state, Value head) const;

private:
  Value place(GpuKernel &b, Value range, Value head) const;

  QueryShape shape;
  int64_t ranges = 1;
};

} // namespace mlir::fot

#endif
