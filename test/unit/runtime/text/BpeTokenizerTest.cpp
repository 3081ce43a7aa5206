// Byte-level BPE: ids of a real model, and the rules on a small vocabulary.
#include "test/unit/runtime/text/TestData.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>

using namespace fot::rt;
using namespace fot::rt::test;
using Ids = std::vector<int32_t>;

static Ids encode(const Tokenizer &tokenizer, std::string_view text,
                  EncodeOptions options = {}) {
  StatusOr<Ids> ids = tokenizer.encode(text, options);
  EXPECT_TRUE(ids.ok()) << ids.status().message();
  return ids.ok() ? *ids : Ids();
}

static std::string decode(const Tokenizer &tokenizer, const Ids &ids) {
  StatusOr<std::string> text = tokenizer.decode(ids, /*showControl=*/true);
  EXPECT_TRUE(text.ok()) << text.status().message();
  return text.ok() ? *text : std::string();
}

TEST(BpeTokenizer, SmolLm2GivesTheIdsOfTheReference) {
  auto fields = smolLm2Fields();
  auto golden = readShared("data/golden-smollm2/tokenize.json");
  if (!fields || !golden) {
    GTEST_SKIP() << noSmolLm2;
  }
  auto asset = mlir::fot::importGgufTokenizer(*fields);
  ASSERT_TRUE(asset.ok()) << asset.status().message();
  EXPECT_EQ(asset->kind, "bpe");
  EXPECT_FALSE(asset->addBos);
  EXPECT_EQ(asset->bos, 1);
  EXPECT_EQ(asset->eos, std::vector<int32_t>{2});
  auto tokenizer = makeTokenizer(asset->kind, asset->bytes);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(tokenizer->vocabSize(), 49152);
  auto strings = nlohmann::json::parse(*golden);
  ASSERT_GE(strings.size(), 14u);
  for (const auto &entry : strings) {
    std::string text = entry["text"];
    Ids ids = encode(*tokenizer, text, {false, true});
    EXPECT_EQ(ids, entry["ids"].get<Ids>()) << text;
    EXPECT_EQ(decode(*tokenizer, ids), text);
  }
}

TEST(BpeTokenizer, MergesTheLowestRankFirst) {
  auto tokenizer = makeTokenizer("bpe", smallBpe());
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(encode(*tokenizer, "abc"), (Ids{7}));
  EXPECT_EQ(encode(*tokenizer, "abab"), (Ids{6, 6}));
  EXPECT_EQ(encode(*tokenizer, "aabcb"), (Ids{0, 7, 1}));
  // "b c" leads to a string that is no token, so its bytes come out.
  EXPECT_EQ(encode(*tokenizer, "dbc"), (Ids{3, 1, 2}));
  EXPECT_EQ(encode(*tokenizer, " abc a  a"), (Ids{5, 7, 8, 5, 5, 0}));
  EXPECT_EQ(encode(*tokenizer, ""), Ids());
}

TEST(BpeTokenizer, ReadsControlTokensOnlyWhenAsked) {
  auto tokenizer = makeTokenizer("bpe", smallBpe());
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(encode(*tokenizer, "<s>a</s>", {false, true}), (Ids{9, 0, 10}));
  // '<', 's', '>' are not in the vocabulary, which has no unknown token.
  EXPECT_EQ(encode(*tokenizer, "<s>a"), (Ids{0}));
  EXPECT_EQ(encode(*tokenizer, "a<<x>>b"), (Ids{0, 11, 1}));
  EXPECT_EQ(tokenizer->specialId("<<x>>"), 11);
  EXPECT_EQ(tokenizer->specialId("</s>"), 10);
  EXPECT_EQ(tokenizer->specialId("</s"), std::nullopt);
  EXPECT_EQ(tokenizer->specialId("abc"), std::nullopt);
}

TEST(BpeTokenizer, AddsTheBeginningOnce) {
  auto tokenizer = makeTokenizer("bpe", smallBpe());
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(encode(*tokenizer, "a", {true, true}), (Ids{9, 0}));
  EXPECT_EQ(encode(*tokenizer, "", {true, false}), (Ids{9}));
  EXPECT_EQ(encode(*tokenizer, "<s>a", {true, true}), (Ids{9, 0}));
}

TEST(BpeTokenizer, TakesLongWordsInGoodTime) {
  auto fields = smolLm2Fields();
  std::string kind = "bpe", bytes = smallBpe();
  if (fields) {
    auto asset = mlir::fot::importGgufTokenizer(*fields);
    ASSERT_TRUE(asset.ok());
    bytes = asset->bytes;
  }
  auto tokenizer = makeTokenizer(kind, bytes);
  ASSERT_TRUE(tokenizer);
  std::string word;
  for (uint64_t i = 0; i < 1000000; ++i) {
    word += "abcde"[(i * 7919 >> 3) % 5];
  }
  auto start = std::chrono::steady_clock::now();
  Ids ids = encode(*tokenizer, word);
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  EXPECT_EQ(decode(*tokenizer, ids), word);
  EXPECT_LT(took.count(), 20) << "a quadratic algorithm would take hours";
}

TEST(BpeTokenizer, LongRunsOfSpacesDoNotExhaustTheExpressions) {
  auto fields = smolLm2Fields();
  if (!fields) {
    GTEST_SKIP() << noSmolLm2;
  }
  auto asset = mlir::fot::importGgufTokenizer(*fields);
  ASSERT_TRUE(asset.ok());
  auto tokenizer = makeTokenizer(asset->kind, asset->bytes);
  ASSERT_TRUE(tokenizer);
  std::string text = std::string(300000, ' ') + "x" + std::string(300000, '\n');
  EXPECT_EQ(decode(*tokenizer, encode(*tokenizer, text)), text);
}

TEST(BpeTokenizer, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  auto fields = smolLm2Fields();
  if (!fields) {
    GTEST_SKIP() << noSmolLm2;
  }
  auto asset = mlir::fot::importGgufTokenizer(*fields);
  ASSERT_TRUE(asset.ok());
  auto tokenizer = makeTokenizer(asset->kind, asset->bytes);
  ASSERT_TRUE(tokenizer);
  EXPECT_EQ(encode(*tokenizer, "x\xff\xe2\x82y"),
            encode(*tokenizer, "x\xef\xbf\xbd\xef\xbf\xbdy"));
}
