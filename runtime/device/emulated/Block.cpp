// Scheduling: a warp goes on as long as one of its lanes can, then the next
// one; or, with a seed, any lane that can.
#include "runtime/device/emulated/Block.h"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace fot::rt::emulated {

/// Clocks begin again, with empty records, beyond this.
static constexpr uint32_t kLastClock = 0xf0000000;

std::string plural(uint64_t number, const char *what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

Status Block::create() { return records.create(); }

/// Runs one thread after the other, as long as they need not wait.
static void runThreads(void *argument) {
  auto *thread = static_cast<Thread *>(argument);
  const LaunchContext &launch = thread->block->launch();
  while (true) {
    launch.kernel->run(launch.arguments);
    thread = thread->block->finish(*thread);
  }
}

Status Block::begin(const LaunchContext &launch, uint64_t newSeed) {
  context = &launch;
  seed = newSeed;
  random = newSeed;
  uint32_t count = launch.block[0] * launch.block[1] * launch.block[2];
  FOT_RETURN_IF_ERROR(stacks.reserve(count));
  uint32_t numWarps = (count + kWarpThreads - 1) / kWarpThreads;
  threads.resize(count);
  warps.resize(numWarps);
  for (uint32_t i = 0; i < count; ++i) {
    Thread &thread = threads[i];
    Warp &warp = warps[i / kWarpThreads];
    thread.index = static_cast<uint16_t>(i);
    thread.lane = static_cast<uint16_t>(i % kWarpThreads);
    thread.warp = &warp;
    thread.block = this;
    fot_emulated_ids &ids = thread.ids;
    ids.lane = thread.lane;
    ids.tid[0] = i % launch.block[0];
    ids.tid[1] = i / launch.block[0] % launch.block[1];
    ids.tid[2] = i / launch.block[0] / launch.block[1];
    std::copy_n(launch.block, 3, ids.ntid);
    std::copy_n(launch.grid, 3, ids.nctaid);
  }
  for (uint32_t w = 0; w < numWarps; ++w) {
    uint32_t lanes = std::min(kWarpThreads, count - w * kWarpThreads);
    warps[w].threads = &threads[w * kWarpThreads];
    warps[w].all = lanes == 32 ? ~0u : (1u << lanes) - 1;
  }
  return {};
}

Status Block::run(uint32_t x, uint32_t y, uint32_t z) {
  uint32_t place[3] = {x, y, z};
  std::copy_n(place, 3, id);
  failure.clear();
  if (clock > kLastClock) {
    records.clear();
    clock = 1;
  }
  uint32_t base = clock++;
  records.begin(base);
  std::memset(context->arena, 0xff, context->sharedBytes);
  for (Barrier &barrier : barriers) {
    barrier = Barrier();
  }
  readyWarps = warps.size() == 32 ? ~0u : (1u << warps.size()) - 1;
  current = 0;
  live = threads.size();
  for (Warp &warp : warps) {
    warp.ready = warp.all;
    warp.waiting = 0;
    warp.clock.now = base;
    std::fill_n(warp.clock.known, kMaxWarps, base - 1);
  }
  for (Thread &thread : threads) {
    std::copy_n(id, 3, thread.ids.ctaid);
    thread.state = Thread::State::Runs;
    thread.groups = 0;
    thread.copies.clear();
    thread.stackNumber = -1;
  }
  // The last one first, and the first ones are warm.
  freeStacks.resize(threads.size());
  std::iota(freeStacks.rbegin(), freeStacks.rend(), 0);
  switchTo(next(), &scheduler);
  if (failure.empty() && live > 0) {
    failure = where() + ": " + deadlock();
  }
  return failure.empty() ? Status() : Status::failure(failure);
}

Thread *Block::next() {
  if (!readyWarps) {
    return nullptr;
  }
  uint32_t lane;
  if (seed) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    // A ready warp, then one of its ready lanes, by the number of bits.
    auto pick = [](uint32_t bits, uint32_t value) {
      for (uint32_t skip = value % __builtin_popcount(bits); skip; --skip) {
        bits &= bits - 1;
      }
      return static_cast<uint32_t>(__builtin_ctz(bits));
    };
    current = pick(readyWarps, static_cast<uint32_t>(random >> 33));
    lane = pick(warps[current].ready, static_cast<uint32_t>(random >> 49));
  } else {
    if (!(readyWarps >> current & 1)) {
      uint32_t later = readyWarps & ~((2u << current) - 1);
      current = __builtin_ctz(later ? later : readyWarps);
    }
    lane = __builtin_ctz(warps[current].ready);
  }
  Warp &warp = warps[current];
  warp.ready &= ~(1u << lane);
  if (!warp.ready) {
    readyWarps &= ~(1u << current);
  }
  return &warp.threads[lane];
}

