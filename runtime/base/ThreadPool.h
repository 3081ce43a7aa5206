// Threads that run one function together (SPMD) and meet at barriers in it.
#ifndef FOT_RUNTIME_BASE_THREADPOOL_H
#define FOT_RUNTIME_BASE_THREADPOOL_H

#include "runtime/base/Status.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace fot::rt {

/// Number of cores that this process may use, at least 1.
uint32_t usableCores();

/// Persistent workers; the thread that calls run() is worker 0. Waiting spins
/// for some microseconds, then parks in the kernel, so that neither a busy
/// neighbour nor an idle program costs a core. One run() at a
/// time: callers from several threads take turns themselves.
class ThreadPool {
public:
  /// `numWorkers` from 1 to 1024.
  static StatusOr<std::unique_ptr<ThreadPool>> create(uint32_t numWorkers);
  ~ThreadPool();
  ThreadPool(const ThreadPool &) = delete;
  ThreadPool &operator=(const ThreadPool &) = delete;

  uint32_t numWorkers() const { return workers; }

  /// Calls `function(worker, numWorkers)` once on every worker and returns
  /// when all have returned. The function must not throw.
  template <typename Function> void run(Function &&function) {
    run(workers, std::forward<Function>(function));
  }
  /// The same on the first `numWorkers` workers only.
  template <typename Function>
  void run(uint32_t numWorkers, Function &&function) {
    using Plain = std::remove_reference_t<Function>;
    runTask(
        [](void *context, uint32_t worker, uint32_t numWorkers) {
          (*static_cast<Plain *>(context))(worker, numWorkers);
        },
        const_cast<std::remove_const_t<Plain> *>(&function), numWorkers);
  }

  /// Inside run(): returns when every worker has called it. All workers pass
  /// the same sequence of barriers.
  void barrier();

private:
  using Task = void (*)(void *context, uint32_t worker, uint32_t numWorkers);
  explicit ThreadPool(uint32_t numWorkers);
  void runTask(Task task, void *context, uint32_t numWorkers);
  void work(uint32_t worker);
  void stop();

  /// A number that threads wait for to change, with a cache line of its own.
  struct alignas(64) Word {
    std::atomic<uint32_t> value{0};
    std::atomic<uint32_t> sleepers{0};
  };
  /// Waits until `word` differs from `old`.
  void await(Word &word, uint32_t old) const;
  /// After a sequentially consistent change of `word`: wakes who sleeps.
  static void wake(Word &word);

  const uint32_t workers;
  const bool spin; // useless when there are fewer cores than workers
  std::vector<std::thread> threads;

  Task task = nullptr;
  void *context = nullptr;
  uint32_t active = 0; // workers of this run
  std::atomic<bool> stopping{false};

  Word generation; // number of the run, and its last worker
  Word running;    // workers that have not finished this one
  Word phase;      // counts the barriers
  alignas(64) std::atomic<uint32_t> arrived{0};
};

} // namespace fot::rt

#endif
