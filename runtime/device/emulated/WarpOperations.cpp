// Exchange of numbers between the lanes of a warp.
#include "runtime/device/emulated/Operations.h"

#include <algorithm>
#include <functional>

namespace fot::rt::emulated {

template <typename Function> static void eachLane(uint32_t mask, Function run) {
  for (; mask; mask &= mask - 1) {
    run(static_cast<uint32_t>(__builtin_ctz(mask)));
  }
}

/// Passes an operation on whose mask is argument `MaskAt`.
template <Collective Run, int MaskAt>
static void collective(void *pointer, Slot *arguments, Slot *results,
                       uint32_t site) {
  Thread &thread = asThread(pointer);
  thread.block->collect(thread, Run, get<uint32_t>(arguments[MaskAt]),
                        /*aligned=*/false, arguments, results, site);
}

enum class Shuffle { Up, Down, Butterfly, Index };

/// Arguments: mask, value, lane or distance, limits of the segment. Results:
/// the value and, in the variant with a predicate, whether it is of the
/// segment.
template <Shuffle Mode, bool HasPredicate>
static void shuffle(Thread &last, uint32_t mask) {
  Warp &warp = *last.warp;
  eachLane(mask, [&](uint32_t lane) {
    const Arrival &mine = warp.arrivals[lane];
    uint32_t by = get<uint32_t>(mine.arguments[2]) & 31;
    uint32_t limits = get<uint32_t>(mine.arguments[3]);
    uint32_t segment = limits >> 8 & 31;
    uint32_t lowest = lane & segment;
    uint32_t highest = lowest | (limits & 31 & ~segment);
    int32_t from = 0;
    bool inside = false;
    switch (Mode) {
    case Shuffle::Up:
      from = static_cast<int32_t>(lane - by);
      inside = from >= static_cast<int32_t>(highest);
      break;
    case Shuffle::Down:
      from = static_cast<int32_t>(lane + by);
      inside = from <= static_cast<int32_t>(highest);
      break;
    case Shuffle::Butterfly:
      from = static_cast<int32_t>(lane ^ by);
      inside = from <= static_cast<int32_t>(highest);
      break;
    case Shuffle::Index:
      from = static_cast<int32_t>(lowest | (by & ~segment));
      inside = from <= static_cast<int32_t>(highest);
      break;
    }
    uint32_t source = inside ? static_cast<uint32_t>(from) : lane;
    if (!(mask >> source & 1)) {
      last.block->fail(warp.threads[lane], mine.site, [&] {
        return "takes a value from lane " + std::to_string(source) +
               ", which is not in the mask";
      });
    }
    mine.results[0].low = get<uint32_t>(warp.arrivals[source].arguments[1]);
    if (HasPredicate) {
      mine.results[1].low = inside;
    }
  });
}

enum class Vote { All, Any, Uniform, Ballot };

/// Arguments: mask, predicate.
template <Vote Mode> static void vote(Thread &last, uint32_t mask) {
  Warp &warp = *last.warp;
  uint32_t ballot = 0;
  eachLane(mask, [&](uint32_t lane) {
    bool set = get<uint8_t>(warp.arrivals[lane].arguments[1]) & 1;
    ballot |= static_cast<uint32_t>(set) << lane;
  });
  uint32_t result = Mode == Vote::All       ? ballot == mask
                    : Mode == Vote::Any     ? ballot != 0
                    : Mode == Vote::Uniform ? ballot == mask || ballot == 0
                                            : ballot;
  eachLane(mask,
           [&](uint32_t lane) { warp.arrivals[lane].results[0].low = result; });
}

struct Minimum {
  template <typename T> T operator()(T a, T b) const { return std::min(a, b); }
};
struct Maximum {
  template <typename T> T operator()(T a, T b) const { return std::max(a, b); }
};

/// Arguments: value, mask.
template <typename T, typename Combine>
static void reduce(Thread &last, uint32_t mask) {
  Warp &warp = *last.warp;
  T result = get<T>(warp.arrivals[__builtin_ctz(mask)].arguments[0]);
  eachLane(mask & (mask - 1), [&](uint32_t lane) {
    result = Combine()(result, get<T>(warp.arrivals[lane].arguments[0]));
  });
  eachLane(mask,
           [&](uint32_t lane) { set(warp.arrivals[lane].results[0], result); });
}

/// Arguments: mask, value. Result: the lanes with the same value.
template <typename T> static void matchAny(Thread &last, uint32_t mask) {
  Warp &warp = *last.warp;
  eachLane(mask, [&](uint32_t lane) {
    uint32_t same = 0;
    T value = get<T>(warp.arrivals[lane].arguments[1]);
    eachLane(mask, [&](uint32_t other) {
      bool equal = get<T>(warp.arrivals[other].arguments[1]) == value;
      same |= static_cast<uint32_t>(equal) << other;
    });
    warp.arrivals[lane].results[0].low = same;
  });
}

/// Arguments: mask, value. Results: the mask or 0, and whether all are equal.
template <typename T> static void matchAll(Thread &last, uint32_t mask) {
  Warp &warp = *last.warp;
  T value = get<T>(warp.arrivals[__builtin_ctz(mask)].arguments[1]);
  bool equal = true;
  eachLane(mask, [&](uint32_t lane) {
    equal &= get<T>(warp.arrivals[lane].arguments[1]) == value;
  });
  eachLane(mask, [&](uint32_t lane) {
    warp.arrivals[lane].results[0].low = equal ? mask : 0;
    warp.arrivals[lane].results[1].low = equal;
  });
}

/// Argument: mask. Results: a lane of it, and whether it is this one.
static void elect(Thread &last, uint32_t mask) {
  uint32_t leader = __builtin_ctz(mask);
  eachLane(mask, [&](uint32_t lane) {
    last.warp->arrivals[lane].results[0].low = leader;
    last.warp->arrivals[lane].results[1].low = lane == leader;
  });
}

/// Values of registers that depend on the lane or the block's shape only.
template <uint32_t (*Value)(const Thread &)>
static void registerOf(void *pointer, Slot *, Slot *results, uint32_t) {
  results[0].low = Value(asThread(pointer));
}

static uint32_t warpNumber(const Thread &thread) {
  return thread.index / kWarpThreads;
}
static uint32_t numWarps(const Thread &thread) {
  const uint32_t *size = thread.ids.ntid;
  return (size[0] * size[1] * size[2] + kWarpThreads - 1) / kWarpThreads;
}
static uint32_t lanesEqual(const Thread &thread) { return 1u << thread.lane; }
static uint32_t lanesBelow(const Thread &thread) {
  return (1u << thread.lane) - 1;
}
static uint32_t lanesUpTo(const Thread &thread) {
  return lanesEqual(thread) | lanesBelow(thread);
}
static uint32_t lanesAbove(const Thread &thread) { return ~lanesUpTo(thread); }
static uint32_t lanesFrom(const Thread &thread) { return ~lanesBelow(thread); }

std::span<const Operation> warpOperations() {
  using S = Shuffle;
  static const Operation table[] = {
      {"nvvm.shfl.sync.up.i32", collective<shuffle<S::Up, false>, 0>},
      {"nvvm.shfl.sync.up.f32", collective<shuffle<S::Up, false>, 0>},
      {"nvvm.shfl.sync.up.i32p", collective<shuffle<S::Up, true>, 0>},
      {"nvvm.shfl.sync.up.f32p", collective<shuffle<S::Up, true>, 0>},
      {"nvvm.shfl.sync.down.i32", collective<shuffle<S::Down, false>, 0>},
      {"nvvm.shfl.sync.down.f32", collective<shuffle<S::Down, false>, 0>},
      {"nvvm.shfl.sync.down.i32p", collective<shuffle<S::Down, true>, 0>},
      {"nvvm.shfl.sync.down.f32p", collective<shuffle<S::Down, true>, 0>},
      {"nvvm.shfl.sync.bfly.i32", collective<shuffle<S::Butterfly, false>, 0>},
      {"nvvm.shfl.sync.bfly.f32", collective<shuffle<S::Butterfly, false>, 0>},
      {"nvvm.shfl.sync.bfly.i32p", collective<shuffle<S::Butterfly, true>, 0>},
      {"nvvm.shfl.sync.bfly.f32p", collective<shuffle<S::Butterfly, true>, 0>},
      {"nvvm.shfl.sync.idx.i32", collective<shuffle<S::Index, false>, 0>},
      {"nvvm.shfl.sync.idx.f32", collective<shuffle<S::Index, false>, 0>},
      {"nvvm.shfl.sync.idx.i32p", collective<shuffle<S::Index, true>, 0>},
      {"nvvm.shfl.sync.idx.f32p", collective<shuffle<S::Index, true>, 0>},
      {"nvvm.vote.all.sync", collective<vote<Vote::All>, 0>},
      {"nvvm.vote.any.sync", collective<vote<Vote::Any>, 0>},
      {"nvvm.vote.uni.sync", collective<vote<Vote::Uniform>, 0>},
      {"nvvm.vote.ballot.sync", collective<vote<Vote::Ballot>, 0>},
      {"nvvm.redux.sync.add", collective<reduce<uint32_t, std::plus<>>, 1>},
      {"nvvm.redux.sync.and", collective<reduce<uint32_t, std::bit_and<>>, 1>},
      {"nvvm.redux.sync.or", collective<reduce<uint32_t, std::bit_or<>>, 1>},
      {"nvvm.redux.sync.xor", collective<reduce<uint32_t, std::bit_xor<>>, 1>},
      {"nvvm.redux.sync.min", collective<reduce<int32_t, Minimum>, 1>},
      {"nvvm.redux.sync.max", collective<reduce<int32_t, Maximum>, 1>},
      {"nvvm.redux.sync.umin", collective<reduce<uint32_t, Minimum>, 1>},
      {"nvvm.redux.sync.umax", collective<reduce<uint32_t, Maximum>, 1>},
      {"nvvm.match.any.sync.i32", collective<matchAny<uint32_t>, 0>},
      {"nvvm.match.any.sync.i64", collective<matchAny<uint64_t>, 0>},
      {"nvvm.match.all.sync.i32p", collective<matchAll<uint32_t>, 0>},
      {"nvvm.match.all.sync.i64p", collective<matchAll<uint64_t>, 0>},
      {"nvvm.elect.sync", collective<elect, 0>},
      {"nvvm.read.ptx.sreg.warpid", registerOf<warpNumber>},
      {"nvvm.read.ptx.sreg.nwarpid", registerOf<numWarps>},
      {"nvvm.read.ptx.sreg.lanemask.eq", registerOf<lanesEqual>},
      {"nvvm.read.ptx.sreg.lanemask.lt", registerOf<lanesBelow>},
      {"nvvm.read.ptx.sreg.lanemask.le", registerOf<lanesUpTo>},
      {"nvvm.read.ptx.sreg.lanemask.gt", registerOf<lanesAbove>},
      {"nvvm.read.ptx.sreg.lanemask.ge", registerOf<lanesFrom>},
  };
  return table;
}

} // namespace fot::rt::emulated
