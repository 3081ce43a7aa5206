// Reads the files of a Hugging Face directory.
#include "passes/Import/Tokenizer/HuggingFaceFiles.h"

#include "passes/Import/Tokenizer/BpeAssetWriter.h"

#include <fstream>
#include <iterator>
#include <set>

using ::fot::rt::Status;
using ::fot::rt::StatusOr;
using nlohmann::json;
namespace fs = std::filesystem;

namespace mlir::fot {

const json &memberOf(const json &object, const std::string &key) {
  static const json none;
  if (!object.is_object()) {
    return none;
  }
  auto at = object.find(key);
  return at == object.end() ? none : *at;
}

std::string textOf(const json &value) {
  const json &text = value.is_object() ? memberOf(value, "content") : value;
  return text.is_string() ? text.get<std::string>() : std::string();
}

std::optional<bool> flagOf(const json &value) {
  return value.is_boolean() ? std::optional<bool>(value.get<bool>())
                            : std::nullopt;
}

std::optional<int32_t> idOf(const json &value) {
  if (!value.is_number_integer()) {
    return std::nullopt;
  }
  int64_t id = value.get<int64_t>();
  return id >= 0 && id <= 1 << 22
             ? std::optional<int32_t>(static_cast<int32_t>(id))
             : std::nullopt;
}

/// Nothing if there is no such file.
static StatusOr<std::optional<std::string>> readText(const fs::path &path) {
  std::error_code error;
  if (!fs::exists(path, error)) {
    return std::optional<std::string>();
  }
  std::ifstream file(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(file)), {});
  if (!file || fs::is_directory(path, error)) {
    return Status::failure(path.string() + ": cannot be read");
  }
  return std::optional<std::string>(std::move(text));
}

static Status readJson(const fs::path &path, json &value) {
  FOT_ASSIGN_OR_RETURN(std::optional<std::string> text, readText(path));
  if (!text) {
    return Status();
  }
  value = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object()) {
    return Status::failure(
        path.string() + ": expected a JSON object, found " +
        (value.is_discarded() ? "damaged JSON" : value.type_name()));
  }
  return Status();
}

StatusOr<HuggingFaceFiles> readHuggingFaceFiles(const fs::path &directory) {
  HuggingFaceFiles files;
  FOT_RETURN_IF_ERROR(readJson(directory / "tokenizer.json", files.tokenizer));
  FOT_RETURN_IF_ERROR(
      readJson(directory / "tokenizer_config.json", files.tokenizerConfig));
  FOT_RETURN_IF_ERROR(
      readJson(directory / "generation_config.json", files.generationConfig));
  FOT_RETURN_IF_ERROR(readJson(directory / "config.json", files.config));
  FOT_RETURN_IF_ERROR(
      readJson(directory / "added_tokens.json", files.addedTokens));
  FOT_RETURN_IF_ERROR(
      readJson(directory / "special_tokens_map.json", files.specialTokens));
  FOT_ASSIGN_OR_RETURN(files.sentencePiece,
                       readText(directory / "tokenizer.model"));
  FOT_ASSIGN_OR_RETURN(std::optional<std::string> chat,
                       readText(directory / "chat_template.jinja"));
  files.chatTemplateFile = chat.value_or("");
  return files;
}

std::map<int32_t, AddedToken> addedTokensOf(const HuggingFaceFiles &files) {
  std::map<int32_t, AddedToken> tokens;
  std::set<std::string> specialNames;
  auto addName = [&](const json &value) {
    if (std::string name = textOf(value); !name.empty()) {
      specialNames.insert(name);
    }
  };
  for (const json *source : {&files.specialTokens, &files.tokenizerConfig}) {
    for (const char *key : {"bos_token", "eos_token", "unk_token", "pad_token",
                            "cls_token", "sep_token", "mask_token"}) {
      addName(memberOf(*source, key));
    }
    const json &more = memberOf(*source, "additional_special_tokens");
    if (more.is_array()) {
      for (const json &value : more) {
        addName(value);
      }
    }
  }
  auto add = [&](std::optional<int32_t> id, const std::string &text,
                 const json &entry) {
    if (!id || text.empty()) {
      return;
    }
    bool special = flagOf(memberOf(entry, "special")).value_or(false) ||
                   specialNames.count(text) || looksLikeControl(text);
    tokens.emplace(
        *id, AddedToken{text, special,
                        flagOf(memberOf(entry, "lstrip")).value_or(false),
                        flagOf(memberOf(entry, "rstrip")).value_or(false)});
  };
  const json &listed = memberOf(files.tokenizer, "added_tokens");
  if (listed.is_array()) {
    for (const json &entry : listed) {
      add(idOf(memberOf(entry, "id")), textOf(entry), entry);
    }
  }
  const json &decoder = memberOf(files.tokenizerConfig, "added_tokens_decoder");
  if (decoder.is_object()) {
    for (const auto &[key, entry] : decoder.items()) {
      bool isNumber = !key.empty() && key.size() < 9 &&
                      key.find_first_not_of("0123456789") == std::string::npos;
      add(isNumber ? std::optional<int32_t>(std::stoi(key)) : std::nullopt,
          textOf(entry), entry);
    }
  }
  if (files.addedTokens.is_object()) {
    for (const auto &[text, id] : files.addedTokens.items()) {
      add(idOf(id), text, json());
    }
  }
  return tokens;
}

std::string chatTemplateOf(const HuggingFaceFiles &files) {
  if (!files.chatTemplateFile.empty()) {
    return files.chatTemplateFile;
  }
  const json &value = memberOf(files.tokenizerConfig, "chat_template");
  if (!value.is_array()) {
    return textOf(value);
  }
  // Several named templates: "default" is the one for conversations.
  std::string chosen;
  for (const json &entry : value) {
    std::string text = textOf(memberOf(entry, "template"));
    if (chosen.empty() || textOf(memberOf(entry, "name")) == "default") {
      chosen = text;
    }
  }
  return chosen;
}

} // namespace mlir::fot
