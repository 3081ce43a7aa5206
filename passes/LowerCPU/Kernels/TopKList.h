//===- TopKList.h - the k best entries of a memory --------------*- C++ -*-===//
//
// A list of at most k (score, bank-wide index) pairs per query, kept as a heap
// whose root is the worst: the smallest score and, among equal ones, the
// youngest entry. Entries come oldest first, so one that only equals the root
// is worse than it: among equal scores the older entry stays.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_TOPKLIST_H
#define FOT_PASSES_LOWERCPU_KERNELS_TOPKLIST_H

#include "passes/LowerCPU/Kernels/AttentionTile.h"

namespace mlir::fot {

/// Lists in two flat memrefs, scores (f32) and indices (i64). Where a list is
/// in them is said by `base`, its first element.
class TopKList {
public:
  TopKList(KernelBuilder &b, Value scores, Value indices, Value k)
      : b(b), scores(scores), indices(indices), k(k) {}

  /// Offers the entries `first`, `first` + 1, ... with the n scores from
  /// `from` in `offered`, of which 16 more may be read. A list must be offered
  /// every entry from 0 on, in order.
  void offer(Value base, Value offered, Value from, Value n, Value first);
  /// Sorts a list of `size` pairs, best first.
  void sort(Value base, Value size);

private:
  Value isWorse(Value score, Value index, Value than, Value thanIndex);
  /// Puts a pair where the element `hole` of a heap of `size` is missing, or
  /// below it.
  void siftDown(Value base, Value size, Value score, Value index);
  /// Puts a pair at the end `hole` of a heap, or above it.
  void siftUp(Value base, Value hole, Value score, Value index);
  void move(Value base, Value from, Value to);
  void put(Value base, Value at, Value score, Value index);

  KernelBuilder &b;
  Value scores, indices, k;
};

/// Scores all rows of a tile against a whole memory and keeps each row's best
/// in the list at `base(row, token, head)`.
void retrieve(KernelBuilder &b, AttentionTile &tile, const TileShape &shape,
              const TilePlace &place, MemoryBank &bank, MemoryType type,
              TopKList &list,
              function_ref<Value(Value row, Value token, Value head)> base);

/// Calls the body with runs [from, from + n) of the entries of each segment,
/// n at most `keys`.
void forEachRun(KernelBuilder &b, MemoryBank &bank, int64_t keys,
                function_ref<void(const Segment &, Value from, Value n)> body);

} // namespace mlir::fot

#endif
