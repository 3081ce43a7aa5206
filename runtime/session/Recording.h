// The launches of a decode step, recorded once and replayed for each token.
#ifndef FOT_RUNTIME_SESSION_RECORDING_H
#define FOT_RUNTIME_SESSION_RECORDING_H

#include "runtime/device/Device.h"

#include <optional>
#include <string>

namespace fot::rt {

/// Runs lists of launches on a device, which must outlive it. A list that is
/// the same as the one before is recorded; as long as nothing else comes, it is
/// then replayed as a whole. Lists are compared by value each time, so nothing
/// is replayed that has changed.
class Recording {
public:
  explicit Recording(Device &device) : device(device) {}
  ~Recording();

  Status run(const LaunchList &launches);

  /// Launches of the last list, 0 before the first.
  size_t numLaunches() const { return last.size(); }
  /// How many lists were replayed.
  uint64_t numReplays() const { return replays; }
  /// Why the device does not record, if it was asked and does not.
  const std::string &refusal() const { return refused; }

private:
  Device &device;
  LaunchList last;
  std::optional<uint64_t> recorded; // of `last`
  uint64_t replays = 0;
  std::string refused;
};

} // namespace fot::rt

#endif
