// Tokenizers from Hugging Face directories, real and small ones.
#include "passes/Import/Tokenizer/ModelProtoWriter.h"
#include "test/unit/runtime/text/TestData.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <unistd.h>

using namespace fot::rt;
using namespace fot::rt::test;
using mlir::fot::importHuggingFaceTokenizer;
using mlir::fot::TokenizerAsset;
using nlohmann::json;
using Ids = std::vector<int32_t>;
namespace fs = std::filesystem;

namespace {
/// A directory of its own for each test.
class HuggingFaceTokenizer : public testing::Test {
protected:
  HuggingFaceTokenizer() {
    directory = fs::temp_directory_path() /
                ("fot-tokenizer-" + std::to_string(getpid()) + "-" +
                 testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(directory);
  }
  ~HuggingFaceTokenizer() override { fs::remove_all(directory); }

  void write(const char *name, const std::string &text) {
    std::ofstream(directory / name, std::ios::binary) << text;
  }
  TokenizerAsset import() {
    auto asset = importHuggingFaceTokenizer(directory);
    EXPECT_TRUE(asset.ok()) << asset.status().message();
    EXPECT_TRUE(!asset.ok() || *asset);
    return asset.ok() && *asset ? **asset : TokenizerAsset();
  }
  std::string failure() {
    auto asset = importHuggingFaceTokenizer(directory);
    EXPECT_FALSE(asset.ok());
    return asset.ok() ? "" : asset.status().message();
  }

  fs::path directory;
};
} // namespace

/// Byte-level BPE with the tokens a, b, ab, G-dot and two special ones.
static json smallJson() {
  return json::parse(R"({
    "added_tokens": [
      {"id": 4, "content": "<s>", "special": true},
      {"id": 6, "content": "<pad>", "special": true, "lstrip": true},
      {"id": 7, "content": "yy", "special": false}],
    "normalizer": null,
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
      {"type": "Split", "pattern": {"Regex": " ?\\p{L}+|\\s"},
       "behavior": "Isolated", "invert": false},
      {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]},
    "post_processor": {"type": "Sequence", "processors": [
      {"type": "ByteLevel"},
      {"type": "TemplateProcessing",
       "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}},
                  {"Sequence": {"id": "A", "type_id": 0}}]}]},
    "model": {"type": "BPE", "byte_fallback": false, "ignore_merges": false,
      "vocab": {"a": 0, "b": 1, "ab": 2, "Ġ": 3, "<s>": 4},
      "merges": ["a b"]}})");
}

TEST_F(HuggingFaceTokenizer, NoFilesIsNoTokenizer) {
  auto asset = importHuggingFaceTokenizer(directory);
  ASSERT_TRUE(asset.ok());
  EXPECT_FALSE(asset->has_value());
}

TEST_F(HuggingFaceTokenizer, ByteLevelJson) {
  write("tokenizer.json", smallJson().dump());
  write("tokenizer_config.json",
        R"({"bos_token": {"content": "<s>"}, "eos_token": "<pad>",
            "chat_template": [{"name": "rag", "template": "R"},
                              {"name": "default", "template": "D"}]})");
  write("generation_config.json", R"({"eos_token_id": [4, 6, 4]})");
  TokenizerAsset asset = import();
  EXPECT_EQ(asset.kind, "bpe");
  EXPECT_TRUE(asset.addBos);
  EXPECT_EQ(asset.bos, 4);
  EXPECT_EQ(asset.eos, (Ids{4, 6}));
  EXPECT_EQ(asset.chatTemplate, "D");
  auto tokenizer = makeTokenizer(asset.kind, asset.bytes);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->vocabSize(), 8);
  EXPECT_EQ(*tokenizer->encode("ab aabyy <pad>", {true, true}),
            (Ids{4, 2, 3, 0, 2, 7, 6}));
  // Id 5 has no token and decodes to nothing.
  EXPECT_EQ(*tokenizer->decode({0, 5, 1}), "ab");
}