void Block::switchTo(Thread *thread, void **from) {
  if (thread && thread->stackNumber < 0) {
    thread->stackNumber = static_cast<int32_t>(freeStacks.back());
    freeStacks.pop_back();
    thread->stack = stacks.prepare(static_cast<uint32_t>(thread->stackNumber),
                                   runThreads, thread);
  }
  context->module->thread = thread;
  fot_fiber_switch(from, thread ? thread->stack : scheduler);
}

void Block::leave() {
  void *nowhere;
  context->module->thread = nullptr;
  fot_fiber_switch(&nowhere, scheduler);
  __builtin_unreachable();
}

void Block::wait(Thread &thread, uint32_t site) {
  thread.state = Thread::State::Waits;
  thread.site = site;
  switchTo(next(), &thread.stack);
  thread.state = Thread::State::Runs;
}

void Block::wake(Warp &warp, uint32_t lanes) {
  if (lanes) {
    warp.ready |= lanes;
    readyWarps |= 1u << (&warp - warps.data());
  }
}

void Block::yield(Thread &thread) {
  uint32_t own = thread.warp - warps.data();
  uint32_t others = readyWarps & ~(1u << own);
  if (others && !seed) {
    // Another warp first: the lanes of this one are about as far.
    uint32_t later = others & ~((2u << own) - 1);
    current = __builtin_ctz(later ? later : others);
  }
  if (Thread *other = next()) {
    wake(*thread.warp, 1u << thread.lane);
    switchTo(other, &thread.stack);
  }
}

void Block::exit(Thread &thread) {
  thread.state = Thread::State::Ended;
  --live;
  // Its stack is in use until the switch, and may not be the next one's.
  Thread *other = next();
  void *nowhere;
  switchTo(other, &nowhere);
  __builtin_unreachable();
}

Thread *Block::finish(Thread &thread) {
  thread.state = Thread::State::Ended;
  --live;
  Thread *other = next();
  if (other && other->stackNumber < 0) {
    other->stackNumber = thread.stackNumber;
    context->module->thread = other;
    return other;
  }
  freeStacks.push_back(static_cast<uint32_t>(thread.stackNumber));
  void *nowhere;
  switchTo(other, &nowhere);
  __builtin_unreachable();
}

void Block::synchronise(uint32_t set) {
  uint32_t latest[kMaxWarps] = {};
  uint32_t count = warps.size();
  for (uint32_t left = set; left; left &= left - 1) {
    uint32_t w = __builtin_ctz(left);
    const WarpClock &one = warps[w].clock;
    for (uint32_t other = 0; other < count; ++other) {
      uint32_t known = other == w ? one.now : one.known[other];
      latest[other] = std::max(latest[other], known);
    }
  }
  for (uint32_t left = set; left; left &= left - 1) {
    uint32_t w = __builtin_ctz(left);
    WarpClock &one = warps[w].clock;
    std::copy_n(latest, count, one.known);
    one.now = latest[w] + 1;
    clock = std::max(clock, one.now + 1);
  }
}

void Block::failDiverged(const Thread &thread, uint32_t site,
                         const Thread &other) {
  fail(thread, site, [&] {
    return "has to be executed by the whole warp at once, but thread " +
           nameOf(other.index) + " is at " + textOf(other.site);
  });
}

