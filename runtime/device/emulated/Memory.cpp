#include "runtime/device/emulated/Memory.h"

#include <cstdio>

namespace fot::rt::emulated {

/// How far from a range an address is still said to be near it.
static constexpr uint64_t kNear = 1 << 20;

std::string behind(uint64_t distance) {
  if (distance == 0) {
    return "right behind the end of ";
  }
  return std::to_string(distance) + (distance == 1
                                         ? " byte behind the end of "
                                         : " bytes behind the end of ");
}

Status MemoryMap::add(uintptr_t begin, MemoryRange range) {
  if (range.bytes == 0 || begin + range.bytes < begin) {
    return Status::failure("'" + range.name + "' has " +
                           std::to_string(range.bytes) +
                           " bytes, which is no range of memory");
  }
  auto next = ranges.lower_bound(begin);
  bool overlaps = next != ranges.end() && next->first < begin + range.bytes;
  if (next != ranges.begin()) {
    auto before = std::prev(next);
    overlaps |= before->first + before->second.bytes > begin;
  }
  if (overlaps) {
    return Status::failure("'" + range.name +
                           "' overlaps memory that the device has already");
  }
  ranges.emplace_hint(next, begin, std::move(range));
  ++changes;
  return {};
}

Status MemoryMap::remove(uintptr_t begin, MemoryRange::Kind kind) {
  auto found = ranges.find(begin);
  if (found == ranges.end() || found->second.kind != kind) {
    return Status::failure("no memory of that kind begins there");
  }
  ranges.erase(found);
  ++changes;
  return {};
}

const MemoryMap::Entry *MemoryMap::find(uintptr_t address) const {
  auto next = ranges.upper_bound(address);
  if (next == ranges.begin()) {
    return nullptr;
  }
  const Entry &entry = *std::prev(next);
  return address - entry.first < entry.second.bytes ? &entry : nullptr;
}

Status MemoryMap::check(uintptr_t address, uint64_t bytes) const {
  if (bytes == 0) {
    return {};
  }
  const Entry *entry = find(address);
  if (!entry) {
    return Status::failure("the address is " + describe(address));
  }
  uint64_t left = entry->second.bytes - (address - entry->first);
  if (bytes > left) {
    return Status::failure("'" + entry->second.name + "' has only " +
                           std::to_string(left) + " bytes there, not " +
                           std::to_string(bytes));
  }
  return {};
}

std::string MemoryMap::describe(uintptr_t address) const {
  auto quote = [](const Entry &entry) {
    return "'" + entry.second.name + "' (" +
           std::to_string(entry.second.bytes) + " bytes)";
  };
  if (const Entry *inside = find(address)) {
    return "at byte " + std::to_string(address - inside->first) + " of " +
           quote(*inside);
  }
  auto next = ranges.upper_bound(address);
  if (next != ranges.begin()) {
    const Entry &before = *std::prev(next);
    uint64_t distance = address - before.first - before.second.bytes;
    if (distance < kNear) {
      return behind(distance) + quote(before);
    }
  }
  if (next != ranges.end() && next->first - address < kNear) {
    return std::to_string(next->first - address) + " bytes before " +
           quote(*next);
  }
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx",
                static_cast<unsigned long long>(address));
  return std::string(text) + ", in no memory of the device";
}

} // namespace fot::rt::emulated
