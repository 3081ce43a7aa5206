//===- Candidates.h - entries that may be among the best --------*- C++ -*-===//
//
// Lists of entries of a memory that a scan leaves open, one per row of a tile,
// in the order of the entries. Each has an estimate of its score and a bound
// above it. As both are equally far from the score at most, a list says what
// score some of its entries reach, before any key is read.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_CANDIDATES_H
#define FOT_PASSES_LOWERCPU_KERNELS_CANDIDATES_H

#include "passes/LowerCPU/Kernel.h"

namespace mlir::fot {

/// Vectors of what is known of some entries.
struct CandidateVectors {
  Value entries;   ///< i32: bank-wide numbers
  Value estimates; ///< f32
  Value bounds;    ///< f32
  Value scales;    ///< i32: bf16 bits of `scale` above those of `norm`, or null
};

class CandidateList {
public:
  /// Lists of up to `room` entries for each of `rows` rows, with scales or
  /// without.
  CandidateList(KernelBuilder &b, int64_t rows, int64_t room, bool scales);

  const int64_t room;

  void clear(Value row) { b.store(b.cst(0), counts, row); }
  Value count(Value row) { return b.load(counts, row); }
  /// Appends those entries whose lanes of the mask are set.
  void append(Value row, Value mask, const CandidateVectors &some);
  /// The number of the entry at `place`, an index value.
  Value entry(Value row, Value place);
  /// What is known of the `lanes` entries from `place` on; behind the last
  /// there may be any.
  CandidateVectors load(Value row, Value place, int64_t lanes);

  /// Moves those whose estimate is not below `limit` to another list, which is
  /// empty, and drops those of the rest whose bound is below `threshold`.
  void split(Value row, Value limit, Value threshold, CandidateList &to,
             Value toRow);
  /// A number that at least `rank` estimates reach, and not many more: -inf if
  /// it is not found.
  Value topEstimate(Value row, Value rank) {
    return top(row, rank, /*lower=*/false);
  }
  /// The same of the scores themselves.
  Value topScore(Value row, Value rank) {
    return top(row, rank, /*lower=*/true);
  }

private:
  Value top(Value row, Value rank, bool lower);
  Value at(Value row, Value place) {
    return b.add(b.mul(row, b.cst(pitch)), place);
  }
  void store(Value place, const CandidateVectors &some);

  KernelBuilder &b;
  int64_t lanes; ///< of vectors that walk a list
  int64_t pitch;
  Value entries, estimates, bounds, scales, counts;
  /// Vectors whose lanes are appended one by one.
  Value passingNumbers, passingWords;
};

/// Bits of a vector of i1, the first lane lowest, as i32.
Value bitsOf(KernelBuilder &b, Value mask);
/// Whether lanes are in front of `end`: `from` + lane < end, index values.
Value lanesBefore(KernelBuilder &b, Value from, Value end, int64_t lanes);

} // namespace mlir::fot

#endif
