// Tokenizers from GGUF metadata.
#include "passes/Import/Tokenizer/ModelProtoWriter.h"
#include "passes/Import/Tokenizer/PreTokenizers.h"
#include "runtime/text/Splitter.h"
#include "test/unit/runtime/text/TestData.h"

#include <gtest/gtest.h>

using namespace fot::rt;
using namespace fot::rt::test;
using mlir::fot::GgufTokenizerFields;
using mlir::fot::importGgufTokenizer;
using Ids = std::vector<int32_t>;

static GgufTokenizerFields smallGpt2() {
  GgufTokenizerFields fields;
  fields.model = "gpt2";
  fields.pre = "llama-bpe";
  fields.tokens = {"a",    "b",     "ab", "\xc4\xa0", "<s>",
                   "</s>", "<|x|>", "yy", ""};
  fields.types = {1, 1, 1, 1, 3, 3, 4, 4, 5};
  fields.merges = {"a b"};
  fields.bos = 4;
  fields.eos = 5;
  fields.moreEos = {6, 5};
  fields.chatTemplate = "T";
  return fields;
}

TEST(GgufTokenizer, Gpt2) {
  auto asset = importGgufTokenizer(smallGpt2());
  ASSERT_TRUE(asset.ok()) << asset.status().message();
  EXPECT_EQ(asset->kind, "bpe");
  EXPECT_TRUE(asset->addBos); // what this family does unless told otherwise
  EXPECT_EQ(asset->bos, 4);
  EXPECT_EQ(asset->eos, (Ids{5, 6}));
  EXPECT_EQ(asset->chatTemplate, "T");
  auto tokenizer = makeTokenizer(asset->kind, asset->bytes);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(*tokenizer->encode("ab aab", {true, false}), (Ids{4, 2, 3, 0, 2}));
  // A user-defined token that looks like a control token is one.
  EXPECT_EQ(*tokenizer->encode("a<|x|>b", {false, true}), (Ids{0, 6, 1}));
  EXPECT_EQ(*tokenizer->encode("a<|x|>b"), (Ids{0, 1}));
  EXPECT_EQ(*tokenizer->encode("ayyb"), (Ids{0, 7, 1}));
}

TEST(GgufTokenizer, SaysWhatIsWrong) {
  auto failure = [](auto change) {
    GgufTokenizerFields fields = smallGpt2();
    change(fields);
    auto asset = importGgufTokenizer(fields);
    EXPECT_FALSE(asset.ok());
    return asset.status().message();
  };
  std::string sentence = failure([](auto &fields) { fields.pre = "nonesuch"; });
  EXPECT_EQ(sentence.find("unknown pre-tokenizer 'nonesuch' in "
                          "tokenizer.ggml.pre; known ones are bloom, "),
            0u)
      << sentence;
  EXPECT_NE(sentence.find(", smollm, "), std::string::npos);
  EXPECT_EQ(failure([](auto &fields) { fields.model = "bert"; }),
            "unknown tokenizer.ggml.model 'bert'; known ones are gpt2, llama");
  EXPECT_EQ(failure([](auto &fields) { fields.tokens.clear(); }),
            "expected tokens in tokenizer.ggml.tokens, found none");
  EXPECT_EQ(failure([](auto &fields) { fields.types.pop_back(); }),
            "expected tokenizer.ggml.token_type with one entry for each of "
            "the 9 tokens, found 8");
  EXPECT_EQ(failure([](auto &fields) { fields.types[2] = 7; }),
            "expected types 1 to 6 in tokenizer.ggml.token_type, found 7 for "
            "token 2");
  EXPECT_EQ(failure([](auto &fields) { fields.bos = 9; }),
            "tokenizer.ggml.bos_token_id 9 is outside the vocabulary of 9 "
            "tokens");
  EXPECT_EQ(failure([](auto &fields) { fields.tokens[0] = "\xff"; }),
            "the vocabulary has a token, merge or expression that is not "
            "valid UTF-8");
}

TEST(GgufTokenizer, MissingPreTokenizerIsNoted) {
  GgufTokenizerFields fields = smallGpt2();
  fields.pre.clear();
  auto asset = importGgufTokenizer(fields);
  ASSERT_TRUE(asset.ok());
  EXPECT_EQ(asset->notes.size(), 1u);
  EXPECT_FALSE(asset->addBos);
}

