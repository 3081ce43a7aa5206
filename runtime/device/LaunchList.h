// Launches of kernels with the values of their arguments.
#ifndef FOT_RUNTIME_DEVICE_LAUNCHLIST_H
#define FOT_RUNTIME_DEVICE_LAUNCHLIST_H

#include "runtime/base/Status.h"

#include "fot/device_abi.h"

#include <cstdint>
#include <functional>
#include <vector>

namespace fot::rt {

/// What a call of an entry point asks a device for, in order.
class LaunchList {
public:
  /// `shape.num_arguments` values are copied.
  void add(uint32_t kernel, const fot_launch &shape, void *const *arguments);
  void clear();
  size_t size() const { return launches.size(); }

  /// Calls `launch` for each, as Device::launch() takes them, until one fails.
  Status
  forEach(const std::function<Status(uint32_t kernel, const fot_launch &shape,
                                     void **arguments)> &launch) const;
  /// The same kernels with the same shapes and values.
  bool operator==(const LaunchList &other) const;

private:
  struct Launch {
    uint32_t kernel;
    fot_launch shape;
  };
  std::vector<Launch> launches;
  std::vector<uint64_t> values; // of all launches, one after the other
};

} // namespace fot::rt

#endif
