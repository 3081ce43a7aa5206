//===- Calibrate.cpp - --memory-layers=auto -------------------------------===//

#include "tools/fotc/calibrate/Calibrate.h"

#include "tools/fot/Program.h"
#include "tools/fotc/calibrate/CalibrationCache.h"
#include "tools/fotc/calibrate/CalibrationText.h"
#include "tools/fotc/calibrate/HeadSearch.h"

#include "passes/Support/MemoryLayers.h"
#include "runtime/session/Module.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"

using namespace mlir::fot;
using llvm::ArrayRef;
using llvm::Expected;
using llvm::function_ref;
namespace rt = ::fot::rt;
namespace tool = ::fot::tool;
using rt::Session;
using rt::Status;

/// By these heads are dropped. Heads that are chosen on one wording do not
/// carry over to others (docs/recall.md), so there are several; the numbers are
/// asked for in others than `fot eval passkey` has in its first trial.
static const PlantedFacts kSearched[] = {{1, {0.1, 0.35, 0.7, 0.99}, 0.5, 1},
                                         {2, {0.2, 0.45, 0.8, 0.99}, 0.3, 2}};
/// By this one the best of the sets is chosen.
static const PlantedFacts kChecked[] = {
    {3, {0.05, 0.15, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75, 0.95}, 0.4, 3}};
constexpr int64_t kTextTokens = 2048;
/// What stays in the window in front of a question of the search. Models that
/// were never trained with a memory are lost in a window that is nearly empty.
constexpr int64_t kLocalTokens = 48;
/// With more key-value heads than this, only whole layers are chosen.
constexpr uint64_t kMostUnits = 128;

static llvm::Error toError(const Status &status) {
  return llvm::createStringError(status.message());
}

namespace {
/// Whose memory is muted or not.
struct Head {
  uint32_t layer, head;
};

/// A model with a memory for every head, and what it has read.
class Trial {
public:
  /// Texts are going to be read in windows of `window` tokens, with
  /// `lastContext` tokens left for the last.
  llvm::Error open(const std::shared_ptr<rt::Module> &module, int64_t window,
                   int64_t lastContext);
  Expected<Calibration> search(function_ref<void(double)> progress);

private:
  llvm::Error keepOnly(Session &session, const UnitSet &set) const;
  Expected<double> loss(const UnitSet &set);
  Expected<double> checkLoss(const UnitSet &set);
  Expected<double>
  meanLoss(std::vector<CalibrationText> &texts, const UnitSet &set,
           function_ref<llvm::Error(CalibrationText &)> prepare);
  std::vector<UnitSet> groups() const;
  std::string layersOf(const UnitSet &set) const;

  uint64_t window = 0, kvHeads = 0;
  std::vector<Head> heads;
  std::vector<CalibrationText> searched{std::size(kSearched)};
  std::vector<CalibrationText> checked{std::size(kChecked)};
};
} // namespace

llvm::Error Trial::open(const std::shared_ptr<rt::Module> &module,
                        int64_t readingWindow, int64_t lastContext) {
  auto tokenizer = tool::openTokenizer(module->artifact());
  if (!tokenizer.ok()) {
    return toError(tokenizer.status());
  }
  window = readingWindow;
  kvHeads = module->artifact().header().model()->kv_heads();
  for (auto [text, planted] : llvm::zip(checked, kChecked)) {
    if (llvm::Error error = text.create(module, **tokenizer, planted,
                                        kTextTokens, lastContext)) {
      return error;
    }
  }
  for (const rt::MemoryBank &bank : checked.front().session().memories()) {
    for (uint32_t head : bank.heads()) {
      heads.push_back({bank.layer(), head});
    }
  }
  for (auto [text, planted] : llvm::zip(searched, kSearched)) {
    if (llvm::Error error = text.create(module, **tokenizer, planted,
                                        kTextTokens, kLocalTokens)) {
      return error;
    }
    // Read as plain attention would, so that no head's memory has a part in
    // what the others find.
    if (llvm::Error error = keepOnly(text.session(), {})) {
      return error;
    }
    if (llvm::Error error = text.read(text.session().window())) {
      return error;
    }
  }
  return llvm::Error::success();
}

/// Mutes all heads but those of `set`.
llvm::Error Trial::keepOnly(Session &session, const UnitSet &set) const {
  for (auto [number, head] : llvm::enumerate(heads)) {
    bool muted = !llvm::is_contained(set, number);
    if (Status status = session.mute(head.layer, head.head, muted);
        !status.ok()) {
      return toError(status);
    }
  }
  return llvm::Error::success();
}

Expected<double> Trial::loss(const UnitSet &set) {
  return meanLoss(searched, set,
                  [](CalibrationText &) { return llvm::Error::success(); });
}

