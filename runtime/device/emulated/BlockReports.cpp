// What a block says when something is wrong, and the checks of addresses.
#include "runtime/device/emulated/Block.h"

#include <algorithm>
#include <map>

namespace fot::rt::emulated {

static std::string triple(uint32_t x, uint32_t y, uint32_t z) {
  return "(" + std::to_string(x) + ", " + std::to_string(y) + ", " +
         std::to_string(z) + ")";
}

std::string Block::nameOf(uint32_t thread) const {
  const uint32_t *tid = threads[thread].ids.tid;
  return triple(tid[0], tid[1], tid[2]);
}

std::string Block::textOf(uint32_t index) const {
  const fot_emulated_site &place = site(index);
  std::string text = std::string("`") + place.text + "` (" + place.place;
  if (std::string(place.function) != context->kernel->name) {
    text += std::string(" of ") + place.function;
  }
  return text + ")";
}

std::string Block::where() const {
  return std::string("kernel '") + context->kernel->name + "', block " +
         triple(id[0], id[1], id[2]);
}

void Block::record(const Thread &thread, uint32_t index,
                   const std::string &what) {
  failure = where() + ", thread " + nameOf(thread.index) + " at " +
            textOf(index) + ": " + what;
}

/// Lists who waits where.
std::string Block::deadlock() const {
  std::map<uint32_t, std::vector<uint32_t>> waiting;
  uint32_t ended = 0;
  for (const Thread &thread : threads) {
    if (thread.state == Thread::State::Waits) {
      waiting[thread.site].push_back(thread.index);
    }
    ended += thread.state == Thread::State::Ended;
  }
  std::string text = "no thread can go on: ";
  bool first = true;
  for (const auto &[index, who] : waiting) {
    text += first ? "" : "; ";
    text += plural(who.size(), "thread") + ", " +
            (who.size() == 1 ? "" : "the first ") + nameOf(who.front()) +
            (who.size() == 1 ? ", waits at " : ", wait at ") + textOf(index);
    first = false;
  }
  if (ended) {
    text += "; " + plural(ended, "thread") + (ended == 1 ? " has" : " have") +
            " ended";
  }
  return text;
}

/// Whether shared bytes are all of one variable; says so in `known`.
bool Block::inVariable(uintptr_t address, uint64_t bytes, Known &known) const {
  uintptr_t offset = address - reinterpret_cast<uintptr_t>(context->arena);
  for (const fot_emulated_variable &variable : context->variables) {
    if (offset >= variable.offset && bytes <= variable.bytes &&
        offset - variable.offset <= variable.bytes - bytes) {
      known.begin = address - (offset - variable.offset);
      known.span = variable.bytes - bytes;
      return true;
    }
  }
  return false;
}

std::string Block::describeShared(uint32_t offset) const {
  const fot_emulated_variable *nearest = nullptr;
  for (const fot_emulated_variable &variable : context->variables) {
    if (!nearest || variable.offset <= offset) {
      nearest = &variable;
    }
  }
  if (!nearest) {
    return "in shared memory, of which the kernel has none";
  }
  std::string quoted = std::string("shared variable '") + nearest->name +
                       "' (" + std::to_string(nearest->bytes) + " bytes)";
  if (offset < nearest->offset) {
    return std::to_string(nearest->offset - offset) + " bytes before " + quoted;
  }
  if (offset - nearest->offset < nearest->bytes) {
    return "at byte " + std::to_string(offset - nearest->offset) + " of " +
           quoted;
  }
  return behind(offset - nearest->offset - nearest->bytes) + quoted;
}

static std::string describeAccess(uint32_t access, uint64_t bytes) {
  const char *verb = access & FOT_ACCESS_ATOMIC  ? "atomically accesses "
                     : access & FOT_ACCESS_WRITE ? "writes "
                                                 : "reads ";
  return verb + plural(bytes, "byte");
}

std::string Block::describe(uintptr_t address) const {
  uintptr_t offset = address - reinterpret_cast<uintptr_t>(context->arena);
  return offset < kArenaBytes ? describeShared(static_cast<uint32_t>(offset))
                              : context->memory->describe(address);
}

void Block::failAccess(Thread &thread, uintptr_t address, uint64_t bytes,
                       uint32_t access, uint32_t index) {
  fail(thread, index,
       [&] { return describeAccess(access, bytes) + " " + describe(address); });
}

/// The slow part of `check`: in what is it, and may it be accessed?
void Block::look(Thread &thread, uintptr_t address, uint64_t bytes,
                 uint32_t access, uint32_t index, Known &known) {
  uint32_t space = site(index).space;
  if (address - reinterpret_cast<uintptr_t>(context->arena) < kArenaBytes) {
    if (!inVariable(address, bytes, known)) {
      failAccess(thread, address, bytes, access, index);
    }
    if (space == FOT_SPACE_GLOBAL) {
      fail(thread, index, [&] {
        return std::string(
            "accesses global memory with an address in shared memory");
      });
    }
    return;
  }
  if (space == FOT_SPACE_SHARED) {
    fail(thread, index, [&] {
      return describeAccess(access, bytes) +
             " of shared memory with an address that is " +
             context->memory->describe(address);
    });
  }
  if (space == FOT_SPACE_ANY &&
      stacks.contains(static_cast<uint32_t>(thread.stackNumber), address)) {
    return;
  }
  const MemoryMap::Entry *entry = context->memory->find(address);
  if (!entry || entry->second.bytes - (address - entry->first) < bytes) {
    failAccess(thread, address, bytes, access, index);
  }
  if (entry->second.constant && access & FOT_ACCESS_WRITE) {
    fail(thread, index,
         [&] { return "writes the constant '" + entry->second.name + "'"; });
  }
  known.begin = entry->first;
  known.span = entry->second.bytes - bytes;
}

void Block::checkBounds(Thread &thread, uintptr_t address, uint64_t bytes,
                        uint32_t alignment, uint32_t access, uint32_t index) {
  if (address & (alignment - 1)) {
    fail(thread, index, [&] {
      uint64_t count = bytes ? bytes : site(index).bytes;
      return describeAccess(access, count) + " " + describe(address) +
             ", which is not aligned to " + plural(alignment, "byte");
    });
  }
  Known ignored;
  if (bytes) {
    look(thread, address, bytes, access, index, ignored);
  }
}

void Block::learn(Thread &thread, uintptr_t address, uint32_t index) {
  const fot_emulated_site &place = site(index);
  checkBounds(thread, address, 0, place.alignment, place.access, index);
  look(thread, address, place.bytes, place.access, index,
       context->known[index]);
}

void Block::check(Thread &thread, uintptr_t address, uint64_t bytes,
                  uint32_t alignment, uint32_t access, uint32_t index) {
  checkBounds(thread, address, bytes, alignment, access, index);
  uintptr_t offset = address - reinterpret_cast<uintptr_t>(context->arena);
  if (offset < kArenaBytes && context->checkShared) {
    auto count = static_cast<uint32_t>(bytes);
    report(thread,
           records.access(accessor(thread), static_cast<uint32_t>(offset),
                          count, access, index),
           access, count, index);
  }
}

std::string Block::explain(const ConflictReport &conflict) const {
  bool warp = conflict.thread & 0x8000;
  std::string other =
      warp ? "the warp of thread " + nameOf((conflict.thread & 31) * 32)
           : "thread " + nameOf(conflict.thread);
  switch (conflict.kind) {
  case Conflict::None:
    break;
  case Conflict::Unwritten:
    return "which no thread has written";
  case Conflict::InFlight:
    return "to which " + other + " is copying at " + textOf(conflict.site) +
           ", and has not waited for it";
  case Conflict::AfterWrite:
    return "which " + other + " wrote at " + textOf(conflict.site) +
           ", and no barrier lies in between";
  case Conflict::AfterRead:
    return "which " + other + " reads at " + textOf(conflict.site) +
           ", and no barrier lies in between";
  case Conflict::AfterAtomic:
    return "which " + other +
           " updates atomically, and no barrier lies in between";
  }
  return "";
}

void Block::report(const Thread &thread, const ConflictReport &conflict,
                   uint32_t access, uint32_t bytes, uint32_t index) {
  if (conflict.kind != Conflict::None) {
    fail(thread, index, [&] {
      return describeAccess(access, bytes) + ", of which one is " +
             describeShared(conflict.offset) + ", " + explain(conflict);
    });
  }
}

} // namespace fot::rt::emulated
