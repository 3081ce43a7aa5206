// Winners told as passages: the toy's decode claims the newest entries.
#include "runtime/session/Passages.h"

#include "test/unit/runtime/ToyArtifact.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace fot;
using namespace fot::rt;
using namespace fot::rt::test;

namespace {
std::unique_ptr<Session> makeSession(const TemporaryFolder &folder) {
  auto artifact = openToy(folder, {.topK = true, .seals = true});
  EXPECT_TRUE(artifact.ok());
  auto module = Module::load(*artifact, {.threads = 1});
  EXPECT_TRUE(module.ok());
  auto session = Session::create(*module, {.segmentCapacity = 64});
  EXPECT_TRUE(session.ok());
  return std::move(*session);
}

std::vector<Passage> ask(Session &session) {
  int32_t token = 1;
  float logits[64];
  EXPECT_TRUE(session.run({&token, 1}, 0, logits).ok());
  return retrievedPassages(session, 3);
}

/// The toy's second query head, which owns the memory, retrieves the entries
/// before the newest with logits 0 and -1 of a sum of 4.
TEST(PassagesTest, NeighboursAreOnePassage) {
  TemporaryFolder folder;
  auto session = makeSession(folder);
  EXPECT_TRUE(retrievedPassages(*session, 3).empty());
  EXPECT_TRUE(ask(*session).empty()); // nothing is in memory
  session->reset();
  ASSERT_TRUE(session->memorize(std::vector<int32_t>(16, 5)).ok());
  auto passages = ask(*session);
  ASSERT_EQ(passages.size(), 1u);
  EXPECT_EQ(passages[0].firstEntry, 13u);
  EXPECT_EQ(passages[0].lastEntry, 14u);
  EXPECT_NEAR(passages[0].share, (1 + std::exp(-1)) / 4, 1e-6);
  EXPECT_TRUE(retrievedPassages(*session, 0).empty());
}

TEST(PassagesTest, DocumentsAreApart) {
  TemporaryFolder folder;
  auto maker = makeSession(folder);
  std::vector<int32_t> tokens(5, 3);
  ASSERT_TRUE(maker->run(tokens, tokens.size(), nullptr).ok());
  ASSERT_TRUE(maker->save(folder.file("a.fotmem")).ok());
  auto bank = BankFile::open(folder.file("a.fotmem"));
  ASSERT_TRUE(bank.ok());
  auto session = makeSession(folder);
  ASSERT_TRUE(session->attach(*bank).ok());
  ASSERT_TRUE(session->memorize(std::vector<int32_t>(2, 5)).ok());
  // Entries 5 and 4: the session's own first token, and the bank's last.
  auto passages = ask(*session);
  ASSERT_EQ(passages.size(), 2u);
  EXPECT_EQ(passages[0].firstEntry, 5u);
  EXPECT_NEAR(passages[0].share, 0.25, 1e-6);
  EXPECT_EQ(passages[1].firstEntry, 4u);
  EXPECT_NEAR(passages[1].share, std::exp(-1) / 4, 1e-6);
  EXPECT_EQ(session->source(4).bank, bank->get());
  EXPECT_EQ(session->source(5).bank, nullptr);
  EXPECT_EQ(retrievedPassages(*session, 1).size(), 1u);
}

TEST(PassagesTest, MutedHeadsTakeNoShare) {
  TemporaryFolder folder;
  auto session = makeSession(folder);
  ASSERT_TRUE(session->memorize(std::vector<int32_t>(16, 5)).ok());
  ASSERT_TRUE(session->mute(0, 1).ok());
  auto passages = ask(*session);
  ASSERT_EQ(passages.size(), 1u);
  EXPECT_NEAR(passages[0].share, (1 + std::exp(-1)) / 8, 1e-6);
}

TEST(PassagesTest, TheLastTokenOfACallCanSayWhatItRetrieved) {
  TemporaryFolder folder;
  auto session = makeSession(folder);
  std::vector<int32_t> tokens(40, 5);
  std::vector<float> logits(64);
  ASSERT_TRUE(session->run(tokens, 39, logits.data()).ok());
  EXPECT_TRUE(retrievedPassages(*session, 3).empty()); // prefill does not tell
  std::vector<float> expected = logits;
  session->reset();
  session->decodeLastToken(true);
  ASSERT_TRUE(session->run(tokens, 39, logits.data()).ok());
  EXPECT_EQ(logits, expected);
  EXPECT_EQ(retrievedPassages(*session, 3).size(), 1u);
}
} // namespace
