// The GPUs that a process can use, and which code of an artifact they take.
#ifndef FOT_RUNTIME_DEVICE_OPENDEVICE_H
#define FOT_RUNTIME_DEVICE_OPENDEVICE_H

#include "runtime/artifact/Artifact.h"
#include "runtime/device/Device.h"

#include <memory>

namespace fot::rt {

/// The device called `name`: "cuda", the first GPU, whose driver is looked for
/// now, or "cuda-emulated", which is in a library of its own.
StatusOr<std::unique_ptr<Device>> openDevice(const std::string &name);

/// Index in `header.codes()` of the kernels for a device of that capability: a
/// cubin made for it, else the newest PTX that it can translate.
StatusOr<uint32_t> selectGpuCode(const schema::Artifact &header,
                                 int capability);

/// Index of the host code for GPUs; a failure if the artifact has none.
StatusOr<uint32_t> selectGpuHostCode(const schema::Artifact &header);

} // namespace fot::rt

#endif
