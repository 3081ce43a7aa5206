// The elimination behind --memory-layers=auto, with losses that are formulas.
#include "tools/fotc/calibrate/HeadSearch.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

using namespace mlir::fot;

/// Units of `good` lower the loss by one each, all others raise it by 0.1.
static double lossWith(const UnitSet &units, const std::set<unsigned> &good) {
  double loss = 10;
  for (unsigned unit : units) {
    loss += good.count(unit) ? -1 : 0.1;
  }
  return loss;
}

static std::vector<SearchStep> run(unsigned numUnits,
                                   const std::set<unsigned> &good,
                                   std::vector<double> *progress = nullptr) {
  auto loss = [&](const UnitSet &units) -> llvm::Expected<double> {
    return lossWith(units, good);
  };
  auto report = [&](double done) {
    if (progress) {
      progress->push_back(done);
    }
  };
  auto steps = eliminate({numUnits, loss, loss, report});
  EXPECT_TRUE(bool(steps));
  return steps ? *steps : std::vector<SearchStep>();
}

TEST(HeadSearchTest, KeepsTheUnitsThatHelp) {
  std::set<unsigned> good = {3, 7, 11, 20, 33, 40, 41, 59};
  std::vector<SearchStep> steps = run(60, good);
  ASSERT_FALSE(steps.empty());
  EXPECT_EQ(steps.front().units.size(), 60u);
  const SearchStep &chosen = chooseStep(steps);
  EXPECT_TRUE(std::includes(chosen.units.begin(), chosen.units.end(),
                            good.begin(), good.end()));
  EXPECT_LE(chosen.units.size(), 11u); // a quarter is dropped at once
  EXPECT_TRUE(std::is_sorted(chosen.units.begin(), chosen.units.end()));
}

TEST(HeadSearchTest, ReportsProgressThatEndsAtOne) {
  std::vector<double> progress;
  run(20, {1, 2}, &progress);
  ASSERT_FALSE(progress.empty());
  EXPECT_TRUE(std::is_sorted(progress.begin(), progress.end()));
  EXPECT_DOUBLE_EQ(progress.back(), 1.0);
}

TEST(HeadSearchTest, TakesFewUnitsAsTheyAre) {
  EXPECT_EQ(run(3, {0}).size(), 1u);
}

TEST(HeadSearchTest, NeverDropsAUnitForALossThatIsNoNumber) {
  auto loss = [](const UnitSet &units) -> llvm::Expected<double> {
    bool has = std::find(units.begin(), units.end(), 5u) != units.end();
    return has ? 1.0 : NAN;
  };
  auto steps = eliminate({12, loss, loss, [](double) {}});
  ASSERT_TRUE(bool(steps));
  const UnitSet &last = steps->back().units;
  EXPECT_NE(std::find(last.begin(), last.end(), 5u), last.end());
}

TEST(HeadSearchTest, PrefersFewerUnitsAmongEquals) {
  std::vector<SearchStep> steps = {{{0, 1, 2, 3}, 1, 0.50},
                                   {{0, 1, 2}, 1, 0.40},
                                   {{0, 1}, 1, 0.41},
                                   {{0}, 1, 0.60}};
  EXPECT_EQ(chooseStep(steps).units.size(), 2u);
}

TEST(HeadSearchTest, StopsAtTheFirstError) {
  unsigned calls = 0;
  auto loss = [&](const UnitSet &) -> llvm::Expected<double> {
    ++calls;
    return llvm::createStringError("the model is broken");
  };
  auto steps = eliminate({12, loss, loss, [](double) {}});
  ASSERT_FALSE(bool(steps));
  EXPECT_EQ(llvm::toString(steps.takeError()), "the model is broken");
  EXPECT_EQ(calls, 1u);
}
