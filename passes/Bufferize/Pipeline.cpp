//===- Pipeline.cpp - from tensors to planned buffers ---------------------===//

#include "passes/Bufferize/Passes.h"

#include "mlir/Dialect/Bufferization/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void fot::buildBufferizePipeline(OpPassManager &manager) {
  manager.addNestedPass<func::FuncOp>(createSeparateInits());
  bufferization::OneShotBufferizePassOptions options;
  options.bufferizeFunctionBoundaries = true;
  options.functionBoundaryTypeConversion =
      bufferization::LayoutMapOption::IdentityLayoutMap;
  options.bufferAlignment = 64;
  manager.addPass(bufferization::createOneShotBufferizePass(options));
  manager.addPass(createDropEntryResults());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addNestedPass<func::FuncOp>(createPlanWorkspace());
  manager.addNestedPass<func::FuncOp>(createInsertBarriers());
}
