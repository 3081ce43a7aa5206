//===- EmitArtifact.h - from lowered IR to a .fotm file ---------*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_EMITARTIFACT_H
#define FOT_PASSES_EMIT_EMITARTIFACT_H

#include "passes/Emit/Calibration.h"
#include "passes/Emit/KernelCache.h"
#include "passes/Emit/Progress.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include <functional>
#include <map>
#include <string>

namespace mlir::fot {

struct CompiledGpu;
class FinishedLevels;

struct EmitOptions {
  std::string output;      ///< path of the artifact
  std::string dumpDir;     ///< not empty: LLVM IR and assembly go there
  unsigned threads = 0;    ///< 0: as many as there are cores
  KernelCache kernelCache; ///< of objects compiled before
  /// Levels that phase lower has left empty, and where to keep the others;
  /// null: none.
  const FinishedLevels *finished = nullptr;
  /// Recorded in the artifact for people to read.
  std::map<std::string, std::string> recorded;
  std::optional<Calibration> calibration; ///< recorded too
  CompileProgress progress;
  /// Shown the code for GPUs, if there is any, for reports.
  std::function<void(const CompiledGpu &)> gpu;
  /// Told, in a sentence, what the artifact does not reproduce exactly.
  std::function<void(llvm::StringRef sentence)> note;
};

/// Compiles the code of every CPU level, packs the weights and writes the
/// artifact: all of it, or nothing. `module` has been through phase lower.
llvm::Error emitArtifact(ModuleOp module, const EmitOptions &options);

} // namespace mlir::fot

#endif
