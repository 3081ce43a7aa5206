//===- Resolve.cpp - defaults and meanings of a request -------------------===//

#include "passes/Driver/Resolve.h"

#include "passes/Emit/CompileGpu.h"
#include "passes/LowerCPU/CpuLevel.h"

#include "mlir/Pass/PassRegistry.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::fot;

// Local window of a plain model that is given a memory (contract).
constexpr int64_t kPlainWindow = 2048;
constexpr int64_t kMaxTopK = 16384;
// A header that says more is damaged, or its rope table fills a disk.
constexpr int64_t kMostWindow = 1 << 24;

template <typename... Args>
static llvm::Error usage(const char *format, Args &&...args) {
  return llvm::make_error<UsageError>(
      llvm::formatv(format, std::forward<Args>(args)...).str());
}

static llvm::Error resolveWeights(StringRef text, CompilerOptions &options) {
  auto choice = llvm::StringSwitch<std::optional<WeightChoice>>(text)
                    .Cases("", "keep", WeightChoice::Keep)
                    .Case("f32", WeightChoice::F32)
                    .Case("f16", WeightChoice::F16)
                    .Case("bf16", WeightChoice::BF16)
                    .Case("q8_0", WeightChoice::Q8_0)
                    .Case("q4_0", WeightChoice::Q4_0)
                    .Default(std::nullopt);
  if (!choice) {
    return usage("--weights: expected keep, f32, f16, bf16, q8_0 or q4_0, "
                 "found '{0}'",
                 text);
  }
  options.weights = *choice;
  return llvm::Error::success();
}

static llvm::Error resolveCuda(const CompileRequest &request, bool cuda,
                               CompilerOptions &options) {
  if (!cuda) {
    return request.cudaArchitectures.empty()
               ? llvm::Error::success()
               : usage("--cuda-arch: expected --target=cuda too, found none");
  }
  options.cudaArchitectures = request.cudaArchitectures;
  if (options.cudaArchitectures.empty()) {
    options.cudaArchitectures = {"sm_80", "sm_90"};
  }
  std::set<std::string> seen;
  for (const std::string &name : options.cudaArchitectures) {
    if (llvm::Error error = checkGpuArchitecture(name)) {
      return usage("--cuda-arch: {0}", llvm::toString(std::move(error)));
    }
    if (!seen.insert(name).second) {
      return usage("--cuda-arch: expected every architecture once, found '{0}' "
                   "twice",
                   name);
    }
  }
  return llvm::Error::success();
}

static llvm::Error resolveTargets(const CompileRequest &request,
                                  CompilerOptions &options) {
  bool cpu = request.targets.empty(), cuda = false;
  for (const std::string &target : request.targets) {
    if (target != "cpu" && target != "cuda") {
      return usage("--target: expected cpu or cuda, found '{0}'", target);
    }
    (target == "cpu" ? cpu : cuda) = true;
  }
  if (llvm::Error error = resolveCuda(request, cuda, options)) {
    return error;
  }
  if (!cpu) {
    options.cpuLevels.clear();
    if (!request.cpuLevels.empty()) {
      return usage("--cpu: expected --target=cpu too, found only "
                   "--target=cuda");
    }
  }
  if (!request.cpuLevels.empty()) {
    options.cpuLevels = request.cpuLevels;
  }
  std::set<std::string> seen;
  for (const std::string &name : options.cpuLevels) {
    llvm::Expected<CpuLevel> level = CpuLevel::parse(name);
    if (!level) {
      return usage("--cpu: {0}", llvm::toString(level.takeError()));
    }
    if (!seen.insert(name).second) {
      return usage("--cpu: expected every level once, found '{0}' twice", name);
    }
  }
  return llvm::Error::success();
}

