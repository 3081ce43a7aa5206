//===- Calibrate.h - --memory-layers=auto -----------------------*- C++ -*-===//
//
// For models that were never trained with a memory: measures which key-value
// heads a memory helps. The checkpoint is compiled once with a memory for every
// head; facts are planted in texts longer than its window, each window read by
// itself; then heads are muted, and the loss of the facts' names in answers to
// questions says which to keep.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_TOOLS_FOTC_CALIBRATE_CALIBRATE_H
#define FOT_TOOLS_FOTC_CALIBRATE_CALIBRATE_H

#include "passes/Driver/Compile.h"

namespace mlir::fot {

/// Deterministic for a checkpoint, a request and a CPU level; results are kept
/// in the user's cache folder.
llvm::Expected<Calibration> calibrate(const CompileRequest &request);

} // namespace mlir::fot

#endif
