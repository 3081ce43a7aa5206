// Copies that are under way while the thread goes on (cp.async), and copies of
// blocks of memory. The data of the former move when they are waited for and
// no earlier, so that who does not wait does not see them.
#include "runtime/device/emulated/Operations.h"

#include <algorithm>

namespace fot::rt::emulated {

/// Begins a copy of `Bytes` bytes: target, source and, if `HasSize`, how many
/// bytes the source has; the others become 0.
template <uint32_t Bytes, bool HasSize>
static void copyAsync(void *pointer, Slot *arguments, Slot *, uint32_t site) {
  Thread &thread = asThread(pointer);
  Block &block = *thread.block;
  const LaunchContext &launch = block.launch();
  auto target = get<uintptr_t>(arguments[0]);
  auto source = get<uintptr_t>(arguments[1]);
  uint32_t size = HasSize ? get<uint32_t>(arguments[2]) : Bytes;
  if (size > Bytes) {
    block.fail(thread, site, [&] {
      return "copies " + plural(size, "byte") + " in an operation of " +
             std::to_string(Bytes);
    });
  }
  block.check(thread, source, size, Bytes, FOT_ACCESS_READ, site);
  uintptr_t offset = target - reinterpret_cast<uintptr_t>(launch.arena);
  if (offset >= kArenaBytes) {
    block.fail(thread, site, [&] {
      return "copies to shared memory with an address that is " +
             launch.memory->describe(target);
    });
  }
  block.checkBounds(thread, target, Bytes, Bytes, FOT_ACCESS_WRITE, site);
  auto at = static_cast<uint32_t>(offset);
  if (launch.checkShared) {
    block.report(
        thread,
        block.shadow().beginCopy(Block::accessor(thread), at, Bytes, site),
        FOT_ACCESS_WRITE, Bytes, site);
  }
  std::memset(launch.arena + at, 0xff, Bytes);
  thread.copies.push_back({at, Bytes, size,
                           reinterpret_cast<const void *>(source), site,
                           thread.groups});
}

/// Ends the copies of all groups before `group`.
static void finish(Thread &thread, uint32_t group) {
  const LaunchContext &launch = thread.block->launch();
  size_t done = 0;
  for (const PendingCopy &copy : thread.copies) {
    if (copy.group >= group) {
      break;
    }
    uint8_t *target = launch.arena + copy.offset;
    std::memcpy(target, copy.source, copy.sourceBytes);
    std::memset(target + copy.sourceBytes, 0, copy.bytes - copy.sourceBytes);
    if (launch.checkShared) {
      thread.block->shadow().endCopy(Block::accessor(thread), copy.offset,
                                     copy.bytes, copy.site);
    }
    ++done;
  }
  thread.copies.erase(thread.copies.begin(),
                      thread.copies.begin() + static_cast<ptrdiff_t>(done));
}

static void commitGroup(void *pointer, Slot *, Slot *, uint32_t) {
  ++asThread(pointer).groups;
}

static void waitGroup(void *pointer, Slot *arguments, Slot *, uint32_t) {
  Thread &thread = asThread(pointer);
  uint32_t left = get<uint32_t>(arguments[0]);
  finish(thread, thread.groups - std::min(left, thread.groups));
}

static void waitAll(void *pointer, Slot *, Slot *, uint32_t) {
  Thread &thread = asThread(pointer);
  finish(thread, ++thread.groups);
}

/// memcpy and memmove: target, source, bytes.
static void copyMemory(void *pointer, Slot *arguments, Slot *, uint32_t site) {
  Thread &thread = asThread(pointer);
  auto bytes = get<uint64_t>(arguments[2]);
  auto target = get<uintptr_t>(arguments[0]);
  auto source = get<uintptr_t>(arguments[1]);
  thread.block->check(thread, source, bytes, 1, FOT_ACCESS_READ, site);
  thread.block->check(thread, target, bytes, 1, FOT_ACCESS_WRITE, site);
  std::memmove(reinterpret_cast<void *>(target),
               reinterpret_cast<const void *>(source), bytes);
}

/// Target, byte, bytes.
static void fillMemory(void *pointer, Slot *arguments, Slot *, uint32_t site) {
  Thread &thread = asThread(pointer);
  auto bytes = get<uint64_t>(arguments[2]);
  auto target = get<uintptr_t>(arguments[0]);
  thread.block->check(thread, target, bytes, 1, FOT_ACCESS_WRITE, site);
  std::memset(reinterpret_cast<void *>(target), get<uint8_t>(arguments[1]),
              bytes);
}

static void nothing(void *, Slot *, Slot *, uint32_t) {}

std::span<const Operation> copyOperations() {
  static const Operation table[] = {
      {"nvvm.cp.async.ca.shared.global.4", copyAsync<4, false>},
      {"nvvm.cp.async.ca.shared.global.4.s", copyAsync<4, true>},
      {"nvvm.cp.async.ca.shared.global.8", copyAsync<8, false>},
      {"nvvm.cp.async.ca.shared.global.8.s", copyAsync<8, true>},
      {"nvvm.cp.async.ca.shared.global.16", copyAsync<16, false>},
      {"nvvm.cp.async.ca.shared.global.16.s", copyAsync<16, true>},
      {"nvvm.cp.async.cg.shared.global.16", copyAsync<16, false>},
      {"nvvm.cp.async.cg.shared.global.16.s", copyAsync<16, true>},
      {"nvvm.cp.async.commit.group", commitGroup},
      {"nvvm.cp.async.wait.group", waitGroup},
      {"nvvm.cp.async.wait.all", waitAll},
      {"memcpy", copyMemory},
      {"memmove", copyMemory},
      {"memset", fillMemory},
      // A hint, which may be about any address.
      {"nvvm.prefetch.global.L1", nothing},
      {"nvvm.prefetch.global.L2", nothing},
      {"nvvm.prefetch.L1", nothing},
      {"nvvm.prefetch.L2", nothing},
  };
  return table;
}

} // namespace fot::rt::emulated
