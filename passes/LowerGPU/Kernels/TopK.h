//===- TopK.h - the best k of many scores on a GPU --------------*- C++ -*-===//
//
// A list in shared memory that a block of threads fills, or a list for each
// warp. Scores that are not
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
  /// Who fills a list together.
  enum class Team { Block, Warp };
  /// `k` is at most kMaxGpuTopK. Up to `unordered` candidates may be offered in
  /// any order behind resume().
  GpuTopK(GpuKernel &b, int64_t k, Team team = Team::Block,
          int64_t unordered = 0);

  // All threads of the team must come to what follows; it has barriers.

  /// Empties the list.
  void begin();
  /// Has the list be `count` sorted elements, k at most.
  void resume(Value count,
              function_ref<std::pair<Value, Value>(Value i)> element);
  /// Offers `count` candidates (i32, alike in the team). `candidate` gives
  /// score (f32) and entry (i32) of the i-th, i < count; entry -1 is none.
  void offer(Value count,
             function_ref<std::pair<Value, Value>(Value i)> candidate);
  /// Sorts, best first, and cuts to k.
  void finish();
  /// How many there are, and what they are. After finish().
  Value size();
  Value score(Value i) { return b.load(scores, b.getF32Type(), i); }
  Value entry(Value i) { return b.load(entries, b.getI32Type(), i); }
  /// The k-th best score, or -inf.
  Value threshold();

private:
  void sort();
  int64_t threads() const;
  Value thread();
  void meet();

  GpuKernel &b;
  Team team;
  int64_t k, room;              ///< a power of two
  Value scores, entries, state; ///< state: number of elements, threshold's bits
};

} // namespace mlir::fot

#endif
