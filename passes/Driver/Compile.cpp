//===- Compile.cpp - what fotc does, as a library -------------------------===//

#include "passes/Driver/Compile.h"

#include "passes/Driver/OutputText.h"
#include "passes/Driver/RemarkFile.h"
#include "passes/Driver/Resolve.h"
#include "passes/Emit/EmitArtifact.h"
#include "passes/Emit/FinishedLevels.h"
#include "passes/Pipeline/Phases.h"
#include "passes/Support/ModelFacts.h"

#include "mlir/IR/Diagnostics.h"
#include "mlir/IR/Remarks.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"
#include "mlir/Tools/Plugins/PassPlugin.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

#include <mutex>

using namespace mlir;
using namespace mlir::fot;

char UsageError::ID;

template <typename... Args>
static llvm::Error usage(const char *format, Args &&...args) {
  return llvm::make_error<UsageError>(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

namespace {
/// One compilation: a context, its diagnostics, and the phases in between.
class Compilation {
public:
  explicit Compilation(const CompileRequest &request) : request(request) {}
  llvm::Error run();

private:
  llvm::Error resolvePhases();
  llvm::Error loadPlugins();
  llvm::Error import();
  llvm::Error parse();
  KernelCache kernelCache() const;
  void findFinishedLevels();
  llvm::Error runPhases(size_t first, size_t last);
  llvm::Error runPhases();
  llvm::Error print();
  llvm::Error emit();
  llvm::Error dump(size_t phase);
  void collectDiagnostics();
  llvm::Error enableRemarks();
  /// The first diagnostic, or `otherwise`.
  llvm::Error failed(StringRef otherwise) {
    return llvm::createStringError(firstError.empty() ? otherwise.str()
                                                      : firstError);
  }
  const CompileRequest &request;
  CompilerOptions options;
  FinishedLevels finished;
  size_t from = 0, to = 0; ///< phase indices
  DialectRegistry registry;
  RemarkFile remarks;
  std::unique_ptr<MLIRContext> context;
  std::string firstError;
  OwningOpRef<ModuleOp> module;
};
} // namespace

llvm::Error Compilation::resolvePhases() {
  auto index = [](StringRef name) -> llvm::Expected<size_t> {
    const Phase *phase = findPhase(name);
    if (!phase) {
      return usage("expected a phase ({0}), found '{1}'", phaseNames(), name);
    }
    return phase - phases().begin();
  };
  to = phases().size() - 1;
  if (!request.compileTo.empty()) {
    llvm::Expected<size_t> phase = index(request.compileTo);
    if (!phase) {
      return usage("--compile-to: {0}", llvm::toString(phase.takeError()));
    }
    to = *phase;
  }
  if (!request.compileFrom.empty()) {
    llvm::Expected<size_t> phase = index(request.compileFrom);
    if (!phase) {
      return usage("--compile-from: {0}", llvm::toString(phase.takeError()));
    }
    from = *phase;
    if (from >= phases().size() - 1 || from > to) {
      return usage("--compile-from: expected a phase before {0}, found '{1}'",
                   phases()[to].name, request.compileFrom);
    }
  }
  if (to + 1 == phases().size() && request.output.empty()) {
    return usage("expected -o OUT.fotm, found no output file");
  }
  return llvm::Error::success();
}

llvm::Error Compilation::loadPlugins() {
  for (const std::string &path : request.passPlugins) {
    llvm::Expected<PassPlugin> plugin = PassPlugin::load(path);
    if (!plugin) {
      return llvm::createStringError(
          "cannot load pass plugin '" + path +
          "': " + llvm::toString(plugin.takeError()));
    }
    plugin->registerPassRegistryCallbacks();
  }
  return llvm::Error::success();
}

void Compilation::collectDiagnostics() {
  context->printOpOnDiagnostic(false);
  context->getDiagEngine().registerHandler([this](Diagnostic &diagnostic) {
    if (diagnostic.getSeverity() == DiagnosticSeverity::Remark) {
      llvm::errs() << diagnostic << "\n";
      return success();
    }
    if (diagnostic.getSeverity() != DiagnosticSeverity::Error ||
        !firstError.empty()) {
      return success();
    }
    std::string text;
    llvm::raw_string_ostream stream(text);
    if (auto location = dyn_cast<FileLineColLoc>(diagnostic.getLocation())) {
      stream << location.getFilename().getValue() << ":" << location.getLine()
             << ":" << location.getColumn() << ": ";
    }
    stream << diagnostic;
    // Operations quoted in a message can be long; a sentence is one line.
    firstError = StringRef(text).split('\n').first.str();
    return success();
  });
}

/// The expression of --remarks chooses passes, for standard error and the file
/// alike; a file alone gets all.
llvm::Error Compilation::enableRemarks() {
  if (request.remarks.empty() && request.remarksFile.empty()) {
    return llvm::Error::success();
  }
  std::string expression = request.remarks.empty() ? ".*" : request.remarks;
  std::string invalid;
  if (!llvm::Regex(expression).isValid(invalid)) {
    return usage("--remarks: expected a regular expression, found '{0}': {1}",
                 expression, invalid);
  }
  remark::RemarkCategories categories;
  // Set one by one: with `all` alone the engine filters everything out.
  categories.passed = categories.missed = categories.analysis =
      categories.failed = expression;
  if (mlir::failed(remark::enableOptimizationRemarks(
          *context, request.remarksFile.empty() ? nullptr : remarks.streamer(),
          std::make_unique<remark::RemarkEmittingPolicyAll>(), categories,
          /*printAsEmitRemarks=*/!request.remarks.empty()))) {
    return llvm::createStringError("remarks cannot be enabled");
  }
  return llvm::Error::success();
}

llvm::Error Compilation::import() {
  if (llvm::Error error =
          tell(request.progress, "reading " + request.model, 0)) {
    return error;
  }
  llvm::Expected<std::unique_ptr<Checkpoint>> checkpoint =
      Checkpoint::open(request.model);
  if (!checkpoint) {
    return checkpoint.takeError();
  }
  if (llvm::Error error =
          resolveMemory(request, (*checkpoint)->config(), options)) {
    return error;
  }
  llvm::Expected<OwningOpRef<ModuleOp>> built =
      buildModel(context.get(), **checkpoint, options.weights);
  if (!built) {
    return built.takeError();
  }
  module = std::move(*built);
  if (mlir::failed(verify(*module)) ||
      mlir::failed(phases()[0].verify(*module))) {
    return failed("the imported model is not valid IR");
  }
  return request.dumpPhases.empty() ? llvm::Error::success() : dump(0);
}

llvm::Error Compilation::parse() {
  if (llvm::Error error = refuseEarlierOptions(request, from)) {
    return error;
  }
  module = parseSourceFile<ModuleOp>(request.model, context.get());
  if (!module) {
    return failed("'" + request.model + "' is not valid IR");
  }
  if (mlir::failed(phases()[from].verify(*module))) {
    return failed("'" + request.model + "' is not IR of phase " +
                  request.compileFrom);
  }
  if (from > 0) {
    return llvm::Error::success();
  }
  // The phases after import need what the checkpoint decides.
  FailureOr<ModelFacts> facts = ModelFacts::of(*module);
  if (mlir::failed(facts)) {
    return failed("the IR has no model facts");
  }
  ModelConfig config;
  config.layers = facts->layers;
  config.maxPositions = facts->context;
  config.isFoT = facts->isFoT;
  if (!facts->memLayers.empty()) {
    config.memLayers = facts->memLayers;
  }
  config.memDtype = parseWeightType(facts->memDtype);
  if (facts->lastContext > 0) {
    config.lastContextLength = facts->lastContext;
  }
  return resolveMemory(request, config, options);
}

llvm::Error Compilation::dump(size_t phase) {
  llvm::SmallString<256> path(request.dumpPhases);
  llvm::sys::path::append(
      path,
      llvm::formatv("0{0}-{1}.mlir", phase + 1, phases()[phase].name).str());
  return writeText(path, [&](llvm::raw_ostream &stream) {
    module->print(stream);
    stream << "\n";
  });
}

KernelCache Compilation::kernelCache() const {
  return request.kernelCache.empty()     ? KernelCache::ofUser()
         : request.kernelCache == "none" ? KernelCache()
                                         : KernelCache(request.kernelCache);
}

/// Code of CPU levels that were compiled before is used where nobody looks at
/// how it comes about and nothing foreign takes part.
void Compilation::findFinishedLevels() {
  if (to + 1 < phases().size() || !request.dumpPhases.empty() ||
      !request.remarks.empty() || !request.remarksFile.empty() ||
      !request.passPlugins.empty() || request.phasePipelines.count("lower")) {
    return;
  }
  finished = FinishedLevels(*module, options.cpuLevels,
                            options.cudaArchitectures, kernelCache());
  options.finishedLevels = finished.names();
}

llvm::Error Compilation::runPhases(size_t first, size_t last) {
  llvm::Error error = llvm::Error::success();
  LogicalResult result = mlir::fot::runPhases(
      *module, options, first, last, [&](size_t phase, ModuleOp) {
        error = tell(request.progress, "phase " + phases()[phase].name.str(),
                     double(phase) / phases().size());
        if (!error && !request.dumpPhases.empty()) {
          error = dump(phase);
        }
        return failure(bool(error));
      });
  if (error) {
    return error;
  }
  return mlir::failed(result) ? failed("a phase failed")
                              : llvm::Error::success();
}

llvm::Error Compilation::runPhases() {
  size_t buffers = findPhase("bufferize") - phases().begin();
  size_t last = std::min(to, phases().size() - 2);
  if (from > buffers || last <= buffers) {
    return runPhases(from, last);
  }
  if (llvm::Error error = runPhases(from, buffers)) {
    return error;
  }
  findFinishedLevels();
  return runPhases(buffers, last);
}

llvm::Error Compilation::print() {
  return writeText(request.output, [&](llvm::raw_ostream &stream) {
    module->print(stream);
    stream << "\n";
  });
}

llvm::Error Compilation::emit() {
  EmitOptions emit;
  emit.output = request.output;
  emit.dumpDir = request.dumpPhases;
  emit.threads = request.threads;
  emit.kernelCache = kernelCache();
  emit.finished = &finished;
  emit.progress = request.progress;
  emit.note = request.note;
  emit.gpu = request.gpu;
  emit.calibration = request.calibration;
  auto record = [&](StringRef name, const std::string &value) {
    if (!value.empty()) {
      emit.recorded[name.str()] = value;
    }
  };
  record("model", llvm::sys::path::filename(request.model).str());
  record("weights", request.weights);
  record("memory-layers", request.memoryLayers);
  record("memory", request.memory);
  record("memory-dtype", request.memoryDtype);
  record("window-dtype", request.windowDtype);
  record("fusion", request.fusion);
  record("disable-pass", llvm::join(request.disabledPasses, ","));
  for (const auto &[phase, pipeline] : request.phasePipelines) {
    record("phase-pipeline " + phase, pipeline);
  }
  llvm::Error error = emitArtifact(*module, emit);
  if (error && !firstError.empty()) {
    llvm::consumeError(std::move(error));
    return failed("");
  }
  return error;
}

llvm::Error Compilation::run() {
  static std::once_flag once;
  std::call_once(once, registerCompilerPasses);
  if (llvm::Error error = resolvePhases()) {
    return error;
  }
  if (llvm::Error error = loadPlugins()) {
    return error;
  }
  llvm::Expected<CompilerOptions> resolved = resolveOptions(request);
  if (!resolved) {
    return resolved.takeError();
  }
  options = std::move(*resolved);
  if (!request.dumpPhases.empty()) {
    if (std::error_code code =
            llvm::sys::fs::create_directories(request.dumpPhases)) {
      return llvm::createStringError("cannot create directory '" +
                                     request.dumpPhases +
                                     "': " + code.message());
    }
  }
  registerCompilerDialects(registry);
  context = std::make_unique<MLIRContext>(registry);
  context->loadAllAvailableDialects();
  collectDiagnostics();
  if (llvm::Error error = enableRemarks()) {
    return error;
  }
  if (llvm::Error error = request.compileFrom.empty() ? import() : parse()) {
    return error;
  }
  if (llvm::Error error = runPhases()) {
    return error;
  }
  if (!request.remarksFile.empty()) {
    if (llvm::Error error = remarks.write(request.remarksFile)) {
      return error;
    }
  }
  return to + 1 == phases().size() ? emit() : print();
}

llvm::Error mlir::fot::compile(const CompileRequest &request) {
  if (request.memoryLayers != "auto" || !request.compileFrom.empty()) {
    return Compilation(request).run();
  }
  if (!request.calibrate) {
    return llvm::make_error<UsageError>(
        "--memory-layers=auto: expected the layers, as only the tool fotc "
        "calibrates");
  }
  llvm::Expected<Calibration> calibration = request.calibrate(request);
  if (!calibration) {
    return calibration.takeError();
  }
  CompileRequest chosen = request;
  chosen.memoryLayers = calibration->memoryLayers;
  chosen.calibration = std::move(*calibration);
  return Compilation(chosen).run();
}
