#include "runtime/device/emulated/EmulatedModule.h"

#include "runtime/device/emulated/Operations.h"

namespace fot::rt {

using namespace emulated;

/// Whether the tables are of this version and complete.
static Status checkTables(const fot_emulated_module *module,
                          const std::string &name) {
  if (!module || module->struct_bytes != sizeof(fot_emulated_module) ||
      module->abi_version != FOT_EMULATOR_ABI_VERSION) {
    return Status::failure(
        name + " has emulator ABI " +
        (module ? std::to_string(module->abi_version)
                : std::string("of no version")) +
        ", this emulator needs " + std::to_string(FOT_EMULATOR_ABI_VERSION) +
        "; compile the model again with the fotc of this runtime");
  }
  if (module->num_kernels == 0) {
    return Status::failure(name + " has no kernels");
  }
  return {};
}

StatusOr<std::unique_ptr<EmulatedModule>>
EmulatedModule::load(std::span<const std::byte> elf, const std::string &name) {
  FOT_ASSIGN_OR_RETURN(SharedObject library, SharedObject::load(elf, name));
  using Entry = fot_emulated_module *();
  auto *entry = reinterpret_cast<Entry *>(library.find(FOT_EMULATOR_ENTRY));
  fot_emulated_module *module = entry ? entry() : nullptr;
  FOT_RETURN_IF_ERROR(checkTables(module, name));
  std::string missing;
  for (uint32_t i = 0; i < module->num_ops; ++i) {
    module->ops[i].call = findOperation(module->ops[i].name);
    if (!module->ops[i].call) {
      missing += (missing.empty() ? "'" : ", '");
      missing += std::string(module->ops[i].name) + "'";
    }
  }
  if (!missing.empty()) {
    return Status::failure(name +
                           " uses operations that the emulated device does "
                           "not have: " +
                           missing);
  }
  module->check = checkAccess;
  std::unique_ptr<EmulatedModule> loaded(
      new EmulatedModule(std::move(library), name, module));
  loaded->known.resize(module->num_sites);
  loaded->forget();
  return loaded;
}

void EmulatedModule::forget() {
  for (uint32_t i = 0; i < module->num_sites; ++i) {
    const fot_emulated_site &site = module->sites[i];
    uint32_t alignment = site.alignment ? site.alignment : 1;
    // No address is in an empty range that begins at the last byte there is.
    known[i] = {UINTPTR_MAX, 0, site.bytes, alignment - 1, site.access};
  }
}

} // namespace fot::rt
