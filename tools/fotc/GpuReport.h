//===- GpuReport.h - fotc --report, of kernels for GPUs ---------*- C++ -*-===//

#ifndef FOT_TOOLS_FOTC_GPUREPORT_H
#define FOT_TOOLS_FOTC_GPUREPORT_H

#include "passes/Emit/CompileGpu.h"
#include "runtime/artifact/Artifact.h"

#include <nlohmann/json.hpp>

namespace mlir::fot {

/// A list with an object for each architecture: its products with their data
/// sheets, and for each entry point its kernels with what ptxas found (null
/// where it is not installed), how many blocks a multiprocessor holds, what a
/// call of usual size moves and computes, and the time that takes at least.
nlohmann::ordered_json gpuReport(const CompiledGpu &code,
                                 const ::fot::rt::Artifact &artifact);

/// That list as tables.
std::string gpuReportText(const nlohmann::ordered_json &architectures);

} // namespace mlir::fot

#endif
