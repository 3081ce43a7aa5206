//===- HeadSearch.h - which heads a memory helps ----------------*- C++ -*-===//
//
// Backward elimination: from all heads, those that help least are dropped,
// some at a time, until few are left; the best of the sets on the way is chosen
// by a loss that the elimination did not look at.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_TOOLS_FOTC_CALIBRATE_HEADSEARCH_H
#define FOT_TOOLS_FOTC_CALIBRATE_HEADSEARCH_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace mlir::fot {

/// Numbers of units (heads, or whole layers) that keep their memory, ascending.
using UnitSet = std::vector<unsigned>;

struct SearchStep {
  UnitSet units;
  double loss = 0;      ///< by which units were dropped
  double checkLoss = 0; ///< by which the step is chosen
};

struct SearchProblem {
  unsigned numUnits = 0;
  /// The loss with the memories of these units, in nats.
  llvm::function_ref<llvm::Expected<double>(const UnitSet &)> loss;
  llvm::function_ref<llvm::Expected<double>(const UnitSet &)> checkLoss;
  /// Told how far the search is, 0 to 1.
  llvm::function_ref<void(double)> progress;
};

/// The sets that the elimination goes through, from all units on.
/// Deterministic.
llvm::Expected<std::vector<SearchStep>> eliminate(const SearchProblem &problem);

/// The step to take: of those whose check loss is within a twentieth, or 0.02
/// nats, of the least, the one with the fewest units.
const SearchStep &chooseStep(llvm::ArrayRef<SearchStep> steps);

} // namespace mlir::fot

#endif
