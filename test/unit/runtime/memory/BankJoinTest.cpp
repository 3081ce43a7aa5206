// Whole files put together: all of it or nothing.
#include "runtime/memory/BankJoin.h"

#include "test/unit/runtime/ToyArtifact.h"
#include "test/unit/runtime/memory/BankExpectations.h"
#include "test/unit/runtime/memory/BankSamples.h"

#include <filesystem>

using namespace fot;
using namespace fot::rt;
using namespace fot::rt::test;

namespace {
std::vector<SampleStep> document(unsigned number) {
  return {{SampleStep::Begin, number},
          {SampleStep::Segment, number, 64},
          {SampleStep::Segment, number + 1000, 7},
          {SampleStep::Finish, number}};
}

std::vector<SampleStep> both(std::vector<SampleStep> first,
                             const std::vector<SampleStep> &second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

struct BankJoinTest : testing::Test {
  void SetUp() override {
    expectOk(writeSample(a, document(0)));
    expectOk(writeSample(b, document(1)));
    expectOk(writeSample(whole, both(document(0), document(1))));
  }
  TemporaryFolder folder;
  std::string a = folder.file("a"), b = folder.file("b"),
              whole = folder.file("whole"), out = folder.file("out");
};

TEST_F(BankJoinTest, MergesAndAppendsToTheSameBytes) {
  uint64_t last = 0, all = 0;
  auto merged = mergeBanks({a, b}, out, [&](uint64_t done, uint64_t total) {
    EXPECT_GT(done, last);
    last = done;
    all = total;
    return true;
  });
  ASSERT_TRUE(merged.ok()) << merged.status().message();
  EXPECT_EQ((*merged)->documents().size(), 2u);
  EXPECT_EQ(last, all);
  EXPECT_TRUE(readFile(out) == readFile(whole));
  auto grown = appendBanks(a, {b});
  ASSERT_TRUE(grown.ok()) << grown.status().message();
  EXPECT_TRUE(readFile(a) == readFile(whole));
}

TEST_F(BankJoinTest, WhatIsStoppedLeavesNothingAndChangesNothing) {
  auto before = readFile(a);
  auto stop = [](uint64_t, uint64_t) { return false; };
  expectWords(mergeBanks({a, b}, out, stop).takeStatus(), {"out", "stopped"});
  EXPECT_FALSE(std::filesystem::exists(out));
  expectWords(appendBanks(a, {b}, stop).takeStatus(), {"a: stopped"});
  // Nothing of it is committed: the next writer drops what was copied.
  auto bank = BankFile::open(a);
  ASSERT_TRUE(bank.ok());
  EXPECT_EQ((*bank)->documents().size(), 1u);
  ASSERT_TRUE(appendBanks(a, {b}).ok());
  EXPECT_TRUE(readFile(a) == readFile(whole));
}

TEST_F(BankJoinTest, RefusesBeforeItWrites) {
  std::vector<SampleStep> unfinished = document(0);
  unfinished.pop_back();
  expectOk(writeSample(folder.file("half"), unfinished));
  expectWords(appendBanks(folder.file("half"), {b}).takeStatus(),
              {"half", "not complete"});
  expectWords(mergeBanks({a, folder.file("none")}, out).takeStatus(),
              {"none", "cannot open"});
  expectWords(mergeBanks({}, out).takeStatus(), {"out", "at least one bank"});
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(BankJoinTest, AppendsNoBankToItselfByAnyName) {
  std::string link = folder.file("link"), hard = folder.file("hard");
  std::filesystem::create_symlink(a, link);
  std::filesystem::create_hard_link(a, hard);
  auto before = readFile(a);
  expectWords(appendBanks(a, {b, a}).takeStatus(),
              {"a: expected other banks", "the same one"});
  expectWords(appendBanks(a, {link}).takeStatus(), {"link, which is the same"});
  expectWords(appendBanks(hard, {a}).takeStatus(), {"a, which is the same"});
  EXPECT_TRUE(readFile(a) == before);
}
} // namespace
