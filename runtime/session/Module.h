// An artifact loaded on a device: code, weights and the threads that run it.
#ifndef FOT_RUNTIME_SESSION_MODULE_H
#define FOT_RUNTIME_SESSION_MODULE_H

#include "runtime/artifact/Artifact.h"
#include "runtime/base/Status.h"
#include "runtime/base/ThreadPool.h"
#include "runtime/base/WorkerChoice.h"
#include "runtime/device/cpu/CodeObject.h"
#include "runtime/session/DeviceProgram.h"
#include "runtime/session/Profile.h"

#include "fot/kernel_abi.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace fot::rt {

struct ModuleOptions {
  /// Number of threads; 0 takes as many as there are usable cores.
  uint32_t threads = 0;
  /// Name of the CPU level to run; empty takes the best that runs here.
  std::string cpuLevel = {};
  /// "cpu", "cuda", "cuda-emulated", or "auto": a GPU if the artifact has code
  /// for one and there is one, else the CPU.
  std::string device = "cpu";
};

/// A function of the compiled code and what the artifact says about it.
struct EntryPoint {
  const schema::Entry *schema;
  fot_entry function;
};

/// Immutable after load(); sessions of several threads may share it, their
/// calls take turns.
class Module {
public:
  static StatusOr<std::shared_ptr<Module>>
  load(std::shared_ptr<const Artifact> artifact,
       const ModuleOptions &options = {});

  const Artifact &artifact() const { return *loaded; }
  uint32_t numThreads() const { return pool->numWorkers(); }
  /// The GPU that runs it, or null: the CPU does.
  Device *device() { return gpu ? &gpu->device() : nullptr; }
  /// Whether the GPU's code finds the best tokens itself.
  bool findsBest() const { return gpu && gpu->findsBest(); }
  /// The GPU's name, or why "auto" did not take one, or nothing.
  const std::string &deviceNote() const { return note; }
  /// Name of the CPU level that was chosen; of a GPU's host code "cuda-host".
  const std::string &cpuLevel() const { return level; }
  /// The threads, for work of the caller's own between calls.
  ThreadPool &threads() { return *pool; }

  /// The form of `decode` that leaves pairs in place of logits
  /// (FOT_DECODE_BEST), or null: the code has none.
  const EntryPoint *bestDecode() const {
    return decodeBest ? &*decodeBest : nullptr;
  }
  /// The entry point of that name, or null.
  const EntryPoint *find(std::string_view name) const;

  /// Takes the times of the calls from now on, or no more with null. It must
  /// outlive them and be of this module's threads.
  void setProfile(Profile *taken) { profile = taken; }

  /// Runs `entry` on all threads. The caller gives tensors, scalars, memories
  /// and workspace as the entry's schema lists them; the rest of `call` is
  /// filled in here.
  Status call(const EntryPoint &entry, fot_call call);
  /// The same on the device, where tensors and the workspace must be; `mirror`
  /// is the session's.
  Status callOnDevice(const EntryPoint &entry, const fot_call &call,
                      size_t numScalars, size_t numMemories,
                      DeviceMirror &mirror);

private:
  Module(std::shared_ptr<const Artifact> artifact, CodeObject code)
      : loaded(std::move(artifact)), code(std::move(code)) {}

  static StatusOr<std::shared_ptr<Module>>
  loadCode(std::shared_ptr<const Artifact> artifact, uint32_t index);
  int32_t timedCall(const EntryPoint &entry, fot_call call);
  Status failedWith(const EntryPoint &entry, int32_t code) const;

  std::shared_ptr<const Artifact> loaded;
  CodeObject code;
  std::unique_ptr<DeviceProgram> gpu;
  std::string level, note;
  std::vector<EntryPoint> entries;
  std::optional<EntryPoint> decodeBest;
  std::unique_ptr<ThreadPool> pool;
  WorkerChoice decodeWorkers{1};
  fot_host host = {};
  Profile *profile = nullptr;
  std::mutex turn;
};

} // namespace fot::rt

#endif
