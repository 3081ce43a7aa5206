// The first GPU of the machine, through the driver API.
#ifndef FOT_RUNTIME_DEVICE_CUDA_CUDADEVICE_H
#define FOT_RUNTIME_DEVICE_CUDA_CUDADEVICE_H

#include "runtime/device/Device.h"

#include <memory>

namespace fot::rt {

/// Fails with a sentence if there is no driver, no GPU, or one older than
/// sm_80. $CUDA_VISIBLE_DEVICES says which GPU is the first, as for all
/// programs.
StatusOr<std::unique_ptr<Device>> openCudaDevice();

} // namespace fot::rt

#endif
