// A Hugging Face directory's tokenizer.
#include "passes/Import/Tokenizer/HuggingFaceFiles.h"
#include "passes/Import/Tokenizer/ModelProtoWriter.h"
#include "passes/Import/Tokenizer/TokenizerImport.h"
#include "passes/Import/Tokenizer/TokenizerJson.h"

#include <algorithm>
#include <unordered_set>

using ::fot::rt::Status;
using ::fot::rt::StatusOr;
using nlohmann::json;

namespace mlir::fot {

/// Adds the tokens that come after the model's own pieces. Appending a field
/// to a serialized message adds an element to its list.
static Status appendAddedTokens(const HuggingFaceFiles &files,
                                const std::vector<SentencePiece> &pieces,
                                std::string &bytes) {
  std::unordered_set<std::string> seen;
  for (const SentencePiece &piece : pieces) {
    seen.insert(piece.text);
  }
  using Type = SentencePiece::Type;
  int32_t next = static_cast<int32_t>(pieces.size());
  for (const auto &[id, token] : addedTokensOf(files)) {
    if (id < next) {
      continue;
    }
    if (id - next > 65536) {
      return Status::failure("added token '" + token.text + "' has id " +
                             std::to_string(id) + ", far beyond the " +
                             std::to_string(next) + " tokens before it");
    }
    for (; next < id; ++next) {
      bytes += serializePiece(
          {"<unused " + std::to_string(next) + ">", 0, Type::Control});
    }
    bool isNew = seen.insert(token.text).second;
    bytes += serializePiece(
        {isNew ? token.text : "<unused " + std::to_string(id) + ">", 0,
         token.special || !isNew ? Type::Control : Type::UserDefined});
    ++next;
  }
  return Status();
}

static std::optional<int32_t>
idOfPiece(const std::vector<SentencePiece> &pieces, const std::string &text) {
  for (size_t id = 0; id < pieces.size(); ++id) {
    if (!text.empty() && pieces[id].text == text) {
      return static_cast<int32_t>(id);
    }
  }
  return std::nullopt;
}

/// Ids of `key` in the first configuration that has them.
static std::vector<int32_t> idsOf(const HuggingFaceFiles &files,
                                  const char *key) {
  std::vector<int32_t> ids;
  for (const json *config : {&files.generationConfig, &files.config}) {
    const json &value = memberOf(*config, key);
    for (const json &entry : value.is_array() ? value : json::array({value})) {
      std::optional<int32_t> id = idOf(entry);
      if (id && std::find(ids.begin(), ids.end(), *id) == ids.end()) {
        ids.push_back(*id);
      }
    }
    if (!ids.empty()) {
      break;
    }
  }
  return ids;
}

/// Finds the ids that begin and end a sequence: by name in the tokenizer's
/// configuration, by number in the model's.
static void findEnds(const HuggingFaceFiles &files,
                     const std::vector<SentencePiece> &pieces,
                     TokenizerAsset &asset) {
  auto named = [&](const char *key) {
    std::string name = textOf(memberOf(files.tokenizerConfig, key));
    if (name.empty()) {
      name = textOf(memberOf(files.specialTokens, key));
    }
    std::optional<int32_t> id = idOfPiece(pieces, name);
    return id ? id : idOfToken(files, name);
  };
  asset.bos = named("bos_token");
  if (!asset.bos) {
    std::vector<int32_t> ids = idsOf(files, "bos_token_id");
    asset.bos = ids.empty() ? idOfPiece(pieces, "<s>")
                            : std::optional<int32_t>(ids.front());
  }
  asset.eos = idsOf(files, "eos_token_id");
  std::optional<int32_t> eos = named("eos_token");
  if (!eos && asset.eos.empty()) {
    eos = idOfPiece(pieces, "</s>");
  }
  if (eos &&
      std::find(asset.eos.begin(), asset.eos.end(), *eos) == asset.eos.end()) {
    asset.eos.push_back(*eos);
  }
}

StatusOr<std::optional<TokenizerAsset>>
importHuggingFaceTokenizer(const std::filesystem::path &directory) {
  FOT_ASSIGN_OR_RETURN(HuggingFaceFiles files, readHuggingFaceFiles(directory));
  TokenizerAsset asset;
  std::optional<std::vector<SentencePiece>> pieces;
  if (files.sentencePiece) {
    // Some checkpoints give another format this name; tokenizer.json then says
    // what the tokenizer is.
    pieces = readPieces(*files.sentencePiece);
    if (!pieces && files.tokenizer.is_null()) {
      return Status::failure((directory / "tokenizer.model").string() +
                             ": expected a sentencepiece model, found " +
                             std::to_string(files.sentencePiece->size()) +
                             " bytes of something else");
    }
  }
  if (!pieces && files.tokenizer.is_null()) {
    return std::optional<TokenizerAsset>();
  }
  findEnds(files, pieces.value_or(std::vector<SentencePiece>()), asset);
  if (pieces) {
    asset.kind = "sentencepiece";
    asset.bytes = std::move(*files.sentencePiece);
    FOT_RETURN_IF_ERROR(
        appendAddedTokens(files, *pieces, asset.bytes)
            .at((directory / "tokenizer_config.json").string()));
  } else {
    FOT_RETURN_IF_ERROR(convertTokenizerJson(files, asset)
                            .at((directory / "tokenizer.json").string()));
  }
  // What LLaMA's tokenizers do unless told otherwise.
  bool usual = asset.kind == "sentencepiece" && asset.bos;
  asset.addBos =
      flagOf(memberOf(files.tokenizerConfig, "add_bos_token"))
          .value_or(templateAddsBos(files.tokenizer).value_or(usual));
  asset.chatTemplate = chatTemplateOf(files);
  return std::optional<TokenizerAsset>(std::move(asset));
}

} // namespace mlir::fot
