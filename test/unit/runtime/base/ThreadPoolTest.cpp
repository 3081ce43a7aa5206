// Every worker runs once, barriers hold, and nothing hangs when there are more
// workers than cores.
#include "runtime/base/ThreadPool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <thread>
#include <vector>

using namespace fot::rt;

namespace {
std::unique_ptr<ThreadPool> makePool(uint32_t numWorkers) {
  auto pool = ThreadPool::create(numWorkers);
  EXPECT_TRUE(pool.ok()) << pool.status().message();
  return std::move(*pool);
}

TEST(ThreadPoolTest, EveryWorkerRunsOnceAndTheCallerIsWorkerZero) {
  for (uint32_t workers : {1, 2, 3, 8}) {
    auto pool = makePool(workers);
    for (int round = 0; round < 200; ++round) {
      std::vector<int> runs(workers);
      std::thread::id zero;
      pool->run([&](uint32_t worker, uint32_t numWorkers) {
        EXPECT_EQ(numWorkers, workers);
        ++runs[worker];
        if (worker == 0) {
          zero = std::this_thread::get_id();
        }
      });
      EXPECT_EQ(runs, std::vector<int>(workers, 1));
      EXPECT_EQ(zero, std::this_thread::get_id());
    }
  }
}

TEST(ThreadPoolTest, RunsOnAsManyWorkersAsAsked) {
  auto pool = makePool(5);
  for (uint32_t round = 0; round < 2000; ++round) {
    uint32_t asked = 1 + (round * 7 + round / 13) % 5;
    std::vector<int> runs(5), expected(5);
    std::fill_n(expected.begin(), asked, 2);
    pool->run(asked, [&](uint32_t worker, uint32_t numWorkers) {
      EXPECT_EQ(numWorkers, asked);
      ++runs[worker];
      pool->barrier();
      ++runs[worker];
    });
    ASSERT_EQ(runs, expected) << round;
  }
}

TEST(ThreadPoolTest, BarriersSeparateSteps) {
  for (uint32_t workers : {2, 3, 7}) {
    auto pool = makePool(workers);
    std::vector<int> values(workers, 0), next(workers, 0);
    pool->run([&](uint32_t worker, uint32_t numWorkers) {
      for (int step = 1; step <= 300; ++step) {
        // Each reads its neighbour's last step, which must be complete.
        next[worker] = values[(worker + 1) % numWorkers] + 1;
        pool->barrier();
        values[worker] = next[worker];
        pool->barrier();
      }
    });
    EXPECT_EQ(values, std::vector<int>(workers, 300));
  }
}

TEST(ThreadPoolTest, WakesWorkersThatSleep) {
  auto pool = makePool(2);
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> runs{0};
    pool->run([&](uint32_t worker, uint32_t) {
      if (worker == 0) {
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
      }
      pool->barrier();
      ++runs;
    });
    EXPECT_EQ(runs, 2);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

TEST(ThreadPoolTest, ABusyNeighbourDoesNotStopIt) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> neighbours;
  for (uint32_t i = 0; i < usableCores(); ++i) {
    neighbours.emplace_back([&] {
      while (!stop.load(std::memory_order_relaxed)) {
      }
    });
  }
  auto pool = makePool(usableCores());
  auto start = std::chrono::steady_clock::now();
  pool->run([&](uint32_t, uint32_t) {
    for (int i = 0; i < 100; ++i) {
      pool->barrier();
    }
  });
  std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;
  stop = true;
  for (std::thread &neighbour : neighbours) {
    neighbour.join();
  }
  // Pure spinning takes a scheduler's slice per barrier: several seconds.
  EXPECT_LT(seconds.count(), 3);
}

TEST(ThreadPoolTest, RefusesSillyNumbersOfThreads) {
  EXPECT_FALSE(ThreadPool::create(0).ok());
  auto pool = ThreadPool::create(100000);
  ASSERT_FALSE(pool.ok());
  EXPECT_NE(pool.status().message().find("1024"), std::string::npos);
}
} // namespace
