//===- Pipeline.cpp - the fusion phase as a pipeline ----------------------===//

#include "passes/Fusion/Pipeline.h"

#include "passes/Fusion/Passes.h"

#include "mlir/Pass/PassRegistry.h"

using namespace mlir;
using namespace mlir::fot;

// Rope goes into products before these go into caches, and rounding comes
// last: only then is it known which op is left to round.
static constexpr std::unique_ptr<Pass> (*kPasses[])() = {
    createFuseRetrievalIntoAttention, createFuseRopeIntoProjection,
    createFuseWindowIntoProjection,   createFuseResidualIntoMatmul,
    createFuseSwigluIntoProjections,  createFuseQuantizeIntoProducer,
};

void mlir::fot::populateFusionPipeline(
    OpPassManager &pm, function_ref<bool(StringRef flag)> enabled) {
  for (auto create : kPasses) {
    std::unique_ptr<Pass> pass = create();
    if (!enabled || enabled(pass->getArgument())) {
      pm.addNestedPass<func::FuncOp>(std::move(pass));
    }
  }
}

namespace {
struct FusionOptions : PassPipelineOptions<FusionOptions> {
  ListOption<std::string> disable{
      *this, "disable", llvm::cl::desc("Flags of the passes to leave out")};
};
} // namespace

void mlir::fot::registerFusionPipeline() {
  PassPipelineRegistration<FusionOptions>(
      "fot-fusion", "The fusion phase",
      [](OpPassManager &pm, const FusionOptions &options) {
        populateFusionPipeline(pm, [&](StringRef flag) {
          return !llvm::is_contained(options.disable, flag);
        });
      });
}