TEST_F(HuggingFaceTokenizer, MergesMayBePairsAndTheConfigDecidesAboutBos) {
  json root = smallJson();
  root["model"]["merges"] = json::parse(R"([["a", "b"]])");
  write("tokenizer.json", root.dump());
  write("tokenizer_config.json", R"({"add_bos_token": false})");
  write("config.json", R"({"bos_token_id": 4, "eos_token_id": 6})");
  write("chat_template.jinja", "file");
  TokenizerAsset asset = import();
  EXPECT_FALSE(asset.addBos);
  EXPECT_EQ(asset.bos, 4);
  EXPECT_EQ(asset.eos, (Ids{6}));
  EXPECT_EQ(asset.chatTemplate, "file");
  auto tokenizer = makeTokenizer(asset.kind, asset.bytes);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(*tokenizer->encode("ab"), (Ids{2}));
}

TEST_F(HuggingFaceTokenizer, SaysWhatIsNotSupported) {
  auto changed = [&](const char *pointer, const char *value) {
    json root = smallJson();
    root[json::json_pointer(pointer)] = json::parse(value);
    write("tokenizer.json", root.dump());
    std::string prefix = (directory / "tokenizer.json").string() + ": ";
    std::string sentence = failure();
    EXPECT_EQ(sentence.find(prefix), 0u) << sentence;
    return sentence.substr(std::min(prefix.size(), sentence.size()));
  };
  EXPECT_EQ(changed("/model/type", "\"WordPiece\""),
            "unsupported model type 'WordPiece'; supported is BPE");
  EXPECT_EQ(changed("/model/end_of_word_suffix", "\"</w>\""),
            "unsupported 'end_of_word_suffix' in 'model'");
  EXPECT_EQ(changed("/model/vocab", "{}"),
            "expected tokens in 'model.vocab', found none");
  EXPECT_EQ(changed("/model/vocab/a", "-3"),
            "expected a token id in 'model.vocab' for 'a', found -3");
  EXPECT_EQ(changed("/model/merges/0", "\"ab\""),
            "expected two tokens in merge 0 of 'model.merges'");
  EXPECT_EQ(changed("/normalizer", "{\"type\": \"Lowercase\"}"),
            "unsupported normalizer 'Lowercase' of a byte-level tokenizer; "
            "supported are NFC, Sequence");
  EXPECT_EQ(changed("/pre_tokenizer/pretokenizers/0/type", "\"Metaspace\""),
            "unsupported pre-tokenizer 'Metaspace'; supported are ByteLevel, "
            "Digits, Punctuation, Sequence, Split, WhitespaceSplit");
  EXPECT_EQ(
      changed("/pre_tokenizer/pretokenizers/0/behavior", "\"MergedWithNext\""),
      "unsupported behavior 'MergedWithNext' of a Split pre-tokenizer; "
      "supported are Isolated, Removed");
  write("tokenizer.json", "{");
  EXPECT_EQ(failure(), (directory / "tokenizer.json").string() +
                           ": expected a JSON object, found damaged JSON");
  fs::remove(directory / "tokenizer.json");
  write("tokenizer.model", "IQ== 0\nIg== 1\n");
  EXPECT_EQ(failure(), (directory / "tokenizer.model").string() +
                           ": expected a sentencepiece model, found 14 bytes "
                           "of something else");
}

TEST_F(HuggingFaceTokenizer, OddJsonIsNeverFatal) {
  for (const char *pointer :
       {"/added_tokens", "/added_tokens/0", "/added_tokens/0/id",
        "/added_tokens/0/content", "/normalizer", "/pre_tokenizer",
        "/pre_tokenizer/pretokenizers", "/pre_tokenizer/pretokenizers/0",
        "/pre_tokenizer/pretokenizers/0/pattern", "/post_processor",
        "/post_processor/processors", "/post_processor/processors/1/single",
        "/model", "/model/type", "/model/vocab", "/model/vocab/a",
        "/model/merges", "/model/merges/0", "/model/byte_fallback"}) {
    for (const char *value :
         {"null", "true", "7", "-1", "1e300", "\"x\"", "[]", "{}", "[[[]]]",
          "{\"type\": {\"type\": 1}}", "18446744073709551615"}) {
      json root = smallJson();
      root[json::json_pointer(pointer)] = json::parse(value);
      write("tokenizer.json", root.dump());
      auto asset = importHuggingFaceTokenizer(directory);
      if (asset.ok() && *asset) {
        auto made = Tokenizer::create((*asset)->kind, (*asset)->bytes);
        EXPECT_TRUE(!made.ok() || (*made)->encode("ab a").ok());
      }
    }
  }
}

