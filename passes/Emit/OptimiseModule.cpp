//===- OptimiseModule.cpp - LLVM's optimiser over a module ----------------===//

#include "passes/Emit/OptimiseModule.h"

#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"

void mlir::fot::optimiseModule(llvm::Module &module,
                               llvm::TargetMachine &machine,
                               const llvm::PipelineTuningOptions &tuning,
                               const llvm::TargetLibraryInfoImpl *library) {
  llvm::LoopAnalysisManager loops;
  llvm::FunctionAnalysisManager functions;
  llvm::CGSCCAnalysisManager sccs;
  llvm::ModuleAnalysisManager modules;
  llvm::PassBuilder builder(&machine, tuning);
  if (library) {
    functions.registerPass(
        [&] { return llvm::TargetLibraryAnalysis(*library); });
  }
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(sccs);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, sccs, modules);
  builder.buildPerModuleDefaultPipeline(llvm::OptimizationLevel::O3)
      .run(module, modules);
}
