// One call for the prompt, then one a token.
#include "tools/fot/Generator.h"

#include "tools/fot/Explainer.h"
#include "tools/fot/Output.h"
#include "tools/fot/Program.h"

#include <algorithm>
#include <cstdio>

namespace fot::tool {

using namespace fot::rt;

StatusOr<std::unique_ptr<Generator>>
Generator::create(Session &session, const Tokenizer &tokenizer,
                  const GenerationOptions &options) {
  auto sampler = Sampler::create({.temperature = options.temperature,
                                  .topP = options.topP,
                                  .seed = options.seed},
                                 session.vocabulary());
  if (!sampler.ok()) {
    throw UsageError(sampler.status().message());
  }
  if (options.speculate > 0 && options.temperature > 0) {
    throw UsageError("--speculate: expected --temperature 0, as only the best "
                     "token can be checked, found another");
  }
  if (options.speculate > 0 && session.module().device()) {
    return Status::failure("--speculate needs --device=cpu; the session runs "
                           "on " +
                           session.module().deviceNote());
  }
  return std::unique_ptr<Generator>(
      new Generator(session, tokenizer, options, std::move(*sampler)));
}

/// Calls of 16 tokens and more may add float weights up in another order, in
/// AMX tiles.
constexpr uint64_t kMostDrafted = 14;

Generator::Generator(Session &session, const Tokenizer &tokenizer,
                     const GenerationOptions &options, Sampler sampler)
    : session(session), tokenizer(tokenizer), maxTokens(options.maxTokens),
      sampler(std::move(sampler)), ends(endTokens(session.module().artifact())),
      logits(options.temperature > 0 ? session.vocabulary() : 0),
      best(options.temperature > 0 ? 0 : options.speculate + 1),
      speculate(options.speculate),
      drafter(session, std::min(options.speculate, kMostDrafted)) {}

Status Generator::run(std::span<const int32_t> tokens, uint64_t from) {
  return best.empty() ? session.run(tokens, from, logits.data())
                      : session.runBest(tokens, from, best.data());
}

StatusOr<Continuation> Generator::generate(std::span<const int32_t> prompt) {
  Continuation continuation;
  continuation.promptTokens = prompt.size();
  row = 0;
  decoded = false;
  {
    Stopwatch watch;
    ProgressLine line("reading the prompt", "tokens", prompt.size());
    session.onProgress([&](uint64_t done) { line.update(done); });
    Status status = run(prompt, prompt.size() - 1);
    session.onProgress({});
    if (!status.ok()) {
      return status;
    }
    continuation.promptSeconds = watch.seconds();
  }
  Stopwatch watch;
  FOT_RETURN_IF_ERROR(continueText(continuation));
  continuation.newSeconds = watch.seconds();
  return continuation;
}

void Generator::explainWith(const Explainer *given) {
  if (given && speculate > 0) {
    throw UsageError(
        "--explain: expected every token to be computed by itself, "
        "found --speculate");
  }
  explainer = given;
  session.decodeLastToken(given != nullptr);
}

/// Runs a token, so that the one after it can be sampled. What a draft says
/// comes behind it in the same call; logits of such a call are those of single
/// ones, bit for bit, so tokens that turn out to be the best ones stay, and the
/// window forgets the others.
Status Generator::advance(int32_t token, Continuation &continuation) {
  if (!pending.empty()) {
    // The call that checked the draft has run it.
    pending.erase(pending.begin());
    ++row;
    return Status();
  }
  row = 0;
  std::span<const int32_t> draft;
  if (speculate > 0) {
    draft = drafter.draft(token, decoded);
    // The call must leave the window where single ones would.
    uint64_t room = std::min<uint64_t>(
        session.window() - session.localLength(),
        session.module().artifact().header().model()->last_context());
    draft = draft.first(std::min<uint64_t>(draft.size(), room ? room - 1 : 0));
  }
  std::vector<int32_t> tokens = {token};
  tokens.insert(tokens.end(), draft.begin(), draft.end());
  uint64_t before = session.localLength();
  FOT_RETURN_IF_ERROR(run(tokens, 0));
  decoded = tokens.size() == 1;
  if (decoded) {
    return Status();
  }
  while (pending.size() < draft.size()) {
    if (best[pending.size()] != draft[pending.size()]) {
      break;
    }
    pending.push_back(draft[pending.size()]);
  }
  continuation.draftedTokens += draft.size();
  continuation.acceptedTokens += pending.size();
  drafter.accept(pending.size());
  session.keepLocal(before + 1 + pending.size());
  return Status();
}

Status Generator::continueText(Continuation &continuation) {
  Detokenizer detokenizer(tokenizer, {.startsText = false});
  auto emit = [&](const std::string &text) {
    continuation.text += text;
    return writeOutput(text);
  };
  while (true) {
    int32_t token = best.empty() ? sampler.sample(logits) : best[row];
    if (std::find(ends.begin(), ends.end(), token) != ends.end()) {
      continuation.end = End::EndToken;
      break;
    }
    if (explainer) {
      explainer->explain(token);
    }
    FOT_ASSIGN_OR_RETURN(std::string text, detokenizer.push(token));
    FOT_ASSIGN_OR_RETURN(bool wanted, emit(text));
    continuation.unseen = token;
    ++continuation.newTokens;
    if (!wanted || continuation.newTokens == maxTokens) {
      continuation.end = wanted ? End::MaxTokens : End::ReaderGone;
      break;
    }
    if (!session.hasRoomFor(1)) {
      continuation.end = End::WindowFull;
      break;
    }
    FOT_RETURN_IF_ERROR(advance(token, continuation));
    continuation.unseen.reset();
  }
  // Of tokens that came true, those behind the last are not part of the text.
  session.keepLocal(session.localLength() - pending.size());
  pending.clear();
  FOT_ASSIGN_OR_RETURN(bool wanted, emit(detokenizer.finish()));
  if (!wanted) {
    continuation.end = End::ReaderGone;
  }
  return Status();
}

void Generator::printStats(const Continuation &continuation) const {
  auto rate = [](uint64_t tokens, double seconds) {
    return seconds > 0 ? static_cast<double>(tokens) / seconds : 0;
  };
  Module &module = session.module();
  std::string place = module.device() ? module.deviceNote() : module.cpuLevel();
  if (!module.device() && !module.deviceNote().empty()) {
    place += " (" + module.deviceNote() + ")";
  }
  // The first new token comes out of the prompt's call.
  uint64_t calls = continuation.newTokens - (continuation.newTokens != 0);
  std::fprintf(
      stderr,
      "prompt: %llu tokens in %.2f s, %.1f tokens/s; generated: %llu tokens in "
      "%.2f s, %.1f tokens/s; %u threads, %s, %llu tokens in memory",
      static_cast<unsigned long long>(continuation.promptTokens),
      continuation.promptSeconds,
      rate(continuation.promptTokens, continuation.promptSeconds),
      static_cast<unsigned long long>(continuation.newTokens),
      continuation.newSeconds, rate(calls, continuation.newSeconds),
      module.numThreads(), place.c_str(),
      static_cast<unsigned long long>(session.memoryLength()));
  const Recording *step = session.decodeStep();
  if (step && step->numLaunches() != 0) {
    std::fprintf(stderr, "; %llu launches a token, %llu tokens in one graph",
                 static_cast<unsigned long long>(step->numLaunches()),
                 static_cast<unsigned long long>(step->numReplays()));
    if (!step->refusal().empty()) {
      std::fprintf(stderr, " (%s)", step->refusal().c_str());
    }
  }
  auto [keys, values] = session.memoryOnHost();
  for (auto [bytes, what] : {std::pair(keys, "keys"), {values, "values"}}) {
    if (bytes != 0) {
      std::fprintf(stderr, "; %llu bytes of %s in the host's memory",
                   static_cast<unsigned long long>(bytes), what);
    }
  }
  if (speculate > 0) {
    std::fprintf(stderr, "; %llu of %llu drafted tokens came true",
                 static_cast<unsigned long long>(continuation.acceptedTokens),
                 static_cast<unsigned long long>(continuation.draftedTokens));
  }
  std::fputs("\n", stderr);
}

std::string Generator::windowFullSentence() const {
  return "the model's window of " + std::to_string(session.window()) +
         " tokens is full; compile the model with --memory-layers to go on "
         "beyond it";
}

} // namespace fot::tool
