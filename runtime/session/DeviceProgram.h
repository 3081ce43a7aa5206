// What a module and its sessions have on a GPU: kernels and weights, and copies
// of what changes from call to call.
#ifndef FOT_RUNTIME_SESSION_DEVICEPROGRAM_H
#define FOT_RUNTIME_SESSION_DEVICEPROGRAM_H

#include "runtime/artifact/Artifact.h"
#include "runtime/device/Buffer.h"
#include "runtime/session/Recording.h"

#include "fot/device_abi.h"

#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace fot::rt {

/// The scalars and memories of a session's calls, as kernels see them, of which
/// only what has changed is copied; and the session's decode step, recorded.
class DeviceMirror {
public:
  /// `numHeads`: key-value heads of a layer.
  DeviceMirror(Device &device, uint32_t numHeads)
      : decode(device), device(device), numHeads(numHeads) {}

  /// Brings the device's copies up to date and fills in `call`, whose scalars
  /// and memories are there. What it points to is valid until the next.
  Status update(fot_device_call &call, size_t numScalars, size_t numMemories);

  Recording decode;

  /// Rows of logits on the device, of which the next call is to find the best
  /// token; no rows: of none.
  struct BestTokens {
    const std::byte *logits = nullptr;
    uint64_t rows = 0, vocab = 0;
    std::byte *tokens = nullptr; // int32_t [rows]
  };
  BestTokens best;

private:
  struct Copy {
    Buffer room;
    std::vector<std::byte> content;
  };
  /// Makes `copy` hold `content`, which may have grown.
  Status set(Copy &copy, std::vector<std::byte> content);

  Device &device;
  uint32_t numHeads;
  Copy scalars;
  struct Memory {
    Copy descriptor, segments, muted;
  };
  std::map<const fot_memory *, Memory> memories;
  std::vector<uint64_t> addresses;
};

/// Kernels and weights of an artifact on a device.
class DeviceProgram {
public:
  static StatusOr<std::unique_ptr<DeviceProgram>>
  load(const Artifact &artifact, std::unique_ptr<Device> device);

  Device &device() { return *gpu; }
  const fot_device_host &host() const { return table; }
  const std::byte *weights() const { return weightsBuffer.data(); }
  /// Whether the code has a kernel that finds the best tokens.
  bool findsBest() const { return argMax.has_value(); }
  /// Launches what a call of host code has asked for, and `best`, through
  /// `recording` if that is not null, and waits for it.
  Status finish(Recording *recording, const DeviceMirror::BestTokens &best);

private:
  DeviceProgram() = default;
  static void launch(void *context, uint32_t kernel, const fot_launch *shape,
                     void **arguments);

  std::unique_ptr<Device> gpu; // first, so that it goes last
  Buffer weightsBuffer;
  fot_device_host table = {};
  LaunchList asked;
  std::optional<uint32_t> argMax; // number of that kernel
  bool isOld = false;             // the host code does not count arguments
};

} // namespace fot::rt

#endif
