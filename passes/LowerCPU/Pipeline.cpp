//===- Pipeline.cpp - from buffers to the LLVM dialect --------------------===//

#include "passes/LowerCPU/Passes.h"

#include "mlir/Conversion/Passes.h"
#include "mlir/Dialect/MemRef/Transforms/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void fot::buildLowerCPUPipeline(OpPassManager &outer,
                                ArrayRef<std::string> levels,
                                ArrayRef<std::string> finished,
                                ArrayRef<std::string> gpu,
                                std::unique_ptr<Pass> lowerGpu) {
  ExpandCpuLevelsOptions expand;
  expand.levels.assign(levels.begin(), levels.end());
  expand.finished.assign(finished.begin(), finished.end());
  expand.gpu.assign(gpu.begin(), gpu.end());
  outer.addPass(createExpandCpuLevels(expand));
  OpPassManager &manager = outer.nest<ModuleOp>();
  if (!gpu.empty()) {
    manager.addPass(std::move(lowerGpu));
  }
  manager.addPass(createAddBestDecode());
  manager.addPass(createLowerToKernels());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
  manager.addPass(createApproximateMath());
  manager.addPass(createConvertVectorToSCFPass());
  manager.addPass(createSCFToControlFlowPass());
  manager.addPass(memref::createExpandStridedMetadataPass());
  manager.addPass(createLowerAffinePass());
  manager.addPass(createConvertVectorToLLVMPass());
  manager.addPass(createFinalizeMemRefToLLVMConversionPass());
  manager.addPass(createConvertMathToLLVMPass());
  manager.addPass(createArithToLLVMConversionPass());
  manager.addPass(createConvertIndexToLLVMPass());
  manager.addPass(createUBToLLVMConversionPass());
  ConvertFuncToLLVMPassOptions options;
  options.useBarePtrCallConv = true;
  manager.addPass(createConvertFuncToLLVMPass(options));
  manager.addPass(createConvertControlFlowToLLVMPass());
  manager.addPass(createReconcileUnrealizedCastsPass());
}
