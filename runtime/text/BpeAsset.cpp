// Reads the JSON of a "bpe" asset; docs/tokenizer.md is its description.
#include "runtime/text/BpeAsset.h"

#include "runtime/text/ByteLevel.h"

#include <nlohmann/json.hpp>

#include <limits>

namespace fot::rt {

using nlohmann::json;

static constexpr int64_t formatVersion = 1;

static Status wrong(const std::string &where, const std::string &expected,
                    const json &found) {
  return Status::failure("tokenizer asset: expected " + expected + " at '" +
                         where + "', found " +
                         (found.is_discarded() || found.is_null()
                              ? "nothing"
                              : std::string(found.type_name())));
}

/// The member `key`, or null.
static const json &member(const json &object, const char *key) {
  static const json none;
  auto at = object.find(key);
  return at == object.end() ? none : *at;
}

static Status readFlag(const json &object, const char *key, bool &flag) {
  const json &value = member(object, key);
  if (value.is_null()) {
    return Status();
  }
  if (!value.is_boolean()) {
    return wrong(key, "true or false", value);
  }
  flag = value.get<bool>();
  return Status();
}

static Status checkId(const std::string &where, const json &value,
                      size_t numTokens, int32_t &id) {
  if (!value.is_number_integer()) {
    return wrong(where, "a token id", value);
  }
  // An unsigned value above the signed range reads as negative here.
  int64_t number = value.get<int64_t>();
  if (number < 0 || static_cast<uint64_t>(number) >= numTokens) {
    return Status::failure("tokenizer asset: the id at '" + where +
                           "' is outside the vocabulary of " +
                           std::to_string(numTokens) + " tokens");
  }
  id = static_cast<int32_t>(number);
  return Status();
}

static Status readId(const json &object, const char *key, size_t numTokens,
                     std::optional<int32_t> &id) {
  const json &value = member(object, key);
  if (value.is_null()) {
    return Status();
  }
  int32_t number = 0;
  FOT_RETURN_IF_ERROR(checkId(key, value, numTokens, number));
  id = number;
  return Status();
}

/// Calls `use` with each id of the list `key`.
template <typename Use>
static Status readIds(const json &object, const char *key, size_t numTokens,
                      Use use) {
  const json &list = member(object, key);
  if (list.is_null()) {
    return Status();
  }
  if (!list.is_array()) {
    return wrong(key, "a list of token ids", list);
  }
  for (const json &value : list) {
    int32_t id = 0;
    FOT_RETURN_IF_ERROR(checkId(key, value, numTokens, id));
    use(id);
  }
  return Status();
}

static Status readTokens(const json &root, BpeAsset &asset) {
  const json &tokens = member(root, "tokens");
  if (!tokens.is_array() || tokens.empty()) {
    return wrong("tokens", "a list of tokens", tokens);
  }
  if (tokens.size() > std::numeric_limits<int32_t>::max()) {
    return Status::failure("tokenizer asset: too many tokens");
  }
  asset.tokens.resize(tokens.size());
  for (size_t id = 0; id < tokens.size(); ++id) {
    BpeAsset::Token &token = asset.tokens[id];
    if (tokens[id].is_null()) {
      token.type = BpeAsset::Type::Unused;
    } else if (tokens[id].is_string()) {
      token.bytes = tokens[id].get_ref<const std::string &>();
    } else {
      return wrong("tokens/" + std::to_string(id), "a string or null",
                   tokens[id]);
    }
  }
  using Type = BpeAsset::Type;
  auto mark = [&](Type type) {
    return [&asset, type](int32_t id) { asset.tokens[id].type = type; };
  };
  size_t n = asset.tokens.size();
  FOT_RETURN_IF_ERROR(
      readIds(root, "user_defined", n, mark(Type::UserDefined)));
  FOT_RETURN_IF_ERROR(readIds(root, "control", n, mark(Type::Control)));
  FOT_RETURN_IF_ERROR(readIds(root, "strip_left", n, [&](int32_t id) {
    asset.tokens[id].stripLeft = true;
  }));
  FOT_RETURN_IF_ERROR(readIds(root, "strip_right", n, [&](int32_t id) {
    asset.tokens[id].stripRight = true;
  }));
  for (BpeAsset::Token &token : asset.tokens) {
    if (token.type == Type::Normal) {
      // A spelling outside the alphabet is text as it stands.
      token.bytes = bytesOfSpelling(token.bytes).value_or(token.bytes);
    }
  }
  return Status();
}

static Status readMerges(const json &root, BpeAsset &asset) {
  const json &merges = member(root, "merges");
  if (!merges.is_array()) {
    return wrong("merges", "a list of merges", merges);
  }
  if (merges.size() > std::numeric_limits<int32_t>::max()) {
    return Status::failure("tokenizer asset: too many merges");
  }
  asset.merges.reserve(merges.size());
  for (size_t rank = 0; rank < merges.size(); ++rank) {
    std::string where = "merges/" + std::to_string(rank);
    if (!merges[rank].is_string()) {
      return wrong(where, "a string", merges[rank]);
    }
    std::string_view line = merges[rank].get_ref<const std::string &>();
    size_t space = line.find(' ');
    std::optional<std::string> left, right;
    if (space != std::string_view::npos) {
      left = bytesOfSpelling(line.substr(0, space));
      right = bytesOfSpelling(line.substr(space + 1));
    }
    if (!left || !right || left->empty() || right->empty()) {
      return Status::failure(
          "tokenizer asset: expected two byte-level spellings with one space "
          "between them at '" +
          where + "'");
    }
    asset.merges.emplace_back(std::move(*left), std::move(*right));
  }
  return Status();
}

static Status readSteps(const json &root, BpeAsset &asset) {
  const json &steps = member(root, "pre_tokenizer");
  if (!steps.is_array()) {
    return wrong("pre_tokenizer", "a list of steps", steps);
  }
  for (size_t i = 0; i < steps.size(); ++i) {
    std::string where = "pre_tokenizer/" + std::to_string(i);
    if (!steps[i].is_object()) {
      return wrong(where, "an object", steps[i]);
    }
    const json &regex = member(steps[i], "regex");
    if (!regex.is_string()) {
      return wrong(where + "/regex", "a string", regex);
    }
    SplitStep step{regex.get<std::string>()};
    const json &keep = member(steps[i], "keep");
    if (keep == "matches") {
      step.keep = SplitStep::Keep::Matches;
    } else if (keep == "gaps") {
      step.keep = SplitStep::Keep::Gaps;
    } else if (!keep.is_null() && keep != "all") {
      return wrong(where + "/keep", "all, matches or gaps", keep);
    }
    asset.steps.push_back(std::move(step));
  }
  return Status();
}

StatusOr<BpeAsset> readBpeAsset(std::string_view text) {
  json root = json::parse(text.begin(), text.end(), nullptr,
                          /*allow_exceptions=*/false);
  if (!root.is_object()) {
    return Status::failure(
        "tokenizer asset: expected a JSON object in " +
        std::to_string(text.size()) + " bytes, found " +
        (root.is_discarded() ? "damaged JSON" : root.type_name()));
  }
  const json &format = member(root, "format");
  if (!format.is_number_integer() || format.get<int64_t>() != formatVersion) {
    return Status::failure("tokenizer asset: expected format " +
                           std::to_string(formatVersion) + ", found " +
                           (format.is_number_integer()
                                ? std::to_string(format.get<int64_t>())
                                : std::string(format.type_name())));
  }
  BpeAsset asset;
  FOT_RETURN_IF_ERROR(readTokens(root, asset));
  FOT_RETURN_IF_ERROR(readMerges(root, asset));
  FOT_RETURN_IF_ERROR(readSteps(root, asset));
  FOT_RETURN_IF_ERROR(readFlag(root, "add_prefix_space", asset.addPrefixSpace));
  FOT_RETURN_IF_ERROR(readFlag(root, "ignore_merges", asset.ignoreMerges));
  size_t n = asset.tokens.size();
  FOT_RETURN_IF_ERROR(readId(root, "unknown", n, asset.unknown));
  FOT_RETURN_IF_ERROR(readId(root, "bos", n, asset.bos));
  FOT_RETURN_IF_ERROR(readId(root, "eos", n, asset.eos));
  return asset;
}

} // namespace fot::rt
