//===- CalibrationText.cpp - a text, questions, their loss ----------------===//

#include "tools/fotc/calibrate/CalibrationText.h"

#include "tools/fot/EvalAnswers.h"

#include "llvm/ADT/STLExtras.h"

using namespace mlir::fot;
namespace rt = ::fot::rt;
namespace tool = ::fot::tool;
using rt::Status;
using tool::Fact;
using tool::Prompt;

static llvm::Error toError(const Status &status) {
  return status.ok() ? llvm::Error::success()
                     : llvm::createStringError(status.message());
}

static std::vector<Fact> makeFacts(const PlantedFacts &planted,
                                   uint64_t tokens) {
  std::vector<Fact> facts = tool::makeFacts(
      tool::EvalTask::Retrieval, planted.seed, tokens, 0, planted.depths);
  std::vector<Fact> passkey =
      tool::makeFacts(tool::EvalTask::Passkey, planted.seed, tokens,
                      planted.passkeyWording, {planted.passkeyDepth});
  auto place = llvm::find_if(facts, [&](const Fact &fact) {
    return fact.depth > planted.passkeyDepth;
  });
  facts.insert(place, passkey.front());
  return facts;
}

llvm::Error CalibrationText::create(const std::shared_ptr<rt::Module> &module,
                                    const rt::Tokenizer &tokenizer,
                                    const PlantedFacts &planted,
                                    uint64_t tokens, uint64_t localTokens) {
  auto created = rt::Session::create(module);
  if (!created.ok()) {
    return toError(created.status());
  }
  reader = std::move(*created);
  const rt::Artifact &artifact = module->artifact();
  tool::PromptBuilder builder(artifact, tokenizer,
                              tool::hasChatTemplate(artifact));
  auto built = builder.build(makeFacts(planted, tokens),
                             *tool::makeProse(planted.seed), tokens);
  if (!built.ok()) {
    return toError(built.status());
  }
  prompts = std::move(*built);
  const std::vector<int32_t> &first = prompts.front().tokens;
  common = first.size() - 1;
  uint64_t longest = 0;
  for (const Prompt &prompt : prompts) {
    auto end = std::mismatch(first.begin(), first.begin() + common,
                             prompt.tokens.begin(), prompt.tokens.end());
    common = end.first - first.begin();
    longest = std::max<uint64_t>(longest,
                                 prompt.tokens.size() + prompt.answer.size());
  }
  // What is longer than the window would be cut once more.
  uint64_t window = reader->window();
  uint64_t room = window - std::min(window, longest - common);
  cut = common - std::min({common, localTokens, room});
  if (longest - cut > window) {
    return llvm::createStringError(
        "a question of calibration has " + std::to_string(longest - common) +
        " tokens and does not fit into the window of " +
        std::to_string(window) + "; name the memory layers");
  }
  return llvm::Error::success();
}

llvm::Error CalibrationText::read(uint64_t window) {
  reader->reset();
  std::span<const int32_t> tokens(prompts.front().tokens);
  Status status;
  for (uint64_t begin = 0; begin < cut && status.ok(); begin += window) {
    status = reader->memorize(
        tokens.subspan(begin, std::min<uint64_t>(window, cut - begin)));
  }
  // Closed segments have an index, which makes questions faster.
  if (status.ok()) {
    status = reader->closeSegment();
  }
  return toError(status);
}

Status CalibrationText::ask(const Prompt &prompt, double &loss) {
  std::vector<int32_t> tokens(prompt.tokens.begin() + common,
                              prompt.tokens.end());
  size_t before = tokens.size() - 1;
  tokens.insert(tokens.end(), prompt.answer.begin(), prompt.answer.end() - 1);
  const int32_t *next = prompt.answer.data();
  double sum = 0;
  uint64_t vocabulary = reader->vocabulary();
  Status status =
      reader->run(tokens, before, [&](const float *rows, uint64_t numRows) {
        for (uint64_t i = 0; i < numRows; ++i, rows += vocabulary) {
          sum += tool::lossOf({rows, vocabulary}, *next++);
        }
        return Status();
      });
  loss = sum / static_cast<double>(prompt.answer.size());
  return status;
}

llvm::Expected<double> CalibrationText::loss() {
  reader->keepLocal(0);
  std::span<const int32_t> local(prompts.front().tokens);
  local = local.subspan(cut, common - cut);
  Status status =
      local.empty() ? Status() : reader->run(local, local.size(), nullptr);
  double sum = 0;
  for (const Prompt &prompt : prompts) {
    double one = 0;
    if (status.ok()) {
      reader->keepLocal(local.size());
      status = ask(prompt, one);
    }
    sum += one;
  }
  if (!status.ok()) {
    return toError(status);
  }
  return sum / static_cast<double>(prompts.size());
}