TEST_F(HuggingFaceTokenizer, SentencePieceModelWithAddedTokens) {
  auto bytes = readShared("data/openllama/tokenizer.model");
  if (!bytes) {
    GTEST_SKIP() << noOpenLlama;
  }
  write("tokenizer.model", *bytes);
  write("tokenizer_config.json",
        R"({"bos_token": "<s>", "eos_token": {"content": "</s>"},
            "added_tokens_decoder": {
              "0": {"content": "<unk>", "special": true},
              "32001": {"content": "<|im_end|>", "special": true}}})");
  write("added_tokens.json", R"({"<|im_start|>": 32002, "extra": 32003})");
  TokenizerAsset asset = import();
  EXPECT_EQ(asset.kind, "sentencepiece");
  EXPECT_TRUE(asset.addBos);
  EXPECT_EQ(asset.bos, 1);
  EXPECT_EQ(asset.eos, (Ids{2}));
  auto tokenizer = makeTokenizer(asset.kind, asset.bytes);
  auto original = makeTokenizer("sentencepiece", *bytes);
  ASSERT_TRUE(tokenizer && original);
  EXPECT_EQ(tokenizer->vocabSize(), 32004);
  EXPECT_EQ(tokenizer->specialId("<|im_end|>"), 32001);
  EXPECT_EQ(*tokenizer->encode("Hello there"),
            *original->encode("Hello there"));
  Ids ids = *tokenizer->encode("<|im_start|>hi<|im_end|>", {false, true});
  EXPECT_EQ(ids.front(), 32002);
  EXPECT_EQ(ids.back(), 32001);
}

/// A LLaMA-style tokenizer.json of a sentencepiece vocabulary, made the way
/// converters make it: a merge for each way to cut a piece in two.
static json llamaJson(const std::vector<mlir::fot::SentencePiece> &pieces) {
  using Type = mlir::fot::SentencePiece::Type;
  json vocab = json::object(), added = json::array();
  struct Merge {
    float score;
    size_t left, right;
    std::string text;
  };
  std::vector<Merge> merges;
  std::map<std::string, size_t> ids;
  for (size_t id = 0; id < pieces.size(); ++id) {
    vocab[pieces[id].text] = id;
    if (pieces[id].type == Type::Normal) {
      ids[pieces[id].text] = id;
    } else if (pieces[id].type != Type::Byte) {
      added.push_back(
          {{"id", id}, {"content", pieces[id].text}, {"special", true}});
    }
  }
  for (const auto &[text, id] : ids) {
    for (size_t cut = 1; cut < text.size(); ++cut) {
      auto left = ids.find(text.substr(0, cut));
      auto right = ids.find(text.substr(cut));
      if (left != ids.end() && right != ids.end()) {
        merges.push_back({pieces[id].score, left->second, right->second,
                          left->first + " " + right->first});
      }
    }
  }
  std::sort(merges.begin(), merges.end(), [](const Merge &a, const Merge &b) {
    return std::tuple(-a.score, a.left, a.right) <
           std::tuple(-b.score, b.left, b.right);
  });
  json lines = json::array();
  for (const Merge &merge : merges) {
    lines.push_back(merge.text);
  }
  return {{"added_tokens", added},
          {"normalizer",
           {{"type", "Sequence"},
            {"normalizers",
             {{{"type", "Prepend"}, {"prepend", "\xe2\x96\x81"}},
              {{"type", "Replace"},
               {"pattern", {{"String", " "}}},
               {"content", "\xe2\x96\x81"}}}}}},
          {"pre_tokenizer", nullptr},
          {"model",
           {{"type", "BPE"},
            {"unk_token", "<unk>"},
            {"byte_fallback", true},
            {"vocab", vocab},
            {"merges", lines}}}};
}

