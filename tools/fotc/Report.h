//===- Report.h - fotc --report ---------------------------------*- C++ -*-===//

#ifndef FOT_TOOLS_FOTC_REPORT_H
#define FOT_TOOLS_FOTC_REPORT_H

#include "llvm/Support/Error.h"

#include <string>

namespace mlir::fot {

struct CompiledGpu;

/// What the artifact's entry points move and compute, and the time that takes
/// on this machine at least: a table for people on standard output, or to
/// `file`, as JSON or a picture if it ends in .json or .svg. Of `gpu`, unless
/// it is null, the kernels; a picture has none of them.
llvm::Error reportBounds(const std::string &artifact, const std::string &file,
                         unsigned threads, const CompiledGpu *gpu);

} // namespace mlir::fot

#endif
