// A word has one record as long as it is accessed as a whole, then one for
// each byte. A record of an earlier block is as good as none.
#include "runtime/device/emulated/Shadow.h"

#include "fot/emulator_abi.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <sys/mman.h>

namespace fot::rt::emulated {

template <typename T> static T *reserveZeros(size_t count) {
  void *room = mmap(nullptr, count * sizeof(T), PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return room == MAP_FAILED ? nullptr : static_cast<T *>(room);
}

Status Shadow::create() {
  cells = reserveZeros<Cell>(kCells);
  readers = reserveZeros<Others>(kCells);
  atomics = reserveZeros<Others>(kCells);
  if (!cells || !readers || !atomics) {
    return Status::failure(
        std::string("cannot get memory for the checks of shared memory: ") +
        std::strerror(errno));
  }
  return {};
}

Shadow::~Shadow() {
  auto release = [](auto *room, size_t bytes) {
    if (room) {
      munmap(room, bytes);
    }
  };
  release(cells, kCells * sizeof(Cell));
  release(readers, kCells * sizeof(Others));
  release(atomics, kCells * sizeof(Others));
}

void Shadow::clear() {
  // The pages come back as zeros.
  madvise(cells, kCells * sizeof(Cell), MADV_DONTNEED);
}

bool Shadow::allOrdered(const Accessor &who, uint16_t other, uint32_t clock,
                        const Others &others, uint16_t &culprit) {
  if (other != kSeveral) {
    culprit = other;
    return ordered(who, other, clock);
  }
  for (uint32_t set = clock; set; set &= set - 1) {
    const Other &one = others[__builtin_ctz(set)];
    if (!ordered(who, one.thread, one.clock)) {
      culprit = one.thread;
      return false;
    }
  }
  return true;
}

/// Adds an access to those that a record has.
void Shadow::add(const Accessor &who, uint16_t &other, uint32_t &clock,
                 Others &others) {
  uint32_t mine = who.thread / kWarpThreads;
  if (!clock || other != kSeveral) {
    if (!clock || ordered(who, other, clock)) {
      other = who.thread;
      clock = who.clock->now;
      return;
    }
    uint32_t theirs = warpOf(other);
    if (theirs == mine) {
      other = kWarp | mine;
      clock = who.clock->now;
      return;
    }
    others[theirs] = {clock, other};
    other = kSeveral;
    clock = 1u << theirs;
  }
  Other &own = others[mine];
  bool joins = (clock >> mine & 1) && !ordered(who, own.thread, own.clock);
  own = {who.clock->now,
         joins ? static_cast<uint16_t>(kWarp | mine) : who.thread};
  clock |= 1u << mine;
}

void Shadow::split(size_t word) {
  Cell &whole = cells[word];
  if (whole.block != base) {
    whole = {};
    whole.block = base;
  }
  if (whole.flags & kSplit) {
    return;
  }
  for (size_t i = 0; i < 4; ++i) {
    size_t byte = kWords + word * 4 + i;
    cells[byte] = whole;
    if (whole.readClock && whole.reader == kSeveral) {
      std::copy_n(readers[word], kMaxWarps, readers[byte]);
    }
    if (whole.atomicClock && whole.atomicBy == kSeveral) {
      std::copy_n(atomics[word], kMaxWarps, atomics[byte]);
    }
  }
  whole.flags |= kSplit;
}

Conflict Shadow::check(const Accessor &who, Cell &cell, size_t index,
                       uint32_t access, uint32_t site, ConflictReport &report) {
  if (cell.block != base) {
    cell = {};
    cell.block = base;
  }
  report.site = cell.writeSite;
  report.thread = cell.writer;
  if (cell.flags & kInFlight) {
    return Conflict::InFlight;
  }
  bool writes = access & FOT_ACCESS_WRITE;
  bool atomic = access & FOT_ACCESS_ATOMIC;
  if (access & FOT_ACCESS_READ && !cell.writeClock && !cell.atomicClock) {
    return Conflict::Unwritten;
  }
  if (cell.writeClock && !ordered(who, cell.writer, cell.writeClock)) {
    return Conflict::AfterWrite;
  }
  uint16_t culprit = 0;
  if (!atomic && cell.atomicClock &&
      !allOrdered(who, cell.atomicBy, cell.atomicClock, atomics[index],
                  culprit)) {
    report.thread = culprit;
    return Conflict::AfterAtomic;
  }
  if (writes && cell.readClock &&
      !allOrdered(who, cell.reader, cell.readClock, readers[index], culprit)) {
    report.thread = culprit;
    report.site = cell.readSite;
    return Conflict::AfterRead;
  }
  if (atomic) {
    add(who, cell.atomicBy, cell.atomicClock, atomics[index]);
  } else if (writes) {
    cell.writer = who.thread;
    cell.writeClock = who.clock->now;
    cell.writeSite = site;
    cell.readClock = 0;
    cell.atomicClock = 0;
  } else {
    add(who, cell.reader, cell.readClock, readers[index]);
    cell.readSite = site;
  }
  return Conflict::None;
}

ConflictReport Shadow::access(const Accessor &who, uint32_t offset,
                              uint32_t bytes, uint32_t access, uint32_t site) {
  ConflictReport report;
  uint32_t end = offset + bytes;
  while (offset < end) {
    size_t word = offset / 4;
    bool whole = offset % 4 == 0 && end - offset >= 4;
    if (whole && fast(who, word, access, site)) {
      offset += 4;
      continue;
    }
    if (!whole) {
      split(word);
    }
    report.offset = offset;
    if (cells[word].block != base || !(cells[word].flags & kSplit)) {
      report.kind = check(who, cells[word], word, access, site, report);
      offset += 4;
    } else {
      uint32_t last = std::min<uint32_t>(end, (word + 1) * 4);
      for (; offset < last && report.kind == Conflict::None; ++offset) {
        size_t byte = kWords + offset;
        report.offset = offset;
        report.kind = check(who, cells[byte], byte, access, site, report);
      }
      if (whole && access == FOT_ACCESS_WRITE) {
        // All four bytes have the same history again.
        cells[word] = cells[kWords + word * 4];
        cells[word].flags &= ~kSplit;
      }
    }
    if (report.kind != Conflict::None) {
      return report;
    }
  }
  return report;
}

ConflictReport Shadow::beginCopy(const Accessor &who, uint32_t offset,
                                 uint32_t bytes, uint32_t site) {
  ConflictReport report = access(who, offset, bytes, FOT_ACCESS_WRITE, site);
  if (report.kind == Conflict::None) {
    // Copies are of whole words.
    for (uint32_t at = offset; at < offset + bytes; at += 4) {
      cells[at / 4].flags |= kInFlight;
    }
  }
  return report;
}

void Shadow::endCopy(const Accessor &who, uint32_t offset, uint32_t bytes,
                     uint32_t site) {
  for (uint32_t at = offset; at < offset + bytes; at += 4) {
    Cell &cell = cells[at / 4];
    cell.flags = 0;
    cell.writer = who.thread;
    cell.writeClock = who.clock->now;
    cell.writeSite = site;
  }
}

} // namespace fot::rt::emulated
