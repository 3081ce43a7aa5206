// Keys and values of memory segments on a device.
#ifndef FOT_RUNTIME_MEMORY_DEVICEROWS_H
#define FOT_RUNTIME_MEMORY_DEVICEROWS_H

#include "runtime/device/Buffer.h"

#include "fot/kernel_abi.h"

#include <map>
#include <string>
#include <utility>

namespace fot::rt {

/// Bytes of rows that are in the host's memory.
struct HostBytes {
  uint64_t keys = 0, values = 0;
  HostBytes &operator+=(const HostBytes &other);
};

/// The rows of one segment. Every scan reads all keys, so they are in the
/// device's memory as long as there is room; of values only the retrieved ones
/// are read, so they give way to keys. What has no room is in the host's
/// memory, mapped for kernels.
struct DeviceRows {
  Buffer keys, values;

  /// `keysToCome`: bytes of keys that are known to be allocated later; beside
  /// these, an eighth of the device stays free of values, and a 64th of keys.
  /// `what` is for the failure's sentence.
  static StatusOr<DeviceRows> allocate(Device &device, uint64_t keyBytes,
                                       uint64_t valueBytes, uint64_t keysToCome,
                                       const std::string &what);
  HostBytes onHost() const;
};

/// Copies of segments that lie in the host's memory. They are known by
/// checksums and sizes, so that a file that is attached again, after it has
/// grown, is not copied again.
class DeviceCopies {
public:
  explicit DeviceCopies(Device &device) : device(device) {}

  /// `segment` with the addresses of its copy, and without an index.
  StatusOr<fot_segment> copy(const fot_segment &segment, uint64_t checksum,
                             uint64_t keyBytes, uint64_t valueBytes,
                             uint64_t keysToCome, const std::string &what);
  /// Nothing uses the copies any more; they are kept until the next purge().
  void release();
  /// Gives back what was not asked for since release().
  void purge();
  HostBytes onHost() const;

private:
  struct Copy {
    DeviceRows rows;
    bool used = true;
  };
  Device &device;
  /// Checksum and bytes of keys: a file may lie about the first.
  std::map<std::pair<uint64_t, uint64_t>, Copy> copies;
};

} // namespace fot::rt

#endif
