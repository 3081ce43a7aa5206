// What the fake driver knows, and its order of things.
#include "test/unit/runtime/device/cuda/FakeDriver.h"

#include "runtime/device/emulated/EmulatedModule.h"

#include <cstdlib>
#include <fstream>

namespace fake {

thread_local bool Driver::current = false;

static uint64_t number(const char *name, uint64_t otherwise) {
  const char *text = std::getenv(name);
  return text && *text ? std::strtoull(text, nullptr, 10) : otherwise;
}

static std::string text(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

Driver &Driver::get() {
  static Driver driver;
  return driver;
}

Driver::Driver()
    : numDevices(int(number("FAKE_CUDA_DEVICES", 1))),
      capability(int(number("FAKE_CUDA_CAPABILITY", 80))),
      version(int(number("FAKE_CUDA_VERSION", 12040))),
      memoryBytes(number("FAKE_CUDA_MEMORY", uint64_t(16) << 30)),
      code(text("FAKE_CUDA_CODE")) {
  readFaults(text("FAKE_CUDA_FAIL"));
}

/// NAME=CODE or NAME=CODE@K, with commas between.
void Driver::readFaults(std::string rest) {
  while (!rest.empty()) {
    size_t comma = std::min(rest.find(','), rest.size());
    std::string fault = rest.substr(0, comma);
    rest.erase(0, comma + 1);
    size_t equals = fault.find('='), at = fault.find('@');
    faults[fault.substr(0, equals)] = {
        std::atoi(fault.c_str() + equals + 1),
        at == std::string::npos
            ? 0
            : std::strtoull(fault.c_str() + at + 1, nullptr, 10)};
  }
}

Driver::~Driver() {
  auto leak = [&](size_t count, const std::string &what) {
    if (count != 0) {
      notes.push_back("leak " + std::to_string(count) + " " + what);
    }
  };
  leak(memory.size(), "allocations of the device");
  leak(pinned.size(), "pinned allocations of the host");
  leak(modules.count(), "modules");
  leak(streams.count(), "streams");
  leak(graphs.count(), "graphs");
  leak(executables.count(), "executable graphs");
  leak(static_cast<size_t>(contexts), "contexts");
  std::string path = text("FAKE_CUDA_LOG");
  if (path.empty()) {
    return;
  }
  std::ofstream log(path);
  for (const auto &[name, count] : counts) {
    log << "call " << name << ' ' << count << '\n';
  }
  log << "to-host " << bytesToHost << '\n';
  log << "peak " << peakBytes << '\n';
  for (const std::string &note : notes) {
    log << note << '\n';
  }
}

int Driver::fault(const std::string &name) {
  uint64_t turn = ++counts[name];
  auto found = faults.find(name);
  bool now = found != faults.end() &&
             (found->second.turn == 0 || found->second.turn == turn);
  return now ? found->second.code : int(Success);
}

int Driver::enter(const char *call, bool needsContext, bool gives) {
  calling = call;
  if (int code = fault(call)) {
    return code;
  }
  if (!initialised && calling != "cuInit" && calling != "cuDriverGetVersion") {
    return misuse(NotInitialized, "before cuInit");
  }
  if (needsContext && !current) {
    return misuse(InvalidContext, "without a current context");
  }
  return needsContext && !gives ? sticky : int(Success);
}

int Driver::misuse(int code, const std::string &what) {
  notes.push_back("misuse " + calling + ": " + what);
  return code;
}

int Driver::start() {
  if (device) {
    return Success;
  }
  fot::rt::EmulationOptions options;
  options.memoryBytes = memoryBytes;
  auto made = fot::rt::EmulatedDevice::create(options);
  if (!made.ok()) {
    return OutOfMemory;
  }
  device = std::move(*made);
  return Success;
}

int Driver::drain(Stream &stream) {
  if (stream.capture) {
    stream.captureBroken = true;
    return misuse(CaptureUnsupported, "waits while it is captured");
  }
  std::vector<std::function<int()>> work = std::move(stream.queue);
  stream.queue.clear();
  for (const auto &each : work) {
    if (int code = sticky ? sticky : each()) {
      sticky = code;
    }
  }
  return sticky;
}

int Driver::queue(Stream &stream, std::function<int()> work) {
  if (stream.capture) {
    stream.captureBroken = true;
    return misuse(CaptureUnsupported, "is no launch, and the stream is being "
                                      "captured");
  }
  stream.queue.push_back(std::move(work));
  return Success;
}

int Driver::run(const Launch &launch) {
  if (int code = fault("kernel")) {
    return code;
  }
  if (!launch.function->module->code) {
    return Success;
  }
  std::vector<uint64_t> values = launch.arguments;
  std::vector<void *> arguments;
  for (uint64_t &value : values) {
    arguments.push_back(&value);
  }
  const unsigned *grid = launch.grid, *block = launch.block;
  fot::rt::Status status = device->launch(
      *launch.function->module->code, launch.function->number,
      {grid[0], grid[1], grid[2]}, {block[0], block[1], block[2]},
      launch.sharedBytes, arguments.data());
  if (!status.ok()) {
    notes.push_back("kernel " + status.message());
    return LaunchFailed;
  }
  return Success;
}

bool Driver::isPinned(const void *address, size_t bytes) const {
  const auto *begin = static_cast<const std::byte *>(address);
  auto next = pinned.upper_bound(begin);
  if (next == pinned.begin()) {
    return false;
  }
  --next;
  return begin + bytes <= next->first + next->second;
}

} // namespace fake