TEST_F(HuggingFaceTokenizer, LlamaStyleJsonGivesTheIdsOfSentencePiece) {
  auto bytes = readShared("data/openllama/tokenizer.model");
  if (!bytes) {
    GTEST_SKIP() << noOpenLlama;
  }
  auto pieces = mlir::fot::readPieces(*bytes);
  ASSERT_TRUE(pieces);
  write("tokenizer.json", llamaJson(*pieces).dump());
  write("tokenizer_config.json",
        R"({"bos_token": "<s>", "eos_token": "</s>"})");
  TokenizerAsset asset = import();
  EXPECT_EQ(asset.kind, "sentencepiece");
  EXPECT_TRUE(asset.addBos);
  EXPECT_EQ(asset.bos, 1);
  EXPECT_EQ(asset.eos, (Ids{2}));
  EXPECT_TRUE(asset.notes.empty());
  auto converted = makeTokenizer(asset.kind, asset.bytes);
  auto original = makeTokenizer("sentencepiece", *bytes);
  ASSERT_TRUE(original && converted);
  EXPECT_EQ(converted->vocabSize(), original->vocabSize());
  for (const char *text :
       {"Hello world", "The year is 1984, or \xe4\xb8\x80.", "x\ny\tz",
        "antidisestablishmentarianism \xf0\x9f\x9a\x80 supercalifragilistic",
        "int main() { return 0; }"}) {
    EXPECT_EQ(*converted->encode(text), *original->encode(text)) << text;
  }
}

TEST_F(HuggingFaceTokenizer, NotesWhatIsNotExact) {
  json root = smallJson();
  root["model"]["vocab"] = json::parse(
      R"({"<unk>": 0, "a": 1, "b": 2, "c": 3, "ab": 4, "bc": 5, "abc": 6})");
  root["model"]["merges"] = json::parse(R"(["a b", "ab c", "b c"])");
  root["model"]["byte_fallback"] = true;
  root["model"]["unk_token"] = "<unk>";
  root["added_tokens"] = json::array();
  write("tokenizer.json", root.dump());
  EXPECT_EQ(import().notes.size(), 1u); // "a bc" is not listed
  root["model"]["merges"].push_back("a bc");
  write("tokenizer.json", root.dump());
  EXPECT_EQ(import().notes.size(), 0u);
  root = smallJson();
  root["normalizer"] = {{"type", "NFC"}};
  write("tokenizer.json", root.dump());
  EXPECT_EQ(import().notes.size(), 1u);
}

TEST_F(HuggingFaceTokenizer, SmolLm2JsonGivesTheIdsOfTheReference) {
  auto fields = smolLm2Fields();
  auto golden = readShared("data/golden-smollm2/tokenize.json");
  if (!fields || !golden) {
    GTEST_SKIP() << noSmolLm2;
  }
  // The published tokenizer.json says the same as the GGUF file.
  json vocab = json::object(), added = json::array();
  for (size_t id = 0; id < fields->tokens.size(); ++id) {
    vocab[fields->tokens[id]] = id;
    if (fields->types[id] == 3) {
      added.push_back(
          {{"id", id}, {"content", fields->tokens[id]}, {"special", true}});
    }
  }
  json root = {
      {"added_tokens", added},
      {"normalizer", nullptr},
      {"pre_tokenizer",
       {{"type", "Sequence"},
        {"pretokenizers",
         {{{"type", "Digits"}, {"individual_digits", true}},
          {{"type", "ByteLevel"},
           {"add_prefix_space", false},
           {"use_regex", true}}}}}},
      {"post_processor", nullptr},
      {"model",
       {{"type", "BPE"}, {"vocab", vocab}, {"merges", fields->merges}}}};
  write("tokenizer.json", root.dump());
  write("tokenizer_config.json",
        R"({"bos_token": "<|im_start|>", "eos_token": "<|im_end|>"})");
  TokenizerAsset asset = import();
  EXPECT_FALSE(asset.addBos);
  EXPECT_EQ(asset.bos, 1);
  EXPECT_EQ(asset.eos, (Ids{2}));
  auto tokenizer = makeTokenizer(asset.kind, asset.bytes);
  ASSERT_TRUE(tokenizer);
  for (const auto &entry : json::parse(*golden)) {
    EXPECT_EQ(
        *tokenizer->encode(entry["text"].get<std::string>(), {false, true}),
        entry["ids"].get<Ids>());
  }
}
