// Code for the emulated device, loaded: its tables, checked and bound.
#ifndef FOT_RUNTIME_DEVICE_EMULATED_EMULATEDMODULE_H
#define FOT_RUNTIME_DEVICE_EMULATED_EMULATEDMODULE_H

#include "runtime/base/SharedObject.h"
#include "runtime/device/emulated/Block.h"

namespace fot::rt {

class EmulatedModule {
public:
  /// Loads an object and gives it the emulator's functions; fails if it uses
  /// an operation that there is none for.
  static StatusOr<std::unique_ptr<EmulatedModule>>
  load(std::span<const std::byte> elf, const std::string &name);

  fot_emulated_module &table() { return *module; }
  const fot_emulated_module &table() const { return *module; }
  const std::string &name() const { return title; }
  /// One for each site.
  std::vector<emulated::Known> known;
  /// Forgets the ranges in `known`, because memory or kernel change.
  void forget();

private:
  EmulatedModule(SharedObject library, std::string title,
                 fot_emulated_module *module)
      : library(std::move(library)), title(std::move(title)), module(module) {}

  SharedObject library;
  std::string title;
  fot_emulated_module *module;
};

} // namespace fot::rt

#endif
