// Generation counters in place of locks: a word changes, and whoever waits for
// it to change spins, yields, and finally sleeps on it (a futex on Linux).
#include "runtime/base/ThreadPool.h"

#include <chrono>
#include <sched.h>
#include <system_error>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace fot::rt {

/// How long a wait spins. Barriers inside a step of a model are microseconds
/// apart; a sampled token is back within a few hundred.
static constexpr std::chrono::microseconds kSpin(100);
/// How often a wait then gives its core away before it sleeps.
static constexpr int kYields = 8;
static constexpr uint32_t kMostWorkers = 1024;

static void relax() {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#endif
}

uint32_t usableCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    int count = CPU_COUNT(&set);
    return count > 0 ? static_cast<uint32_t>(count) : 1;
  }
  unsigned count = std::thread::hardware_concurrency();
  return count > 0 ? count : 1;
}

ThreadPool::ThreadPool(uint32_t numWorkers)
    : workers(numWorkers), spin(numWorkers <= usableCores()) {}

StatusOr<std::unique_ptr<ThreadPool>> ThreadPool::create(uint32_t numWorkers) {
  if (numWorkers == 0 || numWorkers > kMostWorkers) {
    return Status::failure("expected 1 to " + std::to_string(kMostWorkers) +
                           " threads, found " + std::to_string(numWorkers));
  }
  std::unique_ptr<ThreadPool> pool(new ThreadPool(numWorkers));
  try {
    for (uint32_t worker = 1; worker < numWorkers; ++worker) {
      pool->threads.emplace_back(
          [pool = pool.get(), worker] { pool->work(worker); });
    }
  } catch (const std::system_error &) {
    return Status::failure("cannot start " + std::to_string(numWorkers) +
                           " threads: the system allows no more than " +
                           std::to_string(pool->threads.size() + 1) + " now");
  }
  return pool;
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
  stopping = true;
  generation.fetch_add(1);
  generation.notify_all();
  for (std::thread &thread : threads) {
    thread.join();
  }
}

void ThreadPool::await(const std::atomic<uint32_t> &word, uint32_t old) const {
  if (spin) {
    auto deadline = std::chrono::steady_clock::now() + kSpin;
    do {
      for (int i = 0; i < 64; ++i) {
        if (word.load(std::memory_order_acquire) != old) {
          return;
        }
        relax();
      }
    } while (std::chrono::steady_clock::now() < deadline);
  }
  for (int i = 0; i < kYields; ++i) {
    if (word.load(std::memory_order_acquire) != old) {
      return;
    }
    sched_yield();
  }
  word.wait(old, std::memory_order_acquire);
}

void ThreadPool::work(uint32_t worker) {
  uint32_t seen = 0;
  while (true) {
    await(generation, seen);
    ++seen;
    if (stopping) {
      return;
    }
    task(context, worker, workers);
    if (running.fetch_sub(1) == 1) {
      running.notify_all();
    }
  }
}

void ThreadPool::runTask(Task newTask, void *newContext) {
  if (workers == 1) {
    newTask(newContext, 0, 1);
    return;
  }
  task = newTask;
  context = newContext;
  running.store(workers - 1, std::memory_order_relaxed);
  // Sequentially consistent, so that it cannot pass the check for sleepers.
  generation.fetch_add(1);
  generation.notify_all();
  newTask(newContext, 0, workers);
  while (uint32_t left = running.load(std::memory_order_acquire)) {
    await(running, left);
  }
}

void ThreadPool::barrier() {
  if (workers == 1) {
    return;
  }
  uint32_t current = phase.load(std::memory_order_relaxed);
  if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == workers) {
    arrived.store(0, std::memory_order_relaxed);
    phase.fetch_add(1);
    phase.notify_all();
  } else {
    await(phase, current);
  }
}

} // namespace fot::rt
