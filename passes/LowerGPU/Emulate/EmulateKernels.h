//===- EmulateKernels.h - NVPTX code for the emulated device ----*- C++ -*-===//
//
// Retargets GPU kernels to the host. What comes out is for tests: it is slow,
// and it checks every access.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_EMULATE_EMULATEKERNELS_H
#define FOT_PASSES_LOWERGPU_EMULATE_EMULATEKERNELS_H

#include "llvm/Support/Error.h"

#include <memory>
#include <string>

namespace llvm {
class Module;
} // namespace llvm

namespace mlir::fot {

/// Makes an x86-64 ELF shared object for the emulated device
/// (runtime/include/fot/emulator_abi.h) of `module`, which is NVPTX code as
/// the optimiser leaves it and the PTX backend would get it. Every function
/// with the calling convention of kernels becomes a kernel of its name.
/// Fails with a sentence that names function and instruction if there is
/// inline assembly, or anything else that cannot be emulated; an unknown
/// intrinsic is found when the object is loaded.
llvm::Expected<std::string>
emulateKernels(std::unique_ptr<llvm::Module> module);

} // namespace mlir::fot

#endif
