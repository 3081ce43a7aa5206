// One block of threads while it runs: who is ready, who waits for whom, and
// what went wrong. Threads are fibers that run until they have to wait.
#ifndef FOT_RUNTIME_DEVICE_EMULATED_BLOCK_H
#define FOT_RUNTIME_DEVICE_EMULATED_BLOCK_H

#include "runtime/device/emulated/Fiber.h"
#include "runtime/device/emulated/Memory.h"
#include "runtime/device/emulated/Shadow.h"

#include "fot/emulator_abi.h"

#include <string>
#include <vector>

namespace fot::rt::emulated {

class Block;
struct Warp;
using Slot = fot_emulated_slot;

/// A cp.async whose data are not there yet.
struct PendingCopy {
  uint32_t offset; ///< in shared memory
  uint32_t bytes;
  uint32_t sourceBytes; ///< the rest is zeros
  const void *source;
  uint32_t site;
  uint32_t group; ///< number of the group that it belongs to
};

struct Thread {
  fot_emulated_ids ids; ///< first: generated code reads them
  uint16_t index;       ///< in the block
  uint16_t lane;
  Warp *warp;
  Block *block;
  void *stack;         ///< where it goes on
  int32_t stackNumber; ///< of the block's stacks, or -1 before it begins
  enum class State : uint8_t { Runs, Waits, Ended } state;
  uint32_t site;                   ///< where it waits
  uint32_t groups;                 ///< cp.async groups committed
  std::vector<PendingCopy> copies; ///< in the order of their issue
};

/// Runs an operation of a warp for all lanes of `mask`, in the last that came.
using Collective = void (*)(Thread &last, uint32_t mask);

/// What a lane brings to an operation of its warp.
struct Arrival {
  Collective operation;
  uint32_t mask;
  const Slot *arguments;
  Slot *results;
  uint32_t site;
};

struct Warp {
  Thread *threads; ///< of lane 0
  uint32_t all;    ///< lanes that exist
  uint32_t ready;
  uint32_t waiting; ///< lanes that wait in a collective operation
  WarpClock clock;
  Arrival arrivals[kWarpThreads];
};

/// What accesses of an instruction need no second look at: addresses from
/// `begin` to `begin + span`. With what its site says, to have it all at hand.
struct Known {
  uintptr_t begin;
  uintptr_t span;
  uint32_t bytes;
  uint32_t alignmentMask;
  uint32_t access;
};

/// What is the same for all blocks of a launch.
struct LaunchContext {
  fot_emulated_module *module = nullptr;
  const fot_emulated_kernel *kernel = nullptr;
  std::vector<fot_emulated_variable> variables; ///< the kernel's, by offset
  const MemoryMap *memory = nullptr;
  Known *known = nullptr; ///< one for each site
  uint8_t *arena = nullptr;
  uint32_t sharedBytes = 0; ///< of the arena that the kernel uses
  bool checkShared = true;
  void **arguments = nullptr;
  uint32_t grid[3] = {1, 1, 1};
  uint32_t block[3] = {1, 1, 1};
};

class Block {
public:
  Status create();

  /// Gets ready for the blocks of one launch.
  Status begin(const LaunchContext &context, uint64_t seed);
  /// Runs one block to its end. A failure is a sentence.
  Status run(uint32_t x, uint32_t y, uint32_t z);

  const LaunchContext &launch() const { return *context; }
  Shadow &shadow() { return records; }
  const fot_emulated_site &site(uint32_t index) const {
    return context->module->sites[index];
  }

  /// Ends the whole block; `what()` is what the thread does wrong, a string.
  /// Does not return and leaves the caller's stack as it is: nothing on it may
  /// own memory, which is why the string is made in here.
  template <typename What>
  [[noreturn]] void fail(const Thread &thread, uint32_t site, What what) {
    record(thread, site, what());
    leave();
  }
  /// The thread waits for others until it is woken.
  void wait(Thread &thread, uint32_t site);
  void wake(Warp &warp, uint32_t lanes);
  /// Lets others run first, if there are any.
  void yield(Thread &thread);
  /// The thread has ended. Does not return.
  [[noreturn]] void exit(Thread &thread);
  /// The same at the bottom of its stack: returns another thread that begins on
  /// it, or does not return.
  Thread *finish(Thread &thread);

