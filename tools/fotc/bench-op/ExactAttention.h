//===- ExactAttention.h - brute force in double precision -------*- C++ -*-===//

#ifndef FOT_TOOLS_FOTC_BENCHOP_EXACTATTENTION_H
#define FOT_TOOLS_FOTC_BENCHOP_EXACTATTENTION_H

#include "tools/fotc/bench-op/AttentionBench.h"

namespace mlir::fot::bench {

struct CheckResult {
  int64_t heads = 0;      ///< how many were computed again
  int64_t sets = 0;       ///< of these, heads whose retrieved entries are known
  int64_t mismatches = 0; ///< heads that found or computed something else
  double largestError = 0; ///< of an output, of the largest of its head
};

/// Compares the last call of `bench` with brute force for some heads: what was
/// retrieved, where the call tells, and the outputs of its last query. Entries
/// whose scores differ by less than f32 rounding may stand for each other.
CheckResult checkLastCall(const AttentionShape &shape,
                          const AttentionBench &bench);

} // namespace mlir::fot::bench

#endif