void Block::collect(Thread &thread, Collective operation, uint32_t mask,
                    bool aligned, const Slot *arguments, Slot *results,
                    uint32_t site) {
  Warp &warp = *thread.warp;
  uint32_t bit = 1u << thread.lane;
  if (!(mask & bit)) {
    fail(thread, site, [&] {
      return "has a mask that its own lane " + std::to_string(thread.lane) +
             " is not in";
    });
  }
  if (mask & ~warp.all) {
    fail(thread, site, [&] {
      return "has lane " + std::to_string(__builtin_ctz(mask & ~warp.all)) +
             " in its mask, and the warp has only " +
             plural(__builtin_popcount(warp.all), "lane");
    });
  }
  warp.arrivals[thread.lane] = {operation, mask, arguments, results, site};
  uint32_t others = warp.waiting & mask;
  bool complete = (others | bit) == mask;
  if (aligned && others) {
    // Those before agree with each other.
    uint32_t lane = __builtin_ctz(others);
    const Arrival &other = warp.arrivals[lane];
    if (other.mask == mask && other.site != site) {
      failDiverged(thread, site, warp.threads[lane]);
    }
  }
  for (uint32_t left = complete ? others : 0; left; left &= left - 1) {
    const Arrival &other = warp.arrivals[__builtin_ctz(left)];
    complete &= other.operation == operation && other.mask == mask;
  }
  if (complete) {
    warp.waiting &= ~mask;
    operation(thread, mask);
    wake(warp, mask & ~bit);
    return;
  }
  warp.waiting |= bit;
  wait(thread, site);
}

void Block::barrier(Thread &thread, uint32_t number, uint32_t count,
                    bool aligned, bool arrive, Reduction reduction,
                    bool predicate, Slot *result, uint32_t site) {
  if (number >= std::size(barriers)) {
    fail(thread, site, [&] {
      return "uses barrier " + std::to_string(number) + "; there are only 16";
    });
  }
  Barrier &barrier = barriers[number];
  uint32_t expected = count ? count : threads.size();
  if (count % kWarpThreads) {
    fail(thread, site, [&] {
      return "expects " + plural(count, "thread") +
             ", which is not a multiple of a warp";
    });
  }
  if (barrier.expected && barrier.expected != expected) {
    fail(thread, site, [&] {
      return "expects " + plural(expected, "thread") + " at barrier " +
             std::to_string(number) + ", where others expect " +
             std::to_string(barrier.expected);
    });
  }
  uint32_t w = thread.warp - warps.data();
  if (uint32_t lanes = aligned ? barrier.waiting[w] : 0) {
    const Thread &other = thread.warp->threads[__builtin_ctz(lanes)];
    if (other.site != site) {
      failDiverged(thread, site, other);
    }
  }
  barrier.expected = expected;
  barrier.warps |= 1u << w;
  barrier.count += predicate;
  ++barrier.arrived;
  if (reduction != Reduction::None) {
    barrier.results.push_back({result, reduction});
  }
  if (barrier.arrived == expected) {
    release(barrier);
  } else if (!arrive) {
    barrier.waiting[w] |= 1u << thread.lane;
    wait(thread, site);
  }
}

void Block::release(Barrier &barrier) {
  synchronise(barrier.warps);
  for (auto [slot, reduction] : barrier.results) {
    slot->low = reduction == Reduction::Count ? barrier.count
                : reduction == Reduction::And
                    ? barrier.count == barrier.expected
                    : barrier.count > 0;
  }
  for (uint32_t w = 0; w < warps.size(); ++w) {
    wake(warps[w], barrier.waiting[w]);
    barrier.waiting[w] = 0;
  }
  barrier.expected = 0;
  barrier.arrived = 0;
  barrier.warps = 0;
  barrier.count = 0;
  barrier.results.clear();
}

} // namespace fot::rt::emulated
