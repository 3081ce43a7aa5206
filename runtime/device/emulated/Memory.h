// Which memory an emulated device has: what was allocated on it, host memory
// that it may access, and the variables of its modules.
#ifndef FOT_RUNTIME_DEVICE_EMULATED_MEMORY_H
#define FOT_RUNTIME_DEVICE_EMULATED_MEMORY_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <map>
#include <string>

namespace fot::rt::emulated {

struct MemoryRange {
  enum class Kind { Device, Host, Variable };
  std::string name;
  uint64_t bytes = 0;
  Kind kind = Kind::Device;
  bool constant = false;
};

/// "N bytes behind the end of ", for sentences.
std::string behind(uint64_t distance);

class MemoryMap {
public:
  using Entry = std::map<uintptr_t, MemoryRange>::value_type;

  /// Fails if the range is empty or overlaps one that is there.
  Status add(uintptr_t begin, MemoryRange range);
  /// Fails if no range of that kind begins there.
  Status remove(uintptr_t begin, MemoryRange::Kind kind);
  /// The range that has `address` in it, or nullptr.
  const Entry *find(uintptr_t address) const;
  /// Whether all `bytes` bytes are in one range; a failure says what is wrong.
  Status check(uintptr_t address, uint64_t bytes) const;
  /// Where `address` is, for a sentence: "4 bytes behind the end of 'x' (64
  /// bytes)" or "in no allocation".
  std::string describe(uintptr_t address) const;
  /// Changes whenever a range is added or removed.
  uint64_t generation() const { return changes; }
  const std::map<uintptr_t, MemoryRange> &all() const { return ranges; }

private:
  std::map<uintptr_t, MemoryRange> ranges;
  uint64_t changes = 0;
};

} // namespace fot::rt::emulated

#endif
