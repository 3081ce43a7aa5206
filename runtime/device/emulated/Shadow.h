// What is known of every byte of shared memory: who wrote it, who read it, and
// whether a copy to it is under way. Finds accesses that no barrier orders.
#ifndef FOT_RUNTIME_DEVICE_EMULATED_SHADOW_H
#define FOT_RUNTIME_DEVICE_EMULATED_SHADOW_H

#include "runtime/base/Status.h"

#include "fot/emulator_abi.h"

#include <cstddef>
#include <cstdint>

namespace fot::rt::emulated {

/// Bytes of shared memory there can be, and the boundary that it lies on.
constexpr size_t kArenaBytes = 256 * 1024;
constexpr uint32_t kWarpThreads = 32;
constexpr uint32_t kMaxThreads = 1024;
constexpr uint32_t kMaxWarps = kMaxThreads / kWarpThreads;

/// The order of events as one warp knows it. Every warp counts the
/// synchronisations that it takes part in; what it did before one carries a
/// smaller number than what it does afterwards.
struct WarpClock {
  uint32_t now;
  /// The latest number of each other warp that this one is behind of.
  uint32_t known[kMaxWarps];
};

/// Who accesses: a thread of a block and the clock of its warp.
struct Accessor {
  uint16_t thread;
  const WarpClock *clock;
};

/// What can be wrong with an access.
enum class Conflict {
  None,
  Unwritten,   ///< reads what nobody wrote
  InFlight,    ///< touches the target of a copy that nobody waited for
  AfterWrite,  ///< touches what another thread wrote, unordered
  AfterRead,   ///< writes what another thread read, unordered
  AfterAtomic, ///< plain access of what another thread updates atomically
};

struct ConflictReport {
  Conflict kind = Conflict::None;
  uint32_t offset = 0; ///< the first byte
  uint32_t thread = 0; ///< the other thread, where there is one
  uint32_t site = 0;   ///< where that accessed it
};

class Shadow {
public:
  Shadow() = default;
  Shadow(const Shadow &) = delete;
  Shadow &operator=(const Shadow &) = delete;
  ~Shadow();

  /// Gets the memory that records take.
  Status create();
  /// Forgets everything; `base` is larger than all numbers of clocks before.
  void begin(uint32_t base) { this->base = base; }
  /// Forgets what the numbers of clocks mean, so that they may begin again.
  void clear();

  /// Records accesses of `bytes` bytes; `access` has FOT_ACCESS_* in it.
  ConflictReport access(const Accessor &who, uint32_t offset, uint32_t bytes,
                        uint32_t access, uint32_t site);
  /// The same for what nearly all accesses are. False if this is another one,
  /// which `access` has to look at.
  bool accessWords(const Accessor &who, uint32_t offset, uint32_t bytes,
                   uint32_t access, uint32_t site) {
    if ((offset | bytes) % 4) {
      return false;
    }
    for (uint32_t word = offset / 4; word < (offset + bytes) / 4; ++word) {
      if (!fast(who, word, access, site)) {
        return false;
      }
    }
    return true;
  }
  /// A copy to these bytes begins: as a write, and nobody may touch them.
  ConflictReport beginCopy(const Accessor &who, uint32_t offset, uint32_t bytes,
                           uint32_t site);
  /// It ended, and counts as a write of `who`.
  void endCopy(const Accessor &who, uint32_t offset, uint32_t bytes,
               uint32_t site);

private:
  /// Accesses of one kind are one thread's, several of one warp's or several
  /// warps'. The clock is then a set of warps, whose accesses are in `Others`.
  /// A clock of 0 means that there are none.
  struct Cell {
    uint32_t block; ///< `base` of the block that the rest is about
    uint32_t writeClock;
    uint32_t readClock;
    uint32_t atomicClock;
    uint16_t writer;
    uint16_t reader;
    uint16_t atomicBy;
    uint8_t flags;
    uint32_t writeSite;
    uint32_t readSite;
  };
  struct Other {
    uint32_t clock;
    uint16_t thread;
  };
  using Others = Other[kMaxWarps];

  static bool ordered(const Accessor &who, uint16_t other, uint32_t clock);
  static bool allOrdered(const Accessor &who, uint16_t other, uint32_t clock,
                         const Others &others, uint16_t &culprit);
  static void add(const Accessor &who, uint16_t &other, uint32_t &clock,
                  Others &others);
  Conflict check(const Accessor &who, Cell &cell, size_t index, uint32_t access,
                 uint32_t site, ConflictReport &report);
  void split(size_t word);
  bool fast(const Accessor &who, size_t word, uint32_t access, uint32_t site);

  // Values of a record's thread that are no thread.
  static constexpr uint16_t kWarp = 0x8000; ///< several of a warp: | its number
  static constexpr uint16_t kSeveral = 0xffff; ///< several warps
  static uint32_t warpOf(uint16_t thread) {
    return thread & kWarp ? thread & 31 : thread / kWarpThreads;
  }

  static constexpr uint8_t kSplit = 1;
  static constexpr uint8_t kInFlight = 2;

  static constexpr size_t kWords = kArenaBytes / 4;
  static constexpr size_t kCells = kWords + kArenaBytes;
  /// Words first, then the bytes of words that are split.
  Cell *cells = nullptr;
  Others *readers = nullptr;
  Others *atomics = nullptr;
  uint32_t base = 1;
};

inline bool Shadow::ordered(const Accessor &who, uint16_t other,
                            uint32_t clock) {
  if (other == who.thread) {
    return true;
  }
  uint32_t warp = warpOf(other);
  return warp == who.thread / kWarpThreads ? who.clock->now > clock
                                           : who.clock->known[warp] >= clock;
}

/// The cases that nearly all accesses are: no copies, no atomics, one record
/// for the word. False if it is none of them.
inline bool Shadow::fast(const Accessor &who, size_t word, uint32_t access,
                         uint32_t site) {
  Cell &cell = cells[word];
  if (cell.block != base) {
    if (access != FOT_ACCESS_WRITE) {
      return false;
    }
    cell = {};
    cell.block = base;
  }
  if (cell.flags || cell.atomicClock || access & FOT_ACCESS_ATOMIC ||
      (cell.writeClock && !ordered(who, cell.writer, cell.writeClock))) {
    return false;
  }
  if (access == FOT_ACCESS_WRITE) {
    if (cell.readClock && (cell.reader == kSeveral ||
                           !ordered(who, cell.reader, cell.readClock))) {
      return false;
    }
    cell.writer = who.thread;
    cell.writeClock = who.clock->now;
    cell.writeSite = site;
    cell.readClock = 0;
    return true;
  }
  if (!cell.writeClock) {
    return false;
  }
  uint16_t warp = kWarp | who.thread / kWarpThreads;
  if (cell.reader == kSeveral && cell.readClock) {
    uint32_t mine = who.thread / kWarpThreads;
    const Other &own = readers[word][mine];
    return cell.readClock >> mine & 1 && own.clock == who.clock->now &&
           (own.thread == warp || own.thread == who.thread);
  }
  if (!cell.readClock || ordered(who, cell.reader, cell.readClock)) {
    cell.reader = who.thread;
  } else if (warpOf(cell.reader) == who.thread / kWarpThreads) {
    cell.reader = warp;
  } else {
    return false;
  }
  cell.readClock = who.clock->now;
  cell.readSite = site;
  return true;
}

} // namespace fot::rt::emulated

#endif
