// Byte-level BPE: special tokens first, then words, then merges.
#include "runtime/text/BpeTokenizer.h"

#include "runtime/text/BpeAsset.h"
#include "runtime/text/BpeMerger.h"
#include "runtime/text/Splitter.h"
#include "runtime/text/TokenMatcher.h"

#include <limits>

namespace fot::rt {

namespace {
class BpeTokenizer final : public Tokenizer {
public:
  BpeTokenizer(BpeAsset asset, BpeMerger merger, Splitter splitter);

  int32_t vocabSize() const override {
    return static_cast<int32_t>(asset.tokens.size());
  }
  std::optional<int32_t> bos() const override { return asset.bos; }
  std::optional<int32_t> eos() const override { return asset.eos; }
  std::optional<int32_t> specialId(std::string_view name) const override {
    TokenMatcher::Match match = everySpecial.find(name, 0);
    bool whole = match.id >= 0 && match.begin == 0 && match.end == name.size();
    return whole ? std::optional<int32_t>(match.id) : std::nullopt;
  }
  bool dropsLeadingSpace() const override { return asset.addPrefixSpace; }
  TokenPiece piece(int32_t id) const override;

protected:
  Status appendIds(std::string_view text, bool parseSpecial,
                   std::vector<int32_t> &ids) const override;

private:
  Status appendSection(std::string_view text, std::vector<int32_t> &ids) const;

  BpeAsset asset;
  BpeMerger merger;
  Splitter splitter;
  TokenMatcher userDefined;  // recognised in any text
  TokenMatcher everySpecial; // and the control tokens
};
} // namespace

BpeTokenizer::BpeTokenizer(BpeAsset given, BpeMerger merger, Splitter splitter)
    : asset(std::move(given)), merger(std::move(merger)),
      splitter(std::move(splitter)) {
  for (size_t id = 0; id < asset.tokens.size(); ++id) {
    const BpeAsset::Token &token = asset.tokens[id];
    if (token.type == BpeAsset::Type::UserDefined) {
      userDefined.add(token.bytes, static_cast<int32_t>(id));
    }
    if (token.type == BpeAsset::Type::UserDefined ||
        token.type == BpeAsset::Type::Control) {
      everySpecial.add(token.bytes, static_cast<int32_t>(id));
    }
  }
  // The merges have moved into the table.
  asset.merges = {};
}

TokenPiece BpeTokenizer::piece(int32_t id) const {
  const BpeAsset::Token &token = asset.tokens[id];
  bool isText = token.type == BpeAsset::Type::Normal ||
                token.type == BpeAsset::Type::UserDefined;
  return {isText ? TokenPiece::Kind::Text : TokenPiece::Kind::Control,
          token.bytes};
}

static bool isSpace(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

Status BpeTokenizer::appendIds(std::string_view text, bool parseSpecial,
                               std::vector<int32_t> &ids) const {
  const TokenMatcher &matcher = parseSpecial ? everySpecial : userDefined;
  size_t done = 0;
  while (done < text.size()) {
    TokenMatcher::Match match = matcher.find(text, done);
    size_t begin = match.begin, end = match.end;
    if (match.id >= 0 && asset.tokens[match.id].stripLeft) {
      while (begin > done && isSpace(text[begin - 1])) {
        --begin;
      }
    }
    if (match.id >= 0 && asset.tokens[match.id].stripRight) {
      while (end < text.size() && isSpace(text[end])) {
        ++end;
      }
    }
    FOT_RETURN_IF_ERROR(appendSection(text.substr(done, begin - done), ids));
    if (match.id >= 0) {
      ids.push_back(match.id);
    }
    done = end;
  }
  return Status();
}

Status BpeTokenizer::appendSection(std::string_view text,
                                   std::vector<int32_t> &ids) const {
  if (text.empty()) {
    return Status();
  }
  std::string prefixed;
  if (asset.addPrefixSpace && text.front() != ' ') {
    prefixed = " " + std::string(text);
    text = prefixed;
  }
  std::vector<std::string_view> words;
  FOT_RETURN_IF_ERROR(splitter.split(text, words));
  for (std::string_view word : words) {
    if (word.size() > std::numeric_limits<int32_t>::max()) {
      return Status::failure(
          "expected words of less than 2 GiB, found one of " +
          std::to_string(word.size()) + " bytes");
    }
    merger.appendIds(word, ids);
  }
  return Status();
}

StatusOr<std::unique_ptr<Tokenizer>> createBpeTokenizer(std::string_view json) {
  FOT_ASSIGN_OR_RETURN(BpeAsset asset, readBpeAsset(json));
  FOT_ASSIGN_OR_RETURN(BpeMerger merger, BpeMerger::create(asset));
  FOT_ASSIGN_OR_RETURN(Splitter splitter, Splitter::create(asset.steps));
  return std::unique_ptr<Tokenizer>(std::make_unique<BpeTokenizer>(
      std::move(asset), std::move(merger), std::move(splitter)));
}

} // namespace fot::rt
