//===- Phases.h - the path of a model, as one table -------------*- C++ -*-===//
//
// Each phase has a name, one line that says what it does, the passes it is
// made of, and a verifier of what may remain after it. `fotc --compile-to`,
// `--compile-from`, `--dump-phases` and `--list-phases` derive from this table.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_PIPELINE_PHASES_H
#define FOT_PASSES_PIPELINE_PHASES_H

#include "passes/Import/BuildModel.h"
#include "passes/Support/MemoryLayers.h"

#include "mlir/Pass/PassManager.h"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace mlir::fot {

/// What fotc is asked to do, as the phases see it.
struct CompilerOptions {
  WeightChoice weights = WeightChoice::Keep;
  /// Layers that own a memory, 0-based.
  std::vector<MemoryLayer> memoryLayers;
  /// Who named them, for remarks.
  std::string memoryNamedBy = "the compiler's caller";
  std::string memoryMode = "topk"; ///< "dense" or "topk"
  int64_t topK = 8;
  std::string memoryType = "bf16"; ///< f32, f16, bf16 or int8
  std::string windowType = "f32";  ///< f32, f16 or bf16
  int64_t window = 0;              ///< 0: the model's context length
  int64_t lastContext = 0;         ///< 0: the window
  int64_t prefillTokens = 256;     ///< most tokens of one call
  std::vector<std::string> cpuLevels = {"x86-64-v3", "avx512vnni", "amx"};
  /// Those of cpuLevels whose code is there already.
  std::vector<std::string> finishedLevels;
  std::vector<std::string> cudaArchitectures; ///< "sm_80"; empty: no GPU code
  bool fuse = true;
  std::set<std::string> disabledPasses;              ///< flags
  std::map<std::string, std::string> phasePipelines; ///< phase -> pipeline
};

struct Phase {
  StringRef name;
  StringRef summary;
  /// Adds the phase's passes; null for the two ends, import and emit, which
  /// are no passes.
  void (*build)(OpPassManager &manager, const CompilerOptions &options);
  /// Emits a diagnostic at the first op that must not remain.
  LogicalResult (*verify)(ModuleOp module);
};

/// All phases in order.
ArrayRef<Phase> phases();
/// The phase called `name`, or null.
const Phase *findPhase(StringRef name);
/// "import, memory, ...": for error messages.
std::string phaseNames();

/// Runs the phases after `from` up to and including `to` (by index) on
/// `module`. `after` is told of each phase that has run.
LogicalResult
runPhases(ModuleOp module, const CompilerOptions &options, size_t from,
          size_t to,
          function_ref<LogicalResult(size_t phase, ModuleOp)> after = {});

/// Everything that IR of any phase may contain.
void registerCompilerDialects(DialectRegistry &registry);

/// Registers all passes of the project, for fot-opt and textual pipelines.
void registerCompilerPasses();

} // namespace mlir::fot

#endif
