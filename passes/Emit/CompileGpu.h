//===- CompileGpu.h - from the NVVM dialect to PTX --------------*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_COMPILEGPU_H
#define FOT_PASSES_EMIT_COMPILEGPU_H

#include "passes/Emit/KernelCache.h"
#include "passes/Emit/Ptxas.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <array>
#include <map>
#include <string>
#include <vector>

namespace mlir::fot {

/// Code for one GPU architecture.
struct GpuCode {
  std::string architecture; ///< "sm_80"
  std::string ptx;
  std::string cubin;                      ///< empty without ptxas
  std::vector<AssembledKernel> assembled; ///< empty without ptxas
};

/// What an entry point has of a kernel.
struct GpuKernelUse {
  int64_t launches = 0; ///< in a call
  /// Of all of them, as RegionCost has them: for a call, a token, an entry of
  /// the window, and one of the memory.
  std::array<int64_t, 4> bytes = {}, ops = {};
};

/// What is known of a kernel before it is assembled.
struct GpuKernelFacts {
  std::string name, title;  ///< title: of the op
  int64_t threads = 0;      ///< of a block
  int64_t launchShared = 0; ///< bytes of shared memory that launches ask for
  /// Reads the keys of window or memory so many times for each so many tokens
  /// of a call; 0 times if it reads none.
  int64_t readTokens = 1, readTimes = 0;
  std::map<std::string, GpuKernelUse> uses; ///< by entry point
};

/// What the module for GPUs becomes.
struct CompiledGpu {
  std::vector<std::string> kernels;  ///< by number
  std::vector<GpuKernelFacts> facts; ///< by number
  std::string host;                  ///< ELF that asks for launches
  std::string emulated;              ///< ELF for the emulated device
  std::vector<GpuCode> codes;
  std::string llvmIr; ///< of the kernels after optimisation, if asked for
  std::string note;   ///< a sentence, if something could not be made
};

/// Fails, with a sentence that lists those known, unless `name` is a GPU
/// architecture that code can be made for.
llvm::Error checkGpuArchitecture(llvm::StringRef name);

struct GpuOptions {
  bool keepText = false; ///< keep the kernels' LLVM IR too
  unsigned threads = 1;  ///< to compile architectures with
  KernelCache cache;     ///< of PTX and the like; not asked with `keepText`
};

/// Compiles `module` (LLVM and NVVM dialects), from which it takes the kernels
/// away, for each of the architectures that `fot.gpu` names. Safe to call
/// beside compileElf for other modules of the context.
llvm::Expected<CompiledGpu> compileGpu(ModuleOp module,
                                       ArrayRef<std::string> entries,
                                       const GpuOptions &options);

} // namespace mlir::fot

#endif
