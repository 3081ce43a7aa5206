// The CUDA driver, looked for when it is asked for: nothing links against it.
#ifndef FOT_RUNTIME_DEVICE_CUDA_CUDADRIVER_H
#define FOT_RUNTIME_DEVICE_CUDA_CUDADRIVER_H

#include "runtime/base/Status.h"

#include <cstddef>
#include <cstdint>
#include <string>

namespace fot::rt {

/// Functions of libcuda.so.1 under the names of cuda.h, as far as we use them.
/// Handles are opaque pointers, results 0 or an error's number.
struct CudaDriver {
  using Result = int;
  using Address = uint64_t;

  Result (*init)(unsigned flags);
  Result (*driverGetVersion)(int *version);
  Result (*deviceGetCount)(int *count);
  Result (*deviceGet)(int *device, int ordinal);
  Result (*deviceGetName)(char *name, int length, int device);
  Result (*deviceGetAttribute)(int *value, int attribute, int device);
  Result (*contextRetain)(void **context, int device);
  Result (*contextRelease)(int device);
  Result (*contextSetCurrent)(void *context);
  Result (*memoryInfo)(size_t *free, size_t *total);
  Result (*memoryAllocate)(Address *address, size_t bytes);
  Result (*memoryFree)(Address address);
  Result (*hostAllocate)(void **address, size_t bytes, unsigned flags);
  Result (*hostAddress)(Address *address, void *host, unsigned flags);
  Result (*hostFree)(void *address);
  Result (*copyToDevice)(Address to, const void *from, size_t bytes,
                         void *stream);
  Result (*copyToHost)(void *to, Address from, size_t bytes, void *stream);
  Result (*streamCreate)(void **stream, unsigned flags);
  Result (*streamSynchronize)(void *stream);
  Result (*streamDestroy)(void *stream);
  Result (*moduleLoad)(void **module, const void *image, unsigned numOptions,
                       int *options, void **values);
  Result (*moduleUnload)(void *module);
  Result (*moduleGetFunction)(void **function, void *module, const char *name);
  Result (*functionSetAttribute)(void *function, int attribute, int value);
  Result (*launchKernel)(void *function, unsigned gridX, unsigned gridY,
                         unsigned gridZ, unsigned blockX, unsigned blockY,
                         unsigned blockZ, unsigned sharedBytes, void *stream,
                         void **arguments, void **extra);
  bool hasGraphs; // the next six are there
  Result (*captureBegin)(void *stream, int mode);
  Result (*captureEnd)(void *stream, void **graph);
  Result (*graphInstantiate)(void **executable, void *graph,
                             unsigned long long flags);
  Result (*graphDestroy)(void *graph);
  Result (*graphLaunch)(void *executable, void *stream);
  Result (*executableDestroy)(void *executable);

  Result (*errorString)(Result error, const char **text);

  int version; // of CUDA: 12040 is 12.4

  /// Loads the driver and initialises it. The library stays loaded.
  static StatusOr<CudaDriver> load();
  /// "12.4".
  std::string versionName() const;
  /// Success, or "WHAT: the driver's text (number)".
  Status check(Result result, const std::string &what) const;
};

/// Numbers of cuda.h.
namespace cuda {
constexpr int kLeastVersion = 11000; // the first that knows sm_80
constexpr int kComputeMajor = 75, kComputeMinor = 76; // CUdevice_attribute
constexpr int kOutOfMemory = 2;                       // CUresult
constexpr int kMaxDynamicShared = 8;                  // CUfunction_attribute
constexpr unsigned kNonBlocking = 1;                  // CUstream_flags
constexpr unsigned kDeviceMap = 2;                    // CU_MEMHOSTALLOC_*
constexpr int kThreadLocal = 1;                       // CUstreamCaptureMode
} // namespace cuda

} // namespace fot::rt

#endif
