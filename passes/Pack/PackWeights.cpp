//===- PackWeights.cpp - the layout that the kernels read -----------------===//

#include "passes/Pack/Passes.h"
#include "passes/Support/WeightTypes.h"

namespace mlir::fot {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "passes/Pack/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// Whether `use` reads a packed matrix.
static bool readsPanels(OpOperand &use) {
  Operation *user = use.getOwner();
  if (auto matmul = dyn_cast<MatmulOp>(user)) {
    return &use == &matmul.getWeightMutable();
  }
  if (auto matmul = dyn_cast<WindowMatmulOp>(user)) {
    return &use == &matmul.getWeightMutable();
  }
  if (auto embedding = dyn_cast<EmbeddingOp>(user)) {
    return &use == &embedding.getTableMutable();
  }
  auto gated = dyn_cast<GatedMatmulOp>(user);
  return gated &&
         (&use == &gated.getGateMutable() || &use == &gated.getUpMutable());
}

namespace {
struct PackWeights : fot::impl::PackWeightsBase<PackWeights> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    llvm::StringMap<SmallVector<LoadWeightOp>> loads;
    module.walk(
        [&](LoadWeightOp load) { loads[load.getWeight()].push_back(load); });
    for (auto weight : module.getOps<WeightOp>()) {
      RankedTensorType type = weight.getTensorType();
      ArrayRef<LoadWeightOp> uses = loads[weight.getSymName()];
      bool packs = type.getRank() == 2 &&
                   !isa<PanelType>(type.getElementType()) && !uses.empty() &&
                   llvm::all_of(uses, [](LoadWeightOp load) {
                     return llvm::all_of(load->getUses(), readsPanels);
                   });
      if (!packs) {
        continue;
      }
      RankedTensorType packed = panelType(type);
      weight.setLogicalType(type);
      weight.setType(packed);
      for (LoadWeightOp load : uses) {
        load.getResult().setType(packed);
      }
      ++numPacked;
    }
  }
};
} // namespace
