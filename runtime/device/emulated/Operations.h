// What the emulated device knows to do for generated code.
#ifndef FOT_RUNTIME_DEVICE_EMULATED_OPERATIONS_H
#define FOT_RUNTIME_DEVICE_EMULATED_OPERATIONS_H

#include "runtime/device/emulated/Block.h"

#include <cstring>
#include <span>
#include <string_view>

namespace fot::rt::emulated {

/// An intrinsic without "llvm." and what it does.
struct Operation {
  std::string_view name;
  fot_emulated_call call;
};

std::span<const Operation> barrierOperations();
std::span<const Operation> copyOperations();
std::span<const Operation> mathOperations();
std::span<const Operation> matrixOperations();
std::span<const Operation> warpOperations();

/// The operation of that name, or nullptr.
fot_emulated_call findOperation(std::string_view name);

/// The check of accesses (fot_emulated_check).
void checkAccess(void *thread, const void *address, uint32_t site);

inline Thread &asThread(void *thread) { return *static_cast<Thread *>(thread); }

/// The value in a slot.
template <typename T> T get(const Slot &slot) {
  T value;
  std::memcpy(&value, &slot, sizeof value);
  return value;
}
template <typename T> void set(Slot &slot, T value) {
  std::memcpy(&slot, &value, sizeof value);
}

} // namespace fot::rt::emulated

#endif
