// The elimination behind --memory-layers=auto, with losses that are formulas.
#include "tools/fotc/calibrate/HeadSearch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

using namespace mlir::fot;

/// Each unit of `good` that is missing costs 1, each other one that is not 0.5.
static double lossWith(const UnitSet &units, const std::set<unsigned> &good) {
  double loss = 0.1 + static_cast<double>(good.size());
  for (unsigned unit : units) {
    loss += good.count(unit) ? -1 : 0.5;
  }
  return loss;
}

/// `numUnits` units in groups of `groupSize`.
static std::vector<UnitSet> groupsOf(unsigned numUnits, unsigned groupSize) {
  std::vector<UnitSet> groups;
  for (unsigned unit = 0; unit < numUnits; ++unit) {
    if (unit % groupSize == 0) {
      groups.emplace_back();
    }
    groups.back().push_back(unit);
  }
  return groups;
}

namespace {
/// An elimination of which everything is kept.
struct Course {
  std::vector<SearchStep> steps;
  std::vector<double> progress;
  size_t losses = 0;

  Course(unsigned numUnits, unsigned groupSize, const std::set<unsigned> &good,
         bool singleUnits = true) {
    auto loss = [&](const UnitSet &units) -> llvm::Expected<double> {
      ++losses;
      return lossWith(units, good);
    };
    auto checkLoss = [&](const UnitSet &units) -> llvm::Expected<double> {
      return lossWith(units, good);
    };
    auto report = [&](double done) { progress.push_back(done); };
    auto found = eliminate(
        {groupsOf(numUnits, groupSize), loss, checkLoss, report, singleUnits});
    EXPECT_TRUE(bool(found));
    if (found) {
      steps = *found;
    }
  }
};
} // namespace

static bool holds(const UnitSet &units, const std::set<unsigned> &good) {
  return std::includes(units.begin(), units.end(), good.begin(), good.end());
}

TEST(HeadSearchTest, KeepsTheUnitsThatHelp) {
  std::set<unsigned> good = {3, 7, 11, 20, 33, 40, 41, 59};
  Course run(60, 1, good);
  ASSERT_FALSE(run.steps.empty());
  EXPECT_EQ(run.steps.front().units.size(), 60u);
  const SearchStep &chosen = chooseStep(run.steps);
  EXPECT_TRUE(holds(chosen.units, good));
  EXPECT_LE(chosen.units.size(), 10u); // a fifth is dropped at once
  EXPECT_TRUE(std::is_sorted(chosen.units.begin(), chosen.units.end()));
}

TEST(HeadSearchTest, DropsGroupsFirstAndThenTheirUnits) {
  std::set<unsigned> good = {0, 1, 2, 10, 13, 22, 31, 40, 43, 50, 76};
  Course run(90, 3, good);
  const SearchStep &chosen = chooseStep(run.steps);
  EXPECT_TRUE(holds(chosen.units, good));
  EXPECT_LE(chosen.units.size(), 13u);
  // Far fewer than the 90 + 72 + 58 + ... of all units in all rounds.
  EXPECT_LT(run.losses, 200u);
}

TEST(HeadSearchTest, LeavesGroupsWholeWhereAsked) {
  std::set<unsigned> good = {0, 1, 2, 10, 13, 22, 31};
  Course run(60, 3, good, /*singleUnits=*/false);
  for (const SearchStep &step : run.steps) {
    EXPECT_EQ(step.units.size() % 3, 0u);
  }
  EXPECT_TRUE(holds(chooseStep(run.steps).units, good));
}

TEST(HeadSearchTest, EndsWhereStepsGetWorse) {
  std::set<unsigned> all;
  for (unsigned unit = 0; unit < 60; ++unit) {
    all.insert(unit);
  }
  Course run(60, 1, all);
  EXPECT_EQ(run.steps.size(), 3u); // all units, and two that are worse
  EXPECT_EQ(chooseStep(run.steps).units.size(), 60u);
  EXPECT_DOUBLE_EQ(run.progress.back(), 1.0);
}

TEST(HeadSearchTest, ReportsProgressThatEndsAtOne) {
  Course run(60, 3, {1, 2, 30});
  ASSERT_FALSE(run.progress.empty());
  EXPECT_TRUE(std::is_sorted(run.progress.begin(), run.progress.end()));
  EXPECT_DOUBLE_EQ(run.progress.back(), 1.0);
}

TEST(HeadSearchTest, TakesFewUnitsAsTheyAre) {
  EXPECT_EQ(Course(3, 1, {0}).steps.size(), 1u);
}

TEST(HeadSearchTest, ComesToTheSameEndEveryTime) {
  std::set<unsigned> good = {2, 5, 30, 31};
  Course a(48, 4, good), b(48, 4, good);
  ASSERT_EQ(a.steps.size(), b.steps.size());
  for (size_t i = 0; i < a.steps.size(); ++i) {
    EXPECT_EQ(a.steps[i].units, b.steps[i].units);
  }
}

TEST(HeadSearchTest, NeverDropsAUnitForALossThatIsNoNumber) {
  auto loss = [](const UnitSet &units) -> llvm::Expected<double> {
    bool has = std::find(units.begin(), units.end(), 5u) != units.end();
    return has ? 1.0 / static_cast<double>(units.size()) : NAN;
  };
  auto checkLoss = [](const UnitSet &units) -> llvm::Expected<double> {
    return static_cast<double>(units.size());
  };
  auto steps = eliminate({groupsOf(12, 1), loss, checkLoss, [](double) {}});
  ASSERT_TRUE(bool(steps));
  EXPECT_GT(steps->size(), 2u);
  for (const SearchStep &step : *steps) {
    EXPECT_TRUE(holds(step.units, {5}));
  }
}

TEST(HeadSearchTest, PrefersMoreUnitsAmongEquals) {
  std::vector<SearchStep> steps = {{{0, 1, 2, 3}, 1, 0.50},
                                   {{0, 1, 2}, 1, 0.42},
                                   {{0, 1}, 1, 0.40},
                                   {{0}, 1, 0.60}};
  EXPECT_EQ(chooseStep(steps).units.size(), 3u);
}

TEST(HeadSearchTest, StopsAtTheFirstError) {
  unsigned calls = 0;
  auto loss = [&](const UnitSet &) -> llvm::Expected<double> {
    ++calls;
    return llvm::createStringError("the model is broken");
  };
  auto steps = eliminate({groupsOf(12, 2), loss, loss, [](double) {}});
  ASSERT_FALSE(bool(steps));
  EXPECT_EQ(llvm::toString(steps.takeError()), "the model is broken");
  EXPECT_EQ(calls, 1u);
}
