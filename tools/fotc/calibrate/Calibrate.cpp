//===- Calibrate.cpp - --memory-layers=auto -------------------------------===//

#include "tools/fotc/calibrate/Calibrate.h"

#include "tools/fot/EvalAnswers.h"
#include "tools/fot/Program.h"
#include "tools/fotc/calibrate/CalibrationCache.h"
#include "tools/fotc/calibrate/HeadSearch.h"

#include "passes/Support/MemoryLayers.h"
#include "runtime/session/Module.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"

#include <cmath>

using namespace mlir::fot;
using llvm::ArrayRef;
using llvm::function_ref;
namespace rt = ::fot::rt;
namespace tool = ::fot::tool;
using rt::Session;
using rt::Status;
using tool::EvalReader;
using tool::Fact;
using tool::Prompt;
using tool::PromptBuilder;

/// What is planted, and where. Heads that are chosen on one wording do not
/// carry over to others (docs/recall.md), so there is a text of each kind.
struct TextKind {
  tool::EvalTask task;
  std::vector<double> depths;
};
static const TextKind kKinds[] = {
    {tool::EvalTask::Retrieval, {0.1, 0.25, 0.4, 0.55, 0.7}},
    {tool::EvalTask::Passkey, {0.25}},
    {tool::EvalTask::Passkey, {0.6}}};
/// Windows of a text, within the bounds of tokens.
constexpr uint64_t kWindows = 3, kLeastTokens = 2048, kMostTokens = 8192;
/// What stays in the window is little more than the question, so that the
/// memory is what decides.
constexpr int64_t kLastContext = 128;
/// With more key-value heads than this, whole layers are the units.
constexpr uint64_t kMostUnits = 128;
constexpr uint64_t kSearchSeed = 1, kCheckSeed = 2;

static llvm::Error toError(const Status &status) {
  return llvm::createStringError(status.message());
}

namespace {
/// A model with a memory for every head, and one text it has read.
class Reading {
public:
  llvm::Error open(const std::shared_ptr<rt::Module> &module,
                   const rt::Tokenizer &tokenizer, const TextKind &kind,
                   uint64_t seed, uint64_t tokens,
                   function_ref<void(double)> progress);
  /// Mean loss of the answers.
  llvm::Expected<double> loss();
  Session &memory() { return *session; }

private:
  llvm::Expected<double> loss(const Prompt &prompt);

  std::unique_ptr<Session> session;
  std::vector<Prompt> prompts;
};

/// Whose memories are muted together.
struct Unit {
  uint32_t layer;
  std::vector<uint32_t> heads;
};
} // namespace

llvm::Error Reading::open(const std::shared_ptr<rt::Module> &module,
                          const rt::Tokenizer &tokenizer, const TextKind &kind,
                          uint64_t seed, uint64_t tokens,
                          function_ref<void(double)> progress) {
  auto created = Session::create(module);
  if (!created.ok()) {
    return toError(created.status());
  }
  session = std::move(*created);
  const rt::Artifact &artifact = module->artifact();
  PromptBuilder builder(artifact, tokenizer, tool::hasChatTemplate(artifact));
  std::vector<Fact> facts =
      tool::makeFacts(kind.task, seed, tokens, 0, kind.depths);
  auto built = builder.build(facts, *tool::makeProse(seed), tokens);
  if (!built.ok()) {
    return toError(built.status());
  }
  prompts = std::move(*built);
  EvalReader reader(*session, tokenizer, {.independent = true});
  Status status = reader.read(
      prompts, [&](uint64_t done) { progress(double(done) / tokens); });
  return status.ok() ? llvm::Error::success() : toError(status);
}

llvm::Expected<double> Reading::loss(const Prompt &prompt) {
  session->keepLocal(0);
  // In two calls: one that is longer than the last context would be cut.
  std::span<const int32_t> local(prompt.tokens);
  local = local.subspan(session->memoryLength());
  std::vector<int32_t> tokens = {local.back()};
  tokens.insert(tokens.end(), prompt.answer.begin(), prompt.answer.end() - 1);
  local = local.first(local.size() - 1);
  Status status;
  if (!local.empty()) {
    status = session->run(local, local.size(), nullptr);
  }
  double sum = 0;
  const int32_t *next = prompt.answer.data();
  uint64_t vocabulary = session->vocabulary();
  if (status.ok()) {
    status = session->run(tokens, 0, [&](const float *rows, uint64_t numRows) {
      for (uint64_t i = 0; i < numRows; ++i, rows += vocabulary) {
        sum += tool::lossOf({rows, vocabulary}, *next++);
      }
      return Status();
    });
  }
  if (!status.ok()) {
    return toError(status);
  }
  return sum / static_cast<double>(tokens.size());
}

llvm::Expected<double> Reading::loss() {
  double sum = 0;
  for (const Prompt &prompt : prompts) {
    llvm::Expected<double> one = loss(prompt);
    if (!one) {
      return one;
    }
    sum += *one;
  }
  return sum / static_cast<double>(prompts.size());
}

static std::vector<Unit> unitsOf(const Session &session) {
  uint64_t heads = 0;
  for (const rt::MemoryBank &bank : session.memories()) {
    heads += bank.heads().size();
  }
  std::vector<Unit> units;
  for (const rt::MemoryBank &bank : session.memories()) {
    if (heads > kMostUnits) {
      units.push_back(
          {bank.layer(), {bank.heads().begin(), bank.heads().end()}});
      continue;
    }
    for (uint32_t head : bank.heads()) {
      units.push_back({bank.layer(), {head}});
    }
  }
  return units;
}

