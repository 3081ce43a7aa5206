// tokenizer.json: byte-level BPE, or LLaMA's BPE with byte fallback.
#include "passes/Import/Tokenizer/TokenizerJson.h"

#include "passes/Import/Tokenizer/BpeAssetWriter.h"
#include "passes/Import/Tokenizer/ModelProtoWriter.h"
#include "passes/Import/Tokenizer/PreTokenizerSteps.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

using ::fot::rt::Status;
using ::fot::rt::StatusOr;
using nlohmann::json;

namespace mlir::fot {

std::optional<bool> templateAddsBos(const json &tokenizer) {
  const json &post = memberOf(tokenizer, "post_processor");
  json list = json::array({post});
  if (textOf(memberOf(post, "type")) == "Sequence") {
    list = memberOf(post, "processors");
  }
  if (!list.is_array()) {
    return std::nullopt;
  }
  for (const json &processor : list) {
    if (textOf(memberOf(processor, "type")) != "TemplateProcessing") {
      continue;
    }
    const json &single = memberOf(processor, "single");
    return single.is_array() && !single.empty() && single[0].is_object() &&
           single[0].contains("SpecialToken");
  }
  return std::nullopt;
}

std::optional<int32_t> idOfToken(const HuggingFaceFiles &files,
                                 const std::string &text) {
  if (text.empty()) {
    return std::nullopt;
  }
  for (const auto &[id, token] : addedTokensOf(files)) {
    if (token.text == text) {
      return id;
    }
  }
  return idOf(
      memberOf(memberOf(memberOf(files.tokenizer, "model"), "vocab"), text));
}

/// The vocabulary with `size` places; a place without a token is empty.
static StatusOr<std::vector<std::string>> readVocab(const json &vocab) {
  if (!vocab.is_object() || vocab.empty()) {
    return Status::failure("expected tokens in 'model.vocab', found none");
  }
  std::vector<std::string> tokens;
  for (const auto &[text, value] : vocab.items()) {
    std::optional<int32_t> id = idOf(value);
    if (!id) {
      return Status::failure("expected a token id in 'model.vocab' for '" +
                             text + "', found " + value.dump());
    }
    if (static_cast<size_t>(*id) >= tokens.size()) {
      tokens.resize(*id + 1);
    }
    tokens[*id] = text;
  }
  return tokens;
}

using Merges = std::vector<std::pair<std::string, std::string>>;

static StatusOr<Merges> readMerges(const json &list) {
  if (!list.is_array()) {
    return Status::failure("expected a list in 'model.merges'");
  }
  Merges merges;
  for (const json &merge : list) {
    std::string left, right;
    if (merge.is_string()) {
      std::string line = merge.get<std::string>();
      size_t space = line.find(' ');
      left = line.substr(0, space);
      right = space == std::string::npos ? "" : line.substr(space + 1);
    } else if (merge.is_array() && merge.size() == 2) {
      left = textOf(merge[0]);
      right = textOf(merge[1]);
    }
    if (left.empty() || right.empty()) {
      return Status::failure("expected two tokens in merge " +
                             std::to_string(merges.size()) +
                             " of 'model.merges'");
    }
    merges.emplace_back(std::move(left), std::move(right));
  }
  return merges;
}

static Status convertByteLevel(const HuggingFaceFiles &files,
                               const std::vector<std::string> &vocab,
                               const Merges &merges, TokenizerAsset &asset) {
  using Type = BpeDescription::Type;
  const json &model = memberOf(files.tokenizer, "model");
  BpeDescription bpe;
  bpe.tokens.resize(vocab.size());
  for (size_t id = 0; id < vocab.size(); ++id) {
    bpe.tokens[id].text = vocab[id];
    bpe.tokens[id].type = vocab[id].empty() ? Type::Unused : Type::Normal;
  }
  for (const auto &[id, added] : addedTokensOf(files)) {
    if (static_cast<size_t>(id) >= bpe.tokens.size()) {
      bpe.tokens.resize(id + 1);
    }
    bpe.tokens[id] = {added.text,
                      added.special ? Type::Control : Type::UserDefined,
                      added.stripLeft, added.stripRight};
  }
  for (const auto &[left, right] : merges) {
    if ((left + right).find(' ') != std::string::npos) {
      return Status::failure("a merge of 'model.merges' has a space in it, "
                             "which byte-level BPE never has");
    }
    bpe.merges.push_back(left + " " + right);
  }
  FOT_RETURN_IF_ERROR(
      checkNormalizer(memberOf(files.tokenizer, "normalizer"), asset.notes));
  FOT_RETURN_IF_ERROR(
      addPreTokenizer(memberOf(files.tokenizer, "pre_tokenizer"), bpe));
  bpe.ignoreMerges = flagOf(memberOf(model, "ignore_merges")).value_or(false);
  bpe.unknown = idOfToken(files, textOf(memberOf(model, "unk_token")));
  bpe.bos = asset.bos;
  if (!asset.eos.empty()) {
    bpe.eos = asset.eos.front();
  }
  FOT_ASSIGN_OR_RETURN(asset.bytes, writeBpeAsset(bpe));
  asset.kind = "bpe";
  return Status();
}

/// Whether the normalizer or pre-tokenizer puts a space in front of text.
static bool prependsSpace(const json &tokenizer) {
  bool prepends = false;
  auto look = [&](const json &step) {
    std::string type = textOf(memberOf(step, "type"));
    if (type == "Prepend") {
      prepends = true;
    } else if (type == "Metaspace") {
      std::string scheme = textOf(memberOf(step, "prepend_scheme"));
      prepends |=
          scheme.empty()
              ? flagOf(memberOf(step, "add_prefix_space")).value_or(true)
              : scheme != "never";
    }
  };
  for (const char *part : {"normalizer", "pre_tokenizer"}) {
    const json &step = memberOf(tokenizer, part);
    look(step);
    for (const char *key : {"normalizers", "pretokenizers"}) {
      for (const json &inner : memberOf(step, key)) {
        look(inner);
      }
    }
  }
  return prepends;
}

/// sentencepiece joins any two neighbours that make a piece, a tokenizer.json
/// only those that it lists. Notes where the two could differ.
static void noteUnlistedMerges(const std::vector<std::string> &vocab,
                               const Merges &merges,
                               std::vector<std::string> &notes) {
  // Longer pieces are rare, and trying all their cuts is slow.
  constexpr size_t maxBytes = 256;
  std::unordered_set<std::string> tokens(vocab.begin(), vocab.end()), listed;
  for (const auto &[left, right] : merges) {
    listed.insert(left + " " + right);
  }
  size_t unlisted = 0;
  for (const auto &[left, right] : merges) {
    std::string text = left + right;
    for (size_t cut = 1; text.size() <= maxBytes && cut < text.size(); ++cut) {
      std::string a = text.substr(0, cut), b = text.substr(cut);
      unlisted +=
          tokens.count(a) && tokens.count(b) && !listed.count(a + " " + b);
    }
  }
  if (unlisted > 0) {
    notes.push_back("'model.merges' leaves out ways to join two tokens, which "
                    "sentencepiece takes: rare words may get other ids");
  }
}

static Status convertSentencePiece(const HuggingFaceFiles &files,
                                   const std::vector<std::string> &vocab,
                                   const Merges &merges,
                                   TokenizerAsset &asset) {
  using Type = SentencePiece::Type;
  const json &model = memberOf(files.tokenizer, "model");
  std::unordered_map<std::string, size_t> firstRank;
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    firstRank.emplace(merges[rank].first + merges[rank].second, rank);
  }
  SentencePieceSpec spec;
  for (const std::string &text : vocab) {
    auto rank = firstRank.find(text);
    // sentencepiece merges by the result's score, highest first; single
    // characters are never results.
    float score = rank == firstRank.end() ? -static_cast<float>(merges.size())
                                          : -static_cast<float>(rank->second);
    bool isByte = text.size() == 6 && text.substr(0, 3) == "<0x";
    spec.pieces.push_back({text, score, isByte ? Type::Byte : Type::Normal});
  }
  for (const auto &[id, added] : addedTokensOf(files)) {
    if (static_cast<size_t>(id) >= spec.pieces.size()) {
      spec.pieces.resize(id + 1);
    }
    spec.pieces[id] = {added.text, 0,
                       added.special ? Type::Control : Type::UserDefined};
  }
  spec.unk = idOfToken(files, textOf(memberOf(model, "unk_token")));
  spec.bos = asset.bos;
  if (!asset.eos.empty()) {
    spec.eos = asset.eos.front();
  }
  spec.addDummyPrefix = prependsSpace(files.tokenizer);
  noteUnlistedMerges(vocab, merges, asset.notes);
  asset.bytes = writeModelProto(std::move(spec));
  asset.kind = "sentencepiece";
  return Status();
}

Status convertTokenizerJson(const HuggingFaceFiles &files,
                            TokenizerAsset &asset) {
  const json &model = memberOf(files.tokenizer, "model");
  std::string type = textOf(memberOf(model, "type"));
  if (!type.empty() && type != "BPE") {
    return Status::failure("unsupported model type '" + type +
                           "'; supported is BPE");
  }
  for (const char *key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    if (!textOf(memberOf(model, key)).empty()) {
      return Status::failure("unsupported '" + std::string(key) +
                             "' in 'model'");
    }
  }
  FOT_ASSIGN_OR_RETURN(std::vector<std::string> vocab,
                       readVocab(memberOf(model, "vocab")));
  FOT_ASSIGN_OR_RETURN(Merges merges, readMerges(memberOf(model, "merges")));
  bool fallback = flagOf(memberOf(model, "byte_fallback")).value_or(false);
  return fallback ? convertSentencePiece(files, vocab, merges, asset)
                  : convertByteLevel(files, vocab, merges, asset);
}

} // namespace mlir::fot