static llvm::Error resolvePasses(const CompileRequest &request,
                                 CompilerOptions &options) {
  if (!request.fusion.empty() && request.fusion != "full" &&
      request.fusion != "none") {
    return usage("--fusion: expected full or none, found '{0}'",
                 request.fusion);
  }
  options.fuse = request.fusion != "none";
  for (const std::string &flag : request.disabledPasses) {
    // Only fusions are optional; every other pass is needed for a program.
    if (!StringRef(flag).starts_with("fot-fuse-")) {
      return usage("--disable-pass: expected the name of a fusion, as in "
                   "fot-fuse-residual-into-matmul, found '{0}'",
                   flag);
    }
    if (!PassInfo::lookup(flag)) {
      return usage("--disable-pass: there is no pass '{0}' (fot-opt --help "
                   "lists them)",
                   flag);
    }
  }
  options.disabledPasses = request.disabledPasses;
  for (const auto &[phase, pipeline] : request.phasePipelines) {
    const Phase *found = findPhase(phase);
    if (!found || !found->build) {
      return usage("--phase-pipeline: expected a phase made of passes ({0}), "
                   "found '{1}'",
                   phaseNames(), phase);
    }
    std::string complaint;
    llvm::raw_string_ostream stream(complaint);
    OpPassManager manager(ModuleOp::getOperationName());
    if (failed(parsePassPipeline(pipeline, manager, stream))) {
      // Of "PLACE: error: SENTENCE", and the pipeline quoted.
      StringRef line = StringRef(complaint).split('\n').first;
      return usage("--phase-pipeline: '{0}' is no pipeline for {1}: {2}",
                   pipeline, phase, line.split("error: ").second);
    }
  }
  options.phasePipelines = request.phasePipelines;
  return llvm::Error::success();
}

llvm::Expected<CompilerOptions>
mlir::fot::resolveOptions(const CompileRequest &request) {
  CompilerOptions options;
  if (llvm::Error error = resolveWeights(request.weights, options)) {
    return std::move(error);
  }
  if (llvm::Error error = resolveTargets(request, options)) {
    return std::move(error);
  }
  if (llvm::Error error = resolvePasses(request, options)) {
    return std::move(error);
  }
  return options;
}

static llvm::Error resolveLayers(StringRef text, const ModelConfig &config,
                                 CompilerOptions &options) {
  if (text.empty()) {
    if (config.memLayers) {
      for (int64_t layer : *config.memLayers) {
        options.memoryLayers.push_back({layer, {}});
      }
    }
    return llvm::Error::success();
  }
  if (text == "none") {
    return llvm::Error::success();
  }
  if (text == "all") {
    for (int64_t layer = 0; layer < config.layers; ++layer) {
      options.memoryLayers.push_back({layer, {}});
    }
    return llvm::Error::success();
  }
  SmallVector<MemoryLayer> layers;
  for (StringRef part : llvm::split(text, ',')) {
    std::optional<MemoryLayer> layer = parseMemoryLayer(part);
    if (!layer || layer->layer >= config.layers) {
      return usage("--memory-layers: expected layers from 0 to {0}, all or "
                   "none, found '{1}'",
                   config.layers - 1, part);
    }
    if (!layer->heads.empty() && layer->heads.back() >= config.kvHeads) {
      return usage("--memory-layers: expected key-value heads from 0 to {0} "
                   "behind the colon, as in 8:0+2, found '{1}'",
                   config.kvHeads - 1, part);
    }
    layers.push_back(*layer);
  }
  options.memoryLayers = mergeMemoryLayers(layers, config.kvHeads);
  return llvm::Error::success();
}

static llvm::Error resolveMode(StringRef text, const ModelConfig &config,
                               CompilerOptions &options) {
  if (text.empty()) {
    options.memoryMode = config.isFoT ? "dense" : "topk";
    options.topK = 8;
    return llvm::Error::success();
  }
  if (text == "dense") {
    options.memoryMode = "dense";
    return llvm::Error::success();
  }
  int64_t k;
  StringRef number = text;
  if (!number.consume_front("topk:") || number.getAsInteger(10, k) || k < 1 ||
      k > kMaxTopK) {
    return usage("--memory: expected dense or topk:K with K from 1 to {0}, "
                 "found '{1}'",
                 kMaxTopK, text);
  }
  options.memoryMode = "topk";
  options.topK = k;
  return llvm::Error::success();
}

static llvm::Error resolveDtype(StringRef text, const ModelConfig &config,
                                CompilerOptions &options) {
  if (text.empty()) {
    text = config.memDtype ? weightTypeName(*config.memDtype) : "bf16";
  }
  if (text != "f32" && text != "f16" && text != "bf16" && text != "int8") {
    return usage("--memory-dtype: expected f32, f16, bf16 or int8, found '{0}'",
                 text);
  }
  options.memoryType = text.str();
  return llvm::Error::success();
}

