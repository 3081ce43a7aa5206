//===- CompileElf.h - from the LLVM dialect to a shared object --*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_COMPILEELF_H
#define FOT_PASSES_EMIT_COMPILEELF_H

#include "passes/Emit/KernelCache.h"
#include "passes/LowerCPU/CpuLevel.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <atomic>
#include <string>

namespace mlir::fot {

/// What one code segment holds, and, if asked for, how it came about.
struct CompiledCode {
  std::string elf;
  std::string llvmIr; ///< after optimisation
  std::string assembly;
};

struct ElfOptions {
  bool keepText = false; ///< keep the LLVM IR and the assembly too
  unsigned threads = 1;  ///< to compile kernels with
  KernelCache cache;     ///< of objects; not asked with `keepText`
  /// Becomes true when the code is not wanted any more; null: never.
  const std::atomic<bool> *stopped = nullptr;
};

/// Makes `context` able to turn the dialects of lowered code, GPU kernels
/// included, into LLVM IR. Before several threads compile modules of one
/// context, this must have been called for it.
void registerTranslations(MLIRContext &context);

/// Compiles `module` (LLVM dialect) for `level` into an ELF shared object that
/// needs no other library and exports `entries` and `fot_kernel_abi_version`.
/// Safe to call from several threads, each with a module of its own.
llvm::Expected<CompiledCode> compileElf(ModuleOp module, const CpuLevel &level,
                                        ArrayRef<std::string> entries,
                                        const ElfOptions &options);

/// Links relocatable objects in memory into a shared object that needs no
/// other library. Safe to call from several threads.
llvm::Expected<std::string> linkElf(ArrayRef<std::string> objects);

} // namespace mlir::fot

#endif
