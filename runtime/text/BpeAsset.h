// BpeAsset: what a tokenizer segment of kind "bpe" says (docs/tokenizer.md).
#ifndef FOT_RUNTIME_TEXT_BPEASSET_H
#define FOT_RUNTIME_TEXT_BPEASSET_H

#include "runtime/base/Status.h"
#include "runtime/text/Splitter.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fot::rt {

struct BpeAsset {
  enum class Type : uint8_t { Normal, Control, UserDefined, Unused };
  struct Token {
    /// Raw bytes of a normal token; the spelling in text of the others.
    std::string bytes;
    Type type = Type::Normal;
    /// Special tokens that swallow the white space around them.
    bool stripLeft = false, stripRight = false;
  };
  std::vector<Token> tokens;
  /// Raw bytes of the two halves; the index is the rank.
  std::vector<std::pair<std::string, std::string>> merges;
  std::vector<SplitStep> steps;
  bool addPrefixSpace = false;
  /// A word that is a token as a whole stays whole, whatever the merges say.
  bool ignoreMerges = false;
  std::optional<int32_t> unknown, bos, eos;
};

/// Reads and checks the JSON; every id in the result is within `tokens`.
StatusOr<BpeAsset> readBpeAsset(std::string_view json);

} // namespace fot::rt

#endif
