// Barriers of a block, and what orders memory only.
#include "runtime/device/emulated/Operations.h"

namespace fot::rt::emulated {

using Reduction = Block::Reduction;

/// barrier.cta.*: number, then the count of threads, if one is given, then the
/// predicate of a reduction.
template <bool Aligned, bool HasCount, bool Arrive, Reduction Kind>
static void barrier(void *pointer, Slot *arguments, Slot *results,
                    uint32_t site) {
  Thread &thread = asThread(pointer);
  uint32_t count = HasCount ? get<uint32_t>(arguments[1]) : 0;
  bool predicate =
      Kind != Reduction::None && get<bool>(arguments[HasCount ? 2 : 1]);
  if (HasCount && count == 0) {
    thread.block->fail(thread, site,
                       [] { return std::string("expects no threads"); });
  }
  thread.block->barrier(thread, get<uint32_t>(arguments[0]), count, Aligned,
                        Arrive, Kind, predicate, results, site);
}

static void warpSync(Thread &last, uint32_t) {
  last.block->synchronise(1u << (last.index / kWarpThreads));
}

static void barWarpSync(void *pointer, Slot *arguments, Slot *results,
                        uint32_t site) {
  Thread &thread = asThread(pointer);
  thread.block->collect(thread, warpSync, get<uint32_t>(arguments[0]),
                        /*aligned=*/false, arguments, results, site);
}

static void nothing(void *, Slot *, Slot *, uint32_t) {}

static void yield(void *pointer, Slot *, Slot *, uint32_t) {
  Thread &thread = asThread(pointer);
  thread.block->yield(thread);
}

static void exit(void *pointer, Slot *, Slot *, uint32_t) {
  Thread &thread = asThread(pointer);
  thread.block->exit(thread);
}

static void trap(void *pointer, Slot *, Slot *, uint32_t site) {
  Thread &thread = asThread(pointer);
  thread.block->fail(thread, site, [] { return std::string("traps"); });
}

std::span<const Operation> barrierOperations() {
  static constexpr Reduction kNone = Reduction::None;
  static constexpr Reduction kCount = Reduction::Count;
  static constexpr Reduction kAnd = Reduction::And;
  static constexpr Reduction kOr = Reduction::Or;
  static const Operation table[] = {
      {"nvvm.barrier.cta.sync.aligned.all", barrier<true, false, false, kNone>},
      {"nvvm.barrier.cta.sync.aligned.count",
       barrier<true, true, false, kNone>},
      {"nvvm.barrier.cta.sync.all", barrier<false, false, false, kNone>},
      {"nvvm.barrier.cta.sync.count", barrier<false, true, false, kNone>},
      {"nvvm.barrier.cta.arrive.aligned.count",
       barrier<true, true, true, kNone>},
      {"nvvm.barrier.cta.arrive.count", barrier<false, true, true, kNone>},
      {"nvvm.barrier.cta.red.popc.aligned.all",
       barrier<true, false, false, kCount>},
      {"nvvm.barrier.cta.red.popc.aligned.count",
       barrier<true, true, false, kCount>},
      {"nvvm.barrier.cta.red.and.aligned.all",
       barrier<true, false, false, kAnd>},
      {"nvvm.barrier.cta.red.and.aligned.count",
       barrier<true, true, false, kAnd>},
      {"nvvm.barrier.cta.red.or.aligned.all", barrier<true, false, false, kOr>},
      {"nvvm.barrier.cta.red.or.aligned.count",
       barrier<true, true, false, kOr>},
      {"nvvm.bar.warp.sync", barWarpSync},
      // One host thread runs all: memory is always in order.
      {"nvvm.membar.cta", nothing},
      {"nvvm.membar.gl", nothing},
      {"nvvm.membar.sys", nothing},
      {"nvvm.fence.sc.cluster", nothing},
      {"nvvm.griddepcontrol.launch.dependents", nothing},
      {"nvvm.griddepcontrol.wait", nothing},
      {"nvvm.nanosleep", yield},
      {"nvvm.exit", exit},
      {"trap", trap},
  };
  return table;
}

} // namespace fot::rt::emulated
