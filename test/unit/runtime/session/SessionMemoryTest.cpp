// Memories that outlive a session: sealed, saved, attached, asked about. The
// toy module reports hashes of what it is shown and checks every index.
#include "runtime/session/Session.h"

#include "test/unit/runtime/ToyArtifact.h"

#include <gtest/gtest.h>

#include <random>

using namespace fot;
using namespace fot::rt;
using namespace fot::rt::test;

namespace {
const ToyModel kModel{.topK = true, .seals = true};

/// A folder, and sessions of toys in it.
struct Toys {
  TemporaryFolder folder;

  StatusOr<std::unique_ptr<Session>> open(const ToyModel &model,
                                          uint64_t segmentCapacity) {
    FOT_ASSIGN_OR_RETURN(auto artifact, openToy(folder, model));
    FOT_ASSIGN_OR_RETURN(auto module, Module::load(artifact, {.threads = 2}));
    return Session::create(module, {.segmentCapacity = segmentCapacity});
  }
  std::unique_ptr<Session> session(const ToyModel &model = kModel,
                                   uint64_t segmentCapacity = 64) {
    auto session = open(model, segmentCapacity);
    EXPECT_TRUE(session.ok()) << session.status().message();
    return std::move(*session);
  }
  /// A bank of those tokens as a session's own.
  std::shared_ptr<const BankFile> bank(const std::string &name,
                                       const std::vector<int32_t> &tokens,
                                       const ToyModel &model = kModel) {
    auto session = this->session(model);
    Status status = session->run(tokens, tokens.size(), nullptr);
    EXPECT_TRUE(status.ok()) << status.message();
    status = session->save(folder.file(name));
    EXPECT_TRUE(status.ok()) << status.message();
    auto bank = BankFile::open(folder.file(name));
    EXPECT_TRUE(bank.ok()) << bank.status().message();
    return *bank;
  }
};

std::vector<int32_t> randomTokens(uint32_t seed, size_t count) {
  std::mt19937 random(seed);
  std::vector<int32_t> tokens(count);
  for (int32_t &token : tokens) {
    token = static_cast<int32_t>(random() % 64);
  }
  return tokens;
}

std::vector<int32_t> join(std::vector<int32_t> a,
                          const std::vector<int32_t> &b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

struct Report {
  float count, keys, values, sealed;
  bool operator==(const Report &) const = default;
};

std::ostream &operator<<(std::ostream &out, const Report &report) {
  return out << report.count << " entries, " << report.keys << ' '
             << report.values << ", sealed " << report.sealed;
}

/// What the toy says of its memory when it sees one more token.
Report ask(Session &session) {
  int32_t token = 1;
  std::vector<float> logits(session.vocabulary());
  Status status = session.run({&token, 1}, 0, logits.data());
  EXPECT_TRUE(status.ok()) << status.message();
  return {logits[3], logits[4], logits[5], logits[9]};
}

/// What it should say if these tokens are in memory.
Report holding(const std::vector<int32_t> &tokens, float sealed) {
  int64_t keys = 0, values = 0;
  for (int32_t token : tokens) {
    keys = (keys * 31 + token + 1015 + 7) % 65521;
    values = (values * 31 + 3 * token + 16 + 7) % 65521;
  }
  return {static_cast<float>(tokens.size()), static_cast<float>(keys),
          static_cast<float>(values), sealed};
}

void expectFailure(const Status &status, std::vector<std::string> words) {
  ASSERT_FALSE(status.ok());
  for (const std::string &word : words) {
    EXPECT_NE(status.message().find(word), std::string::npos)
        << "no '" << word << "' in: " << status.message();
  }
}

TEST(SessionMemoryTest, FullSegmentsAreSealed) {
  Toys toys;
  auto session = toys.session();
  // Windows of 16: segments of 64 are full with four.
  std::vector<int32_t> tokens = randomTokens(1, 16 * 9);
  for (size_t i = 0; i < 9; ++i) {
    ASSERT_TRUE(session->memorize(std::span(tokens).subspan(i * 16, 16)).ok());
    EXPECT_EQ(session->numClosedSegments(), (i + 1) / 4);
  }
  EXPECT_EQ(ask(*session), holding(tokens, 2));
  EXPECT_EQ(session->memories()[0].counters().size(), 0u);
}

TEST(SessionMemoryTest, SegmentsThatWindowsDoNotDivideAreFullBefore) {
  Toys toys;
  ToyModel model = kModel;
  model.window = 13;
  model.lastContext = 7;
  auto session = toys.session(model);
  std::vector<int32_t> tokens = randomTokens(2, 307);
  // 300 go to memory: 23 windows and one of a single token. A segment of 64
  // takes four windows and cannot take a fifth.
  ASSERT_TRUE(session->run(tokens, 307, nullptr).ok());
  tokens.resize(300);
  EXPECT_EQ(session->numClosedSegments(), 5u);
  EXPECT_EQ(ask(*session), holding(tokens, 5));
}

TEST(SessionMemoryTest, CodeWithoutSealLeavesSegmentsOpenToExactScans) {
  Toys toys;
  auto session = toys.session({});
  std::vector<int32_t> tokens = randomTokens(3, 16 * 9 + 8);
  ASSERT_TRUE(session->run(tokens, tokens.size(), nullptr).ok());
  tokens.resize(16 * 9);
  EXPECT_EQ(ask(*session), holding(tokens, 0));
}

TEST(SessionMemoryTest, WhatWasSavedIsThereWhenAttached) {
  for (bool seals : {true, false}) {
    Toys toys;
    ToyModel model = kModel;
    model.seals = seals;
    std::vector<int32_t> tokens = randomTokens(4, 203);
    auto bank = toys.bank("a.fotmem", tokens, model);
    Status verified = bank->verify();
    EXPECT_TRUE(verified.ok()) << verified.message();
    ASSERT_EQ(bank->documents().size(), 1u);
    EXPECT_EQ(bank->documents()[0].name, kSessionDocument);
    EXPECT_TRUE(bank->documents()[0].complete);
    EXPECT_EQ(bank->totalTokens(), 203u);
    // 195 by windows, the last of 3; and 8 that were local. A segment is full
    // with four windows, or three and the last two.
    EXPECT_EQ(bank->segments().size(), 4u);
    auto session = toys.session(model);
    ASSERT_TRUE(session->attach(bank).ok());
    EXPECT_EQ(session->memoryLength(), 203u);
    EXPECT_EQ(session->ownMemoryLength(), 0u);
    EXPECT_EQ(ask(*session), holding(tokens, seals ? 4 : 0));
  }
}

TEST(SessionMemoryTest, SavingAgainGivesTheSameBytes) {
  Toys toys;
  std::vector<int32_t> tokens = randomTokens(5, 150);
  toys.bank("a.fotmem", tokens);
  // Through a session that used all its buffers for something else before.
  auto session = toys.session();
  std::vector<int32_t> other = randomTokens(6, 300);
  ASSERT_TRUE(session->run(other, other.size(), nullptr).ok());
  session->reset();
  ASSERT_TRUE(session->run(tokens, tokens.size(), nullptr).ok());
  ASSERT_TRUE(session->save(toys.folder.file("b.fotmem")).ok());
  EXPECT_EQ(readFile(toys.folder.file("a.fotmem")),
            readFile(toys.folder.file("b.fotmem")));
}

TEST(SessionMemoryTest, ASessionGoesOnAfterItWasSaved) {
  Toys toys;
  auto session = toys.session();
  std::vector<int32_t> first = randomTokens(7, 30);
  ASSERT_TRUE(session->run(first, first.size(), nullptr).ok());
  ASSERT_TRUE(session->save(toys.folder.file("a.fotmem")).ok());
  EXPECT_EQ(session->localLength(), 0u);
  EXPECT_EQ(session->memoryLength(), 30u);
  EXPECT_EQ(ask(*session), holding(first, 1));
  std::vector<int32_t> more = randomTokens(8, 40);
  ASSERT_TRUE(session->run(more, more.size(), nullptr).ok());
  ASSERT_TRUE(session->save(toys.folder.file("b.fotmem")).ok());
  EXPECT_EQ(session->memoryLength(), 71u); // with the token that asked
}

TEST(SessionMemoryTest, SeveralBanksLieInTheOrderGiven) {
  Toys toys;
  std::vector<int32_t> a = randomTokens(9, 100), b = randomTokens(10, 37);
  auto bankA = toys.bank("a.fotmem", a), bankB = toys.bank("b.fotmem", b);
  auto session = toys.session();
  ASSERT_TRUE(session->attach(bankB).ok());
  ASSERT_TRUE(session->attach(bankA).ok());
  ASSERT_TRUE(session->attach(bankB).ok());
  std::vector<int32_t> memory = join(join(b, a), b);
  EXPECT_EQ(ask(*session), holding(memory, 4));
  // What the session adds lies behind them, and goes with reset().
  session->reset();
  EXPECT_EQ(session->memoryLength(), 174u);
  std::vector<int32_t> own = randomTokens(11, 16 * 5);
  for (size_t i = 0; i < own.size(); i += 16) {
    ASSERT_TRUE(session->memorize(std::span(own).subspan(i, 16)).ok());
  }
  EXPECT_EQ(session->ownMemoryLength(), own.size());
  EXPECT_EQ(ask(*session), holding(join(memory, own), 5));
  session->reset();
  EXPECT_EQ(ask(*session), holding(memory, 4));
  session->detach();
  EXPECT_EQ(session->attached().size(), 0u);
  EXPECT_EQ(ask(*session), holding({}, 0));
}

TEST(SessionMemoryTest, ASessionSavesOnlyWhatItAdded) {
  Toys toys;
  std::vector<int32_t> a = randomTokens(12, 50), b = randomTokens(13, 33);
  auto bank = toys.bank("a.fotmem", a);
  auto session = toys.session();
  ASSERT_TRUE(session->attach(bank).ok());
  ASSERT_TRUE(session->run(b, b.size(), nullptr).ok());
  auto text = [](int32_t token) { return std::string(token % 4, 'x'); };
  ASSERT_TRUE(session->save(toys.folder.file("b.fotmem"), text).ok());
  auto saved = BankFile::open(toys.folder.file("b.fotmem"));
  ASSERT_TRUE(saved.ok());
  EXPECT_EQ((*saved)->totalTokens(), 33u);
  auto tokens = (*saved)->tokens(0);
  EXPECT_EQ(std::vector<int32_t>(tokens.begin(), tokens.end()), b);
  uint64_t bytes = 0;
  for (int32_t token : b) {
    bytes += static_cast<uint64_t>(token % 4);
  }
  EXPECT_EQ((*saved)->documents()[0].bytes, bytes);
  EXPECT_EQ((*saved)->segments()[0].endByte, bytes);
}

TEST(SessionMemoryTest, SourcesOfEntries) {
  Toys toys;
  std::vector<int32_t> a = randomTokens(14, 100), b = randomTokens(15, 30),
                       own = randomTokens(16, 16 * 5);
  auto bankA = toys.bank("a.fotmem", a), bankB = toys.bank("b.fotmem", b);
  auto session = toys.session();
  ASSERT_TRUE(session->attach(bankA).ok());
  ASSERT_TRUE(session->attach(bankB).ok());
  for (size_t i = 0; i < own.size(); i += 16) {
    ASSERT_TRUE(session->memorize(std::span(own).subspan(i, 16)).ok());
  }
  std::vector<int32_t> all = join(join(a, b), own);
  ASSERT_EQ(session->memoryLength(), all.size());
  for (size_t i = 0; i < all.size(); ++i) {
    MemorySource source = session->source(i);
    const BankFile *bank = i < 100   ? bankA.get()
                           : i < 130 ? bankB.get()
                                     : nullptr;
    EXPECT_EQ(source.bank, bank);
    EXPECT_EQ(source.document, "session");
    EXPECT_EQ(source.token, i < 100 ? i : i < 130 ? i - 100 : i - 130);
    ASSERT_LT(source.token - source.firstToken, source.tokens.size());
    EXPECT_EQ(source.tokens[source.token - source.firstToken], all[i]);
  }
}

TEST(SessionMemoryTest, AWindowCanBeBlindToTheMemory) {
  Toys toys;
  auto session = toys.session();
  std::vector<int32_t> tokens = randomTokens(17, 32);
  session->attendToMemory(false);
  ASSERT_TRUE(session->memorize(std::span(tokens).first(16)).ok());
  EXPECT_EQ(ask(*session), holding({}, 0));
  EXPECT_FALSE(session->memorize({tokens.data(), 16}).ok()); // one is local
  session->reset();
  ASSERT_TRUE(session->memorize(std::span(tokens).first(16)).ok());
  session->attendToMemory(true);
  ASSERT_TRUE(session->memorize(std::span(tokens).last(16)).ok());
  EXPECT_EQ(ask(*session), holding(tokens, 0));
}

TEST(SessionMemoryTest, WinnersAreThoseOfTheLastDecode) {
  Toys toys;
  auto session = toys.session();
  EXPECT_FALSE(session->retrieved(1).has_value()); // a layer without memory
  ASSERT_TRUE(session->retrieved(2).has_value());
  EXPECT_EQ(session->retrieved(2)->entries[0], -1);
  std::vector<int32_t> tokens = randomTokens(18, 16);
  ASSERT_TRUE(session->memorize(tokens).ok());
  session->countScans();
  ask(*session);
  Retrieval retrieval = *session->retrieved(2);
  EXPECT_EQ(retrieval.topK, 2u);
  std::vector<int64_t> entries(retrieval.entries.begin(),
                               retrieval.entries.end());
  EXPECT_EQ(entries, (std::vector<int64_t>{15, 14, 14, 13}));
  EXPECT_EQ(retrieval.logits[1], -1.0f);
  EXPECT_EQ(retrieval.softmax[3], 4.0f);
  EXPECT_EQ(session->memories()[1].counters()[FOT_COUNT_KEYS], 16);
  expectFailure(session->mute(2, 0), {"head 0", "layer 2", "no memory"});
  expectFailure(session->mute(1, 1), {"head 1", "layer 1"});
  ASSERT_TRUE(session->mute(2, 1).ok());
  ask(*session);
  EXPECT_EQ(session->retrieved(2)->entries[0], -1);
  EXPECT_EQ(session->retrieved(0)->entries[0], 15);
  ASSERT_TRUE(session->mute(2, 1, false).ok());
  ask(*session);
  EXPECT_EQ(session->retrieved(2)->entries[0], 15);
  session->reset();
  EXPECT_EQ(session->retrieved(2)->entries[0], -1);
  EXPECT_FALSE(toys.session({})->retrieved(2).has_value()); // dense
}

TEST(SessionMemoryTest, UnfitBanksAreRefused) {
  Toys toys;
  ToyModel other = kModel;
  other.fingerprint = 8;
  auto foreign = toys.bank("foreign.fotmem", {1, 2, 3}, other);
  auto bank = toys.bank("a.fotmem", {1, 2, 3});
  auto session = toys.session();
  expectFailure(session->attach(foreign), {"foreign.fotmem", "fingerprint"});
  ask(*session);
  expectFailure(session->attach(bank), {"a.fotmem", "empty", "1 token"});
  session->reset();
  EXPECT_TRUE(session->attach(bank).ok());

  auto plain = toys.session({.evicts = false, .memories = false}, 0);
  expectFailure(plain->attach(bank), {"memory"});
  std::vector<int32_t> tokens{1, 2};
  expectFailure(plain->memorize(tokens), {"no memory", "--memory-layers"});
  expectFailure(plain->save(toys.folder.file("no.fotmem")), {"memory"});
  expectFailure(session->memorize(std::vector<int32_t>(17, 1)), {"16", "17"});
}

TEST(SessionMemoryTest, AttachedBanksCountAgainstALimit) {
  TemporaryFolder folder;
  Toys toys;
  auto bank = toys.bank("a.fotmem", randomTokens(19, 30));
  auto artifact = openToy(folder, kModel, [](schema::ArtifactT &header) {
    header.entries[0]->max_memory = 40;
  });
  ASSERT_TRUE(artifact.ok());
  auto module = Module::load(*artifact, {.threads = 1});
  ASSERT_TRUE(module.ok());
  auto session = Session::create(*module);
  ASSERT_TRUE(session.ok());
  ASSERT_TRUE((*session)->attach(bank).ok());
  expectFailure((*session)->attach(bank), {"a.fotmem", "40", "30"});
  std::vector<int32_t> tokens(16, 1);
  expectFailure((*session)->memorize(tokens), {"40", "30", "16"});
}
} // namespace
