// Lengths are met by taking sentences until the tokens are used up.
#include "tools/fot/EvalPrompts.h"

#include "tools/fot/Command.h"

#include "runtime/text/ChatTemplate.h"

#include <algorithm>
#include <cmath>

namespace fot::tool {

using namespace fot::rt;

bool hasChatTemplate(const Artifact &artifact) {
  const schema::Tokenizer *facts = artifact.header().tokenizer();
  return facts && facts->chat_template() && facts->chat_template()->size() != 0;
}

StatusOr<std::vector<int32_t>>
PromptBuilder::encode(const std::string &text) const {
  return tokenizer.encode(text,
                          {.addBos = artifact.header().tokenizer()->add_bos(),
                           .parseSpecial = true});
}

StatusOr<Prompt> PromptBuilder::encode(const std::string &document,
                                       const Fact &fact) const {
  std::string text;
  if (chat) {
    auto spelling = [&](std::optional<int32_t> id) {
      return id ? tokenizer.piece(*id).bytes : std::string();
    };
    std::string message = "Read the following text.\n\n" + document +
                          "Answer from the text. " + fact.question;
    FOT_ASSIGN_OR_RETURN(
        text, renderChat(
                  artifact.header().tokenizer()->chat_template()->string_view(),
                  {{"user", message}},
                  {.bosToken = spelling(tokenizer.bos()),
                   .eosToken = spelling(tokenizer.eos())}));
  } else {
    text = document + fact.question + " ";
  }
  text += fact.answerStart;
  Prompt prompt;
  FOT_ASSIGN_OR_RETURN(prompt.tokens, encode(text));
  FOT_ASSIGN_OR_RETURN(std::vector<int32_t> whole,
                       encode(text + " " + fact.answer));
  // What follows may change how the end before it is cut into tokens.
  auto [end, begin] = std::mismatch(prompt.tokens.begin(), prompt.tokens.end(),
                                    whole.begin(), whole.end());
  prompt.tokens.erase(end, prompt.tokens.end());
  prompt.answer.assign(begin, whole.end());
  if (prompt.tokens.empty() || prompt.answer.empty()) {
    return Status::failure("the model's tokenizer makes no tokens of \"" +
                           fact.answerStart + " " + fact.answer + "\"");
  }
  return prompt;
}

StatusOr<std::vector<Prompt>>
PromptBuilder::build(const std::vector<Fact> &facts,
                     const std::vector<std::string> &sentences,
                     size_t numSentences) const {
  std::string document;
  size_t next = 0;
  for (size_t i = 0; i <= numSentences; ++i) {
    while (
        next < facts.size() &&
        std::llround(facts[next].depth * static_cast<double>(numSentences)) <=
            static_cast<long long>(i)) {
      document += facts[next].statement + " ";
      ++next;
    }
    if (i < numSentences) {
      document += sentences[i];
    }
  }
  while (!document.empty() &&
         (document.back() == ' ' || document.back() == '\n')) {
    document.pop_back();
  }
  document += "\n\n";
  std::vector<Prompt> prompts;
  for (const Fact &fact : facts) {
    FOT_ASSIGN_OR_RETURN(Prompt prompt, encode(document, fact));
    prompts.push_back(std::move(prompt));
  }
  return prompts;
}

static uint64_t longest(const std::vector<Prompt> &prompts) {
  uint64_t most = 0;
  for (const Prompt &prompt : prompts) {
    most = std::max<uint64_t>(most, prompt.tokens.size() + prompt.answerRoom());
  }
  return most;
}

/// About as many tokens as `sentence` has within a text, at least 1.
StatusOr<uint64_t>
PromptBuilder::countTokens(const std::string &sentence) const {
  size_t end = sentence.find_last_not_of(" \n");
  FOT_ASSIGN_OR_RETURN(std::vector<int32_t> ids,
                       tokenizer.encode(" " + sentence.substr(0, end + 1)));
  return std::max<uint64_t>(ids.size(), 1);
}

StatusOr<std::vector<Prompt>>
PromptBuilder::build(const std::vector<Fact> &facts, SentenceSource &source,
                     uint64_t length) const {
  std::vector<std::string> sentences;
  FOT_ASSIGN_OR_RETURN(std::vector<Prompt> prompts, build(facts, sentences, 0));
  uint64_t used = longest(prompts);
  if (used > length) {
    throw UsageError("--lengths: expected at least " + std::to_string(used) +
                     " tokens for facts, question and answer, found " +
                     std::to_string(length));
  }
  while (used < length) {
    while (used < length) {
      sentences.push_back(source.next());
      FOT_ASSIGN_OR_RETURN(uint64_t tokens, countTokens(sentences.back()));
      used += tokens;
    }
    // Joined, sentences may have some tokens more or less.
    FOT_ASSIGN_OR_RETURN(prompts, build(facts, sentences, sentences.size()));
    used = longest(prompts);
  }
  for (size_t count = sentences.size(); used > length;) {
    FOT_ASSIGN_OR_RETURN(prompts, build(facts, sentences, --count));
    used = longest(prompts);
  }
  return prompts;
}

} // namespace fot::tool
