// Loading code for this CPU and calling it on the pool.
#include "runtime/session/Module.h"

#include "runtime/device/OpenDevice.h"
#include "runtime/device/cpu/CpuFeatures.h"

#include <atomic>
#include <chrono>

namespace fot::rt {

static void poolBarrier(void *context, uint32_t) {
  static_cast<ThreadPool *>(context)->barrier();
}

static void timedBarrier(void *context, uint32_t worker) {
  static_cast<Profile *>(context)->barrier(worker);
}

/// A GPU for the artifact, or null for the CPU.
static StatusOr<std::unique_ptr<Device>> chooseDevice(const Artifact &artifact,
                                                      const std::string &name,
                                                      std::string &note) {
  if (name == "cpu" || name.empty()) {
    return std::unique_ptr<Device>();
  }
  const schema::Artifact &header = artifact.header();
  auto hostCode = selectGpuHostCode(header);
  if (name != "auto") {
    return hostCode.ok() ? openDevice(name)
                         : hostCode.takeStatus().at(artifact.path());
  }
  if (!hostCode.ok()) {
    return std::unique_ptr<Device>();
  }
  auto device = openDevice("cuda");
  if (device.ok() && selectGpuCode(header, (*device)->capability()).ok()) {
    return device;
  }
  note = device.ok() ? "the artifact has no code for this GPU"
                     : device.status().message();
  for (uint32_t i = 0; i < header.codes()->size(); ++i) {
    if (header.codes()->Get(i)->format() == schema::CodeFormat::Elf) {
      return std::unique_ptr<Device>();
    }
  }
  return Status::failure(artifact.path() +
                         ": the artifact has code for GPUs only, and " + note);
}

StatusOr<std::shared_ptr<Module>>
Module::loadCode(std::shared_ptr<const Artifact> artifact, uint32_t index) {
  const schema::Artifact &header = artifact->header();
  const schema::Code &chosen = *header.codes()->Get(index);
  std::string level = chosen.level()->str();
  std::string name = artifact->path() + ": the code for " + level;
  if (chosen.kernel_abi() != FOT_KERNEL_ABI_VERSION) {
    return Status::failure(
        name + " has kernel ABI " + std::to_string(chosen.kernel_abi()) +
        ", this runtime needs " + std::to_string(FOT_KERNEL_ABI_VERSION) +
        "; compile the model again with the fotc of this runtime");
  }
  FOT_ASSIGN_OR_RETURN(
      CodeObject code,
      CodeObject::load(artifact->segment(chosen.segment()), name));
  std::shared_ptr<Module> module(
      new Module(std::move(artifact), std::move(code)));
  module->level = level;
  for (uint32_t i = 0; header.entries() && i < header.entries()->size(); ++i) {
    const schema::Entry *entry = header.entries()->Get(i);
    FOT_ASSIGN_OR_RETURN(fot_entry function,
                         module->code.entry(entry->name()->str()));
    module->entries.push_back({entry, function});
  }
  const EntryPoint *decode = module->find("decode");
  if (auto best = module->code.entry(FOT_DECODE_BEST); decode && best.ok()) {
    module->decodeBest = {decode->schema, *best};
  }
  return module;
}

StatusOr<std::shared_ptr<Module>>
Module::load(std::shared_ptr<const Artifact> artifact,
             const ModuleOptions &options) {
  const schema::Artifact &header = artifact->header();
  std::string note;
  FOT_ASSIGN_OR_RETURN(std::unique_ptr<Device> device,
                       chooseDevice(*artifact, options.device, note));
  auto index =
      device ? selectGpuHostCode(header)
             : selectPermittedCode(header, options.cpuLevel, hostCpuFeatures());
  if (!index.ok()) {
    return index.takeStatus().at(artifact->path());
  }
  FOT_ASSIGN_OR_RETURN(std::shared_ptr<Module> module,
                       loadCode(std::move(artifact), *index));
  FOT_ASSIGN_OR_RETURN(
      module->pool,
      ThreadPool::create(options.threads ? options.threads : usableCores()));
  module->decodeWorkers = WorkerChoice(module->pool->numWorkers());
  module->note = device ? device->name() : note;
  if (device) {
    FOT_ASSIGN_OR_RETURN(
        module->gpu, DeviceProgram::load(*module->loaded, std::move(device)));
    return module;
  }
  module->host.struct_bytes = sizeof(fot_host);
  module->host.abi_version = FOT_KERNEL_ABI_VERSION;
  module->host.context = module->pool.get();
  module->host.barrier = poolBarrier;
  module->loaded->adviseWeightsHot();
  return module;
}

const EntryPoint *Module::find(std::string_view name) const {
  for (const EntryPoint &entry : entries) {
    if (entry.schema->name()->string_view() == name) {
      return &entry;
    }
  }
  return nullptr;
}

/// A call whose regions are timed.
int32_t Module::timedCall(const EntryPoint &entry, fot_call call) {
  fot_host timed = host;
  timed.context = profile;
  timed.barrier = timedBarrier;
  call.host = &timed;
  std::atomic<int32_t> code{0};
  pool->run([&](uint32_t worker, uint32_t numWorkers) {
    profile->enter(worker);
    if (int32_t result = entry.function(&call, worker, numWorkers)) {
      code.store(result, std::memory_order_relaxed);
    }
    profile->leave(worker);
  });
  profile->add(entry.schema->name()->string_view());
  return code.load(std::memory_order_relaxed);
}

Status Module::call(const EntryPoint &entry, fot_call call) {
  call.struct_bytes = sizeof(fot_call);
  call.abi_version = FOT_KERNEL_ABI_VERSION;
  call.host = &host;
  call.weights = loaded->weights().data();
  std::atomic<int32_t> code{0};
  {
    std::lock_guard<std::mutex> lock(turn);
    if (profile) {
      return failedWith(entry, timedCall(entry, call));
    }
    // Decode calls are alike, so that they show when a worker lags.
    WorkerChoice *choice = entry.schema->name()->string_view() == "decode"
                               ? &decodeWorkers
                               : nullptr;
    auto start = std::chrono::steady_clock::now();
    pool->run(choice ? choice->workers() : pool->numWorkers(),
              [&](uint32_t worker, uint32_t numWorkers) {
                if (int32_t result =
                        entry.function(&call, worker, numWorkers)) {
                  code.store(result, std::memory_order_relaxed);
                }
              });
    if (choice) {
      choice->took(std::chrono::duration<double>(
                       std::chrono::steady_clock::now() - start)
                       .count());
    }
  }
  return failedWith(entry, code.load(std::memory_order_relaxed));
}

Status Module::callOnDevice(const EntryPoint &entry, const fot_call &call,
                            size_t numScalars, size_t numMemories,
                            DeviceMirror &mirror) {
  fot_device_call onDevice = {};
  onDevice.call = call;
  onDevice.call.struct_bytes = sizeof(fot_device_call);
  onDevice.call.abi_version = FOT_KERNEL_ABI_VERSION;
  onDevice.call.host = &gpu->host().host;
  onDevice.call.weights = gpu->weights();
  std::lock_guard<std::mutex> lock(turn);
  FOT_RETURN_IF_ERROR(mirror.update(onDevice, numScalars, numMemories));
  int32_t code = entry.function(&onDevice.call, 0, 1);
  bool decodes = entry.schema->name()->string_view() == "decode";
  FOT_RETURN_IF_ERROR(
      gpu->finish(decodes ? &mirror.decode : nullptr, mirror.best));
  return failedWith(entry, code);
}

Status Module::failedWith(const EntryPoint &entry, int32_t code) const {
  if (code == 0) {
    return Status();
  }
  return Status::failure(loaded->path() + ": the compiled function '" +
                         entry.schema->name()->str() + "' failed with code " +
                         std::to_string(code) +
                         ", which is a bug of the compiler");
}

} // namespace fot::rt
