// Loading code for this CPU and calling it on the pool.
#include "runtime/session/Module.h"

#include "runtime/device/cpu/CpuFeatures.h"

#include <atomic>

namespace fot::rt {

static void poolBarrier(void *context, uint32_t) {
  static_cast<ThreadPool *>(context)->barrier();
}

StatusOr<std::shared_ptr<Module>>
Module::load(std::shared_ptr<const Artifact> artifact,
             const ModuleOptions &options) {
  const schema::Artifact &header = artifact->header();
  auto index = selectCpuCode(header, options.cpuLevel, hostCpuFeatures());
  if (!index.ok()) {
    return index.takeStatus().at(artifact->path());
  }
  const schema::Code &chosen = *header.codes()->Get(*index);
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
  FOT_ASSIGN_OR_RETURN(
      module->pool,
      ThreadPool::create(options.threads ? options.threads : usableCores()));
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

Status Module::call(const EntryPoint &entry, fot_call call) {
  call.struct_bytes = sizeof(fot_call);
  call.abi_version = FOT_KERNEL_ABI_VERSION;
  call.host = &host;
  call.weights = loaded->weights().data();
  std::atomic<int32_t> code{0};
  {
    std::lock_guard<std::mutex> lock(turn);
    pool->run([&](uint32_t worker, uint32_t numWorkers) {
      if (int32_t result = entry.function(&call, worker, numWorkers)) {
        code.store(result, std::memory_order_relaxed);
      }
    });
  }
  if (int32_t result = code.load(std::memory_order_relaxed)) {
    return Status::failure(loaded->path() + ": the compiled function '" +
                           entry.schema->name()->str() + "' failed with code " +
                           std::to_string(result) +
                           ", which is a bug of the compiler");
  }
  return Status();
}

} // namespace fot::rt
