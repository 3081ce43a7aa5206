//===- OptimiseModule.h - LLVM's optimiser over a module --------*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_OPTIMISEMODULE_H
#define FOT_PASSES_EMIT_OPTIMISEMODULE_H

#include "llvm/Passes/PassBuilder.h"

namespace llvm {
class Module;
class TargetLibraryInfoImpl;
class TargetMachine;
} // namespace llvm

namespace mlir::fot {

/// Runs the default pipeline of -O3 as `tuning` says. `library`: which calls
/// are of library functions, unless the triple tells.
void optimiseModule(llvm::Module &module, llvm::TargetMachine &machine,
                    const llvm::PipelineTuningOptions &tuning,
                    const llvm::TargetLibraryInfoImpl *library = nullptr);

} // namespace mlir::fot

#endif
