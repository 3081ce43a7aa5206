//===- EmitTokenizer.cpp - a checkpoint's tokenizer as an asset -----------===//

#include "passes/Emit/EmitTokenizer.h"

#include "passes/Import/Checkpoint/Gguf.h"

#include "llvm/Support/FileSystem.h"

using namespace mlir;
using namespace mlir::fot;

static std::vector<std::string> strings(const GgufFile &file, StringRef key) {
  std::vector<std::string> result;
  if (auto values = file.getArrayOfStrings(key)) {
    for (StringRef value : *values) {
      result.push_back(value.str());
    }
  }
  return result;
}

static std::optional<int32_t> id(const GgufFile &file, StringRef key) {
  std::optional<uint32_t> value = file.getU32(key);
  return value ? std::optional<int32_t>(*value) : std::nullopt;
}

static GgufTokenizerFields fieldsOf(const GgufFile &file) {
  GgufTokenizerFields fields;
  auto text = [&](StringRef key) {
    return file.getString(key).value_or("").str();
  };
  fields.model = text("tokenizer.ggml.model");
  fields.pre = text("tokenizer.ggml.pre");
  fields.tokens = strings(file, "tokenizer.ggml.tokens");
  fields.merges = strings(file, "tokenizer.ggml.merges");
  fields.scores = file.getArrayOfFloats("tokenizer.ggml.scores")
                      .value_or(std::vector<float>());
  for (int64_t type : file.getArrayOfIntegers("tokenizer.ggml.token_type")
                          .value_or(std::vector<int64_t>())) {
    fields.types.push_back(static_cast<int32_t>(type));
  }
  fields.bos = id(file, "tokenizer.ggml.bos_token_id");
  fields.eos = id(file, "tokenizer.ggml.eos_token_id");
  fields.unk = id(file, "tokenizer.ggml.unknown_token_id");
  fields.pad = id(file, "tokenizer.ggml.padding_token_id");
  for (StringRef key :
       {"tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"}) {
    if (std::optional<int32_t> more = id(file, key)) {
      fields.moreEos.push_back(*more);
    }
  }
  fields.addBos = file.getBool("tokenizer.ggml.add_bos_token");
  fields.addSpacePrefix = file.getBool("tokenizer.ggml.add_space_prefix");
  fields.chatTemplate = text("tokenizer.chat_template");
  return fields;
}

llvm::Expected<std::optional<TokenizerAsset>>
mlir::fot::loadTokenizer(StringRef path) {
  if (path.empty()) {
    return std::optional<TokenizerAsset>();
  }
  if (llvm::sys::fs::is_directory(path)) {
    auto asset = importHuggingFaceTokenizer(path.str());
    if (!asset.ok()) {
      return llvm::createStringError(asset.status().message());
    }
    return std::move(*asset);
  }
  auto file = GgufFile::open(path);
  if (!file) {
    return file.takeError();
  }
  if (!(*file)->has("tokenizer.ggml.tokens")) {
    return std::optional<TokenizerAsset>();
  }
  auto asset = importGgufTokenizer(fieldsOf(**file));
  if (!asset.ok()) {
    return llvm::createStringError(path.str() + ": " +
                                   asset.status().message());
  }
  return std::optional<TokenizerAsset>(std::move(*asset));
}
