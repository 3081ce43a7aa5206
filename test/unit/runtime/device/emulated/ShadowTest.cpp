// Records of shared memory against a list of all accesses, at random.
#include "runtime/device/emulated/Shadow.h"

#include "fot/emulator_abi.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

using namespace fot::rt;
using namespace fot::rt::emulated;

namespace {

constexpr uint32_t kRead = FOT_ACCESS_READ;
constexpr uint32_t kWrite = FOT_ACCESS_WRITE;
constexpr uint32_t kAtomic =
    FOT_ACCESS_READ | FOT_ACCESS_WRITE | FOT_ACCESS_ATOMIC;

/// What an emulated block does with its clocks.
struct Warps {
  explicit Warps(uint32_t count, uint32_t base) : clocks(count) {
    for (WarpClock &clock : clocks) {
      clock.now = base;
      std::fill_n(clock.known, kMaxWarps, base - 1);
    }
  }
  Accessor thread(uint32_t index) const {
    return {static_cast<uint16_t>(index), &clocks[index / kWarpThreads]};
  }
  void synchronise(const std::vector<uint32_t> &set) {
    uint32_t latest[kMaxWarps] = {};
    for (uint32_t w : set) {
      for (uint32_t other = 0; other < clocks.size(); ++other) {
        latest[other] = std::max(
            latest[other], other == w ? clocks[w].now : clocks[w].known[other]);
      }
    }
    for (uint32_t w : set) {
      std::copy_n(latest, clocks.size(), clocks[w].known);
      clocks[w].now = latest[w] + 1;
    }
  }
  std::vector<WarpClock> clocks;
};

struct ShadowTest : testing::Test {
  void SetUp() override {
    ASSERT_TRUE(shadow.create().ok());
    shadow.begin(1);
  }
  /// As the device does: the short way first.
  Conflict access(uint32_t thread, uint32_t offset, uint32_t bytes,
                  uint32_t kind) {
    if (shadow.accessWords(warps.thread(thread), offset, bytes, kind, 7)) {
      return Conflict::None;
    }
    return shadow.access(warps.thread(thread), offset, bytes, kind, 7).kind;
  }
  Shadow shadow;
  Warps warps{3, 1};
};

TEST_F(ShadowTest, NamesTheFirstByteThreadAndInstruction) {
  EXPECT_EQ(access(5, 16, 4, kWrite), Conflict::None);
  EXPECT_EQ(access(5, 20, 1, kWrite), Conflict::None);
  ConflictReport report = shadow.access(warps.thread(40), 16, 8, kRead, 9);
  EXPECT_EQ(report.kind, Conflict::AfterWrite);
  EXPECT_EQ(report.offset, 16u);
  EXPECT_EQ(report.thread, 5u);
  EXPECT_EQ(report.site, 7u);
  warps.synchronise({0, 1});
  report = shadow.access(warps.thread(40), 16, 8, kRead, 9);
  EXPECT_EQ(report.kind, Conflict::Unwritten);
  EXPECT_EQ(report.offset, 21u);
}

TEST_F(ShadowTest, OrdersByWhoTakesPart) {
  EXPECT_EQ(access(0, 0, 4, kWrite), Conflict::None);
  warps.synchronise({0, 1});
  EXPECT_EQ(access(33, 0, 4, kRead), Conflict::None);
  // Warp 2 hears of it from warp 1.
  warps.synchronise({1, 2});
  EXPECT_EQ(access(64, 0, 4, kRead), Conflict::None);
  // Warp 0 knows of neither reader.
  EXPECT_EQ(access(0, 0, 4, kWrite), Conflict::AfterRead);
}

TEST_F(ShadowTest, LanesOfAWarpNeedToMeet) {
  EXPECT_EQ(access(0, 0, 4, kWrite), Conflict::None);
  EXPECT_EQ(access(0, 0, 4, kRead), Conflict::None);
  EXPECT_EQ(access(1, 0, 4, kRead), Conflict::AfterWrite);
  warps.synchronise({0});
  EXPECT_EQ(access(1, 0, 4, kRead), Conflict::None);
}

TEST_F(ShadowTest, CopiesMayNotBeTouched) {
  EXPECT_EQ(shadow.beginCopy(warps.thread(0), 16, 16, 3).kind, Conflict::None);
  EXPECT_EQ(access(0, 28, 4, kRead), Conflict::InFlight);
  EXPECT_EQ(access(0, 28, 4, kWrite), Conflict::InFlight);
  EXPECT_EQ(access(0, 31, 1, kWrite), Conflict::InFlight);
  EXPECT_EQ(shadow.beginCopy(warps.thread(1), 16, 16, 3).kind,
            Conflict::InFlight);
  shadow.endCopy(warps.thread(0), 16, 16, 3);
  EXPECT_EQ(access(0, 28, 4, kRead), Conflict::None);
  EXPECT_EQ(access(1, 28, 4, kRead), Conflict::AfterWrite);
  // A copy to what others read.
  warps.synchronise({0});
  EXPECT_EQ(access(1, 16, 16, kRead), Conflict::None);
  EXPECT_EQ(shadow.beginCopy(warps.thread(0), 16, 16, 3).kind,
            Conflict::AfterRead);
}

TEST_F(ShadowTest, ForgetsEarlierBlocks) {
  EXPECT_EQ(access(0, 0, 4, kWrite), Conflict::None);
  EXPECT_EQ(access(0, 4, 2, kAtomic), Conflict::Unwritten);
  EXPECT_EQ(shadow.beginCopy(warps.thread(0), 16, 16, 3).kind, Conflict::None);
  shadow.begin(10);
  warps = Warps(3, 10);
  EXPECT_EQ(access(64, 0, 4, kRead), Conflict::Unwritten);
  EXPECT_EQ(access(64, 0, 4, kWrite), Conflict::None);
  EXPECT_EQ(access(64, 16, 4, kWrite), Conflict::None);
}

/// One access to one byte.
struct Event {
  uint32_t thread;
  uint32_t number; ///< of all accesses of its warp
  uint32_t kind;
};

/// Order by counting: what each warp has heard of the others' accesses.
struct Reference {
  explicit Reference(uint32_t count)
      : done(count), met(count), heard(count, std::vector<uint32_t>(count)) {}

