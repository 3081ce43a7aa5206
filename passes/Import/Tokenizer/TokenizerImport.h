// From a checkpoint's tokenizer to the asset that the artifact carries
// (docs/tokenizer.md). Plain C++: nothing here needs LLVM.
#ifndef FOT_PASSES_IMPORT_TOKENIZER_TOKENIZERIMPORT_H
#define FOT_PASSES_IMPORT_TOKENIZER_TOKENIZERIMPORT_H

#include "runtime/base/Status.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace mlir::fot {

/// A converted tokenizer.
struct TokenizerAsset {
  std::string kind;  ///< "sentencepiece" or "bpe"
  std::string bytes; ///< what the tokenizer segment holds
  bool addBos = false;
  std::string chatTemplate; ///< Jinja; empty if the checkpoint has none
  std::optional<int32_t> bos;
  std::vector<int32_t> eos; ///< ids that end a generation, none twice
  /// Sentences about what the asset does not reproduce exactly.
  std::vector<std::string> notes;
};

/// The tokenizer.ggml.* metadata of a GGUF file, as they are there.
struct GgufTokenizerFields {
  std::string model; ///< "llama" or "gpt2"
  std::string pre;   ///< empty: not stated
  std::vector<std::string> tokens;
  std::vector<float> scores;  ///< empty, or one per token
  std::vector<int32_t> types; ///< empty, or one per token
  std::vector<std::string> merges;
  std::optional<int32_t> bos, eos, unk, pad;
  /// More ids that end a generation (eot_token_id, eom_token_id, ...).
  std::vector<int32_t> moreEos;
  std::optional<bool> addBos, addSpacePrefix;
  std::string chatTemplate;
};

/// Fails with one sentence on fields that make no tokenizer.
::fot::rt::StatusOr<TokenizerAsset>
importGgufTokenizer(const GgufTokenizerFields &fields);

/// Reads tokenizer.model or tokenizer.json, tokenizer_config.json,
/// generation_config.json and config.json of `directory`. Nothing when it holds
/// no tokenizer; a failure when it holds one that cannot be converted.
::fot::rt::StatusOr<std::optional<TokenizerAsset>>
importHuggingFaceTokenizer(const std::filesystem::path &directory);

} // namespace mlir::fot

#endif
