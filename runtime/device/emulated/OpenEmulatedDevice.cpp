// libfot_emulator.so: the emulated device behind the interface that sessions
// use. Two numbers may be in the environment: FOT_EMULATOR_ORDER, in which
// order threads run (EmulationOptions::seed), and FOT_EMULATOR_MEMORY, how many
// bytes the device has.
#include "runtime/base/AlignedBuffer.h"
#include "runtime/device/Device.h"
#include "runtime/device/emulated/EmulatedDevice.h"

#include <cerrno>
#include <cstdlib>
#include <map>

namespace fot::rt {
namespace {

class SessionDevice : public Device {
public:
  SessionDevice(std::unique_ptr<EmulatedDevice> device, uint64_t bytes)
      : device(std::move(device)), totalBytes(bytes) {}

  const std::string &name() const override { return title; }
  int capability() const override { return 0; }
  StatusOr<DeviceAddress> allocate(uint64_t bytes,
                                   const std::string &what) override;
  void free(DeviceAddress address) override;
  StatusOr<DeviceRoom> room() override {
    return DeviceRoom{device->bytesLeft(), totalBytes};
  }
  StatusOr<MappedMemory> allocateMapped(uint64_t bytes,
                                        const std::string &what) override;
  void freeMapped(const MappedMemory &memory) override;
  Status upload(DeviceAddress to, const void *from, uint64_t bytes) override;
  Status download(void *to, DeviceAddress from, uint64_t bytes) override;
  Status load(const DeviceCode &code) override;
  Status launch(uint32_t kernel, const fot_launch &shape,
                void **arguments) override;
  StatusOr<uint64_t> record(const LaunchList &launches) override;
  Status replay(uint64_t recording) override;
  void forget(uint64_t recording) override { recordings.erase(recording); }
  Status synchronise() override { return {}; }

private:
  std::string title = "cuda-emulated";
  std::unique_ptr<EmulatedDevice> device;
  uint64_t totalBytes;
  std::map<void *, AlignedBuffer> mapped;
  EmulatedModule *module = nullptr;
  std::vector<uint32_t> kernels; ///< by the number that launches use
  std::map<uint64_t, LaunchList> recordings;
  uint64_t nextRecording = 0;
};

} // namespace

static void *pointer(DeviceAddress address) {
  return reinterpret_cast<void *>(address);
}

StatusOr<DeviceAddress> SessionDevice::allocate(uint64_t bytes,
                                                const std::string &what) {
  FOT_ASSIGN_OR_RETURN(void *memory, device->allocate(bytes, what));
  return reinterpret_cast<DeviceAddress>(memory);
}

void SessionDevice::free(DeviceAddress address) {
  // What was not allocated cannot be freed; there is nobody to tell.
  Status ignored = device->release(pointer(address));
  static_cast<void>(ignored);
}

StatusOr<MappedMemory> SessionDevice::allocateMapped(uint64_t bytes,
                                                     const std::string &what) {
  FOT_ASSIGN_OR_RETURN(AlignedBuffer room,
                       AlignedBuffer::allocate(bytes, what));
  void *host = room.data();
  FOT_RETURN_IF_ERROR(device->registerHost(host, bytes, what));
  mapped[host] = std::move(room);
  return MappedMemory{reinterpret_cast<DeviceAddress>(host), host};
}

void SessionDevice::freeMapped(const MappedMemory &memory) {
  Status ignored = device->unregisterHost(memory.host);
  static_cast<void>(ignored);
  mapped.erase(memory.host);
}

Status SessionDevice::upload(DeviceAddress to, const void *from,
                             uint64_t bytes) {
  return device->copyToDevice(pointer(to), from, bytes);
}

Status SessionDevice::download(void *to, DeviceAddress from, uint64_t bytes) {
  return device->copyToHost(to, pointer(from), bytes);
}

Status SessionDevice::load(const DeviceCode &code) {
  FOT_ASSIGN_OR_RETURN(module, device->load(code.bytes, code.name));
  kernels.clear();
  for (const std::string &symbol : code.kernels) {
    FOT_ASSIGN_OR_RETURN(uint32_t number, device->kernel(*module, symbol));
    kernels.push_back(number);
  }
  return {};
}

Status SessionDevice::launch(uint32_t kernel, const fot_launch &shape,
                             void **arguments) {
  if (kernel >= kernels.size()) {
    return Status::failure(
        "the loaded code has " + std::to_string(kernels.size()) +
        " kernels, and none of number " + std::to_string(kernel));
  }
  const uint32_t *grid = shape.grid;
  const uint32_t *block = shape.block;
  if (grid[0] == 0 || grid[1] == 0 || grid[2] == 0) {
    return {};
  }
  return device->launch(*module, kernels[kernel], {grid[0], grid[1], grid[2]},
                        {block[0], block[1], block[2]}, shape.shared_bytes,
                        arguments);
}

StatusOr<uint64_t> SessionDevice::record(const LaunchList &launches) {
  recordings[nextRecording] = launches;
  return nextRecording++;
}

Status SessionDevice::replay(uint64_t recording) {
  return launchAll(recordings.at(recording));
}

/// Puts a number of the environment, if it is there, in place of `value`.
static Status readNumber(const char *name, uint64_t &value) {
  const char *text = std::getenv(name);
  if (!text || !*text) {
    return {};
  }
  char *end = nullptr;
  errno = 0;
  uint64_t number = std::strtoull(text, &end, 10);
  if (errno || *end || *text == '-') {
    return Status::failure(std::string(name) + " has to be a number, found '" +
                           text + "'");
  }
  value = number;
  return {};
}

static StatusOr<std::unique_ptr<Device>> createDevice() {
  EmulationOptions options;
  FOT_RETURN_IF_ERROR(readNumber("FOT_EMULATOR_ORDER", options.seed));
  FOT_RETURN_IF_ERROR(readNumber("FOT_EMULATOR_MEMORY", options.memoryBytes));
  FOT_ASSIGN_OR_RETURN(auto device, EmulatedDevice::create(options));
  return std::unique_ptr<Device>(
      new SessionDevice(std::move(device), options.memoryBytes));
}

/// What the program compares before it calls the library.
extern "C" __attribute__((visibility("default")))
const uint32_t fot_emulator_interface = kDeviceInterface;

/// The entry point of the library. Returns nullptr and says why in `problem`
/// if there can be no emulated device here.
extern "C" __attribute__((visibility("default"))) Device *
fot_open_emulated_device(std::string *problem) {
  StatusOr<std::unique_ptr<Device>> device = createDevice();
  if (!device.ok()) {
    *problem = device.status().message();
    return nullptr;
  }
  return device->release();
}

} // namespace fot::rt
