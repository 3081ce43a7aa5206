// A CUDA driver for tests, in host memory. It has the entry points that the
// runtime uses, checks what it is given as strictly as the manual allows, does
// what is asynchronous as late as it may, and counts and notes everything.
//
// The environment says how it behaves:
//   FAKE_CUDA_DEVICES=N        GPUs (1)
//   FAKE_CUDA_CAPABILITY=NN    their compute capability times ten (80)
//   FAKE_CUDA_VERSION=N        of CUDA, as cuDriverGetVersion has it (12040)
//   FAKE_CUDA_MEMORY=BYTES     device memory (16 GiB)
//   FAKE_CUDA_FAIL=NAME=CODE@K the K-th call of NAME (each, without @K) fails;
//                              several with commas between. The name
//                              "kernel" is that of each kernel that runs
//   FAKE_CUDA_CODE=FILE        the same kernels for the emulated device;
//   without
//                              it launches are checked and compute nothing
//   FAKE_CUDA_LOG=FILE         gets, when the process ends, a line each:
//                              "to-host BYTES", "peak BYTES" of the device,
//                              "call NAME COUNT", "misuse TEXT", "kernel TEXT",
//                              "leak TEXT"
#ifndef FOT_TEST_UNIT_RUNTIME_DEVICE_CUDA_FAKEDRIVER_H
#define FOT_TEST_UNIT_RUNTIME_DEVICE_CUDA_FAKEDRIVER_H

#include "runtime/device/emulated/EmulatedDevice.h"

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace fake {

/// CUresult, as far as it is told.
enum Result : int {
  Success = 0,
  InvalidValue = 1,
  OutOfMemory = 2,
  NotInitialized = 3,
  InvalidDevice = 101,
  InvalidContext = 201,
  NoBinaryForGpu = 209,
  InvalidPtx = 218,
  InvalidHandle = 400,
  NotFound = 500,
  LaunchFailed = 719,
  CaptureUnsupported = 900,
  CaptureInvalidated = 901,
};

struct Module {
  std::string image;
  fot::rt::EmulatedModule *code = nullptr; // null: nothing is computed
};

struct Function {
  Module *module;
  std::string name;
  uint32_t number = 0;       // in the emulated code
  uint32_t numArguments = 0; // of 8 bytes each
  unsigned dynamicShared = 48 * 1024;
};

struct Launch {
  Function *function;
  unsigned grid[3], block[3], sharedBytes;
  std::vector<uint64_t> arguments;
};

struct Graph {
  std::vector<Launch> launches;
};

struct Stream {
  std::vector<std::function<int()>> queue; // what has not happened yet
  Graph *capture = nullptr;
  bool captureBroken = false;
};

/// The handles of one kind that are alive.
template <typename T> class Handles {
public:
  T *make() {
    auto *made = new T();
    live.insert(made);
    return made;
  }
  T *find(void *handle) const {
    auto *known = static_cast<T *>(handle);
    return live.count(known) ? known : nullptr;
  }
  void remove(T *handle) {
    live.erase(handle);
    delete handle;
  }
  size_t count() const { return live.size(); }
  template <typename Use> void each(Use use) const {
    for (T *handle : live) {
      use(*handle);
    }
  }

private:
  std::set<T *> live;
};

struct Executable : Graph {};

class Driver {
public:
  static Driver &get();
  Driver();
  /// Notes leaks and writes the log.
  ~Driver();

  /// Begins every call: counts it, and says how it fails before it does
  /// anything. Calls that give something back do so even after a kernel failed.
  int enter(const char *call, bool needsContext = true, bool gives = false);
  /// Notes a wrong use, of the current call.
  int misuse(int code, const std::string &text);
  /// Runs what is queued; failures stay.
  int drain(Stream &stream);
  /// Makes something happen in its turn; refused during a capture.
  int queue(Stream &stream, std::function<int()> work);
  int run(const Launch &launch);
  /// Whether [address, address + bytes) is in pinned memory of the host.
  bool isPinned(const void *address, size_t bytes) const;
  /// Makes the emulated device, once there is a context.
  int start();

  // What the environment says.
  int numDevices, capability, version;
  uint64_t memoryBytes;
  std::string code;

  bool initialised = false;
  int contexts = 0;
  static thread_local bool current; // the context, of this thread
  int sticky = Success;             // once a kernel failed, everything does
  std::unique_ptr<fot::rt::EmulatedDevice> device;
  std::map<uint64_t, size_t> memory;          // of the device
  std::map<const std::byte *, size_t> pinned; // of the host
  Handles<Module> modules;
  Handles<Function> functions;
  Handles<Stream> streams;
  Handles<Graph> graphs;
  Handles<Executable> executables;
  std::string calling;
  uint64_t bytesToHost = 0; // in all
  uint64_t usedBytes = 0, peakBytes = 0;

private:
  struct Fault {
    int code;
    uint64_t turn; // 0: always
  };
  /// Counts what has this name, and gives the code that it has to fail with.
  int fault(const std::string &name);
  void readFaults(std::string text);

  std::map<std::string, uint64_t> counts;
  std::map<std::string, Fault> faults;
  std::vector<std::string> notes;
};

} // namespace fake

/// How an entry point of the fake begins; its arguments are those of
/// Driver::enter() behind the name.
#define FAKE_CALL extern "C" __attribute__((visibility("default"))) int
#define FAKE_ENTER(...)                                                        \
  Driver &driver = Driver::get();                                              \
  if (int error = driver.enter(__func__ __VA_OPT__(, ) __VA_ARGS__)) {         \
    return error;                                                              \
  }

#endif
