// A GGUF file's tokenizer: "llama" becomes a sentencepiece model, "gpt2" a
// byte-level BPE.
#include "passes/Import/Tokenizer/BpeAssetWriter.h"
#include "passes/Import/Tokenizer/ModelProtoWriter.h"
#include "passes/Import/Tokenizer/PreTokenizers.h"
#include "passes/Import/Tokenizer/TokenizerImport.h"

#include <algorithm>
#include <cmath>

using ::fot::rt::Status;
using ::fot::rt::StatusOr;

namespace mlir::fot {

/// GGUF's numbering of token types is sentencepiece's.
using GgufType = SentencePiece::Type;

static GgufType typeOf(const GgufTokenizerFields &fields, size_t id) {
  GgufType type = fields.types.empty()
                      ? GgufType::Normal
                      : static_cast<GgufType>(fields.types[id]);
  if (type == GgufType::UserDefined && looksLikeControl(fields.tokens[id])) {
    return GgufType::Control;
  }
  return type;
}

static Status check(const GgufTokenizerFields &fields) {
  size_t n = fields.tokens.size();
  auto sized = [&](const char *key, size_t found) {
    return found == 0 || found == n
               ? Status()
               : Status::failure("expected tokenizer.ggml." + std::string(key) +
                                 " with one entry for each "
                                 "of the " +
                                 std::to_string(n) + " tokens, found " +
                                 std::to_string(found));
  };
  if (n == 0) {
    return Status::failure("expected tokens in tokenizer.ggml.tokens, found "
                           "none");
  }
  FOT_RETURN_IF_ERROR(sized("scores", fields.scores.size()));
  FOT_RETURN_IF_ERROR(sized("token_type", fields.types.size()));
  for (size_t id = 0; id < fields.types.size(); ++id) {
    if (fields.types[id] < 1 || fields.types[id] > 6) {
      return Status::failure("expected types 1 to 6 in "
                             "tokenizer.ggml.token_type, found " +
                             std::to_string(fields.types[id]) + " for token " +
                             std::to_string(id));
    }
  }
  auto inRange = [&](const char *key, const std::optional<int32_t> &id) {
    return !id || (*id >= 0 && static_cast<size_t>(*id) < n)
               ? Status()
               : Status::failure("tokenizer.ggml." + std::string(key) +
                                 "_token_id " + std::to_string(*id) +
                                 " is outside the vocabulary of " +
                                 std::to_string(n) + " tokens");
  };
  FOT_RETURN_IF_ERROR(inRange("bos", fields.bos));
  FOT_RETURN_IF_ERROR(inRange("eos", fields.eos));
  return Status();
}

static Status convertLlama(const GgufTokenizerFields &fields,
                           TokenizerAsset &asset) {
  SentencePieceSpec spec;
  for (size_t id = 0; id < fields.tokens.size(); ++id) {
    float score =
        fields.scores.empty() ? -static_cast<float>(id) : fields.scores[id];
    if (!std::isfinite(score)) {
      return Status::failure("tokenizer.ggml.scores has a score that is not "
                             "finite for token " +
                             std::to_string(id));
    }
    spec.pieces.push_back({fields.tokens[id], score, typeOf(fields, id)});
  }
  spec.unk = fields.unk;
  spec.bos = fields.bos;
  spec.eos = fields.eos;
  spec.pad = fields.pad;
  spec.addDummyPrefix = fields.addSpacePrefix.value_or(true);
  asset.kind = "sentencepiece";
  asset.bytes = writeModelProto(std::move(spec));
  asset.addBos = fields.addBos.value_or(true);
  return Status();
}

static Status convertGpt2(const GgufTokenizerFields &fields,
                          TokenizerAsset &asset) {
  std::string pre = fields.pre.empty() ? "default" : fields.pre;
  const PreTokenizer *family = findPreTokenizer(pre);
  if (!family) {
    return Status::failure("unknown pre-tokenizer '" + pre +
                           "' in tokenizer.ggml.pre; known ones are " +
                           knownPreTokenizers());
  }
  if (fields.pre.empty()) {
    asset.notes.push_back("the file names no pre-tokenizer; 'default' is "
                          "used, and token ids may differ from the model's");
  }
  BpeDescription bpe;
  bpe.tokens.resize(fields.tokens.size());
  for (size_t id = 0; id < fields.tokens.size(); ++id) {
    using Type = BpeDescription::Type;
    GgufType type = typeOf(fields, id);
    bpe.tokens[id] = {fields.tokens[id],
                      type == GgufType::Control || type == GgufType::Unknown
                          ? Type::Control
                      : type == GgufType::UserDefined ? Type::UserDefined
                      : type == GgufType::Unused      ? Type::Unused
                                                      : Type::Normal,
                      false, false};
  }
  bpe.merges = fields.merges;
  for (const std::string &regex : family->regexes) {
    bpe.steps.push_back({regex});
  }
  bpe.addPrefixSpace = fields.addSpacePrefix.value_or(false);
  bpe.ignoreMerges = family->ignoreMerges;
  bpe.bos = fields.bos;
  bpe.eos = fields.eos;
  FOT_ASSIGN_OR_RETURN(asset.bytes, writeBpeAsset(bpe));
  asset.kind = "bpe";
  asset.addBos = fields.addBos.value_or(family->addBos);
  return Status();
}

StatusOr<TokenizerAsset>
importGgufTokenizer(const GgufTokenizerFields &fields) {
  FOT_RETURN_IF_ERROR(check(fields));
  TokenizerAsset asset;
  if (fields.model == "llama") {
    FOT_RETURN_IF_ERROR(convertLlama(fields, asset));
  } else if (fields.model == "gpt2") {
    FOT_RETURN_IF_ERROR(convertGpt2(fields, asset));
  } else {
    return Status::failure("unknown tokenizer.ggml.model '" + fields.model +
                           "'; known ones are gpt2, llama");
  }
  asset.chatTemplate = fields.chatTemplate;
  asset.bos = fields.bos;
  auto addEos = [&](int32_t id) {
    if (id >= 0 && static_cast<size_t>(id) < fields.tokens.size() &&
        std::find(asset.eos.begin(), asset.eos.end(), id) == asset.eos.end()) {
      asset.eos.push_back(id);
    }
  };
  if (fields.eos) {
    addEos(*fields.eos);
  }
  for (int32_t id : fields.moreEos) {
    addEos(id);
  }
  return asset;
}

} // namespace mlir::fot
