// Damaged "bpe" assets, and the steps that cut text into words.
#include "runtime/text/Splitter.h"
#include "test/unit/runtime/text/TestData.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <random>

using namespace fot::rt;
using namespace fot::rt::test;
using nlohmann::json;

static std::string failure(std::string_view bytes) {
  auto made = Tokenizer::create("bpe", bytes);
  EXPECT_FALSE(made.ok());
  return made.ok() ? "" : made.status().message();
}

/// The failure that a changed asset gives.
static std::string changed(const char *pointer, const json &value) {
  json root = json::parse(smallBpe());
  root[json::json_pointer(pointer)] = value;
  return failure(root.dump());
}

TEST(BpeAsset, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(failure(""), "tokenizer asset: expected a JSON object in 0 bytes, "
                         "found damaged JSON");
  EXPECT_EQ(failure("[1]"), "tokenizer asset: expected a JSON object in 3 "
                            "bytes, found array");
  EXPECT_EQ(changed("/format", 2),
            "tokenizer asset: expected format 1, found 2");
  EXPECT_EQ(changed("/tokens", json::array()),
            "tokenizer asset: expected a list of tokens at 'tokens', found "
            "array");
  EXPECT_EQ(changed("/tokens/3", 7), "tokenizer asset: expected a string or "
                                     "null at 'tokens/3', found number");
  EXPECT_EQ(changed("/control/0", 12),
            "tokenizer asset: the id at 'control' is outside the vocabulary "
            "of 12 tokens");
  EXPECT_EQ(changed("/bos", -1), "tokenizer asset: the id at 'bos' is outside "
                                 "the vocabulary of 12 tokens");
  EXPECT_EQ(changed("/bos", 18446744073709551615ull),
            "tokenizer asset: the id at 'bos' is outside the vocabulary of 12 "
            "tokens");
  for (const char *merge : {"ab", "a ", " b", "a b c", "", "a \u4e00"}) {
    EXPECT_EQ(changed("/merges/1", merge),
              "tokenizer asset: expected two byte-level spellings with one "
              "space between them at 'merges/1'");
  }
  EXPECT_EQ(changed("/pre_tokenizer/0/regex", 1),
            "tokenizer asset: expected a string at 'pre_tokenizer/0/regex', "
            "found number");
  EXPECT_EQ(changed("/pre_tokenizer/0/keep", "some"),
            "tokenizer asset: expected all, matches or gaps at "
            "'pre_tokenizer/0/keep', found string");
  EXPECT_NE(changed("/pre_tokenizer/0/regex", "a(b")
                .find("step 0 is not a "
                      "regular expression"),
            std::string::npos);
  EXPECT_NE(changed("/pre_tokenizer/0/regex", "\\C").find("step 0"),
            std::string::npos);
  EXPECT_EQ(changed("/add_prefix_space", "yes"),
            "tokenizer asset: expected true or false at 'add_prefix_space', "
            "found string");
}

TEST(BpeAsset, EveryCutIsAFailure) {
  std::string whole = smallBpe();
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(failure(std::string_view(whole).substr(0, size)), "");
  }
}

TEST(BpeAsset, RandomDamageIsNeverFatal) {
  const std::string whole = smallBpe();
  std::mt19937 random(3);
  for (int round = 0; round < 5000; ++round) {
    std::string damaged = whole;
    for (int edits = 1 + random() % 4; edits > 0; --edits) {
      damaged[random() % damaged.size()] = static_cast<char>(random());
    }
    auto made = Tokenizer::create("bpe", damaged);
    if (made.ok()) {
      auto ids = (*made)->encode("abc <s>a\xff", {true, true});
      EXPECT_TRUE(!ids.ok() || (*made)->decode(*ids).ok());
    }
  }
  EXPECT_FALSE(Tokenizer::create("bpe", std::string(2000000, '[')).ok());
}

TEST(BpeAsset, PrefixSpaceAndStrippingTokens) {
  json root = json::parse(smallBpe());
  root["add_prefix_space"] = true;
  root["strip_left"] = {11};
  root["strip_right"] = {11};
  auto tokenizer = makeTokenizer("bpe", root.dump());
  ASSERT_TRUE(tokenizer);
  auto ids = tokenizer->encode("a  <<x>>  a");
  ASSERT_TRUE(ids.ok());
  EXPECT_EQ(*ids, (std::vector<int32_t>{8, 11, 8}));
  auto text = tokenizer->decode(*ids);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, "a<<x>> a");
}

TEST(BpeAsset, WholeWordsAndUnknownBytes) {
  json root = json::parse(smallBpe());
  root["ignore_merges"] = true;
  root["merges"] = {"b c"};
  root["unknown"] = 4;
  auto tokenizer = makeTokenizer("bpe", root.dump());
  ASSERT_TRUE(tokenizer);
  auto ids = tokenizer->encode("abc abcd\xc3\xa4");
  ASSERT_TRUE(ids.ok());
  EXPECT_EQ(*ids, (std::vector<int32_t>{7, 5, 0, 1, 2, 3, 4, 4}));
}

using Pieces = std::vector<std::string_view>;

static Pieces split(const std::vector<SplitStep> &steps,
                    std::string_view text) {
  auto splitter = Splitter::create(steps);
  EXPECT_TRUE(splitter.ok());
  Pieces pieces;
  Status status = splitter->split(text, pieces);
  EXPECT_TRUE(status.ok()) << status.message();
  return pieces;
}

TEST(Splitter, KeepsWhatTheStepSays) {
  using Keep = SplitStep::Keep;
  EXPECT_EQ(split({{"\\d"}}, "a12b"), (Pieces{"a", "1", "2", "b"}));
  EXPECT_EQ(split({{"\\d+", Keep::Matches}}, "a12b3"), (Pieces{"12", "3"}));
  EXPECT_EQ(split({{"\\s+", Keep::Gaps}}, " a  b "), (Pieces{"a", "b"}));
  EXPECT_EQ(split({{"\\d+"}, {"[ab]"}}, "ab1ba"),
            (Pieces{"a", "b", "1", "b", "a"}));
  EXPECT_EQ(split({}, "a b"), (Pieces{"a b"}));
  // An empty match cuts between characters, never inside of one.
  EXPECT_EQ(split({{"(?=(\\d{3})+(?!\\d))"}}, "1234567"),
            (Pieces{"1", "234", "567"}));
  EXPECT_EQ(split({{""}}, "a\xc3\xa4z"), (Pieces{"a", "\xc3\xa4", "z"}));
}

TEST(Splitter, StopsExpressionsThatExplode) {
  auto splitter = Splitter::create({{"(a+)+$"}, {"(.*.*.*.*)*x"}});
  ASSERT_TRUE(splitter.ok());
  Pieces pieces;
  Status status = splitter->split(std::string(60, 'a') + "b", pieces);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.message().find("match limit"), std::string::npos)
      << status.message();
}
