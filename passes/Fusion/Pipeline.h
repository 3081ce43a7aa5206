//===- Pipeline.h - the fusion phase as a pipeline --------------*- C++ -*-===//
//
// The passes of Passes.td in the order in which they run.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_FUSION_PIPELINE_H
#define FOT_PASSES_FUSION_PIPELINE_H

#include "mlir/Pass/PassManager.h"

namespace mlir::fot {

/// Adds the fusion passes to a pipeline on modules. `enabled` is asked about
/// each by its flag ("fot-fuse-..."); without it all are added.
void populateFusionPipeline(OpPassManager &pm,
                            function_ref<bool(StringRef flag)> enabled = {});

/// Registers the pipeline as `--fot-fusion`, with the option
/// `disable=FLAG,...`.
void registerFusionPipeline();

} // namespace mlir::fot

#endif
