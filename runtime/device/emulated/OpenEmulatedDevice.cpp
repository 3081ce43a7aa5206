// libfot_emulator.so: the emulated device behind the interface that sessions
// use. FOT_EMULATOR_ORDER in the environment is a number: in which order
// threads run (EmulationOptions::seed).
#include "runtime/device/Device.h"
#include "runtime/device/emulated/EmulatedDevice.h"

#include <cerrno>
#include <cstdlib>
#include <map>

namespace fot::rt {
namespace {

class SessionDevice : public Device {
public:
  explicit SessionDevice(std::unique_ptr<EmulatedDevice> device)
      : device(std::move(device)) {}

  const std::string &name() const override { return title; }
  int capability() const override { return 0; }
  StatusOr<DeviceAddress> allocate(uint64_t bytes,
                                   const std::string &what) override;
  void free(DeviceAddress address) override;
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
  return recordings.at(recording).forEach(
      [&](uint32_t kernel, const fot_launch &shape, void **arguments) {
        return launch(kernel, shape, arguments);
      });
}

/// Reads the order of threads from the environment.
static StatusOr<uint64_t> readOrder() {
  const char *text = std::getenv("FOT_EMULATOR_ORDER");
  if (!text || !*text) {
    return uint64_t(0);
  }
  char *end = nullptr;
  errno = 0;
  uint64_t order = std::strtoull(text, &end, 10);
  if (errno || *end || *text == '-') {
    return Status::failure("FOT_EMULATOR_ORDER has to be a number, found '" +
                           std::string(text) + "'");
  }
  return order;
}

static StatusOr<std::unique_ptr<EmulatedDevice>> createDevice() {
  EmulationOptions options;
  FOT_ASSIGN_OR_RETURN(options.seed, readOrder());
  return EmulatedDevice::create(options);
}

/// The entry point of the library. Returns nullptr and says why in `problem`
/// if there can be no emulated device here.
extern "C" __attribute__((visibility("default"))) Device *
fot_open_emulated_device(std::string *problem) {
  StatusOr<std::unique_ptr<EmulatedDevice>> device = createDevice();
  if (!device.ok()) {
    *problem = device.status().message();
    return nullptr;
  }
  return new SessionDevice(std::move(*device));
}

} // namespace fot::rt
