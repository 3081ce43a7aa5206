// SentencePiece through the library, with control tokens recognised here: the
// library never reads them in text.
#include "runtime/text/SentencePieceTokenizer.h"

#include "runtime/text/ModelProto.h"
#include "runtime/text/TokenMatcher.h"

#include <sentencepiece_processor.h>

#include <limits>

namespace fot::rt {

static constexpr std::string_view spaceSymbol = "\xe2\x96\x81";

namespace {
class SentencePieceTokenizer final : public Tokenizer {
public:
  SentencePieceTokenizer(
      ModelProto given,
      std::unique_ptr<sentencepiece::SentencePieceProcessor> processor);

  int32_t vocabSize() const override {
    return static_cast<int32_t>(model.pieces.size());
  }
  std::optional<int32_t> bos() const override {
    return idOrNothing(processor->bos_id());
  }
  std::optional<int32_t> eos() const override {
    return idOrNothing(processor->eos_id());
  }
  std::optional<int32_t> specialId(std::string_view name) const override {
    int32_t id = processor->PieceToId(name);
    bool found = id >= 0 && id < vocabSize() && model.pieces[id].text == name;
    ModelProto::Type type =
        found ? model.pieces[id].type : ModelProto::Type::Normal;
    return type == ModelProto::Type::Control ||
                   type == ModelProto::Type::UserDefined
               ? std::optional<int32_t>(id)
               : std::nullopt;
  }
  bool dropsLeadingSpace() const override {
    return model.addDummyPrefix || model.removeExtraWhitespaces;
  }
  TokenPiece piece(int32_t id) const override;

protected:
  Status appendIds(std::string_view text, bool parseSpecial,
                   std::vector<int32_t> &ids) const override;

private:
  std::optional<int32_t> idOrNothing(int id) const {
    return id >= 0 && id < vocabSize() ? std::optional<int32_t>(id)
                                       : std::nullopt;
  }
  Status appendSection(std::string_view text, std::vector<int32_t> &ids) const;

  ModelProto model;
  std::unique_ptr<sentencepiece::SentencePieceProcessor> processor;
  TokenMatcher control;
};
} // namespace

SentencePieceTokenizer::SentencePieceTokenizer(
    ModelProto given,
    std::unique_ptr<sentencepiece::SentencePieceProcessor> processor)
    : model(std::move(given)), processor(std::move(processor)) {
  for (size_t id = 0; id < model.pieces.size(); ++id) {
    if (model.pieces[id].type == ModelProto::Type::Control) {
      control.add(model.pieces[id].text, static_cast<int32_t>(id));
    }
  }
}

/// The byte that "<0x41>" stands for, or -1.
static int byteOfPiece(std::string_view name) {
  auto digit = [](char c) {
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
  };
  bool shaped = name.size() == 6 && name.substr(0, 3) == "<0x" &&
                name[5] == '>' && digit(name[3]) >= 0 && digit(name[4]) >= 0;
  return shaped ? digit(name[3]) * 16 + digit(name[4]) : -1;
}

TokenPiece SentencePieceTokenizer::piece(int32_t id) const {
  const ModelProto::Piece &piece = model.pieces[id];
  switch (piece.type) {
  case ModelProto::Type::Unknown:
    return {TokenPiece::Kind::Unknown, piece.text};
  case ModelProto::Type::Control:
    return {TokenPiece::Kind::Control, piece.text};
  case ModelProto::Type::Byte:
    if (int byte = byteOfPiece(piece.text); byte >= 0) {
      return {TokenPiece::Kind::Text, std::string(1, static_cast<char>(byte))};
    }
    break;
  default:
    break;
  }
  TokenPiece result{TokenPiece::Kind::Text, {}};
  std::string_view rest = piece.text;
  while (!rest.empty()) {
    size_t at = std::min(rest.find(spaceSymbol), rest.size());
    result.bytes += rest.substr(0, at);
    rest.remove_prefix(at);
    if (!rest.empty()) {
      result.bytes += ' ';
      rest.remove_prefix(spaceSymbol.size());
    }
  }
  return result;
}

Status SentencePieceTokenizer::appendIds(std::string_view text,
                                         bool parseSpecial,
                                         std::vector<int32_t> &ids) const {
  if (!parseSpecial) {
    return appendSection(text, ids);
  }
  size_t done = 0;
  while (done < text.size()) {
    TokenMatcher::Match match = control.find(text, done);
    FOT_RETURN_IF_ERROR(
        appendSection(text.substr(done, match.begin - done), ids));
    if (match.id >= 0) {
      ids.push_back(match.id);
    }
    done = match.end;
  }
  return Status();
}

Status SentencePieceTokenizer::appendSection(std::string_view text,
                                             std::vector<int32_t> &ids) const {
  // The library counts in int, and a character may grow when normalized.
  if (text.size() > std::numeric_limits<int32_t>::max() / 16) {
    return Status::failure("expected text of less than 128 MiB without special "
                           "tokens in between, found " +
                           std::to_string(text.size()) + " bytes");
  }
  if (text.empty()) {
    return Status();
  }
  try {
    std::vector<int> section;
    sentencepiece::util::Status status = processor->Encode(text, &section);
    if (!status.ok()) {
      return Status::failure("sentencepiece cannot encode text of " +
                             std::to_string(text.size()) +
                             " bytes: " + status.message());
    }
    ids.insert(ids.end(), section.begin(), section.end());
  } catch (...) {
    return Status::failure("sentencepiece failed on text of " +
                           std::to_string(text.size()) + " bytes");
  }
  return Status();
}

StatusOr<std::unique_ptr<Tokenizer>>
createSentencePieceTokenizer(std::string_view proto) {
  FOT_ASSIGN_OR_RETURN(ModelProto model, readModelProto(proto));
  try {
    auto processor = std::make_unique<sentencepiece::SentencePieceProcessor>();
    sentencepiece::util::Status status =
        processor->LoadFromSerializedProto(proto);
    if (!status.ok()) {
      return Status::failure(std::string("sentencepiece model: ") +
                             status.message());
    }
    if (static_cast<size_t>(processor->GetPieceSize()) != model.pieces.size()) {
      return Status::failure(
          "sentencepiece model: expected " +
          std::to_string(model.pieces.size()) + " pieces, found " +
          std::to_string(processor->GetPieceSize()) + " after loading");
    }
    return std::unique_ptr<Tokenizer>(std::make_unique<SentencePieceTokenizer>(
        std::move(model), std::move(processor)));
  } catch (...) {
    return Status::failure("sentencepiece model: the library cannot load it");
  }
}

} // namespace fot::rt
