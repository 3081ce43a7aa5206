// One context, one stream: what is asked for happens in that order.
#include "runtime/device/cuda/CudaDevice.h"

#include "runtime/device/cuda/CudaDriver.h"

#include <algorithm>

namespace fot::rt {

/// What PTX from us needs at least.
static constexpr int kLeastCapability = 80;

namespace {
class CudaDevice final : public Device {
public:
  explicit CudaDevice(const CudaDriver &driver) : driver(driver) {}
  ~CudaDevice() override;
  Status open();

  const std::string &name() const override { return ownName; }
  int capability() const override { return computeCapability; }
  StatusOr<DeviceAddress> allocate(uint64_t bytes,
                                   const std::string &what) override;
  void free(DeviceAddress address) override;
  StatusOr<DeviceRoom> room() override;
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
  void forget(uint64_t recording) override;
  Status synchronise() override;

private:
  /// Calls may come from any thread, and contexts belong to threads.
  Status enter() {
    return driver.check(driver.contextSetCurrent(context),
                        ownName + " cannot be used by this thread");
  }

  CudaDriver driver;
  std::string ownName = "cuda";
  int ordinal = 0, computeCapability = 0;
  void *context = nullptr, *stream = nullptr, *module = nullptr;
  std::vector<void *> kernels;
  std::vector<std::string> kernelNames;
  std::vector<uint32_t> sharedBytes; // what a kernel was last allowed
};
} // namespace

Status CudaDevice::open() {
  int count = 0;
  FOT_RETURN_IF_ERROR(
      driver.check(driver.deviceGetCount(&count), "GPUs cannot be counted"));
  if (count == 0) {
    return Status::failure("the CUDA driver finds no GPU on this machine");
  }
  FOT_RETURN_IF_ERROR(driver.check(driver.deviceGet(&ordinal, 0),
                                   "the first GPU is not there"));
  char text[128] = {};
  int major = 0, minor = 0;
  FOT_RETURN_IF_ERROR(
      driver.check(driver.deviceGetName(text, sizeof(text) - 1, ordinal),
                   "the GPU has no name"));
  ownName = std::string("cuda (") + text + ")";
  for (auto [value, attribute] : {std::pair(&major, cuda::kComputeMajor),
                                  {&minor, cuda::kComputeMinor}}) {
    FOT_RETURN_IF_ERROR(
        driver.check(driver.deviceGetAttribute(value, attribute, ordinal),
                     ownName + " does not say what it can do"));
  }
  computeCapability = 10 * major + minor;
  if (computeCapability < kLeastCapability) {
    return Status::failure(ownName + " is sm_" +
                           std::to_string(computeCapability) +
                           ", and code for GPUs needs sm_80 or later");
  }
  FOT_RETURN_IF_ERROR(driver.check(driver.contextRetain(&context, ordinal),
                                   ownName + " cannot be used"));
  FOT_RETURN_IF_ERROR(enter());
  return driver.check(driver.streamCreate(&stream, cuda::kNonBlocking),
                      ownName + " has no room for a stream");
}

CudaDevice::~CudaDevice() {
  if (!context) {
    return;
  }
  // Nobody is left who could be told of a failure.
  driver.contextSetCurrent(context);
  if (stream) {
    driver.streamSynchronize(stream);
    driver.streamDestroy(stream);
  }
  if (module) {
    driver.moduleUnload(module);
  }
  driver.contextRelease(ordinal);
}

StatusOr<DeviceAddress> CudaDevice::allocate(uint64_t bytes,
                                             const std::string &what) {
  FOT_RETURN_IF_ERROR(enter());
  CudaDriver::Address address = 0;
  int result = driver.memoryAllocate(&address, std::max<uint64_t>(bytes, 1));
  if (result == cuda::kOutOfMemory) {
    size_t free = 0, total = 0;
    driver.memoryInfo(&free, &total);
    return Status::failure(ownName + " has " + std::to_string(free) +
                           " bytes of memory left of " + std::to_string(total) +
                           ", and " + what + " needs " + std::to_string(bytes));
  }
  FOT_RETURN_IF_ERROR(
      driver.check(result, ownName + " gives no memory for " + what));
  return address;
}

void CudaDevice::free(DeviceAddress address) {
  // Waits for the stream; a failure shows in the next call.
  if (enter().ok()) {
    driver.memoryFree(address);
  }
}

StatusOr<DeviceRoom> CudaDevice::room() {
  FOT_RETURN_IF_ERROR(enter());
  size_t free = 0, total = 0;
  FOT_RETURN_IF_ERROR(
      driver.check(driver.memoryInfo(&free, &total),
                   ownName + " does not say how much memory it has"));
  return DeviceRoom{free, total};
}

StatusOr<MappedMemory> CudaDevice::allocateMapped(uint64_t bytes,
                                                  const std::string &what) {
  FOT_RETURN_IF_ERROR(enter());
  MappedMemory memory;
  FOT_RETURN_IF_ERROR(driver.check(
      driver.hostAllocate(&memory.host, std::max<uint64_t>(bytes, 1),
                          cuda::kDeviceMap),
      "the host gives " + ownName + " no " + std::to_string(bytes) +
          " bytes of pinned memory for " + what));
  Status mapped =
      driver.check(driver.hostAddress(&memory.address, memory.host, 0),
                   ownName + " cannot use the host's memory");
  if (!mapped.ok()) {
    driver.hostFree(memory.host);
    return mapped;
  }
  return memory;
}

void CudaDevice::freeMapped(const MappedMemory &memory) {
  if (enter().ok()) {
    driver.hostFree(memory.host);
  }
}

Status CudaDevice::upload(DeviceAddress to, const void *from, uint64_t bytes) {
  FOT_RETURN_IF_ERROR(enter());
  // Of memory that is not pinned, the driver takes a copy before it returns.
  return driver.check(driver.copyToDevice(to, from, bytes, stream),
                      "copying to " + ownName);
}

Status CudaDevice::download(void *to, DeviceAddress from, uint64_t bytes) {
  FOT_RETURN_IF_ERROR(enter());
  FOT_RETURN_IF_ERROR(driver.check(driver.copyToHost(to, from, bytes, stream),
                                   "copying from " + ownName));
  return synchronise();
}

Status CudaDevice::load(const DeviceCode &code) {
  FOT_RETURN_IF_ERROR(enter());
  // PTX has to end in a zero.
  std::string image(reinterpret_cast<const char *>(code.bytes.data()),
                    code.bytes.size());
  FOT_RETURN_IF_ERROR(driver.check(
      driver.moduleLoad(&module, image.c_str(), 0, nullptr, nullptr),
      code.name + " cannot be loaded by " + ownName +
          " with a driver for CUDA " + driver.versionName()));
  for (const std::string &name : code.kernels) {
    void *function = nullptr;
    FOT_RETURN_IF_ERROR(
        driver.check(driver.moduleGetFunction(&function, module, name.c_str()),
                     code.name + " lacks the kernel '" + name + "'"));
    kernels.push_back(function);
  }
  kernelNames = code.kernels;
  sharedBytes.assign(kernels.size(), 0);
  return Status();
}

Status CudaDevice::launch(uint32_t kernel, const fot_launch &shape,
                          void **arguments) {
  if (kernel >= kernels.size()) {
    return Status::failure("the code asks for kernel " +
                           std::to_string(kernel) + " of " +
                           std::to_string(kernels.size()));
  }
  FOT_RETURN_IF_ERROR(enter());
  if (shape.shared_bytes > sharedBytes[kernel]) {
    FOT_RETURN_IF_ERROR(driver.check(
        driver.functionSetAttribute(kernels[kernel], cuda::kMaxDynamicShared,
                                    static_cast<int>(shape.shared_bytes)),
        ownName + " has too little shared memory for the kernel '" +
            kernelNames[kernel] + "'"));
    sharedBytes[kernel] = shape.shared_bytes;
  }
  return driver.check(
      driver.launchKernel(kernels[kernel], shape.grid[0], shape.grid[1],
                          shape.grid[2], shape.block[0], shape.block[1],
                          shape.block[2], shape.shared_bytes, stream, arguments,
                          nullptr),
      "launching the kernel '" + kernelNames[kernel] + "' on " + ownName);
}

/// Recordings are executable graphs.
static void *executableOf(uint64_t recording) {
  return reinterpret_cast<void *>(recording);
}

StatusOr<uint64_t> CudaDevice::record(const LaunchList &launches) {
  if (!driver.hasGraphs) {
    return Status::failure("the driver, for CUDA " + driver.versionName() +
                           ", has no graphs as they are needed");
  }
  FOT_RETURN_IF_ERROR(enter());
  FOT_RETURN_IF_ERROR(
      driver.check(driver.captureBegin(stream, cuda::kThreadLocal),
                   ownName + " records no launches"));
  Status launched = launchAll(launches);
  void *graph = nullptr, *executable = nullptr;
  // Ends in any case, so that the stream can be used again.
  Status ended = driver.check(driver.captureEnd(stream, &graph),
                              ownName + " could not record the launches");
  Status made;
  if (launched.ok() && ended.ok()) {
    made = driver.check(driver.graphInstantiate(&executable, graph, 0),
                        ownName + " makes no graph of the launches");
  }
  if (graph) {
    driver.graphDestroy(graph);
  }
  FOT_RETURN_IF_ERROR(std::move(launched));
  FOT_RETURN_IF_ERROR(std::move(ended));
  FOT_RETURN_IF_ERROR(std::move(made));
  return reinterpret_cast<uint64_t>(executable);
}

Status CudaDevice::replay(uint64_t recording) {
  FOT_RETURN_IF_ERROR(enter());
  return driver.check(driver.graphLaunch(executableOf(recording), stream),
                      "launching recorded kernels on " + ownName);
}

void CudaDevice::forget(uint64_t recording) {
  // A failure shows in the next call.
  if (enter().ok()) {
    driver.executableDestroy(executableOf(recording));
  }
}

Status CudaDevice::synchronise() {
  FOT_RETURN_IF_ERROR(enter());
  return driver.check(driver.streamSynchronize(stream),
                      "the kernels on " + ownName + " failed");
}

StatusOr<std::unique_ptr<Device>> openCudaDevice() {
  FOT_ASSIGN_OR_RETURN(CudaDriver driver, CudaDriver::load());
  auto device = std::make_unique<CudaDevice>(driver);
  FOT_RETURN_IF_ERROR(device->open());
  return std::unique_ptr<Device>(std::move(device));
}

} // namespace fot::rt
