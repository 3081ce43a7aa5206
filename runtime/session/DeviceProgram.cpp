// Loading kernels, and keeping the device's copies up to date.
#include "runtime/session/DeviceProgram.h"

#include "runtime/device/OpenDevice.h"

#include <algorithm>
#include <cstring>

namespace fot::rt {

Status DeviceMirror::set(Copy &copy, std::vector<std::byte> content) {
  if (content == copy.content) {
    return Status();
  }
  if (content.size() > copy.room.size()) {
    // Room to grow into, so that addresses seldom change.
    copy.room = Buffer();
    FOT_ASSIGN_OR_RETURN(copy.room,
                         Buffer::allocate(&device, 2 * content.size(),
                                          "the arguments of a call"));
  }
  FOT_RETURN_IF_ERROR(copy.room.write(content.data(), content.size()));
  copy.content = std::move(content);
  return Status();
}

template <typename T>
static std::vector<std::byte> bytesOf(const T *first, size_t count) {
  std::vector<std::byte> bytes(count * sizeof(T));
  if (count != 0) {
    std::memcpy(bytes.data(), first, bytes.size());
  }
  return bytes;
}

Status DeviceMirror::update(fot_device_call &call, size_t numScalars,
                            size_t numMemories) {
  FOT_RETURN_IF_ERROR(set(scalars, bytesOf(call.call.scalars, numScalars)));
  call.scalars = reinterpret_cast<uint64_t>(scalars.room.data());
  addresses.clear();
  for (size_t i = 0; i < numMemories; ++i) {
    const fot_memory &memory = *call.call.memories[i];
    Memory &copy = memories[&memory];
    fot_memory seen = memory;
    auto numSegments = static_cast<size_t>(memory.num_segments);
    FOT_RETURN_IF_ERROR(
        set(copy.segments, bytesOf(memory.segments, numSegments)));
    seen.segments =
        reinterpret_cast<const fot_segment *>(copy.segments.room.data());
    if (memory.muted) {
      FOT_RETURN_IF_ERROR(set(copy.muted, bytesOf(memory.muted, numHeads)));
      seen.muted = reinterpret_cast<const uint8_t *>(copy.muted.room.data());
    }
    seen.winners = nullptr;
    seen.counters = nullptr;
    FOT_RETURN_IF_ERROR(set(copy.descriptor, bytesOf(&seen, 1)));
    addresses.push_back(
        reinterpret_cast<uint64_t>(copy.descriptor.room.data()));
  }
  call.memories = addresses.data();
  return Status();
}

void DeviceProgram::launch(void *context, uint32_t kernel,
                           const fot_launch *shape, void **arguments) {
  auto *program = static_cast<DeviceProgram *>(context);
  bool empty =
      shape->grid[0] == 0 || shape->grid[1] == 0 || shape->grid[2] == 0;
  if (shape->num_arguments == 0) {
    program->isOld = true;
  } else if (!empty) {
    program->asked.add(kernel, *shape, arguments);
  }
}

Status DeviceProgram::finish(Recording *recording,
                             const DeviceMirror::BestTokens &best) {
  if (isOld) {
    return Status::failure("the GPU code is of an earlier version of fotc; "
                           "compile the model again");
  }
  if (best.rows != 0) {
    fot_launch shape = {{static_cast<uint32_t>(best.rows), 1, 1},
                        {FOT_ARG_MAX_THREADS, 1, 1},
                        0,
                        3};
    const void *arguments[] = {&best.logits, &best.vocab, &best.tokens};
    asked.add(*argMax, shape, const_cast<void *const *>(arguments));
  }
  Status launched = recording ? recording->run(asked) : gpu->launchAll(asked);
  asked.clear();
  // In any case, so that nothing still runs.
  Status waited = gpu->synchronise();
  return launched.ok() ? std::move(waited) : std::move(launched);
}

StatusOr<std::unique_ptr<DeviceProgram>>
DeviceProgram::load(const Artifact &artifact, std::unique_ptr<Device> device) {
  const schema::Artifact &header = artifact.header();
  auto index = selectGpuCode(header, device->capability());
  auto host = selectGpuHostCode(header);
  if (!host.ok() || !index.ok()) {
    return (host.ok() ? index.takeStatus() : host.takeStatus())
        .at(artifact.path());
  }
  const schema::Code &code = *header.codes()->Get(*index);
  const schema::Code &hostCode = *header.codes()->Get(*host);
  DeviceCode kernels;
  kernels.bytes = artifact.segment(code.segment());
  kernels.name = artifact.path() + ": the GPU code for " + code.level()->str();
  for (uint32_t i = 0; hostCode.kernels() && i < hostCode.kernels()->size();
       ++i) {
    kernels.kernels.push_back(hostCode.kernels()->Get(i)->str());
  }
  std::unique_ptr<DeviceProgram> program(new DeviceProgram());
  auto argMax =
      std::find(kernels.kernels.begin(), kernels.kernels.end(), FOT_ARG_MAX);
  if (argMax != kernels.kernels.end()) {
    program->argMax = argMax - kernels.kernels.begin();
  }
  program->gpu = std::move(device);
  FOT_RETURN_IF_ERROR(program->gpu->load(kernels));
  auto weights = artifact.weights();
  FOT_ASSIGN_OR_RETURN(
      program->weightsBuffer,
      Buffer::allocate(program->gpu.get(), weights.size(), "the weights"));
  FOT_RETURN_IF_ERROR(
      program->weightsBuffer.write(weights.data(), weights.size()));
  program->table.host.struct_bytes = sizeof(fot_device_host);
  program->table.host.abi_version = FOT_KERNEL_ABI_VERSION;
  program->table.host.context = program.get();
  program->table.launch = launch;
  return program;
}

} // namespace fot::rt
