//===- HeadSearch.cpp - which heads a memory helps ------------------------===//

#include "tools/fotc/calibrate/HeadSearch.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>
#include <numeric>

using namespace mlir::fot;

/// Units that are left when the elimination ends.
constexpr size_t kFewest = 4;

/// Dropped at once from `units`: a quarter, as losses of single units add up
/// well while there are many.
static size_t numDropped(size_t units) {
  return std::max<size_t>(1, units / 4);
}

/// Losses that the elimination computes in all.
static size_t countLosses(size_t units) {
  size_t count = 0;
  for (; units > kFewest; units -= numDropped(units)) {
    count += units;
  }
  return count;
}

static llvm::Expected<SearchStep> measure(const SearchProblem &problem,
                                          UnitSet units) {
  SearchStep step{std::move(units)};
  llvm::Expected<double> loss = problem.loss(step.units);
  if (!loss) {
    return loss.takeError();
  }
  llvm::Expected<double> checkLoss = problem.checkLoss(step.units);
  if (!checkLoss) {
    return checkLoss.takeError();
  }
  step.loss = *loss;
  step.checkLoss = *checkLoss;
  return step;
}

llvm::Expected<std::vector<SearchStep>>
mlir::fot::eliminate(const SearchProblem &problem) {
  UnitSet units(problem.numUnits);
  std::iota(units.begin(), units.end(), 0);
  double total = countLosses(units.size());
  size_t computed = 0;
  std::vector<SearchStep> steps;
  while (true) {
    llvm::Expected<SearchStep> step = measure(problem, units);
    if (!step) {
      return step.takeError();
    }
    steps.push_back(std::move(*step));
    if (units.size() <= kFewest) {
      return steps;
    }
    std::vector<std::pair<double, unsigned>> without; // loss, unit
    for (unsigned unit : units) {
      UnitSet rest = units;
      llvm::erase(rest, unit);
      llvm::Expected<double> loss = problem.loss(rest);
      if (!loss) {
        return loss.takeError();
      }
      // What is not a number is no reason to drop a unit.
      without.push_back({std::isnan(*loss) ? HUGE_VAL : *loss, unit});
      problem.progress(++computed / total);
    }
    llvm::sort(without);
    for (size_t i = 0, n = numDropped(units.size()); i < n; ++i) {
      llvm::erase(units, without[i].second);
    }
  }
}

const SearchStep &mlir::fot::chooseStep(llvm::ArrayRef<SearchStep> steps) {
  double least = HUGE_VAL;
  for (const SearchStep &step : steps) {
    least = std::min(least, step.checkLoss);
  }
  const SearchStep *chosen = &steps.front();
  for (const SearchStep &step : steps) {
    if (step.checkLoss <= std::max(least * 1.05, least + 0.02) &&
        (step.units.size() < chosen->units.size() ||
         chosen->checkLoss > least * 1.05 + 0.02)) {
      chosen = &step;
    }
  }
  return *chosen;
}
