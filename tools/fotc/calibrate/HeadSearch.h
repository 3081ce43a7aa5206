//===- HeadSearch.h - which heads a memory helps ----------------*- C++ -*-===//
//
// Backward elimination, coarse before fine: from all groups (layers), those
// that help least are dropped, some at a time; then the same with the single
// units (heads) of the groups that proved best. The best of the sets on the way
// is chosen by a loss that the elimination did not look at.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_TOOLS_FOTC_CALIBRATE_HEADSEARCH_H
#define FOT_TOOLS_FOTC_CALIBRATE_HEADSEARCH_H

#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/Support/Error.h"

#include <vector>

namespace mlir::fot {

/// Numbers of units that keep their memory, ascending.
using UnitSet = std::vector<unsigned>;

struct SearchStep {
  UnitSet units;
  double loss = 0;      ///< by which units were dropped
  double checkLoss = 0; ///< by which the step is chosen
};

struct SearchProblem {
  /// Every unit is in one of them.
  std::vector<UnitSet> groups;
  /// The loss with the memories of these units, in nats; cheap, as it is asked
  /// for with each group and unit taken away.
  llvm::function_ref<llvm::Expected<double>(const UnitSet &)> loss;
  /// Asked for once a step.
  llvm::function_ref<llvm::Expected<double>(const UnitSet &)> checkLoss;
  /// Told how far the search is, 0 to 1.
  llvm::function_ref<void(double)> progress;
  /// Whether units are to be chosen, or only whole groups.
  bool singleUnits = true;
};

/// The sets that the elimination goes through, from all units on; each step is
/// smaller than the one before, but where the units begin. Deterministic.
llvm::Expected<std::vector<SearchStep>> eliminate(const SearchProblem &problem);

/// The step to take: of those whose check loss is within 15 % of the least, the
/// one with the most units, as only what clearly helps is to be done.
const SearchStep &chooseStep(llvm::ArrayRef<SearchStep> steps);

} // namespace mlir::fot

#endif
