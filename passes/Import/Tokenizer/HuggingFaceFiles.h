// The JSON files of a Hugging Face directory that speak of the tokenizer, and
// small helpers to read them. Nothing here throws.
#ifndef FOT_PASSES_IMPORT_TOKENIZER_HUGGINGFACEFILES_H
#define FOT_PASSES_IMPORT_TOKENIZER_HUGGINGFACEFILES_H

#include "runtime/base/Status.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace mlir::fot {

/// A token that a checkpoint adds to its vocabulary.
struct AddedToken {
  std::string text;
  bool special = false;
  bool stripLeft = false, stripRight = false;
};

/// The files as parsed; null where there is none.
struct HuggingFaceFiles {
  nlohmann::json tokenizer;                 ///< tokenizer.json
  nlohmann::json tokenizerConfig;           ///< tokenizer_config.json
  nlohmann::json generationConfig;          ///< generation_config.json
  nlohmann::json config;                    ///< config.json
  nlohmann::json addedTokens;               ///< added_tokens.json
  nlohmann::json specialTokens;             ///< special_tokens_map.json
  std::string chatTemplateFile;             ///< text of chat_template.jinja
  std::optional<std::string> sentencePiece; ///< bytes of tokenizer.model
};

/// Reads what is there. Fails on a file that is not JSON or cannot be read.
::fot::rt::StatusOr<HuggingFaceFiles>
readHuggingFaceFiles(const std::filesystem::path &directory);

/// The member `key` of an object, or null.
const nlohmann::json &memberOf(const nlohmann::json &object,
                               const std::string &key);
/// A string, or the `content` of an object; empty otherwise.
std::string textOf(const nlohmann::json &value);
/// A boolean, if it is one.
std::optional<bool> flagOf(const nlohmann::json &value);
/// A token id: an integer from 0 to 2^22, if it is one.
std::optional<int32_t> idOf(const nlohmann::json &value);

/// Added tokens of all files, by id. Tokens whose files do not call them
/// special are special if they look like a control token.
std::map<int32_t, AddedToken> addedTokensOf(const HuggingFaceFiles &files);

/// The default chat template, or empty.
std::string chatTemplateOf(const HuggingFaceFiles &files);

} // namespace mlir::fot

#endif
