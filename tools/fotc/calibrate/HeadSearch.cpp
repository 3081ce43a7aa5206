//===- HeadSearch.cpp - which heads a memory helps ------------------------===//

#include "tools/fotc/calibrate/HeadSearch.h"

#include "llvm/ADT/STLExtras.h"

#include <cmath>

using namespace mlir::fot;
using llvm::ArrayRef;
using llvm::Expected;

/// Parts (groups, or units) that are left when an elimination ends.
constexpr size_t kFewest = 6;
/// An elimination ends after so many steps without a better check loss: nothing
/// good comes behind them. Single units fit what they are chosen by and seldom
/// carry over (docs/recall.md): they have one chance.
constexpr size_t kGroupPatience = 2, kUnitPatience = 1;
/// Check losses within this factor are equals: a few questions do not tell them
/// apart, and sets chosen by less did worse on other texts (docs/recall.md).
constexpr double kEqual = 1.15;
/// What a check costs, in losses: texts are read for it.
constexpr double kCheckCost = 6;
/// Share of the groups' elimination in the progress, if units follow.
constexpr double kGroupShare = 0.4;

/// Dropped at once: losses of single parts add up well while there are many.
static size_t numDropped(size_t parts) {
  return std::max<size_t>(1, parts / 5);
}

/// Parts that are looked at in a round behind the first. The others did most
/// harm when they were taken away the last time: they can wait.
static size_t numCandidates(size_t parts) {
  return std::min(parts, std::max(kFewest, parts * 6 / 10));
}

/// What an elimination costs at most, in losses.
static double costOf(size_t parts) {
  double cost = kCheckCost + static_cast<double>(parts);
  while (parts > kFewest) {
    parts -= numDropped(parts);
    cost += kCheckCost;
    cost += parts > kFewest ? static_cast<double>(numCandidates(parts)) : 0;
  }
  return cost;
}

namespace {
/// One elimination, with groups or with units as its parts.
class Elimination {
public:
  Elimination(const SearchProblem &problem, std::vector<UnitSet> parts,
              size_t patience, llvm::function_ref<void(double)> progress)
      : problem(problem), parts(std::move(parts)), patience(patience),
        progress(progress), total(costOf(this->parts.size())) {}

  llvm::Error run();
  std::vector<SearchStep> steps;

private:
  UnitSet unitsWithout(size_t part) const;
  bool hopeless() const;
  llvm::Error addStep();
  llvm::Error rank(size_t candidates);
  void pay(double cost) { progress(std::min(1.0, (paid += cost) / total)); }

  const SearchProblem &problem;
  std::vector<UnitSet> parts; // from the second round on, least useful first
  size_t patience;
  llvm::function_ref<void(double)> progress;
  double total, paid = 0;
};
} // namespace

/// The units of all parts but one; a number beyond them leaves none out.
UnitSet Elimination::unitsWithout(size_t part) const {
  UnitSet units;
  for (auto [number, one] : llvm::enumerate(parts)) {
    if (number != part) {
      llvm::append_range(units, one);
    }
  }
  llvm::sort(units);
  return units;
}

llvm::Error Elimination::addStep() {
  SearchStep step{unitsWithout(parts.size())};
  Expected<double> loss = problem.loss(step.units);
  if (!loss) {
    return loss.takeError();
  }
  Expected<double> checkLoss = problem.checkLoss(step.units);
  if (!checkLoss) {
    return checkLoss.takeError();
  }
  step.loss = *loss;
  step.checkLoss = *checkLoss;
  steps.push_back(std::move(step));
  pay(kCheckCost);
  return llvm::Error::success();
}

bool Elimination::hopeless() const {
  auto best = llvm::min_element(steps, [](const auto &a, const auto &b) {
    return a.checkLoss < b.checkLoss;
  });
  return size_t(steps.end() - best) > patience;
}

/// Sorts the first `candidates` parts by the loss without each of them.
llvm::Error Elimination::rank(size_t candidates) {
  std::vector<std::pair<double, UnitSet>> ranked;
  for (size_t i = 0; i < candidates; ++i) {
    Expected<double> loss = problem.loss(unitsWithout(i));
    if (!loss) {
      return loss.takeError();
    }
    // What is not a number is no reason to drop a part.
    ranked.push_back({std::isnan(*loss) ? HUGE_VAL : *loss, parts[i]});
    pay(1);
  }
  llvm::sort(ranked);
  for (auto [part, entry] : llvm::zip(parts, ranked)) {
    part = std::move(entry.second);
  }
  return llvm::Error::success();
}

llvm::Error Elimination::run() {
  size_t candidates = parts.size();
  while (true) {
    if (llvm::Error error = addStep()) {
      return error;
    }
    if (parts.size() <= kFewest || hopeless()) {
      progress(1);
      return llvm::Error::success();
    }
    if (llvm::Error error = rank(candidates)) {
      return error;
    }
    parts.erase(parts.begin(), parts.begin() + numDropped(parts.size()));
    candidates = numCandidates(parts.size());
  }
}

Expected<std::vector<SearchStep>>
mlir::fot::eliminate(const SearchProblem &problem) {
  bool fine = problem.singleUnits &&
              llvm::any_of(problem.groups, [](const UnitSet &group) {
                return group.size() > 1;
              });
  double share = fine ? kGroupShare : 1;
  auto groupsDone = [&](double done) { problem.progress(share * done); };
  Elimination coarse(problem, problem.groups, kGroupPatience, groupsDone);
  if (llvm::Error error = coarse.run()) {
    return error;
  }
  if (!fine) {
    return std::move(coarse.steps);
  }
  std::vector<UnitSet> parts;
  for (unsigned unit : chooseStep(coarse.steps).units) {
    parts.push_back({unit});
  }
  auto unitsDone = [&](double done) {
    problem.progress(share + (1 - share) * done);
  };
  Elimination exact(problem, std::move(parts), kUnitPatience, unitsDone);
  if (llvm::Error error = exact.run()) {
    return error;
  }
  // Its first step is one of the groups' steps.
  coarse.steps.insert(coarse.steps.end(), exact.steps.begin() + 1,
                      exact.steps.end());
  return std::move(coarse.steps);
}

const SearchStep &mlir::fot::chooseStep(ArrayRef<SearchStep> steps) {
  double least = HUGE_VAL;
  for (const SearchStep &step : steps) {
    least = std::min(least, step.checkLoss);
  }
  const SearchStep *chosen = nullptr;
  for (const SearchStep &step : steps) {
    if (step.checkLoss <= least * kEqual &&
        (!chosen || step.units.size() > chosen->units.size())) {
      chosen = &step;
    }
  }
  return chosen ? *chosen : steps.front();
}
