// The memory stays as it was read; each question stands in a new window.
#include "tools/fot/EvalAnswers.h"

#include "tools/fot/Program.h"

#include "runtime/session/Sampler.h"

#include <algorithm>
#include <cmath>

namespace fot::tool {

using namespace fot::rt;

EvalReader::EvalReader(Session &session, const Tokenizer &tokenizer,
                       const EvalReading &reading)
    : session(session), tokenizer(tokenizer), reading(reading),
      lastContext(session.module().artifact().header().model()->last_context()),
      ends(endTokens(session.module().artifact())),
      logits(session.vocabulary()) {}

static uint64_t commonTokens(const std::vector<Prompt> &prompts) {
  const std::vector<int32_t> &first = prompts.front().tokens;
  auto end = first.end();
  for (const Prompt &prompt : prompts) {
    end = std::mismatch(first.begin(), end, prompt.tokens.begin(),
                        prompt.tokens.end())
              .first;
  }
  return static_cast<uint64_t>(end - first.begin());
}

Status EvalReader::read(const std::vector<Prompt> &prompts,
                        const std::function<void(uint64_t)> &onProgress) {
  session.reset();
  uint64_t longest = 0, room = 0;
  for (const Prompt &prompt : prompts) {
    longest = std::max<uint64_t>(longest, prompt.tokens.size());
    room = std::max<uint64_t>(room, prompt.answerRoom());
  }
  uint64_t window = session.window();
  uint64_t free = window - std::min(window, room);
  uint64_t local = reading.memoryOff ? free : std::min(lastContext, free);
  cut = longest - std::min(longest, local);
  uint64_t common = commonTokens(prompts);
  if (cut > common) {
    return Status::failure("a question of " + std::to_string(longest - common) +
                           " tokens and its answer do not fit into the " +
                           std::to_string(local) +
                           " tokens that stay in the window");
  }
  if (reading.memoryOff || cut == 0) {
    return Status();
  }
  return memorize(std::span(prompts.front().tokens).first(cut), onProgress);
}

Status EvalReader::memorize(std::span<const int32_t> tokens,
                            const std::function<void(uint64_t)> &onProgress) {
  session.attendToMemory(!reading.independent);
  Status status;
  for (size_t begin = 0; begin < tokens.size() && status.ok();) {
    size_t count = std::min<size_t>(tokens.size() - begin, session.window());
    status = session.memorize(tokens.subspan(begin, count));
    begin += count;
    onProgress(begin);
  }
  session.attendToMemory(true);
  return status;
}

/// Runs tokens in calls that are too short to be cut into windows.
Status EvalReader::runLocal(std::span<const int32_t> tokens) {
  while (!tokens.empty()) {
    size_t count = std::min<size_t>(tokens.size(), lastContext);
    bool last = count == tokens.size();
    FOT_RETURN_IF_ERROR(session.run(tokens.first(count),
                                    last ? count - 1 : count, logits.data()));
    tokens = tokens.subspan(count);
  }
  return Status();
}

StatusOr<std::string> EvalReader::decode(size_t mostTokens) {
  Detokenizer detokenizer(tokenizer, {.startsText = false});
  std::string text;
  for (size_t i = 0; i < mostTokens; ++i) {
    int32_t token = bestToken(logits);
    if (std::find(ends.begin(), ends.end(), token) != ends.end()) {
      break;
    }
    FOT_ASSIGN_OR_RETURN(std::string piece, detokenizer.push(token));
    text += piece;
    if (i + 1 < mostTokens) {
      FOT_RETURN_IF_ERROR(session.run({&token, 1}, 0, logits.data()));
    }
  }
  return text + detokenizer.finish();
}

double lossOf(std::span<const float> logits, int32_t token) {
  double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (float logit : logits) {
    sum += std::exp(logit - largest);
  }
  return std::log(sum) + largest - logits[static_cast<size_t>(token)];
}

StatusOr<double> EvalReader::measureLoss(const Prompt &prompt) {
  std::span<const int32_t> answer = prompt.answer;
  double sum = 0;
  for (size_t i = 0; i < answer.size(); ++i) {
    sum += lossOf(logits, answer[i]);
    if (i + 1 < answer.size()) {
      FOT_RETURN_IF_ERROR(session.run(answer.subspan(i, 1), 0, logits.data()));
    }
  }
  return sum / static_cast<double>(answer.size());
}

StatusOr<EvalAnswer> EvalReader::ask(const Prompt &prompt) {
  session.keepLocal(0);
  FOT_RETURN_IF_ERROR(runLocal(std::span(prompt.tokens).subspan(cut)));
  EvalAnswer answer;
  answer.promptTokens = prompt.tokens.size();
  answer.memoryTokens = session.memoryLength();
  answer.localTokens = session.localLength();
  std::vector<float> afterPrompt = logits;
  FOT_ASSIGN_OR_RETURN(answer.text, decode(prompt.answerRoom()));
  session.keepLocal(answer.localTokens);
  logits = std::move(afterPrompt);
  FOT_ASSIGN_OR_RETURN(answer.loss, measureLoss(prompt));
  return answer;
}

} // namespace fot::tool
