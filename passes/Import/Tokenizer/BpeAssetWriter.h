// Writes the asset of kind "bpe" (docs/tokenizer.md).
#ifndef FOT_PASSES_IMPORT_TOKENIZER_BPEASSETWRITER_H
#define FOT_PASSES_IMPORT_TOKENIZER_BPEASSETWRITER_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mlir::fot {

/// What a "bpe" asset says, in the vocabulary's own spelling.
struct BpeDescription {
  enum class Type { Normal, Control, UserDefined, Unused };
  struct Token {
    std::string text;
    Type type = Type::Unused;
    bool stripLeft = false, stripRight = false;
  };
  struct Step {
    std::string regex;
    std::string keep = "all"; ///< or "matches", "gaps"
  };
  std::vector<Token> tokens;
  std::vector<std::string> merges; ///< two spellings, one space between
  std::vector<Step> steps;
  bool addPrefixSpace = false;
  bool ignoreMerges = false;
  std::optional<int32_t> unknown, bos, eos;
};

/// The JSON. Fails on tokens or merges that are not UTF-8.
::fot::rt::StatusOr<std::string> writeBpeAsset(const BpeDescription &bpe);

/// Whether a token is spelled like a control token ("<|im_end|>"), which
/// checkpoints sometimes list among ordinary added tokens.
bool looksLikeControl(std::string_view text);

} // namespace mlir::fot

#endif
