//===- Pipeline.cpp - packs the weights and places them -------------------===//

#include "passes/Pack/Passes.h"

#include "mlir/Pass/PassManager.h"

using namespace mlir;

void fot::buildPackPipeline(OpPassManager &manager) {
  manager.addPass(createPackWeights());
  manager.addPass(createAssignWeightOffsets());
}
