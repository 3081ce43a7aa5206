//===- TopK.h - the best k of many scores on a GPU --------------*- C++ -*-===//
//
// A list in shared memory that a block of threads fills. Scores that are not
// above the k-th best are dropped at once; when there is no room for another
// round, the list is sorted and cut to k. Of equal scores the older entry wins,
// provided that entries are offered oldest first or in sorted runs of ranges.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_TOPK_H
#define FOT_PASSES_LOWERGPU_KERNELS_TOPK_H

#include "passes/LowerGPU/Kernel.h"

namespace mlir::fot {

/// The largest k that has room in shared memory on all architectures.
constexpr int64_t kMaxGpuTopK = 4096;

class GpuTopK {
public:
  /// `k` is at most kMaxGpuTopK.
  GpuTopK(GpuKernel &b, int64_t k);

  /// Empties the list; has barriers.
  void begin();
  /// Offers `count` candidates (i32, alike in all threads). `candidate` gives
  /// score (f32) and entry (i32) of the i-th, i < count; entry -1 is none.
  void offer(Value count,
             function_ref<std::pair<Value, Value>(Value i)> candidate);
  /// Sorts, best first, and cuts to k; has barriers.
  void finish();
  /// How many there are, and what they are. After finish().
  Value size();
  Value score(Value i) { return b.load(scores, b.getF32Type(), i); }
  Value entry(Value i) { return b.load(entries, b.getI32Type(), i); }

private:
  void sort();

  GpuKernel &b;
  int64_t k, room;              ///< a power of two
  Value scores, entries, state; ///< state: number of elements, threshold's bits
};

} // namespace mlir::fot

#endif