/// Mutes all units but those of `set`.
static llvm::Error keepOnly(Session &session, ArrayRef<Unit> units,
                            const UnitSet &set) {
  for (auto [number, unit] : llvm::enumerate(units)) {
    for (uint32_t head : unit.heads) {
      bool muted = !llvm::is_contained(set, number);
      if (Status status = session.mute(unit.layer, head, muted); !status.ok()) {
        return toError(status);
      }
    }
  }
  return llvm::Error::success();
}

static std::string layersOf(ArrayRef<Unit> units, const UnitSet &set,
                            int64_t kvHeads) {
  std::vector<MemoryLayer> parts;
  for (unsigned number : set) {
    const Unit &unit = units[number];
    parts.push_back({unit.layer, {unit.heads.begin(), unit.heads.end()}});
  }
  std::string text;
  for (const MemoryLayer &layer : mergeMemoryLayers(parts, kvHeads)) {
    text += (text.empty() ? "" : ",") + layer.str();
  }
  return text;
}

static llvm::Expected<Calibration>
search(const std::shared_ptr<rt::Module> &module,
       function_ref<void(double)> progress) {
  const auto &model = *module->artifact().header().model();
  auto tokenizer = tool::openTokenizer(module->artifact());
  if (!tokenizer.ok()) {
    return toError(tokenizer.status());
  }
  uint64_t tokens = std::clamp<uint64_t>(kWindows * model.window(),
                                         kLeastTokens, kMostTokens);
  // Reading the texts takes about a tenth of the time.
  std::vector<Reading> texts(std::size(kKinds)), checks(std::size(kKinds));
  double read = 0;
  for (auto [readings, seed] :
       {std::pair(&texts, kSearchSeed), std::pair(&checks, kCheckSeed)}) {
    for (size_t i = 0; i < readings->size(); ++i) {
      double share = 0.05 / std::size(kKinds);
      if (llvm::Error error = (*readings)[i].open(
              module, **tokenizer, kKinds[i], seed + 2 * i, tokens,
              [&](double done) { progress(read + share * done); })) {
        return error;
      }
      read += share;
    }
  }
  std::vector<Unit> units = unitsOf(texts.front().memory());
  auto lossOf = [&](std::vector<Reading> &readings,
                    const UnitSet &set) -> llvm::Expected<double> {
    double sum = 0;
    for (Reading &reading : readings) {
      if (llvm::Error error = keepOnly(reading.memory(), units, set)) {
        return error;
      }
      llvm::Expected<double> one = reading.loss();
      if (!one) {
        return one;
      }
      sum += *one;
    }
    return sum / static_cast<double>(readings.size());
  };
  auto loss = [&](const UnitSet &set) { return lossOf(texts, set); };
  auto checkLoss = [&](const UnitSet &set) { return lossOf(checks, set); };
  auto steps = eliminate({static_cast<unsigned>(units.size()), loss, checkLoss,
                          [&](double done) { progress(0.1 + 0.9 * done); }});
  if (!steps) {
    return steps.takeError();
  }
  llvm::Expected<double> without = checkLoss({});
  if (!without) {
    return without.takeError();
  }
  const SearchStep &chosen = chooseStep(*steps);
  Calibration result;
  result.memoryLayers = layersOf(units, chosen.units, model.kv_heads());
  result.textTokens = tokens;
  for (const TextKind &kind : kKinds) {
    result.facts += kind.depths.size();
  }
  result.lossWithout = *without;
  result.loss = chosen.checkLoss;
  for (const SearchStep &step : *steps) {
    size_t heads = 0;
    for (unsigned number : step.units) {
      heads += units[number].heads.size();
    }
    result.steps.push_back(
        {static_cast<uint32_t>(heads), step.loss, step.checkLoss});
  }
  return result;
}

llvm::Expected<Calibration>
mlir::fot::calibrate(const CompileRequest &request) {
  auto progress = [&](double done) {
    if (request.progress) {
      request.progress("calibrating memory", done);
    }
  };
  llvm::SmallString<128> path;
  if (std::error_code code = llvm::sys::fs::createTemporaryFile(
          "fotc-calibration", "fotm", path)) {
    return llvm::createStringError("a file for calibration cannot be made: " +
                                   code.message());
  }
  llvm::FileRemover remover(path);
  CompileRequest everything;
  everything.model = request.model;
  everything.output = path.str().str();
  everything.cpuLevels = {"native"};
  everything.weights = request.weights;
  everything.memoryLayers = "all";
  everything.memory = request.memory;
  everything.memoryDtype = request.memoryDtype;
  everything.window = request.window;
  everything.lastContext =
      std::min(request.lastContext.value_or(kLastContext), kLastContext);
  everything.threads = request.threads;
  everything.progress = request.progress;
  if (llvm::Error error = compile(everything)) {
    return error;
  }
  auto artifact = rt::Artifact::open(everything.output);
  if (!artifact.ok()) {
    return toError(artifact.status());
  }
  if (std::optional<Calibration> known = lookUpCalibration(**artifact)) {
    return *known;
  }
  auto module = rt::Module::load(*artifact, {request.threads, ""});
  if (!module.ok()) {
    return toError(module.status());
  }
  llvm::Expected<Calibration> result = search(*module, progress);
  if (result) {
    keepCalibration(**artifact, *result);
  }
  return result;
}
