//===- KernelUnits.h - a module cut into kernels ----------------*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_KERNELUNITS_H
#define FOT_PASSES_EMIT_KERNELUNITS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/Module.h"

#include <string>
#include <vector>

namespace mlir::fot {

/// A kernel as a module of its own.
struct KernelUnit {
  std::string symbol; ///< of the kernel in the objects; has the key in it
  std::string key;    ///< 32 hexadecimal digits, hash of what it is made of
  llvm::SmallVector<char, 0> bitcode; ///< defines `kKernelName` alone
};

/// What a kernel is called while it has no key.
inline constexpr llvm::StringLiteral kKernelName = "fot_kernel";

/// Takes the bodies of all functions but `entries` out of `module`, which then
/// refers to them by the symbols of the units. Kernels with equal code become
/// one unit. Keys depend on `salt`, which names whatever else decides about the
/// object: target, options, the version of the compiler.
std::vector<KernelUnit> takeKernels(llvm::Module &module,
                                    llvm::ArrayRef<std::string> entries,
                                    llvm::StringRef salt);

} // namespace mlir::fot

#endif
