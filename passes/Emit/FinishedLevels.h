//===- FinishedLevels.h - CPU levels compiled before ------------*- C++ -*-===//
//
// A model compiled again needs no lowering: the whole code of a CPU level is
// kept in the cache of kernels too, under the IR that phase lower would begin
// with, the level, and the build of the compiler.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_EMIT_FINISHEDLEVELS_H
#define FOT_PASSES_EMIT_FINISHEDLEVELS_H

#include "passes/Emit/KernelCache.h"

#include "mlir/IR/BuiltinOps.h"

#include <map>

namespace mlir::fot {

class FinishedLevels {
public:
  /// Knows of no level and keeps none.
  FinishedLevels() = default;
  /// Looks for `levels` of `module`, which has been through phase bufferize.
  /// `others` names all else that is compiled with them.
  FinishedLevels(ModuleOp module, ArrayRef<std::string> levels,
                 ArrayRef<std::string> others, const KernelCache &cache);

  /// The levels whose code was found.
  std::vector<std::string> names() const;
  /// The ELF object of `level`, or null if it was not found.
  const std::string *find(llvm::StringRef level) const;
  /// Keeps the object of a level that was not found.
  void keep(llvm::StringRef level, llvm::StringRef elf) const;

private:
  KernelCache cache;
  std::map<std::string, std::string, std::less<>> keys, found; ///< by level
};

} // namespace mlir::fot

#endif
