//===- Resolve.h - defaults and meanings of a request -----------*- C++ -*-===//

#ifndef FOT_PASSES_DRIVER_RESOLVE_H
#define FOT_PASSES_DRIVER_RESOLVE_H

#include "passes/Driver/Compile.h"
#include "passes/Pipeline/Phases.h"

namespace mlir::fot {

/// What of a request does not depend on the checkpoint: formats, CPU levels,
/// switches. Checks values and names the known ones.
llvm::Expected<CompilerOptions> resolveOptions(const CompileRequest &request);

/// Fills in what depends on the checkpoint: memory, window, last context.
llvm::Error resolveMemory(const CompileRequest &request,
                          const ModelConfig &config, CompilerOptions &options);

/// Fails if the request has an option that a phase up to `from` obeys: the IR
/// has that phase behind it, so the option would do nothing.
llvm::Error refuseEarlierOptions(const CompileRequest &request, size_t from);

} // namespace mlir::fot

#endif
