// Threads that run one function together (SPMD) and meet at barriers in it.
#ifndef FOT_RUNTIME_BASE_THREADPOOL_H
#define FOT_RUNTIME_BASE_THREADPOOL_H

#include "runtime/base/Status.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <type_traits>
#include <vector>

namespace fot::rt {

/// Number of cores that this process may use, at least 1.
uint32_t usableCores();

/// Persistent workers; the thread that calls run() is worker 0. Waiting spins
/// for some microseconds, then yields, then parks in the kernel, so that
/// neither a busy neighbour nor an idle program costs a core. One run() at a
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
    using Plain = std::remove_reference_t<Function>;
    runTask(
        [](void *context, uint32_t worker, uint32_t numWorkers) {
          (*static_cast<Plain *>(context))(worker, numWorkers);
        },
        const_cast<std::remove_const_t<Plain> *>(&function));
  }

  /// Inside run(): returns when every worker has called it. All workers pass
  /// the same sequence of barriers.
  void barrier();

private:
  using Task = void (*)(void *context, uint32_t worker, uint32_t numWorkers);
  explicit ThreadPool(uint32_t numWorkers);
  void runTask(Task task, void *context);
  void work(uint32_t worker);
  void stop();
  /// Waits until `word` differs from `old`.
  void await(const std::atomic<uint32_t> &word, uint32_t old) const;

  const uint32_t workers;
  const bool spin; // useless when there are fewer cores than workers
  std::vector<std::thread> threads;

  Task task = nullptr;
  void *context = nullptr;
  bool stopping = false;

  // Each word that workers wait on has a cache line of its own.
  alignas(64) std::atomic<uint32_t> generation{0};
  alignas(64) std::atomic<uint32_t> running{0};
  alignas(64) std::atomic<uint32_t> arrived{0};
  alignas(64) std::atomic<uint32_t> phase{0};
};

} // namespace fot::rt

#endif
