//===- Report.h - fotc --report ---------------------------------*- C++ -*-===//

#ifndef FOT_TOOLS_FOTC_REPORT_H
#define FOT_TOOLS_FOTC_REPORT_H

#include "llvm/Support/Error.h"

#include <string>

namespace mlir::fot {

/// What the artifact's entry points move and compute, and the time that takes
/// on this machine at least: a table for people on standard output, or to
/// `file`, as JSON or a picture if it ends in .json or .svg.
llvm::Error reportBounds(const std::string &artifact, const std::string &file,
                         unsigned threads);

} // namespace mlir::fot

#endif
