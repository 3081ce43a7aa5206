//===- CompileElf.h - from the LLVM dialect to a shared object --*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_COMPILEELF_H
#define FOT_PASSES_EMIT_COMPILEELF_H

#include "passes/LowerCPU/CpuLevel.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <string>

namespace mlir::fot {

/// What one code segment holds, and, if asked for, how it came about.
struct CompiledCode {
  std::string elf;
  std::string llvmIr; ///< after optimisation
  std::string assembly;
};

/// Compiles `module` (LLVM dialect) for `level` into an ELF shared object that
/// needs no other library and exports `entries` and `fot_kernel_abi_version`.
/// With `keepText`, the LLVM IR and the assembly are kept too.
/// Safe to call from several threads, each with a module in its own context.
llvm::Expected<CompiledCode> compileElf(ModuleOp module, const CpuLevel &level,
                                        ArrayRef<std::string> entries,
                                        bool keepText);

} // namespace mlir::fot

#endif
