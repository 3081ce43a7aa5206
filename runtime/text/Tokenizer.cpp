// What all tokenizers share: creation by kind, the beginning-of-sequence rule
// and the streaming decoder.
#include "runtime/text/Tokenizer.h"

#include "runtime/text/BpeTokenizer.h"
#include "runtime/text/SentencePieceTokenizer.h"

namespace fot::rt {

Tokenizer::~Tokenizer() = default;

StatusOr<std::unique_ptr<Tokenizer>> Tokenizer::create(std::string_view kind,
                                                       std::string_view bytes) {
  if (kind == "bpe") {
    return createBpeTokenizer(bytes);
  }
  if (kind == "sentencepiece") {
    return createSentencePieceTokenizer(bytes);
  }
  return Status::failure("unknown tokenizer kind '" + std::string(kind) +
                         "'; known kinds are bpe, sentencepiece");
}

StatusOr<std::vector<int32_t>> Tokenizer::encode(std::string_view text,
                                                 EncodeOptions options) const {
  std::string repaired;
  if (!isValidUtf8(text)) {
    repaired = repairUtf8(text);
    text = repaired;
  }
  std::vector<int32_t> ids;
  FOT_RETURN_IF_ERROR(appendIds(text, options.parseSpecial, ids));
  std::optional<int32_t> begin = bos();
  if (options.addBos && begin && (ids.empty() || ids.front() != *begin)) {
    ids.insert(ids.begin(), *begin);
  }
  return ids;
}

StatusOr<std::string> Tokenizer::decode(const std::vector<int32_t> &ids,
                                        bool showControl) const {
  Detokenizer detokenizer(*this, {true, showControl});
  std::string text;
  for (int32_t id : ids) {
    FOT_ASSIGN_OR_RETURN(std::string next, detokenizer.push(id));
    text += next;
  }
  return text + detokenizer.finish();
}

StatusOr<std::string> Detokenizer::push(int32_t id) {
  if (id < 0 || id >= tokenizer->vocabSize()) {
    return Status::failure("token id " + std::to_string(id) +
                           " is outside the vocabulary of " +
                           std::to_string(tokenizer->vocabSize()) + " tokens");
  }
  TokenPiece piece = tokenizer->piece(id);
  if (piece.kind == TokenPiece::Kind::Control) {
    return options.showControl ? stream.push(piece.bytes) : std::string();
  }
  std::string_view bytes = piece.bytes;
  if (piece.kind == TokenPiece::Kind::Unknown) {
    bytes = " \xe2\x81\x87 ";
  }
  if (dropSpace && !bytes.empty()) {
    dropSpace = false;
    if (bytes.front() == ' ') {
      bytes.remove_prefix(1);
    }
  }
  return stream.push(bytes);
}

} // namespace fot::rt
