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

/// What a calibration depends on.
struct CalibrationKey {
  const ::fot::rt::Artifact &artifact; ///< with a memory for every head
  int64_t window, lastContext;         ///< with which it is going to be used
};

/// What was found before. A damaged file counts as nothing.
std::optional<Calibration> lookUpCalibration(const CalibrationKey &key);

/// Keeps one. Where that is impossible nothing happens.
void keepCalibration(const CalibrationKey &key, const Calibration &calibration);

} // namespace mlir::fot

#endif