/// As the model is going to be used: it reads by the heads of `set`, too.
Expected<double> Trial::checkLoss(const UnitSet &set) {
  return meanLoss(checked, set,
                  [&](CalibrationText &text) { return text.read(window); });
}

/// The loss of all texts, each of which is prepared once its heads are muted.
Expected<double>
Trial::meanLoss(std::vector<CalibrationText> &texts, const UnitSet &set,
                function_ref<llvm::Error(CalibrationText &)> prepare) {
  double sum = 0;
  for (CalibrationText &text : texts) {
    if (llvm::Error error = keepOnly(text.session(), set)) {
      return error;
    }
    if (llvm::Error error = prepare(text)) {
      return error;
    }
    Expected<double> one = text.loss();
    if (!one) {
      return one;
    }
    sum += *one;
  }
  return sum / static_cast<double>(texts.size());
}

std::vector<UnitSet> Trial::groups() const {
  std::vector<UnitSet> groups;
  for (auto [number, head] : llvm::enumerate(heads)) {
    if (number == 0 || heads[number - 1].layer != head.layer) {
      groups.emplace_back();
    }
    groups.back().push_back(number);
  }
  return groups;
}

std::string Trial::layersOf(const UnitSet &set) const {
  std::vector<MemoryLayer> parts;
  for (unsigned number : set) {
    parts.push_back({heads[number].layer, {heads[number].head}});
  }
  std::string text;
  for (const MemoryLayer &layer : mergeMemoryLayers(parts, kvHeads)) {
    text += (text.empty() ? "" : ",") + layer.str();
  }
  return text;
}

Expected<Calibration> Trial::search(function_ref<void(double)> progress) {
  Expected<double> without = checkLoss({});
  if (!without) {
    return without.takeError();
  }
  auto lossOf = [&](const UnitSet &set) { return loss(set); };
  auto checkLossOf = [&](const UnitSet &set) { return checkLoss(set); };
  Expected<std::vector<SearchStep>> steps = eliminate(
      {groups(), lossOf, checkLossOf, progress, heads.size() <= kMostUnits});
  if (!steps) {
    return steps.takeError();
  }
  const SearchStep &chosen = chooseStep(*steps);
  Calibration result;
  result.memoryLayers = layersOf(chosen.units);
  result.textTokens = kTextTokens;
  for (const PlantedFacts &planted :
       llvm::concat<const PlantedFacts>(kSearched, kChecked)) {
    result.facts += planted.count();
  }
  result.lossWithout = *without;
  result.loss = chosen.checkLoss;
  for (const SearchStep &step : *steps) {
    result.steps.push_back(
        {static_cast<uint32_t>(step.units.size()), step.loss, step.checkLoss});
  }
  return result;
}

Expected<Calibration> mlir::fot::calibrate(const CompileRequest &request) {
  llvm::SmallString<128> path;
  if (std::error_code code = llvm::sys::fs::createTemporaryFile(
          "fotc-calibration", "fotm", path)) {
    return llvm::createStringError("a file for calibration cannot be made: " +
                                   code.message());
  }
  llvm::FileRemover remover(path);
  // Its window is a plain model's: as large as the texts, if that can be.
  CompileRequest everything;
  everything.model = request.model;
  everything.output = path.str().str();
  everything.cpuLevels = {"native"};
  everything.weights = request.weights;
  everything.memoryLayers = "all";
  everything.memory = request.memory;
  everything.memoryDtype = request.memoryDtype;
  everything.windowDtype = request.windowDtype;
  if (request.window &&
      (*request.window < 1 || *request.window > kTextTokens)) {
    everything.window = request.window;
  }
  everything.threads = request.threads;
  everything.progress = request.progress;
  if (llvm::Error error = compile(everything)) {
    return error;
  }
  auto artifact = rt::Artifact::open(everything.output);
  if (!artifact.ok()) {
    return toError(artifact.status());
  }
  int64_t most = (*artifact)->header().model()->window();
  int64_t window = std::min(request.window.value_or(most), most);
  int64_t lastContext =
      std::clamp<int64_t>(request.lastContext.value_or(window / 2), 1,
                          (*artifact)->header().model()->last_context());
  CalibrationKey key{**artifact, window, lastContext};
  if (std::optional<Calibration> known = lookUpCalibration(key)) {
    return *known;
  }
  auto module = rt::Module::load(*artifact, {request.threads, ""});
  if (!module.ok()) {
    return toError(module.status());
  }
  auto progress = [&](double done) {
    if (request.progress) {
      request.progress("calibrating memory", done);
    }
  };
  progress(0);
  Trial trial;
  if (llvm::Error error = trial.open(*module, window, lastContext)) {
    return error;
  }
  Expected<Calibration> result = trial.search(progress);
  if (result) {
    keepCalibration(key, *result);
  }
  return result;
}
