//===- EmulatedCode.h - GPU kernels on the emulated device ------*- C++ -*-===//

#ifndef FOT_TOOLS_DEV_FOT_CHECK_EMULATEDCODE_H
#define FOT_TOOLS_DEV_FOT_CHECK_EMULATEDCODE_H

#include "runtime/device/emulated/EmulatedDevice.h"
#include "runtime/include/fot/device_abi.h"

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace mlir::fot::check_tool {

/// Memory of the host that kernels may use.
struct DeviceRange {
  void *begin;
  size_t bytes;
  std::string name; ///< for sentences about accesses that miss it
};

/// The kernels of an entry point, loaded.
class EmulatedCode {
public:
  /// `kernels` are the symbols by number.
  static llvm::Expected<std::unique_ptr<EmulatedCode>>
  load(llvm::StringRef elf, llvm::ArrayRef<std::string> kernels);

  /// Calls host code and makes the launches that it asks for. Kernels see
  /// `ranges`, the call's scalars and its `numMemories` memories among them,
  /// where the host does. `order` is a seed of the order in which threads run.
  llvm::Error run(fot_entry entry, const fot_call &call,
                  llvm::ArrayRef<DeviceRange> ranges, size_t numMemories,
                  uint64_t order);

private:
  static void launch(void *context, uint32_t kernel, const fot_launch *shape,
                     void **arguments);

  std::unique_ptr<::fot::rt::EmulatedDevice> device;
  ::fot::rt::EmulatedModule *module = nullptr;
  std::vector<uint32_t> numbers; ///< in the module, by kernel
  std::string problem;           ///< of the first launch that failed
};

} // namespace mlir::fot::check_tool

#endif
