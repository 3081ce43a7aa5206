// The CUDA driver, looked for when it is asked for.
#include "runtime/device/cuda/CudaDriver.h"

#include <dlfcn.h>

namespace fot::rt {

StatusOr<CudaDriver> CudaDriver::load() {
  // dlopen counts; a driver that was loaded once is not worth unloading.
  void *library = dlopen("libcuda.so.1", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    return Status::failure("there is no CUDA driver on this machine "
                           "(libcuda.so.1 is not found)");
  }
  CudaDriver driver = {};
  const char *missing = nullptr;
  auto find = [&](auto &function, const char *name) {
    void *address = dlsym(library, name);
    if (!address) {
      missing = name;
    }
    function =
        reinterpret_cast<std::remove_reference_t<decltype(function)>>(address);
  };
  find(driver.init, "cuInit");
  find(driver.driverGetVersion, "cuDriverGetVersion");
  find(driver.deviceGetCount, "cuDeviceGetCount");
  find(driver.deviceGet, "cuDeviceGet");
  find(driver.deviceGetName, "cuDeviceGetName");
  find(driver.deviceGetAttribute, "cuDeviceGetAttribute");
  find(driver.contextRetain, "cuDevicePrimaryCtxRetain");
  find(driver.contextRelease, "cuDevicePrimaryCtxRelease_v2");
  find(driver.contextSetCurrent, "cuCtxSetCurrent");
  find(driver.memoryInfo, "cuMemGetInfo_v2");
  find(driver.memoryAllocate, "cuMemAlloc_v2");
  find(driver.memoryFree, "cuMemFree_v2");
  find(driver.hostAllocate, "cuMemHostAlloc");
  find(driver.hostAddress, "cuMemHostGetDevicePointer_v2");
  find(driver.hostFree, "cuMemFreeHost");
  find(driver.copyToDevice, "cuMemcpyHtoDAsync_v2");
  find(driver.copyToHost, "cuMemcpyDtoHAsync_v2");
  find(driver.streamCreate, "cuStreamCreate");
  find(driver.streamSynchronize, "cuStreamSynchronize");
  find(driver.streamDestroy, "cuStreamDestroy_v2");
  find(driver.moduleLoad, "cuModuleLoadDataEx");
  find(driver.moduleUnload, "cuModuleUnload");
  find(driver.moduleGetFunction, "cuModuleGetFunction");
  find(driver.functionSetAttribute, "cuFuncSetAttribute");
  find(driver.launchKernel, "cuLaunchKernel");
  find(driver.errorString, "cuGetErrorString");
  if (missing) {
    return Status::failure(std::string("the CUDA driver of this machine is too "
                                       "old: it has no ") +
                           missing);
  }
  find(driver.captureBegin, "cuStreamBeginCapture_v2");
  find(driver.captureEnd, "cuStreamEndCapture");
  find(driver.graphInstantiate, "cuGraphInstantiateWithFlags");
  find(driver.graphDestroy, "cuGraphDestroy");
  find(driver.graphLaunch, "cuGraphLaunch");
  find(driver.executableDestroy, "cuGraphExecDestroy");
  driver.hasGraphs = !missing;
  FOT_RETURN_IF_ERROR(
      driver.check(driver.init(0), "the CUDA driver cannot start"));
  FOT_RETURN_IF_ERROR(driver.check(driver.driverGetVersion(&driver.version),
                                   "the CUDA driver does not say how old it "
                                   "is"));
  if (driver.version < cuda::kLeastVersion) {
    return Status::failure("the CUDA driver of this machine is too old: it is "
                           "for CUDA " +
                           driver.versionName() + ", and CUDA 11.0 is needed");
  }
  return driver;
}

std::string CudaDriver::versionName() const {
  return std::to_string(version / 1000) + "." +
         std::to_string(version % 1000 / 10);
}

Status CudaDriver::check(Result result, const std::string &what) const {
  if (result == 0) {
    return Status();
  }
  const char *text = nullptr;
  if (errorString(result, &text) != 0 || !text) {
    text = "an error unknown to the driver";
  }
  return Status::failure(what + ": " + text + " (CUDA error " +
                         std::to_string(result) + ")");
}

} // namespace fot::rt
