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
  return std::unique_ptr<Generator>(new Generator(
      session, tokenizer, options.maxTokens, std::move(*sampler)));
}

Generator::Generator(Session &session, const Tokenizer &tokenizer,
                     uint64_t maxTokens, Sampler sampler)
    : session(session), tokenizer(tokenizer), maxTokens(maxTokens),
      sampler(std::move(sampler)), ends(endTokens(session.module().artifact())),
      logits(session.vocabulary()) {}

StatusOr<Continuation> Generator::generate(std::span<const int32_t> prompt) {
  Continuation continuation;
  continuation.promptTokens = prompt.size();
  {
    Stopwatch watch;
    ProgressLine line("reading the prompt", "tokens", prompt.size());
    session.onProgress([&](uint64_t done) { line.update(done); });
    Status status = session.run(prompt, prompt.size() - 1, logits.data());
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

Status Generator::continueText(Continuation &continuation) {
  Detokenizer detokenizer(tokenizer, {.startsText = false});
  auto emit = [&](const std::string &text) {
    continuation.text += text;
    return writeOutput(text);
  };
  while (true) {
    int32_t token = sampler.sample(logits);
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
    FOT_RETURN_IF_ERROR(session.run({&token, 1}, 0, logits.data()));
    continuation.unseen.reset();
  }
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
  // The first new token comes out of the prompt's call.
  uint64_t calls = continuation.newTokens - (continuation.newTokens != 0);
  std::fprintf(
      stderr,
      "prompt: %llu tokens in %.2f s, %.1f tokens/s; generated: %llu tokens in "
      "%.2f s, %.1f tokens/s; %u threads, %s, %llu tokens in memory\n",
      static_cast<unsigned long long>(continuation.promptTokens),
      continuation.promptSeconds,
      rate(continuation.promptTokens, continuation.promptSeconds),
      static_cast<unsigned long long>(continuation.newTokens),
      continuation.newSeconds, rate(calls, continuation.newSeconds),
      session.module().numThreads(), session.module().cpuLevel().c_str(),
      static_cast<unsigned long long>(session.memoryLength()));
}

std::string Generator::windowFullSentence() const {
  return "the model's window of " + std::to_string(session.window()) +
         " tokens is full; compile the model with --memory-layers to go on "
         "beyond it";
}

} // namespace fot::tool
