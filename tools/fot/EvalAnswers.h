// Asks a session: lets it read a text and measures how it answers.
#ifndef FOT_TOOLS_FOT_EVALANSWERS_H
#define FOT_TOOLS_FOT_EVALANSWERS_H

#include "tools/fot/EvalPrompts.h"

#include "runtime/session/Session.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace fot::tool {

struct EvalAnswer {
  std::string text;          ///< what greedy decoding wrote
  double loss = 0;           ///< nats, mean of the right answer's tokens
  uint64_t promptTokens = 0; ///< of the whole prompt
  uint64_t memoryTokens = 0; ///< of which so many were read into memory
  uint64_t localTokens = 0;  ///< and so many stand in the window
};

struct EvalReading {
  /// Windows attend to no memory when they are read.
  bool independent = false;
  /// Nothing is read into memory: the end of the prompt that fits the window
  /// is all that the model gets.
  bool memoryOff = false;
};

/// -log of the probability that `logits` give to `token`.
double lossOf(std::span<const float> logits, int32_t token);

/// Borrows session and tokenizer.
class EvalReader {
public:
  EvalReader(rt::Session &session, const rt::Tokenizer &tokenizer,
             const EvalReading &reading);

  /// Reads what `prompts` have in common into memory, but for the part that
  /// `fot run` would keep in the window. `onProgress` is told the tokens.
  rt::Status read(const std::vector<Prompt> &prompts,
                  const std::function<void(uint64_t)> &onProgress);
  /// Answers one of the prompts that were read; in any order, and the answers
  /// do not depend on it.
  rt::StatusOr<EvalAnswer> ask(const Prompt &prompt);

private:
  rt::Status memorize(std::span<const int32_t> tokens,
                      const std::function<void(uint64_t)> &onProgress);
  rt::Status runLocal(std::span<const int32_t> tokens);
  rt::StatusOr<std::string> decode(size_t mostTokens);
  rt::StatusOr<double> measureLoss(const Prompt &prompt);

  rt::Session &session;
  const rt::Tokenizer &tokenizer;
  EvalReading reading;
  uint64_t lastContext;
  std::vector<int32_t> ends;
  uint64_t cut = 0; // tokens of the prompts that are not local
  std::vector<float> logits;
};

} // namespace fot::tool

#endif
