//===- TopKList.h - the k best entries of a memory --------------*- C++ -*-===//
//
// A list of at most k entries per query, kept as a heap whose root is the
// worst: the smallest score and, among equal ones, the youngest entry. What is
// no number is worse than all numbers.
//
// An element is one i64 whose order is that of entries, better ones larger:
// the score's bits, made monotonic, above the complement of the bank-wide
// index. A bank may have 2^32 entries.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_TOPKLIST_H
#define FOT_PASSES_LOWERCPU_KERNELS_TOPKLIST_H

#include "passes/LowerCPU/Kernel.h"

namespace mlir::fot {

/// Lists of a tile's rows, in a flat memref of i64. Where a list is in it is
/// said by `base`, its first element.
class TopKList {
public:
  /// There may be lists of the rows [0, rows), of at most k > 0 elements each.
  TopKList(KernelBuilder &b, Value elements, Value k, int64_t rows)
      : b(b), elements(elements), k(k),
        sizes(b.scratch(b.getIndexType(), rows)),
        wanted(b.scratch(b.getIndexType(), 1)) {
    want(k);
  }

  void clear(Value row) { b.store(b.cst(0), sizes, row); }
  Value size(Value row) { return b.load(sizes, row); }
  Value capacity() const { return k; }
  /// From now on all lists, which are empty, take only `number` elements,
  /// which is from 1 to the capacity.
  void want(Value number) { b.store(number, wanted, b.cst(0)); }
  /// Whether a list has as many elements as are wanted.
  Value full(Value row);

  /// Offers one entry, in any order.
  void offer(Value row, Value base, Value score, Value index);
  /// Offers an element of another list.
  void offerElement(Value row, Value base, Value element);
  /// The smallest score with which a younger entry than all offered so far may
  /// still enter; -inf while there is room.
  Value entrance(Value row, Value base);
  /// Sorts a list, best first. It takes no more offers before it is cleared.
  void sort(Value row, Value base);

  /// Element `number` of a list; its score (f32) and bank-wide index (i64).
  Value element(Value base, Value number) {
    return b.load(elements, b.add(base, number));
  }
  Value scoreOf(Value element) { return scoreOf(b, element); }
  static Value scoreOf(KernelBuilder &b, Value element);
  Value indexOf(Value element);
  /// The element of an entry; `index` is an index value.
  Value pack(Value score, Value index);

private:
  /// Puts an element at the root of a heap of `size`, or below it.
  void siftDown(Value base, Value size, Value element);
  /// Puts an element at the end `hole` of a heap, or above it.
  void siftUp(Value base, Value hole, Value element);

  KernelBuilder &b;
  Value elements, k, sizes, wanted;
};

} // namespace mlir::fot

#endif