  /// The operation of a warp `operation` among the lanes of `mask`: waits until
  /// all have come, then the last one runs it for all. Lanes of an `aligned`
  /// one must come from the same instruction.
  void collect(Thread &thread, Collective operation, uint32_t mask,
               bool aligned, const Slot *arguments, Slot *results,
               uint32_t site);

  enum class Reduction { None, Count, And, Or };
  /// A barrier of the block. `count` threads take part, 0 means all. An
  /// `arrive` only counts.
  void barrier(Thread &thread, uint32_t id, uint32_t count, bool aligned,
               bool arrive, Reduction reduction, bool predicate, Slot *result,
               uint32_t site);

  /// Orders what these warps did before what they do from now on. Bit i of
  /// `warps` is warp i.
  void synchronise(uint32_t warps);

  /// Checks an access of any memory; does not return if it is wrong.
  void check(Thread &thread, uintptr_t address, uint64_t bytes,
             uint32_t alignment, uint32_t access, uint32_t site);
  /// Checks bounds and alignment of an access that the site describes, and
  /// remembers what it found for later ones.
  void learn(Thread &thread, uintptr_t address, uint32_t site);
  /// `check` without what other threads do.
  void checkBounds(Thread &thread, uintptr_t address, uint64_t bytes,
                   uint32_t alignment, uint32_t access, uint32_t site);
  /// Fails if `conflict` is one.
  void report(const Thread &thread, const ConflictReport &conflict,
              uint32_t access, uint32_t bytes, uint32_t site);
  static Accessor accessor(const Thread &thread) {
    return {thread.index, &thread.warp->clock};
  }
  /// "(3, 0, 0)".
  std::string nameOf(uint32_t thread) const;
  std::string textOf(uint32_t site) const;

private:
  struct Barrier {
    uint32_t expected = 0;
    uint32_t arrived = 0;
    uint32_t warps = 0;
    uint32_t waiting[kMaxWarps] = {};
    uint32_t count = 0; ///< of true predicates
    std::vector<std::pair<Slot *, Reduction>> results;
  };

  void record(const Thread &thread, uint32_t site, const std::string &what);
  [[noreturn]] void failDiverged(const Thread &thread, uint32_t site,
                                 const Thread &other);
  Thread *next();
  void switchTo(Thread *thread, void **from);
  [[noreturn]] void leave();
  void release(Barrier &barrier);
  std::string deadlock() const;
  std::string where() const;
  bool inVariable(uintptr_t address, uint64_t bytes, Known &known) const;
  std::string describe(uintptr_t address) const;
  std::string describeShared(uint32_t offset) const;
  std::string explain(const ConflictReport &conflict) const;
  [[noreturn]] void failAccess(Thread &thread, uintptr_t address,
                               uint64_t bytes, uint32_t access, uint32_t site);
  void look(Thread &thread, uintptr_t address, uint64_t bytes, uint32_t access,
            uint32_t site, Known &known);

  const LaunchContext *context = nullptr;
  FiberStacks stacks;
  std::vector<uint32_t> freeStacks;
  Shadow records;
  std::vector<Thread> threads;
  std::vector<Warp> warps;
  uint32_t readyWarps = 0;
  uint32_t current = 0; ///< the warp that ran last
  uint32_t live = 0;    ///< threads that have not ended
  uint32_t clock = 1;   ///< larger than every number of a clock until now
  uint64_t seed = 0;
  uint64_t random = 0;
  void *scheduler = nullptr;
  Barrier barriers[16];
  uint32_t id[3] = {0, 0, 0};
  std::string failure;
};

/// "N bytes" and the like.
std::string plural(uint64_t number, const char *what);

} // namespace fot::rt::emulated

#endif
