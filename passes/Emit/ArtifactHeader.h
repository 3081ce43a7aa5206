//===- ArtifactHeader.h - the artifact's header out of the IR ---*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_ARTIFACTHEADER_H
#define FOT_PASSES_EMIT_ARTIFACTHEADER_H

#include "passes/Emit/Calibration.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Error.h"

#include "fot/schema/artifact_generated.h"

namespace mlir::fot {

/// Model facts, entry points, memory banks and the list of weights. Segments,
/// code objects and the tokenizer are left to the caller.
llvm::Error describeModule(ModuleOp module, ::fot::schema::ArtifactT &header);

/// What --memory-layers=auto found.
std::unique_ptr<::fot::schema::CalibrationT>
describeCalibration(const Calibration &calibration);

/// Names of the entry points that `module` (after phase lower) describes.
llvm::SmallVector<std::string> entryNames(ModuleOp module);

} // namespace mlir::fot

#endif
