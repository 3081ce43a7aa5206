// The "bpe" asset as compact JSON.
#include "passes/Import/Tokenizer/BpeAssetWriter.h"

#include <nlohmann/json.hpp>

using ::fot::rt::Status;
using ::fot::rt::StatusOr;
using nlohmann::json;

namespace mlir::fot {

bool looksLikeControl(std::string_view text) {
  return text.size() > 4 && text.substr(0, 2) == "<|" &&
         text.substr(text.size() - 2) == "|>";
}

StatusOr<std::string> writeBpeAsset(const BpeDescription &bpe) {
  using Type = BpeDescription::Type;
  json tokens = json::array(), control = json::array();
  json userDefined = json::array();
  json stripLeft = json::array(), stripRight = json::array();
  for (size_t id = 0; id < bpe.tokens.size(); ++id) {
    const BpeDescription::Token &token = bpe.tokens[id];
    tokens.push_back(token.type == Type::Unused ? json() : json(token.text));
    if (token.type == Type::Control) {
      control.push_back(id);
    } else if (token.type == Type::UserDefined) {
      userDefined.push_back(id);
    }
    if (token.stripLeft) {
      stripLeft.push_back(id);
    }
    if (token.stripRight) {
      stripRight.push_back(id);
    }
  }
  json steps = json::array();
  for (const BpeDescription::Step &step : bpe.steps) {
    steps.push_back({{"regex", step.regex}, {"keep", step.keep}});
  }
  json root = {{"format", 1},
               {"tokens", std::move(tokens)},
               {"control", std::move(control)},
               {"user_defined", std::move(userDefined)},
               {"strip_left", std::move(stripLeft)},
               {"strip_right", std::move(stripRight)},
               {"merges", bpe.merges},
               {"pre_tokenizer", std::move(steps)},
               {"add_prefix_space", bpe.addPrefixSpace},
               {"ignore_merges", bpe.ignoreMerges}};
  auto put = [&](const char *key, const std::optional<int32_t> &id) {
    if (id) {
      root[key] = *id;
    }
  };
  put("unknown", bpe.unknown);
  put("bos", bpe.bos);
  put("eos", bpe.eos);
  try {
    return root.dump();
  } catch (const json::exception &) {
    return Status::failure("the vocabulary has a token, merge or expression "
                           "that is not valid UTF-8");
  }
}

} // namespace mlir::fot
