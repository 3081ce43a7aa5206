// Excerpts are decoded from the tokens that banks keep.
#include "tools/fot/Explainer.h"

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace fot::tool {

using namespace fot::rt;

/// Passages told for each token.
static constexpr size_t kPassages = 3;
/// Tokens shown around a passage, and the most of all.
static constexpr uint64_t kAround = 4, kExcerptTokens = 24;

/// Text of tokens in one line; what cannot be printed is left out.
static std::string spell(const Tokenizer &tokenizer,
                         std::span<const int32_t> tokens) {
  Detokenizer detokenizer(tokenizer, {.startsText = false});
  std::string text;
  for (int32_t token : tokens) {
    if (auto piece = detokenizer.push(token); piece.ok()) {
      text += *piece;
    }
  }
  text += detokenizer.finish();
  for (char &c : text) {
    c = static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
  return text;
}

static uint64_t textBytes(const Tokenizer &tokenizer,
                          std::span<const int32_t> tokens) {
  uint64_t bytes = 0;
  for (int32_t token : tokens) {
    // Nothing compared a bank's tokens with their checksum when it was opened.
    if (token < 0 || token >= tokenizer.vocabSize()) {
      continue;
    }
    TokenPiece piece = tokenizer.piece(token);
    bytes += piece.kind == TokenPiece::Kind::Text ? piece.bytes.size() : 0;
  }
  return bytes;
}

std::string Explainer::describe(const Passage &passage) const {
  MemorySource source = session.source(passage.firstEntry);
  uint64_t count = passage.lastEntry - passage.firstEntry + 1;
  uint64_t at = source.token - source.firstToken;
  std::span<const int32_t> tokens = source.tokens;
  // A passage may go on in the next segment; the excerpt ends with this one.
  uint64_t begin = at - std::min(at, kAround);
  uint64_t length = std::min(
      {kExcerptTokens, at - begin + count + kAround, tokens.size() - begin});
  char numbers[96];
  std::snprintf(numbers, sizeof(numbers), "%5.1f %%  ", 100 * passage.share);
  std::string line = numbers;
  if (source.bank && session.attached().size() > 1) {
    line += source.bank->path() + ": ";
  }
  line += source.document + ", tokens " + std::to_string(source.token) + "-" +
          std::to_string(source.token + count - 1);
  if (source.bank) {
    uint64_t byte = source.firstByte + textBytes(tokenizer, tokens.first(at));
    uint64_t here = std::min<uint64_t>(count, tokens.size() - at);
    uint64_t bytes = textBytes(tokenizer, tokens.subspan(at, here));
    line += ", bytes " + std::to_string(byte) + "-" +
            std::to_string(byte + std::max<uint64_t>(bytes, 1) - 1);
  }
  return line + ": \"" + spell(tokenizer, tokens.subspan(begin, length)) + "\"";
}

void Explainer::explain(int32_t token) const {
  // The answer is on the same line when both go to a terminal.
  bool shared = isatty(STDOUT_FILENO) && isatty(STDERR_FILENO);
  std::string text = shared ? "\n\"" : "\"";
  text += spell(tokenizer, {&token, 1}) + "\"\n";
  std::vector<Passage> passages = retrievedPassages(session, kPassages);
  for (const Passage &passage : passages) {
    text += "  " + describe(passage) + "\n";
  }
  if (passages.empty()) {
    text += "  nothing was retrieved\n";
  }
  std::fputs(text.c_str(), stderr);
}

} // namespace fot::tool
