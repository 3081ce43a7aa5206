// Memory that compiled code works on, of the host or of a device.
#ifndef FOT_RUNTIME_DEVICE_BUFFER_H
#define FOT_RUNTIME_DEVICE_BUFFER_H

#include "runtime/base/AlignedBuffer.h"
#include "runtime/device/Device.h"

namespace fot::rt {

/// Zeros on the host, undefined on a device, which must outlive it.
class Buffer {
public:
  /// Of the host if `device` is null.
  static StatusOr<Buffer> allocate(Device *device, uint64_t bytes,
                                   const std::string &purpose);
  /// In the host's memory, where the device reads and writes it too.
  static StatusOr<Buffer> allocateMapped(Device &device, uint64_t bytes,
                                         const std::string &purpose);
  Buffer() = default;
  Buffer(Buffer &&other) noexcept;
  Buffer &operator=(Buffer &&other) noexcept;
  ~Buffer();

  /// The address that compiled code uses. On a device it is a number only.
  std::byte *data() const;
  uint64_t size() const { return length; }
  /// Whether it was made by allocateMapped().
  bool isMapped() const { return mapped.host != nullptr; }
  /// Copies to or from the place `offset` bytes behind its beginning, of mapped
  /// memory while no kernel runs.
  Status write(const void *from, uint64_t bytes, uint64_t offset = 0);
  Status read(void *to, uint64_t bytes, uint64_t offset = 0) const;

private:
  AlignedBuffer host;
  Device *device = nullptr;
  DeviceAddress address = 0;
  MappedMemory mapped;
  uint64_t length = 0;
};

} // namespace fot::rt

#endif