TEST(GgufTokenizer, LlamaGivesTheIdsOfTheModelItCameFrom) {
  auto bytes = readShared("data/openllama/tokenizer.model");
  if (!bytes) {
    GTEST_SKIP() << noOpenLlama;
  }
  auto pieces = mlir::fot::readPieces(*bytes);
  ASSERT_TRUE(pieces);
  GgufTokenizerFields fields;
  fields.model = "llama";
  for (const auto &piece : *pieces) {
    fields.tokens.push_back(piece.text);
    fields.scores.push_back(piece.score);
    fields.types.push_back(static_cast<int32_t>(piece.type));
  }
  // Some files repeat a token or leave one empty.
  fields.tokens.insert(fields.tokens.end(), {"", "<s>"});
  fields.scores.insert(fields.scores.end(), {0, 0});
  fields.types.insert(fields.types.end(), {1, 3});
  fields.bos = 1;
  fields.eos = 2;
  fields.unk = 0;
  auto asset = importGgufTokenizer(fields);
  ASSERT_TRUE(asset.ok()) << asset.status().message();
  EXPECT_EQ(asset->kind, "sentencepiece");
  EXPECT_TRUE(asset->addBos);
  auto original = makeTokenizer("sentencepiece", *bytes);
  auto converted = makeTokenizer(asset->kind, asset->bytes);
  ASSERT_TRUE(original && converted);
  EXPECT_EQ(converted->vocabSize(), 32002);
  EXPECT_EQ(converted->bos(), 1);
  EXPECT_EQ(converted->eos(), 2);
  for (const char *text :
       {"Hello world", "The year is 1984, or \xe4\xb8\x80.", "x\ny\tz",
        "antidisestablishmentarianism \xf0\x9f\x9a\x80 supercalifragilistic"}) {
    EXPECT_EQ(*converted->encode(text), *original->encode(text)) << text;
  }
}

TEST(GgufTokenizer, LlamaWithoutBytesOrUnknownTokenLoads) {
  GgufTokenizerFields fields;
  fields.model = "llama";
  fields.tokens = {"<s>", "a", "b", "<0x41>"};
  fields.types = {1, 1, 1, 6};
  fields.bos = 0;
  fields.addSpacePrefix = false;
  fields.addBos = false;
  auto asset = importGgufTokenizer(fields);
  ASSERT_TRUE(asset.ok());
  EXPECT_FALSE(asset->addBos);
  auto tokenizer = makeTokenizer(asset->kind, asset->bytes);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(*tokenizer->encode("ab", {true, false}), (Ids{0, 1, 2}));
}

static std::vector<std::string_view> words(const char *pre,
                                           std::string_view text) {
  const mlir::fot::PreTokenizer *family = mlir::fot::findPreTokenizer(pre);
  EXPECT_TRUE(family);
  std::vector<SplitStep> steps;
  for (const std::string &regex : family->regexes) {
    steps.push_back({regex});
  }
  auto splitter = Splitter::create(steps);
  EXPECT_TRUE(splitter.ok()) << splitter.status().message();
  std::vector<std::string_view> pieces;
  EXPECT_TRUE(splitter->split(text, pieces).ok());
  return pieces;
}

TEST(PreTokenizers, EveryKnownOneCompilesAndLosesNothing) {
  std::string names = mlir::fot::knownPreTokenizers() + ", ";
  const std::string text = "It's 12345 D\xc3\xa9j\xc3\xa0  vu!!\n\n  "
                           "x=\xe4\xb8\xad\xe6\x96\x87 WE'LL";
  size_t count = 0;
  for (size_t end; (end = names.find(", ")) != std::string::npos; ++count) {
    std::string joined;
    for (std::string_view word : words(names.substr(0, end).c_str(), text)) {
      joined += word;
    }
    EXPECT_EQ(joined, text) << names.substr(0, end);
    names.erase(0, end + 2);
  }
  EXPECT_GT(count, 30u);
}

TEST(PreTokenizers, CutAsTheFamiliesDo) {
  using Words = std::vector<std::string_view>;
  const char *text = "It'S 12345  ok!\n\n x";
  EXPECT_EQ(words("gpt-2", text),
            (Words{"It", "'", "S", " 12345", " ", " ok", "!", "\n\n", " x"}));
  EXPECT_EQ(words("smollm", "a 12"), (Words{"a", " ", "1", "2"}));
  EXPECT_EQ(words("llama-bpe", text),
            (Words{"It", "'S", " ", "123", "45", " ", " ok", "!\n\n", " x"}));
  EXPECT_EQ(words("qwen2", "x12 y"), (Words{"x", "1", "2", " y"}));
  EXPECT_EQ(words("tekken", "aBcDE/\n1"), (Words{"a", "Bc", "DE", "/\n", "1"}));
  EXPECT_EQ(words("deepseek-llm", "ab\ncd 12!"),
            (Words{"ab", "\n", "cd", " ", "12", "!"}));
}
