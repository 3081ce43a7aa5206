//===- AttentionCode.cpp - one fused attention, compiled ------------------===//

#include "tools/fotc/bench-op/AttentionCode.h"

#include "passes/Emit/CompileElf.h"
#include "passes/LowerCPU/Passes.h"
#include "passes/Pipeline/Phases.h"
#include "passes/Support/ModelFacts.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <mutex>

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::bench;

/// {0} queries type, {1} cache type, {2} memory type, {3} mode, {4} scale.
static const char kAttend[] = R"(
func.func @attend(%q: {0}, %keys: {1}, %values: {1}, %memory: {2},
                  %position: index, %out: {0}) -> {0} {{
  %0 = fot.memory_attention {3} ins(%q, %keys, %values, %memory : {0}, {1}, {1},
      {2}) at %position scale {4:e} outs(%out : {0}) -> {0}
  return %0 : {0}
}
)";
static const char kSeal[] = R"(
func.func @seal(%memory: {0}, %segment: index) {{
  fot.seal_memory %memory segment %segment : {0}
  return
}
)";

static std::string writeIr(const AttentionShape &shape) {
  StringRef element = shape.dtype == "int8" ? "i8" : StringRef(shape.dtype);
  std::string queries = llvm::formatv("tensor<{0}x{1}xf32>", shape.queries,
                                      shape.heads * shape.headDim);
  std::string cache =
      llvm::formatv("tensor<{0}x{1}x{2}x{3}>", shape.kvHeads, shape.window,
                    shape.headDim, shape.windowDtype);
  std::string memory = llvm::formatv("!fot.memory<{0} x {1}, {2}, {2}>",
                                     shape.kvHeads, shape.headDim, element);
  std::string mode =
      shape.dense ? "dense" : llvm::formatv("topk : {0}", shape.topK).str();
  double scale = 1 / std::sqrt(static_cast<double>(shape.headDim));
  return llvm::formatv(kAttend, queries, cache, memory, mode, scale).str() +
         llvm::formatv(kSeal, memory).str();
}

static int64_t workspaceOf(ModuleOp module) {
  int64_t most = 0;
  for (Attribute entry : module->getAttrOfType<ArrayAttr>(kEntriesAttr)) {
    auto bytes =
        cast<DictionaryAttr>(entry).getAs<IntegerAttr>("workspace_bytes");
    most = std::max(most, bytes ? bytes.getInt() : 0);
  }
  return most;
}

llvm::Expected<std::unique_ptr<AttentionCode>>
AttentionCode::compile(const AttentionShape &shape) {
  DialectRegistry registry;
  registerCompilerDialects(registry);
  MLIRContext context(registry);
  std::string problem;
  context.printOpOnDiagnostic(false);
  context.getDiagEngine().registerHandler([&](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
        problem.empty()) {
      problem = diagnostic.str();
    }
    return success();
  });
  auto failed = [&] {
    return llvm::createStringError("this attention cannot be compiled: " +
                                   StringRef(problem).split('\n').first);
  };
  auto module = parseSourceString<ModuleOp>(writeIr(shape), &context);
  if (!module) {
    return failed();
  }
  auto phase = [](StringRef name) {
    return static_cast<size_t>(findPhase(name) - phases().data());
  };
  CompilerOptions options;
  options.cpuLevels = {"native"};
  if (shape.strategy != "auto") {
    static std::once_flag once;
    std::call_once(once, registerCompilerPasses);
    options.phasePipelines["tile"] =
        llvm::formatv("func.func(fot-choose-strategy{{scan={0}},"
                      "fot-split-retrieval)",
                      shape.strategy);
  }
  if (mlir::failed(
          runPhases(*module, options, phase("fusion"), phase("tile")))) {
    return failed();
  }
  std::string scan, strategy;
  module->walk([&](MemoryAttentionOp op) {
    StrategyAttr chosen = *op.getStrategy();
    scan = stringifyScan(chosen.getScan());
    llvm::raw_string_ostream(strategy) << chosen;
  });
  std::vector<std::string> names = {"attend", "seal"};
  if (scan == "exact") {
    module->lookupSymbol("seal")->erase();
    names.pop_back();
  }
  if (mlir::failed(
          runPhases(*module, options, phase("tile"), phase("lower")))) {
    return failed();
  }
  llvm::Expected<CpuLevel> level = CpuLevel::parse("native");
  if (!level) {
    return level.takeError();
  }
  llvm::Expected<CompiledCode> code =
      compileElf(*module->getOps<ModuleOp>().begin(), *level, names, {});
  if (!code) {
    return code.takeError();
  }
  auto object = ::fot::rt::CodeObject::load(std::as_bytes(std::span(code->elf)),
                                            "the measured attention");
  if (!object.ok()) {
    return toError(object.status());
  }
  auto result = std::make_unique<AttentionCode>(
      AttentionCode{std::move(*object), nullptr, nullptr, workspaceOf(*module),
                    scan, strategy});
  for (const std::string &name : names) {
    auto entry = result->object.entry(name);
    if (!entry.ok()) {
      return toError(entry.status());
    }
    (name == "seal" ? result->seal : result->attend) = *entry;
  }
  return result;
}
