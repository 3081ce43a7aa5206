// Texts in pieces give the tokens of the whole text.
#include "runtime/text/TokenStream.h"

#include "passes/Import/Tokenizer/TokenizerImport.h"
#include "test/unit/runtime/text/TestData.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <random>
#include <unistd.h>

using namespace fot::rt;
using namespace fot::rt::test;

namespace {
/// A file that goes away.
class TextFile {
public:
  explicit TextFile(const std::string &content) {
    int fd = mkstemp(path);
    close(fd);
    std::ofstream(path, std::ios::binary) << content;
  }
  ~TextFile() { std::remove(path); }
  char path[32] = "/tmp/fot-text-XXXXXX";
};

/// Prose, numbers, code, other scripts and runs of spaces, in random order.
std::string longText(uint32_t seed, size_t bytes) {
  static const char *const parts[] = {" the",
                                      " Memory",
                                      "'s",
                                      " 1234567",
                                      ", ",
                                      ".\n",
                                      "\n\n    ",
                                      "   ",
                                      " don't",
                                      " na\xc3\xafve",
                                      " \xe6\x97\xa5\xe6\x9c\xac",
                                      "{\"a\": [1]}",
                                      " x",
                                      "ing",
                                      "\t",
                                      " \xf0\x9f\x9a\x80",
                                      "--",
                                      " A",
                                      "\r\n",
                                      "?!",
                                      "SELECT",
                                      " </s>"};
  std::mt19937 random(seed);
  std::string text = "Once";
  while (text.size() < bytes) {
    text += parts[random() % std::size(parts)];
  }
  return text;
}

/// `source` has `text`; `exact`: tokens spell it as it is, runs of spaces
/// included.
void expectTheTokensOf(const TextSource &source, const Tokenizer &tokenizer,
                       const std::string &text, bool addBos, bool exact) {
  auto whole = tokenizer.encode(text, {.addBos = addBos});
  ASSERT_TRUE(whole.ok());
  auto stream = TokenStream::open(source, tokenizer, addBos);
  ASSERT_TRUE(stream.ok());
  std::vector<int32_t> all, some;
  uint64_t used = 0;
  for (size_t count = 1;; count = count % 997 + 1) {
    ASSERT_TRUE(stream->next(count, some).ok());
    all.insert(all.end(), some.begin(), some.end());
    ASSERT_GE(stream->bytesUsed(), used);
    used = stream->bytesUsed();
    if (some.size() < count) {
      break;
    }
    // What the tokens so far spell is the text so far, up to a token that is
    // part of a character.
    if (exact && all.size() < 1000) {
      std::string spelt = *tokenizer.decode(all);
      size_t certain = spelt.find("\xef\xbf\xbd");
      if (certain == std::string::npos) {
        ASSERT_EQ(spelt, text.substr(0, used));
      }
    }
  }
  EXPECT_EQ(all, *whole);
  EXPECT_EQ(stream->bytesUsed(), text.size());
  EXPECT_EQ(stream->bytesRead(), text.size());
  EXPECT_EQ(stream->checksum(),
            checksum64(std::as_bytes(std::span(text.data(), text.size()))));
  auto facts = factsOfText(source);
  ASSERT_TRUE(facts.ok());
  EXPECT_EQ(facts->bytes, text.size());
  EXPECT_EQ(facts->checksum, stream->checksum());
}

/// The same of a file and of bytes in memory.
void expectTheTokensOfTheWhole(const Tokenizer &tokenizer,
                               const std::string &text, bool addBos,
                               bool exact = true) {
  TextFile file(text);
  TextSource sources[] = {TextSource(file.path), TextSource("bytes", text)};
  for (const TextSource &source : sources) {
    expectTheTokensOf(source, tokenizer, text, addBos, exact);
  }
  auto size = sizeOfTexts(sources);
  ASSERT_TRUE(size.ok());
  EXPECT_EQ(*size, 2 * text.size());
}

TEST(TokenStreamTest, SmolLm2) {
  auto fields = smolLm2Fields();
  if (!fields) {
    GTEST_SKIP() << noSmolLm2;
  }
  auto asset = mlir::fot::importGgufTokenizer(*fields);
  ASSERT_TRUE(asset.ok());
  auto tokenizer = makeTokenizer(asset->kind, asset->bytes);
  ASSERT_TRUE(tokenizer);
  for (uint32_t seed = 0; seed < 2; ++seed) {
    expectTheTokensOfTheWhole(*tokenizer, longText(seed, 250000), seed % 2);
  }
}

TEST(TokenStreamTest, OpenLlama) {
  auto bytes = readShared("data/openllama/tokenizer.model");
  if (!bytes) {
    GTEST_SKIP() << noOpenLlama;
  }
  auto tokenizer = makeTokenizer("sentencepiece", *bytes);
  ASSERT_TRUE(tokenizer);
  for (uint32_t seed = 2; seed < 4; ++seed) {
    expectTheTokensOfTheWhole(*tokenizer, longText(seed, 250000), seed % 2,
                              false);
  }
}

TEST(TokenStreamTest, ShortTexts) {
  auto tokenizer = makeTokenizer("bpe", smallBpe());
  ASSERT_TRUE(tokenizer);
  expectTheTokensOfTheWhole(*tokenizer, "", false);
  expectTheTokensOfTheWhole(*tokenizer, "", true);
  expectTheTokensOfTheWhole(*tokenizer, "abc a", true);
}

TEST(TokenStreamTest, CutsWhereItSays) {
  std::string text(3 * kTextPiece, '.');
  EXPECT_EQ(cutOfText(text), 2 * kTextPiece);
  text[kTextPiece + 99] = '\n';
  EXPECT_EQ(cutOfText(text), kTextPiece + 100);
  text.replace(kTextPiece + 500, 3, "a b");
  EXPECT_EQ(cutOfText(text), kTextPiece + 501);
  std::string wide;
  while (wide.size() <= 2 * kTextPiece) {
    wide += "\xe6\x97\xa5"; // three bytes, so that 128 KiB is within one
  }
  EXPECT_EQ(cutOfText(wide), 2 * kTextPiece / 3 * 3);
}

TEST(TokenStreamTest, WhatCannotBeReadIsAFailure) {
  auto tokenizer = makeTokenizer("bpe", smallBpe());
  ASSERT_TRUE(tokenizer);
  auto missing = TokenStream::open({"/nowhere/x"}, *tokenizer, false);
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.status().message().find("/nowhere/x: cannot open"),
            std::string::npos);
  TextSource nowhere("/nowhere/x"), input("-"), bytes("-", "text");
  EXPECT_FALSE(sizeOfTexts(std::span(&nowhere, 1)).ok());
  EXPECT_EQ(*sizeOfTexts(std::span(&input, 1)), 0u);
  EXPECT_EQ(*sizeOfTexts(std::span(&bytes, 1)), 4u);
  EXPECT_EQ(input.name(), "standard input");
  EXPECT_EQ(bytes.name(), "-");
  auto folder = TokenStream::open({"/tmp"}, *tokenizer, false);
  ASSERT_TRUE(folder.ok());
  std::vector<int32_t> tokens;
  Status status = folder->next(1, tokens);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.message().find("/tmp: cannot read"), std::string::npos);
}
} // namespace
