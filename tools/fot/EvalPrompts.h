// From facts to token ids: a text of the length that is asked for, the facts
// planted at their depths, and a question behind it.
#ifndef FOT_TOOLS_FOT_EVALPROMPTS_H
#define FOT_TOOLS_FOT_EVALPROMPTS_H

#include "tools/fot/EvalFacts.h"
#include "tools/fot/EvalProse.h"

#include "runtime/artifact/Artifact.h"
#include "runtime/text/Tokenizer.h"

#include <cstdint>
#include <string>
#include <vector>

namespace fot::tool {

/// One question about a text.
struct Prompt {
  /// All up to where the answer is to go on.
  std::vector<int32_t> tokens;
  /// The right way to go on.
  std::vector<int32_t> answer;

  /// Tokens that may be generated: the answer and some words around it.
  size_t answerRoom() const { return answer.size() + kMoreTokens; }

private:
  static constexpr size_t kMoreTokens = 8;
};

/// Borrows artifact and tokenizer.
class PromptBuilder {
public:
  /// `chat`: as a message in the model's chat template, which it must have;
  /// else the text is simply to be continued.
  PromptBuilder(const rt::Artifact &artifact, const rt::Tokenizer &tokenizer,
                bool chat)
      : artifact(artifact), tokenizer(tokenizer), chat(chat) {}

  /// One prompt for each of `facts`, all of which are planted in the same text;
  /// their depths ascend.
  /// The longest, with the room for its answer, has `length` tokens or a
  /// sentence less. Throws UsageError if that is too short.
  rt::StatusOr<std::vector<Prompt>> build(const std::vector<Fact> &facts,
                                          SentenceSource &source,
                                          uint64_t length) const;

private:
  rt::StatusOr<std::vector<Prompt>>
  build(const std::vector<Fact> &facts,
        const std::vector<std::string> &sentences, size_t numSentences) const;
  rt::StatusOr<Prompt> encode(const std::string &document,
                              const Fact &fact) const;
  rt::StatusOr<std::vector<int32_t>> encode(const std::string &text) const;
  rt::StatusOr<uint64_t> countTokens(const std::string &sentence) const;

  const rt::Artifact &artifact;
  const rt::Tokenizer &tokenizer;
  bool chat;
};

/// Whether the model has a chat template.
bool hasChatTemplate(const rt::Artifact &artifact);

} // namespace fot::tool

#endif
