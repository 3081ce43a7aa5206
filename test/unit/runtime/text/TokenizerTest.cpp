// What all tokenizers share: creation, UTF-8, streaming.
#include "runtime/text/Utf8.h"
#include "test/unit/runtime/text/TestData.h"

#include <gtest/gtest.h>

using namespace fot::rt;
using namespace fot::rt::test;

TEST(Tokenizer, UnknownKindNamesTheKnownOnes) {
  auto made = Tokenizer::create("wordpiece", "");
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.status().message(), "unknown tokenizer kind 'wordpiece'; "
                                     "known kinds are bpe, sentencepiece");
}

TEST(Utf8, AcceptsExactlyTheCodePoints) {
  EXPECT_TRUE(isValidUtf8("a\xc2\x80\xe0\xa0\x80\xed\x9f\xbf\xf4\x8f\xbf\xbf"));
  for (const char *bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
        "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
        "\xc3", "\xe2\x82", "\xf0\x9f\x98"}) {
    EXPECT_FALSE(isValidUtf8(bad));
  }
  for (char32_t c :
       {U'a', U'\u00df', U'\u20ac', U'\U0001F680', U'\U0010FFFF'}) {
    std::string text;
    appendUtf8(text, c);
    Utf8Step step = readUtf8(text);
    EXPECT_EQ(step.kind, Utf8Step::Kind::Character);
    EXPECT_EQ(step.length, text.size());
    EXPECT_EQ(step.codePoint, c);
  }
}

TEST(Utf8, RepairsEachLongestPartOnce) {
  const std::string r = "\xef\xbf\xbd";
  EXPECT_EQ(repairUtf8("a\xff\xfe z"), "a" + r + r + " z");
  EXPECT_EQ(repairUtf8("\xe2\x82x"), r + "x");
  EXPECT_EQ(repairUtf8("\xf0\x9f\x98"), r);
  EXPECT_EQ(repairUtf8("\xe2\x82\xac"), "\xe2\x82\xac");
}

TEST(Utf8, StreamHoldsBackWhatIsNotComplete) {
  Utf8Stream stream;
  EXPECT_EQ(stream.push("a\xf0\x9f"), "a");
  EXPECT_EQ(stream.push("\x9a"), "");
  EXPECT_EQ(stream.push("\x80!"), "\xf0\x9f\x9a\x80!");
  EXPECT_EQ(stream.push("\xe2"), "");
  EXPECT_EQ(stream.finish(), "\xef\xbf\xbd");
  EXPECT_EQ(stream.finish(), "");
}

/// A vocabulary of bytes: the euro sign takes three tokens.
static std::string byteVocabulary() {
  return R"({"format": 1, "tokens": ["a", "â", "Ĥ", "¬", "<s>"],
             "control": [4], "merges": [], "pre_tokenizer": [], "bos": 4})";
}

TEST(Detokenizer, StreamsWholeCharacters) {
  auto tokenizer = makeTokenizer("bpe", byteVocabulary());
  ASSERT_TRUE(tokenizer);
  auto ids = tokenizer->encode("a\xe2\x82\xac");
  ASSERT_TRUE(ids.ok());
  EXPECT_EQ(*ids, (std::vector<int32_t>{0, 1, 2, 3}));
  Detokenizer detokenizer(*tokenizer);
  std::vector<std::string> steps;
  for (int32_t id : {4, 0, 1, 2, 3, 1}) {
    auto text = detokenizer.push(id);
    ASSERT_TRUE(text.ok());
    steps.push_back(*text);
  }
  EXPECT_EQ(steps,
            (std::vector<std::string>{"", "a", "", "", "\xe2\x82\xac", ""}));
  EXPECT_EQ(detokenizer.finish(), "\xef\xbf\xbd");
}

TEST(Detokenizer, ShowsControlTokensWhenAsked) {
  auto tokenizer = makeTokenizer("bpe", byteVocabulary());
  ASSERT_TRUE(tokenizer);
  auto text = tokenizer->decode({4, 0}, true);
  ASSERT_TRUE(text.ok());
  EXPECT_EQ(*text, "<s>a");
}

TEST(Detokenizer, RefusesIdsOutsideTheVocabulary) {
  auto tokenizer = makeTokenizer("bpe", byteVocabulary());
  ASSERT_TRUE(tokenizer);
  Detokenizer detokenizer(*tokenizer);
  for (int32_t id : {-1, 5, INT32_MAX, INT32_MIN}) {
    auto text = detokenizer.push(id);
    ASSERT_FALSE(text.ok());
    EXPECT_EQ(text.status().message(),
              "token id " + std::to_string(id) +
                  " is outside the vocabulary of 5 tokens");
  }
}
