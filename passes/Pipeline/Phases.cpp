//===- Phases.cpp - the path of a model, as one table ---------------------===//

#include "passes/Pipeline/Phases.h"

#include "passes/Bufferize/Passes.h"
#include "passes/Fusion/Passes.h"
#include "passes/Fusion/Pipeline.h"
#include "passes/LowerCPU/Passes.h"
#include "passes/LowerGPU/Passes.h"
#include "passes/Memory/Passes.h"
#include "passes/Pack/Passes.h"
#include "passes/Support/ModelFacts.h"
#include "passes/Tiling/Passes.h"

#include "mlir/Dialect/Arith/Transforms/BufferizableOpInterfaceImpl.h"
#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Bufferization/Transforms/FuncBufferizableOpInterfaceImpl.h"
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
  for (const MemoryLayer &layer : options.memoryLayers) {
    assign.layers.push_back(layer.str());
  }
  assign.mode = options.memoryMode;
  assign.k = options.topK;
  assign.dtype = options.memoryType;
  assign.namedBy = options.memoryNamedBy;
  manager.addPass(createAssignMemory(assign));
  CreateEntryPointsOptions entries;
  entries.window = options.window;
  entries.windowDtype = options.windowType;
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
  manager.addNestedPass<func::FuncOp>(createSplitAttention());
  manager.addNestedPass<func::FuncOp>(createSplitRetrieval());
}
static void buildBufferize(OpPassManager &manager, const CompilerOptions &) {
  buildBufferizePipeline(manager);
}
static void buildLower(OpPassManager &manager, const CompilerOptions &options) {
  if (!options.cudaArchitectures.empty()) {
    manager.addNestedPass<func::FuncOp>(createChooseGpuStrategy());
  }
  buildLowerCPUPipeline(manager, options.cpuLevels, options.finishedLevels,
                        options.cudaArchitectures, createLowerToGpuKernels());
}

namespace {
/// Something that may stand in IR up to some phase, and not after it.
struct Remnant {
  bool (*matches)(Operation *op);
  StringRef what;
};
} // namespace

static bool anyType(Operation *op, function_ref<bool(Type)> matches) {
  return llvm::any_of(op->getOperandTypes(), matches) ||
         llvm::any_of(op->getResultTypes(), matches);
}
static bool isBlocks(Value value) {
  return isa<BlockType>(cast<ShapedType>(value.getType()).getElementType());
}

static const Remnant kStateless = {[](Operation *op) {
                                     auto function = dyn_cast<func::FuncOp>(op);
                                     return function &&
                                            function.getName() == "model";
                                   },
                                   "the stateless model"};
static const Remnant kRetrieval = {
    [](Operation *op) { return isa<KnnOp, MemoryAttentionOp>(op); },
    "a retrieval"};
static const Remnant kUnquantized = {
    [](Operation *op) {
      auto matmul = dyn_cast<MatmulOp>(op);
      return matmul && isBlocks(matmul.getWeight()) &&
             !isBlocks(matmul.getInput());
    },
    "a block-quantised weight that reads floats"};
static const Remnant kUnplaced = {[](Operation *op) {
                                    auto weight = dyn_cast<WeightOp>(op);
                                    return weight && !weight.getOffset();
                                  },
                                  "a weight without an offset"};
static const Remnant kUndecided = {
    [](Operation *op) {
      return isa<MatmulOp, GatedMatmulOp, WindowMatmulOp, AttentionOp,
                 MemoryAttentionOp, KnnOp, PartialAttentionOp, PartialKnnOp>(
                 op) &&
             !op->getAttr("strategy");
    },
    "an op without a strategy"};
static const Remnant kTensors = {
    [](Operation *op) {
      return anyType(op, [](Type type) { return isa<TensorType>(type); });
    },
    "a tensor"};
static const Remnant kUnplanned = {
    [](Operation *op) { return isa<memref::AllocOp, memref::CopyOp>(op); },
    "a buffer outside the workspace"};
