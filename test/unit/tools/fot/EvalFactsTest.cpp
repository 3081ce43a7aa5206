// What `fot eval` hides and how it judges answers.
#include "tools/fot/EvalFacts.h"

#include <gtest/gtest.h>

#include <set>

using namespace fot::tool;

namespace {
TEST(EvalFactsTest, APasskeyHasFiveDigitsOfItsOwnInEachText) {
  std::set<std::string> keys;
  for (uint64_t length : {1000, 2000}) {
    for (uint64_t trial = 0; trial < 8; ++trial) {
      for (double depth : {0.0, 0.25, 1.0}) {
        auto facts = makeFacts(EvalTask::Passkey, 5, length, trial, {depth});
        ASSERT_EQ(facts.size(), 1u);
        const Fact &fact = facts.front();
        EXPECT_EQ(fact.answer.size(), 5u);
        EXPECT_EQ(fact.answer.find_first_not_of("0123456789"),
                  std::string::npos);
        EXPECT_TRUE(holdsAnswer(fact.statement, fact.answer));
        EXPECT_FALSE(holdsAnswer(fact.question, fact.answer));
        EXPECT_FALSE(holdsAnswer(fact.answerStart, fact.answer));
        keys.insert(fact.answer);
      }
    }
  }
  EXPECT_EQ(keys.size(), 48u);
}

TEST(EvalFactsTest, FactsOfOneTextDifferInNameAndAnswer) {
  std::vector<double> depths;
  for (size_t i = 0; i < mostFacts(EvalTask::Retrieval); ++i) {
    depths.push_back(static_cast<double>(i) / 100);
  }
  for (uint64_t trial = 0; trial < 20; ++trial) {
    auto facts = makeFacts(EvalTask::Retrieval, 1, 2048, trial, depths);
    std::set<std::string> questions, answers;
    for (size_t i = 0; i < facts.size(); ++i) {
      const Fact &fact = facts[i];
      EXPECT_EQ(fact.depth, depths[i]);
      EXPECT_TRUE(holdsAnswer(fact.statement, fact.answer)) << fact.statement;
      EXPECT_FALSE(holdsAnswer(fact.question, fact.answer));
      questions.insert(fact.question);
      answers.insert(fact.answer);
    }
    EXPECT_EQ(questions.size(), depths.size());
    EXPECT_EQ(answers.size(), depths.size());
  }
}

TEST(EvalFactsTest, SameArgumentsGiveTheSameFacts) {
  auto a = makeFacts(EvalTask::Retrieval, 3, 512, 1, {0.1, 0.9});
  auto b = makeFacts(EvalTask::Retrieval, 3, 512, 1, {0.1, 0.9});
  auto c = makeFacts(EvalTask::Retrieval, 4, 512, 1, {0.1, 0.9});
  EXPECT_EQ(a[1].statement, b[1].statement);
  EXPECT_NE(a[0].statement + a[1].statement, c[0].statement + c[1].statement);
}

TEST(EvalFactsTest, AnAnswerIsAWholeWordInEitherCase) {
  EXPECT_TRUE(holdsAnswer(" 12345.", "12345"));
  EXPECT_TRUE(holdsAnswer("12345", "12345"));
  EXPECT_TRUE(holdsAnswer("It was LISBON, I think", "Lisbon"));
  EXPECT_TRUE(holdsAnswer("123456 or 12345", "12345"));
  EXPECT_FALSE(holdsAnswer("123456", "12345"));
  EXPECT_FALSE(holdsAnswer("012345", "12345"));
  EXPECT_FALSE(holdsAnswer("the oboes", "oboe"));
  EXPECT_FALSE(holdsAnswer("", "oboe"));
}
} // namespace
