//===- CandidateLists.h - the best entries of many queries ------*- C++ -*-===//
//
// A list of the k best entries for each row of a tile, for many entries that
// enter: more than k are gathered, then the k best of them found at once, which
// is cheaper than keeping a heap in order. Elements are those of TopKList.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_CANDIDATELISTS_H
#define FOT_PASSES_LOWERCPU_KERNELS_CANDIDATELISTS_H

#include "passes/LowerCPU/Kernels/TopKList.h"

namespace mlir::fot {

class CandidateLists {
public:
  /// Entries offered together.
  static constexpr int64_t kOffered = 8;

  CandidateLists(KernelBuilder &b, int64_t rows, int64_t k);

  /// Empties the lists of the rows [0, rows).
  void begin(Value rows);
  /// Offers 8 entries to a row: their scores, vectors of f32 and of i32 with
  /// the lower half of bank-wide indices; those from lane `live` on are none.
  void offer(Value row, Value scores, Value entries, Value live);
  /// A row's entries have to be above this score (f32) from now on. NaN while
  /// there is no such bound.
  Value threshold(Value row);
  /// Calls the body with each of a row's k best elements, in any order. The row
  /// takes no more offers before the next `begin`.
  void forEachBest(Value row, function_ref<void(Value element)> body);

private:
  Value base(Value row) { return b.mul(row, b.cst(pitch)); }
  void keepBest(Value row);
  Value countAbove(Value base, Value count, Value pivot);

  KernelBuilder &b;
  int64_t k, room, pitch;
  Value elements; ///< i64
  Value counts;   ///< i64, how many a row has
  Value floors;   ///< i64, the worst of a row's k, or the least number
  Value fresh;    ///< 8 elements
};

} // namespace mlir::fot

#endif
