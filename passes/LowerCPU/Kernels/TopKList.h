//===- TopKList.h - the k best entries of a memory --------------*- C++ -*-===//
//
// A list of at most k entries per query, kept as a heap whose root is the
// worst: the smallest score and, among equal ones, the youngest entry. Entries
// come oldest first, so one that only equals the root is worse than it: among
// equal scores the older entry stays.
//
// An element is one i64 whose order is that of entries, better ones larger:
// the score's bits, made monotonic, above the complement of the bank-wide
// index. A bank may have 2^32 entries.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_TOPKLIST_H
#define FOT_PASSES_LOWERCPU_KERNELS_TOPKLIST_H

#include "passes/LowerCPU/Kernels/AttentionTile.h"

namespace mlir::fot {

/// Lists in a flat memref of i64. Where a list is in it is said by `base`, its
/// first element.
class TopKList {
public:
  TopKList(KernelBuilder &b, Value elements, Value k)
      : b(b), elements(elements), k(k) {}

  /// Offers the entries `first`, `first` + 1, ... with the n scores from
  /// `from` in `scores`, of which 16 more may be read. A list must be offered
  /// every entry from 0 on, in order.
  void offer(Value base, Value scores, Value from, Value n, Value first);
  /// Sorts a list of `size` elements, best first.
  void sort(Value base, Value size);

  /// Element `number` of a list; its score (f32) and bank-wide index (i64).
  Value element(Value base, Value number) {
    return b.load(elements, b.add(base, number));
  }
  Value scoreOf(Value element);
  Value indexOf(Value element);

private:
  Value pack(Value score, Value index);
  /// Puts an element at the root of a heap of `size`, or below it.
  void siftDown(Value base, Value size, Value element);
  /// Puts an element at the end `hole` of a heap, or above it.
  void siftUp(Value base, Value hole, Value element);

  KernelBuilder &b;
  Value elements, k;
};

/// Calls the body with runs [from, from + n) of the entries of each segment,
/// n at most `keys`.
void forEachRun(KernelBuilder &b, MemoryBank &bank, int64_t keys,
                function_ref<void(const Segment &, Value from, Value n)> body);

/// Scores all rows of a tile against a whole memory and keeps each row's best
/// in the list at `base(row, token, head)`.
void retrieve(KernelBuilder &b, AttentionTile &tile, const TileShape &shape,
              const TilePlace &place, MemoryBank &bank, MemoryType type,
              TopKList &list,
              function_ref<Value(Value row, Value token, Value head)> base);

} // namespace mlir::fot

#endif