static const Remnant kBuffers = {
    [](Operation *op) {
      return isa<BarrierOp>(op) ||
             anyType(op, [](Type type) { return isa<BaseMemRefType>(type); });
    },
    "a buffer"};
static const Remnant kLowered = {
    [](Operation *op) {
      return isa<LLVM::LLVMDialect>(op->getDialect()) ||
             (isa<ModuleOp>(op) && op->getParentOp());
    },
    "code of a CPU level"};
static const Remnant kUnlowered = {
    [](Operation *op) {
      return !isa<ModuleOp, WeightOp>(op) &&
             !isa<LLVM::LLVMDialect, NVVM::NVVMDialect>(op->getDialect());
    },
    "an op outside the LLVM dialect"};

/// Fails at the first op that is one of `remnants`.
static LogicalResult expectNone(ModuleOp module, StringRef phase,
                                ArrayRef<Remnant> remnants) {
  WalkResult result = module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (const Remnant &remnant : remnants) {
      if (remnant.matches(op)) {
        op->emitOpError() << "expects IR of phase '" << phase << "', found "
                          << remnant.what;
        return WalkResult::interrupt();
      }
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

static LogicalResult verifyImport(ModuleOp module) {
  return expectNone(module, "import", {kRetrieval, kBuffers, kLowered});
}
static LogicalResult verifyMemory(ModuleOp module) {
  return expectNone(module, "memory",
                    {kStateless, kUnquantized, kBuffers, kLowered});
}
static LogicalResult verifyFusion(ModuleOp module) {
  return expectNone(module, "fusion",
                    {kStateless, kUnquantized, kBuffers, kLowered});
}
static LogicalResult verifyPack(ModuleOp module) {
  return expectNone(module, "pack",
                    {kStateless, kUnquantized, kUnplaced, kBuffers, kLowered});
}
static LogicalResult verifyTile(ModuleOp module) {
  return expectNone(
      module, "tile",
      {kStateless, kUnquantized, kUnplaced, kUndecided, kBuffers, kLowered});
}
static LogicalResult verifyBufferize(ModuleOp module) {
  return expectNone(module, "bufferize",
                    {kStateless, kUnquantized, kUnplaced, kUndecided, kTensors,
                     kUnplanned, kLowered});
}
static LogicalResult verifyLower(ModuleOp module) {
  return expectNone(module, "lower", {kUnplaced, kUnlowered});
}
static LogicalResult verifyNothing(ModuleOp) { return success(); }

static const Phase kPhases[] = {
    {"import", "the checkpoint as one stateless function, weights by name",
     nullptr, verifyImport},
    {"memory", "entry points prefill, decode and evict; memories, unfused",
     buildMemory, verifyMemory},
    {"fusion", "retrieval, norms, gates, rope and residuals fold together",
     buildFusion, verifyFusion},
    {"pack", "weights in the order in which the kernels read them", buildPack,
     verifyPack},
    {"tile", "a strategy for every op, as an attribute", buildTile, verifyTile},
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
  return llvm::join(
      llvm::map_range(kPhases,
                      [](const Phase &phase) { return phase.name.str(); }),
      ", ");
}

LogicalResult
mlir::fot::runPhases(ModuleOp module, const CompilerOptions &options,
                     size_t from, size_t to,
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
                  memref::MemRefDialect, NVVM::NVVMDialect, scf::SCFDialect,
                  tensor::TensorDialect, vector::VectorDialect>();
  registerBufferizableOpInterfaceExternalModels(registry);
  arith::registerBufferizableOpInterfaceExternalModels(registry);
  bufferization::func_ext::registerBufferizableOpInterfaceExternalModels(
      registry);
  linalg::registerBufferizableOpInterfaceExternalModels(registry);
  tensor::registerBufferizableOpInterfaceExternalModels(registry);
}

void mlir::fot::registerCompilerPasses() {
  registerTransformsPasses(); // for pipelines that users give to a phase
  registerBufferizePasses();
  registerFusionPasses();
  registerFusionPipeline();
  registerLowerCPUPasses();
  registerLowerGPUPasses();
  registerMemoryPasses();
  registerPackPasses();
  registerTilingPasses();
}
