//===- CompileGpu.h - from the NVVM dialect to PTX --------------*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_COMPILEGPU_H
#define FOT_PASSES_EMIT_COMPILEGPU_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace mlir::fot {

/// Code for one GPU architecture.
struct GpuCode {
  std::string architecture; ///< "sm_80"
  std::string ptx;
  std::string cubin; ///< empty without ptxas
};

/// What the module for GPUs becomes.
struct CompiledGpu {
  std::vector<std::string> kernels; ///< by number
  std::string host;                 ///< ELF that asks for launches
  std::string emulated;             ///< ELF for the emulated device
  std::vector<GpuCode> codes;
  std::string llvmIr; ///< of the kernels after optimisation, if asked for
  std::string note;   ///< a sentence, if something could not be made
};

/// Fails, with a sentence that lists those known, unless `name` is a GPU
/// architecture that code can be made for.
llvm::Error checkGpuArchitecture(llvm::StringRef name);

/// Compiles `module` (LLVM and NVVM dialects), from which it takes the kernels
/// away, for each of the architectures that `fot.gpu` names.
llvm::Expected<CompiledGpu>
compileGpu(ModuleOp module, ArrayRef<std::string> entries, bool keepText);

} // namespace mlir::fot

#endif