  bool before(const Event &event, uint32_t thread) const {
    uint32_t from = event.thread / kWarpThreads, to = thread / kWarpThreads;
    return event.thread == thread ||
           event.number < (from == to ? met[to] : heard[to][from]);
  }
  bool conflicts(uint32_t thread, uint32_t byte, uint32_t kind) const {
    bool written = false;
    for (const Event &event : bytes[byte]) {
      written |= (event.kind & FOT_ACCESS_WRITE) != 0;
      bool both = event.kind & kind & FOT_ACCESS_ATOMIC;
      bool either = (event.kind | kind) & FOT_ACCESS_WRITE;
      if (either && !both && !before(event, thread)) {
        return true;
      }
    }
    return !written && kind & FOT_ACCESS_READ;
  }
  void add(uint32_t thread, uint32_t byte, uint32_t kind) {
    bytes[byte].push_back({thread, done[thread / kWarpThreads], kind});
  }
  void synchronise(const std::vector<uint32_t> &set) {
    std::vector<uint32_t> latest(done.size());
    for (uint32_t w : set) {
      heard[w][w] = done[w];
      for (uint32_t other = 0; other < done.size(); ++other) {
        latest[other] = std::max(latest[other], heard[w][other]);
      }
    }
    for (uint32_t w : set) {
      heard[w] = latest;
      met[w] = done[w];
    }
  }

  std::vector<uint32_t> done;
  std::vector<uint32_t> met; ///< of the warp's own accesses, before it met
  std::vector<std::vector<uint32_t>> heard;
  std::vector<Event> bytes[32];
};

TEST_F(ShadowTest, AgreesWithAListOfAllAccesses) {
  std::mt19937 random(1);
  uint32_t conflicts = 0, checked = 0;
  for (uint32_t round = 0; round < 4000; ++round) {
    uint32_t base = 1000 * (round + 1);
    shadow.begin(base);
    warps = Warps(3, base);
    Reference reference(3);
    // Most of memory is there already.
    for (uint32_t byte = 0; byte < 28; ++byte) {
      ASSERT_EQ(access(0, byte, 1, kWrite), Conflict::None);
      reference.add(0, byte, kWrite);
    }
    ++reference.done[0];
    warps.synchronise({0, 1, 2});
    reference.synchronise({0, 1, 2});
    for (uint32_t step = 0; step < 60; ++step) {
      if (random() % 3 == 0) {
        std::vector<uint32_t> set;
        for (uint32_t w = 0; w < 3; ++w) {
          if (random() % 3 != 0) {
            set.push_back(w);
          }
        }
        warps.synchronise(set);
        reference.synchronise(set);
        continue;
      }
      // Few threads, so that they meet themselves and their own warp too.
      uint32_t thread = random() % 3 * 32 + random() % 2;
      uint32_t bytes = 1u << random() % 4;
      uint32_t offset = random() % (32 / bytes) * bytes;
      uint32_t choice = random() % 8;
      uint32_t kind = choice < 5 ? kRead : choice < 7 ? kWrite : kAtomic;
      bool expected = false;
      for (uint32_t byte = offset; byte < offset + bytes; ++byte) {
        expected |= reference.conflicts(thread, byte, kind);
      }
      bool found = access(thread, offset, bytes, kind) != Conflict::None;
      ASSERT_EQ(found, expected)
          << "round " << round << ", step " << step << ", thread " << thread
          << ", kind " << kind << ", bytes " << offset << " + " << bytes;
      ++checked;
      if (found) {
        ++conflicts;
        break;
      }
      for (uint32_t byte = offset; byte < offset + bytes; ++byte) {
        reference.add(thread, byte, kind);
      }
      ++reference.done[thread / kWarpThreads];
    }
  }
  // Both answers have been put to the test.
  EXPECT_GT(conflicts, 1000u);
  EXPECT_GT(checked, 4 * conflicts);
}

} // namespace
