// The text in which `fot eval` hides facts.
#include "tools/fot/EvalProse.h"

#include <gtest/gtest.h>

#include <cctype>
#include <set>

using namespace fot::tool;

namespace {
std::vector<std::string> take(SentenceSource &source, size_t count) {
  std::vector<std::string> sentences;
  for (size_t i = 0; i < count; ++i) {
    sentences.push_back(source.next());
  }
  return sentences;
}

TEST(EvalProseTest, TheSeedDecides) {
  auto a = makeProse(7), b = makeProse(7), c = makeProse(8);
  std::vector<std::string> first = take(*a, 50);
  EXPECT_EQ(first, take(*b, 50));
  EXPECT_NE(first, take(*c, 50));
}

TEST(EvalProseTest, SentencesAreWholeVariedAndWithoutDigits) {
  auto source = makeProse(1);
  std::vector<std::string> sentences = take(*source, 2000);
  std::set<std::string> different(sentences.begin(), sentences.end());
  EXPECT_GT(different.size(), 1800u);
  size_t paragraphs = 0;
  for (const std::string &sentence : sentences) {
    size_t begin = sentence.find_first_not_of('"');
    EXPECT_TRUE(std::isupper(static_cast<unsigned char>(sentence[begin])))
        << sentence;
    EXPECT_EQ(sentence.find_first_of("{}0123456789"), std::string::npos)
        << sentence;
    paragraphs += sentence.ends_with("\n\n");
    EXPECT_TRUE(sentence.ends_with(". ") || sentence.ends_with(".\n\n"))
        << sentence;
  }
  EXPECT_GT(paragraphs, 200u);
}

TEST(EvalProseTest, SentencesOfATextComeInOrderAndAgain) {
  std::string_view text = "One. Two!  Three?\n\nFour";
  std::set<std::string> beginnings;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    auto source = makeSentencesOf(text, seed);
    ASSERT_TRUE(source);
    std::vector<std::string> some = take(*source, 8);
    beginnings.insert(some[0]);
    EXPECT_EQ(some[0], some[4]);
    std::string joined;
    for (const std::string &sentence : some) {
      joined += sentence;
    }
    EXPECT_NE(joined.find("One. Two!  Three?\n\nFour\n\n"), std::string::npos);
  }
  EXPECT_EQ(beginnings.size(), 4u);
}

TEST(EvalProseTest, ATextMayHaveNoSentences) {
  EXPECT_FALSE(makeSentencesOf("", 0));
  EXPECT_FALSE(makeSentencesOf(" \n\t\n", 0));
}
} // namespace
