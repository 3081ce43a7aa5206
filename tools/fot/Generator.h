// Prompt in, text out: what `run` and `chat` have in common.
#ifndef FOT_TOOLS_FOT_GENERATOR_H
#define FOT_TOOLS_FOT_GENERATOR_H

#include "tools/fot/Command.h"

#include "runtime/session/Drafter.h"
#include "runtime/session/Sampler.h"
#include "runtime/session/Session.h"
#include "runtime/text/Tokenizer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace fot::tool {

class Explainer;

/// Why a continuation ended.
enum class End { EndToken, MaxTokens, WindowFull, ReaderGone };

struct Continuation {
  std::string text;
  End end = End::MaxTokens;
  /// A token of the text that the session has not seen yet.
  std::optional<int32_t> unseen;
  uint64_t promptTokens = 0, newTokens = 0;
  uint64_t draftedTokens = 0, acceptedTokens = 0; ///< of --speculate
  double promptSeconds = 0, newSeconds = 0;
};

/// Generates with one session. Borrows session and tokenizer.
class Generator {
public:
  static rt::StatusOr<std::unique_ptr<Generator>>
  create(rt::Session &session, const rt::Tokenizer &tokenizer,
         const GenerationOptions &options);

  /// Has what every new token retrieved told; borrows the explainer.
  void explainWith(const Explainer *given);

  /// Runs `prompt`, at least one token, as one call and then token by token;
  /// writes the text to standard output as it comes.
  rt::StatusOr<Continuation> generate(std::span<const int32_t> prompt);

  /// Prints speeds to standard error.
  void printStats(const Continuation &continuation) const;
  /// The sentence for End::WindowFull.
  std::string windowFullSentence() const;

private:
  Generator(rt::Session &session, const rt::Tokenizer &tokenizer,
            const GenerationOptions &options, rt::Sampler sampler);
  rt::Status run(std::span<const int32_t> tokens, uint64_t from);
  rt::Status advance(int32_t token, Continuation &continuation);
  rt::Status continueText(Continuation &continuation);

  rt::Session &session;
  const rt::Tokenizer &tokenizer;
  uint64_t maxTokens;
  rt::Sampler sampler;
  std::vector<int32_t> ends;

  /// Of the tokens that the last call ran; the row of the last one that came
  /// true is what the next token is sampled from. With a temperature of 0 the
  /// best tokens will do.
  std::vector<float> logits;
  std::vector<int32_t> best;
  uint64_t row = 0;
  uint64_t speculate;
  rt::Drafter drafter;
  std::vector<int32_t> pending; ///< drafted tokens that have come true
  bool decoded = false;         ///< the last call was a decode
  const Explainer *explainer = nullptr;
};

} // namespace fot::tool

#endif
