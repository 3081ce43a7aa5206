// A CUDA device that is emulated on the CPU, one fiber for each CUDA thread,
// to test kernels where there is no GPU. It is far slower than compiled CPU
// code, and it checks what a GPU does not: see docs/emulated-device.md.
#ifndef FOT_RUNTIME_DEVICE_EMULATED_EMULATEDDEVICE_H
#define FOT_RUNTIME_DEVICE_EMULATED_EMULATEDDEVICE_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace fot::rt {

class EmulatedModule;

/// The size of a grid, in blocks, or of a block, in threads.
struct Extent {
  uint32_t x = 1;
  uint32_t y = 1;
  uint32_t z = 1;
};

struct EmulationOptions {
  /// In which order threads and blocks run: 0 is by number, any other value is
  /// a random order of its own, the same on every machine.
  uint64_t seed = 0;
  /// Shared memory that a block may have, in bytes: 99 KiB are what sm_86,
  /// sm_89 and sm_120 have, sm_80 has 163 and sm_90 227.
  uint32_t maxSharedBytes = 227 * 1024;
  /// Bytes that can be allocated in total.
  uint64_t memoryBytes = uint64_t(1) << 40;
  /// Whether shared memory is checked for races, reads of what nobody wrote and
  /// reads of what is still being copied. Bounds, alignment, divergence and
  /// deadlocks are always checked.
  bool checkShared = true;
};

/// Not safe to use from two threads at once. Work is done when a call returns.
/// After a failed launch memory has undefined contents and the device goes on
/// working.
class EmulatedDevice {
public:
  static StatusOr<std::unique_ptr<EmulatedDevice>>
  create(const EmulationOptions &options = {});
  ~EmulatedDevice();

  /// Device memory, 256-byte aligned, full of 0xFF bytes. The name is for
  /// sentences about accesses that miss it.
  StatusOr<void *> allocate(size_t bytes, const std::string &name);
  Status release(void *memory);
  /// Bytes that can still be allocated.
  uint64_t bytesLeft() const;
  /// Lets kernels access host memory, as pinned and mapped memory is.
  Status registerHost(void *memory, size_t bytes, const std::string &name);
  Status unregisterHost(void *memory);
  /// Copy to and from device memory; ranges on the device are checked.
  Status copyToDevice(void *to, const void *from, size_t bytes);
  Status copyToHost(void *to, const void *from, size_t bytes);
  Status copyOnDevice(void *to, const void *from, size_t bytes);
  Status fill(void *to, uint8_t byte, size_t bytes);

  /// Loads what the compiler made for the emulated device; `name` says in
  /// sentences what it is. The module lives as long as the device.
  StatusOr<EmulatedModule *> load(std::span<const std::byte> elf,
                                  const std::string &name);
  /// The number of a kernel in a module.
  StatusOr<uint32_t> kernel(const EmulatedModule &module,
                            const std::string &name) const;

  /// Runs a kernel. `arguments` are as cuLaunchKernel takes them: one pointer
  /// to each value. A failure names kernel, block, thread and instruction and
  /// says what happened.
  Status launch(EmulatedModule &module, uint32_t kernel, Extent grid,
                Extent block, uint32_t dynamicSharedBytes, void **arguments);

  /// The order of threads and blocks from now on.
  void setSeed(uint64_t seed);

private:
  struct State;
  explicit EmulatedDevice(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

} // namespace fot::rt

#endif
