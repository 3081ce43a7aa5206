// What the runtime needs of a GPU, or of what stands in for one: memory of its
// own, kernels loaded from an artifact, and launches that happen in order.
#ifndef FOT_RUNTIME_DEVICE_DEVICE_H
#define FOT_RUNTIME_DEVICE_DEVICE_H

#include "runtime/base/Status.h"
#include "runtime/device/LaunchList.h"

#include "fot/device_abi.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace fot::rt {

/// Of the classes below as libfot_emulator.so was built with them: one more for
/// each change.
constexpr uint32_t kDeviceInterface = 2;

/// A place in a device's memory. On the host it is a number only.
using DeviceAddress = uint64_t;

/// One code segment of an artifact, as a device takes it.
struct DeviceCode {
  std::span<const std::byte> bytes; // PTX, cubin or an emulated ELF
  std::string name;                 // for failures: file and code
  /// Symbols, in the order of kernel numbers.
  std::vector<std::string> kernels;
};

/// Bytes of a device's memory.
struct DeviceRoom {
  uint64_t free = 0, total = 0;
};

/// Memory of the host that kernels may use: its address there and here.
struct MappedMemory {
  DeviceAddress address = 0;
  void *host = nullptr;
};

/// Used by one thread at a time. Failures of earlier launches may be reported
/// by any later call, at the latest by synchronise().
class Device {
public:
  virtual ~Device() = default;
  /// "cuda:0 NVIDIA H100", "cuda-emulated".
  virtual const std::string &name() const = 0;

  /// 90 for compute capability 9.0; 0 for the emulated device.
  virtual int capability() const = 0;

  /// `bytes` with undefined contents, aligned to 256; `what` is for the
  /// failure's sentence.
  virtual StatusOr<DeviceAddress> allocate(uint64_t bytes,
                                           const std::string &what) = 0;
  /// Gives back what allocate() gave; waits for launches that use it.
  virtual void free(DeviceAddress address) = 0;
  virtual StatusOr<DeviceRoom> room() = 0;
  /// The same in the host's memory, pinned; for a kernel it is slow.
  virtual StatusOr<MappedMemory> allocateMapped(uint64_t bytes,
                                                const std::string &what) = 0;
  virtual void freeMapped(const MappedMemory &memory) = 0;
  virtual Status upload(DeviceAddress to, const void *from, uint64_t bytes) = 0;
  virtual Status download(void *to, DeviceAddress from, uint64_t bytes) = 0;

  /// Takes the kernels of one artifact; called once, before any launch.
  virtual Status load(const DeviceCode &code) = 0;
  /// Launches kernel `kernel` of the loaded code, behind all launches before.
  /// `arguments` are as in fot_device_host::launch.
  virtual Status launch(uint32_t kernel, const fot_launch &shape,
                        void **arguments) = 0;
  /// The same for each of a list, until one fails.
  Status launchAll(const LaunchList &launches) {
    return launches.forEach(
        [&](uint32_t kernel, const fot_launch &shape, void **arguments) {
          return launch(kernel, shape, arguments);
        });
  }
  /// Keeps launches that have been made before, one by one, so that replay()
  /// asks for all of them at once. A failure says why the device cannot; then
  /// nothing has happened.
  virtual StatusOr<uint64_t> record(const LaunchList &launches) = 0;
  virtual Status replay(uint64_t recording) = 0;
  virtual void forget(uint64_t recording) = 0;
  /// Waits for all launches.
  virtual Status synchronise() = 0;
};

} // namespace fot::rt

#endif
