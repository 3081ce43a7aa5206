//===- CalibrationCache.h - calibrations made before ------------*- C++ -*-===//
//
// A calibration takes minutes and always ends the same, so its result is kept
// in the user's cache folder, named by what it depends on.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_TOOLS_FOTC_CALIBRATE_CALIBRATIONCACHE_H
#define FOT_TOOLS_FOTC_CALIBRATE_CALIBRATIONCACHE_H

#include "passes/Emit/Calibration.h"
#include "runtime/artifact/Artifact.h"

#include <optional>

namespace mlir::fot {

/// The calibration that `artifact`, which has a memory for every head, was
/// given before. A damaged file counts as none.
std::optional<Calibration>
lookUpCalibration(const ::fot::rt::Artifact &artifact);

/// Keeps one. Where that is impossible nothing happens.
void keepCalibration(const ::fot::rt::Artifact &artifact,
                     const Calibration &calibration);

} // namespace mlir::fot

#endif
