//===- Phases.cpp - the path of a model, as one table ---------------------===//

#include "passes/Pipeline/Phases.h"

#include "passes/Bufferize/Passes.h"
#include "passes/Fusion/Passes.h"
#include "passes/Fusion/Pipeline.h"
#include "passes/LowerCPU/Passes.h"
#include "passes/Memory/Passes.h"
#include "passes/Pack/Passes.h"
#include "passes/Support/ModelFacts.h"
#include "passes/Tiling/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Linalg/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Tensor/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace mlir::fot;

static void buildMemory(OpPassManager &manager,
                        const CompilerOptions &options) {
  AssignMemoryOptions assign;
  assign.layers.assign(options.memoryLayers.begin(),
                       options.memoryLayers.end());
  assign.mode = options.memoryMode;
  assign.k = options.topK;
  assign.dtype = options.memoryType;
  manager.addPass(createAssignMemory(assign));
  CreateEntryPointsOptions entries;
  entries.window = options.window;
  entries.lastContext = options.lastContext;
  entries.prefillTokens = options.prefillTokens;
  manager.addPass(createCreateEntryPoints(entries));
  manager.addNestedPass<func::FuncOp>(createQuantizeActivations());
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

static void buildFusion(OpPassManager &manager,
                        const CompilerOptions &options) {
  populateFusionPipeline(manager, [&](StringRef flag) {
    return options.fuse && !options.disabledPasses.count(flag.str());
  });
  manager.addPass(createCanonicalizerPass());
  manager.addPass(createCSEPass());
}

static void buildPack(OpPassManager &manager, const CompilerOptions &) {
  buildPackPipeline(manager);
}
static void buildTile(OpPassManager &manager, const CompilerOptions &) {
  manager.addNestedPass<func::FuncOp>(createChooseStrategy());
}
static void buildBufferize(OpPassManager &manager, const CompilerOptions &) {
  buildBufferizePipeline(manager);
}
static void buildLower(OpPassManager &manager,
                       const CompilerOptions &options) {
  buildLowerCPUPipeline(manager, options.cpuLevels);
}

/// Fails at the first op for which `allowed` is false.
static LogicalResult verifyOps(ModuleOp module, StringRef phase,
                               function_ref<bool(Operation *)> allowed) {
  WalkResult result = module.walk([&](Operation *op) {
    if (allowed(op)) {
      return WalkResult::advance();
    }
    op->emitOpError() << "must not remain after phase '" << phase << "'";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

static bool hasTensors(Operation *op) {
  auto isTensor = [](Type type) { return isa<TensorType>(type); };
  return llvm::any_of(op->getOperandTypes(), isTensor) ||
         llvm::any_of(op->getResultTypes(), isTensor);
}

static LogicalResult verifyImport(ModuleOp module) {
  return verifyOps(module, "import", [](Operation *op) {
    return !isa<KnnOp, MemoryAttentionOp, WorkspaceBufferOp>(op);
  });
}
static LogicalResult verifyMemory(ModuleOp module) {
  return verifyOps(module, "memory", [](Operation *op) {
    auto matmul = dyn_cast<MatmulOp>(op);
    bool unquantized =
        matmul &&
        isa<BlockType>(
            cast<ShapedType>(matmul.getWeight().getType()).getElementType()) &&
        !isa<BlockType>(
            cast<ShapedType>(matmul.getInput().getType()).getElementType());
    auto function = dyn_cast<func::FuncOp>(op);
    return !unquantized && !(function && function.getName() == "model");
  });
}
static LogicalResult verifyTensors(ModuleOp module) {
  return verifyOps(module, "fusion", [](Operation *op) {
    return !isa<memref::AllocOp, WorkspaceBufferOp>(op);
  });
}
static LogicalResult verifyPack(ModuleOp module) {
  return verifyOps(module, "pack", [](Operation *op) {
    auto weight = dyn_cast<WeightOp>(op);
    return !weight || weight.getOffset();
  });
}
static LogicalResult verifyBufferize(ModuleOp module) {
  return verifyOps(module, "bufferize", [](Operation *op) {
    return !hasTensors(op) && !isa<memref::AllocOp, memref::CopyOp>(op);
  });
}
static LogicalResult verifyLower(ModuleOp module) {
  return verifyOps(module, "lower", [](Operation *op) {
    return isa<ModuleOp, WeightOp>(op) ||
           isa<LLVM::LLVMDialect>(op->getDialect());
  });
}
static LogicalResult verifyNothing(ModuleOp) { return success(); }

static const Phase kPhases[] = {
    {"import", "the checkpoint as one stateless function, weights by name",
     nullptr, verifyImport},
    {"memory", "entry points prefill, decode and evict; memories, unfused",
     buildMemory, verifyMemory},
    {"fusion", "retrieval, norms, gates, rope and residuals fold together",
     buildFusion, verifyTensors},
    {"pack", "weights in the order in which the kernels read them", buildPack,
     verifyPack},
    {"tile", "a strategy for every op, as an attribute", buildTile,
     verifyPack},
    {"bufferize", "buffers in one planned workspace, barriers between workers",
     buildBufferize, verifyBufferize},
    {"lower", "kernels for each CPU level, in the LLVM dialect", buildLower,
     verifyLower},
    {"emit", "code objects, packed weights and tokenizer in one artifact",
     nullptr, verifyNothing},
};

ArrayRef<Phase> mlir::fot::phases() { return kPhases; }

const Phase *mlir::fot::findPhase(StringRef name) {
  const Phase *found = llvm::find_if(
      kPhases, [&](const Phase &phase) { return phase.name == name; });
  return found == std::end(kPhases) ? nullptr : found;
}

std::string mlir::fot::phaseNames() {
  return llvm::join(llvm::map_range(kPhases, [](const Phase &phase) {
                      return phase.name.str();
                    }),
                    ", ");
}

LogicalResult mlir::fot::runPhases(
    ModuleOp module, const CompilerOptions &options, size_t from, size_t to,
    function_ref<LogicalResult(size_t, ModuleOp)> after) {
  for (size_t i = from + 1; i <= to; ++i) {
    const Phase &phase = kPhases[i];
    PassManager manager(module.getContext());
    auto replaced = options.phasePipelines.find(phase.name.str());
    if (replaced != options.phasePipelines.end()) {
      if (failed(parsePassPipeline(replaced->second, manager))) {
        return failure();
      }
    } else if (phase.build) {
      phase.build(manager, options);
    }
    if (failed(manager.run(module)) || failed(phase.verify(module)) ||
        (after && failed(after(i, module)))) {
      return failure();
    }
  }
  return success();
}

void mlir::fot::registerCompilerDialects(DialectRegistry &registry) {
  registry.insert<FoTDialect, arith::ArithDialect,
                  bufferization::BufferizationDialect, func::FuncDialect,
                  linalg::LinalgDialect, LLVM::LLVMDialect, math::MathDialect,
                  memref::MemRefDialect, scf::SCFDialect,
                  tensor::TensorDialect, vector::VectorDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(
      registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
}

void mlir::fot::registerCompilerPasses() {
  registerBufferizePasses();
  registerFusionPasses();
  registerFusionPipeline();
  registerLowerCPUPasses();
  registerMemoryPasses();
  registerPackPasses();
  registerTilingPasses();
}
