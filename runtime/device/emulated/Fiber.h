// Stacks to run CUDA threads on, and the switch from one to another. x86-64
// with the System V calling convention only.
#ifndef FOT_RUNTIME_DEVICE_EMULATED_FIBER_H
#define FOT_RUNTIME_DEVICE_EMULATED_FIBER_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>

namespace fot::rt::emulated {

/// Saves the registers that a callee keeps and the stack in `*from`, and goes
/// on where `to` was saved or prepared.
extern "C" void fot_fiber_switch(void **from, void *to);

/// Stacks of one size, each with a page below that must not be touched.
class FiberStacks {
public:
  static constexpr size_t kStackBytes = 64 * 1024;
  /// What a thread's own variables may take of that.
  static constexpr size_t kOwnBytes = 40 * 1024;

  FiberStacks() = default;
  FiberStacks(const FiberStacks &) = delete;
  FiberStacks &operator=(const FiberStacks &) = delete;
  ~FiberStacks();

  /// Makes room for `count` stacks.
  Status reserve(uint32_t count);
  /// Prepares a stack so that a switch to the result calls `run(argument)`,
  /// which must not return.
  void *prepare(uint32_t index, void (*run)(void *), void *argument);
  /// Whether `address` is in stack `index`.
  bool contains(uint32_t index, uintptr_t address) const {
    return address - reinterpret_cast<uintptr_t>(memory) - index * kStride -
               kGuardBytes <
           kStackBytes;
  }

private:
  static constexpr size_t kGuardBytes = 4096;
  static constexpr size_t kStride = kStackBytes + kGuardBytes;

  std::byte *memory = nullptr;
  uint32_t count = 0;
};

} // namespace fot::rt::emulated

#endif
