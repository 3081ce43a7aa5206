// Counters in place of locks: a word changes, and whoever waits for that spins
// and then sleeps on it. Futexes by hand, because std::atomic::wait yields
// first, and on a busy machine each yield costs others' whole time slices.
#include "runtime/base/ThreadPool.h"

#include <chrono>
#include <climits>
#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <system_error>
#include <unistd.h>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace fot::rt {

/// How long a wait spins. Barriers inside a step of a model are microseconds
/// apart; a sampled token is back within a few hundred.
static constexpr std::chrono::microseconds kSpin(100);
static constexpr uint32_t kMostWorkers = 1024;
/// `generation` has the number of the last worker in its lower bits.
static constexpr uint32_t kWorkerMask = kMostWorkers - 1;

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
  generation.value.fetch_add(kMostWorkers);
  wake(generation);
  for (std::thread &thread : threads) {
    thread.join();
  }
}

static void futex(std::atomic<uint32_t> &word, int operation, uint32_t value) {
  static_assert(sizeof(word) == sizeof(uint32_t));
  syscall(SYS_futex, reinterpret_cast<uint32_t *>(&word),
          operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

void ThreadPool::await(Word &word, uint32_t old) const {
  if (spin) {
    auto deadline = std::chrono::steady_clock::now() + kSpin;
    do {
      for (int i = 0; i < 64; ++i) {
        if (word.value.load(std::memory_order_acquire) != old) {
          return;
        }
        relax();
      }
    } while (std::chrono::steady_clock::now() < deadline);
  }
  // Either the kernel sees the new value and does not sleep, or the one who
  // changes it sees a sleeper and wakes: all four accesses are in one order.
  while (word.value.load() == old) {
    word.sleepers.fetch_add(1);
    futex(word.value, FUTEX_WAIT, old);
    word.sleepers.fetch_sub(1);
  }
}

void ThreadPool::wake(Word &word) {
  if (word.sleepers.load() != 0) {
    futex(word.value, FUTEX_WAKE, INT_MAX);
  }
}

void ThreadPool::work(uint32_t worker) {
  uint32_t seen = 0;
  while (true) {
    await(generation, seen);
    // A run that this worker is part of waits for it, so it misses none.
    seen = generation.value.load(std::memory_order_acquire);
    if (stopping.load(std::memory_order_relaxed)) {
      return;
    }
    if (worker > (seen & kWorkerMask)) {
      continue;
    }
    task(context, worker, active);
    if (running.value.fetch_sub(1) == 1) {
      wake(running);
    }
  }
}

void ThreadPool::runTask(Task newTask, void *newContext, uint32_t numWorkers) {
  active = numWorkers;
  if (numWorkers == 1) {
    // Nobody is woken: who sleeps takes no core from others.
    newTask(newContext, 0, 1);
    return;
  }
  task = newTask;
  context = newContext;
  running.value.store(numWorkers - 1, std::memory_order_relaxed);
  uint32_t run = generation.value.load(std::memory_order_relaxed) | kWorkerMask;
  generation.value.store(run + numWorkers);
  wake(generation);
  newTask(newContext, 0, numWorkers);
  while (uint32_t left = running.value.load(std::memory_order_acquire)) {
    await(running, left);
  }
}

void ThreadPool::barrier() {
  if (active == 1) {
    return;
  }
  uint32_t current = phase.value.load(std::memory_order_relaxed);
  if (arrived.fetch_add(1, std::memory_order_acq_rel) + 1 == active) {
    arrived.store(0, std::memory_order_relaxed);
    phase.value.fetch_add(1);
    wake(phase);
  } else {
    await(phase, current);
  }
}

} // namespace fot::rt