static llvm::Error resolveWindowDtype(StringRef text,
                                      CompilerOptions &options) {
  if (text.empty()) {
    return llvm::Error::success();
  }
  if (text != "f32" && text != "f16" && text != "bf16") {
    return usage("--window-dtype: expected f32, f16 or bf16, found '{0}'",
                 text);
  }
  options.windowType = text.str();
  return llvm::Error::success();
}

/// Who says which layers own a memory.
static std::string whoNamesLayers(const CompileRequest &request) {
  if (request.calibration) {
    return "calibration (--memory-layers=auto)";
  }
  return request.memoryLayers.empty()
             ? "the checkpoint's config"
             : "--memory-layers=" + request.memoryLayers;
}

llvm::Error mlir::fot::resolveMemory(const CompileRequest &request,
                                     const ModelConfig &config,
                                     CompilerOptions &options) {
  options.memoryNamedBy = whoNamesLayers(request);
  if (llvm::Error error =
          resolveLayers(request.memoryLayers, config, options)) {
    return error;
  }
  if (llvm::Error error = resolveMode(request.memory, config, options)) {
    return error;
  }
  if (llvm::Error error = resolveDtype(request.memoryDtype, config, options)) {
    return error;
  }
  if (llvm::Error error = resolveWindowDtype(request.windowDtype, options)) {
    return error;
  }
  bool plain = !config.isFoT && options.memoryLayers.empty();
  int64_t window = config.maxPositions;
  if (!config.isFoT && !plain) {
    window = std::min(window, kPlainWindow);
  }
  if (request.window) {
    window = *request.window;
  }
  if (!request.window && window > kMostWindow) {
    return usage("--window: expected at most {0}, found none and a model of "
                 "context length {1}",
                 kMostWindow, window);
  }
  if (window > kMostWindow) {
    return usage("--window: expected 1 to {0}, found {1}", kMostWindow, window);
  }
  if (window < 1 || window > config.maxPositions) {
    return usage("--window: expected 1 to {0}, the model's context length, "
                 "found {1}",
                 config.maxPositions, window);
  }
  int64_t last = plain ? window
                 : config.isFoT
                     ? std::min(config.lastContextLength.value_or(1024), window)
                     : std::max<int64_t>(1, window / 2);
  if (request.lastContext) {
    last = *request.lastContext;
  }
  if (last < 1 || last > window) {
    return usage("--last-context: expected 1 to {0}, the window, found {1}",
                 window, last);
  }
  options.window = window;
  options.lastContext = last;
  if (request.prefillTokens) {
    if (*request.prefillTokens < 1) {
      return usage("--prefill-tokens: expected at least 1, found {0}",
                   *request.prefillTokens);
    }
    options.prefillTokens = *request.prefillTokens;
  }
  return llvm::Error::success();
}

llvm::Error mlir::fot::refuseEarlierOptions(const CompileRequest &request,
                                            size_t from) {
  const struct {
    bool given;
    StringRef option, phase;
  } options[] = {
      {!request.weights.empty(), "weights", "import"},
      {!request.memoryLayers.empty(), "memory-layers", "memory"},
      {!request.memory.empty(), "memory", "memory"},
      {!request.memoryDtype.empty(), "memory-dtype", "memory"},
      {!request.windowDtype.empty(), "window-dtype", "memory"},
      {request.window.has_value(), "window", "memory"},
      {request.lastContext.has_value(), "last-context", "memory"},
      {request.prefillTokens.has_value(), "prefill-tokens", "memory"},
      {!request.fusion.empty(), "fusion", "fusion"},
      {!request.disabledPasses.empty(), "disable-pass", "fusion"},
      {!request.targets.empty(), "target", "lower"},
      {!request.cpuLevels.empty(), "cpu", "lower"},
  };
  for (const auto &[given, option, phase] : options) {
    if (given && from >= size_t(findPhase(phase) - phases().begin())) {
      return usage("--compile-from={0}: expected no option of an earlier "
                   "phase, found --{1}, which phase {2} obeys",
                   request.compileFrom, option, phase);
    }
  }
  return llvm::Error::success();
}
