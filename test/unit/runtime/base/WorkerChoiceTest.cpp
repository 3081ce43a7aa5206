// All workers, unless fewer are faster.
#include "runtime/base/WorkerChoice.h"

#include <gtest/gtest.h>

#include <functional>

using namespace fot::rt;

namespace {
/// Calls that took `seconds(workers)`; how many had fewer than all.
int callsWithFewer(WorkerChoice &choice, int calls, uint32_t all,
                   const std::function<double(uint32_t)> &seconds) {
  int fewer = 0;
  for (int i = 0; i < calls; ++i) {
    uint32_t workers = choice.workers();
    EXPECT_TRUE(workers == all || workers == all - 1);
    fewer += workers != all;
    choice.took(seconds(workers));
  }
  return fewer;
}

double undisturbed(uint32_t workers) { return 12e-3 / workers; }
/// The last of two workers shares its core.
double disturbed(uint32_t workers) { return workers == 2 ? 40e-3 : 12e-3; }

TEST(WorkerChoiceTest, OneWorkerIsNoChoice) {
  WorkerChoice choice(1);
  for (double seconds : {1e-3, 1.0, 1.0, 1.0, 1.0}) {
    choice.took(seconds);
    EXPECT_EQ(choice.workers(), 1u);
  }
}

TEST(WorkerChoiceTest, UndisturbedCallsHaveAll) {
  WorkerChoice choice(2);
  EXPECT_EQ(callsWithFewer(choice, 10000, 2, undisturbed), 0);
}

TEST(WorkerChoiceTest, CallsThatGrowSlowerHaveAll) {
  WorkerChoice choice(4);
  double length = 1;
  EXPECT_EQ(callsWithFewer(choice, 5000, 4,
                           [&](uint32_t) { return 1e-3 * (length += 0.005); }),
            0);
}

TEST(WorkerChoiceTest, AWorkerThatLagsIsDoneWithout) {
  WorkerChoice choice(2);
  callsWithFewer(choice, 50, 2, undisturbed);
  int fewer = callsWithFewer(choice, 1000, 2, disturbed);
  EXPECT_GT(fewer, 970);
  EXPECT_LT(fewer, 1000); // it is tried again
}

TEST(WorkerChoiceTest, AWorkerThatLaggedComesBack) {
  WorkerChoice choice(2);
  callsWithFewer(choice, 50, 2, undisturbed);
  callsWithFewer(choice, 100, 2, disturbed);
  callsWithFewer(choice, 200, 2, undisturbed);
  EXPECT_EQ(callsWithFewer(choice, 1000, 2, undisturbed), 0);
}

TEST(WorkerChoiceTest, FewerAreGivenUpWhereTheyAreSlower) {
  // Something slows all calls alike: the neighbour uses memory, not the core.
  WorkerChoice choice(2);
  callsWithFewer(choice, 50, 2, undisturbed);
  int fewer = callsWithFewer(choice, 1000, 2, [](uint32_t workers) {
    return 3 * undisturbed(workers);
  });
  EXPECT_LT(fewer, 40);
}

TEST(WorkerChoiceTest, ALagFromTheFirstCallOnIsSeenWhenItGetsWorse) {
  WorkerChoice choice(3);
  callsWithFewer(choice, 20, 3, [](uint32_t) { return 5e-3; });
  EXPECT_GT(callsWithFewer(
                choice, 200, 3,
                [](uint32_t workers) { return workers == 3 ? 20e-3 : 6e-3; }),
            180);
}
} // namespace
