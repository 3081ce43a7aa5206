// Banks put together are the banks that would have been written at once.
#include "runtime/memory/BankCopy.h"

#include "test/unit/runtime/ToyArtifact.h"
#include "test/unit/runtime/memory/BankExpectations.h"
#include "test/unit/runtime/memory/BankSamples.h"

using namespace fot;
using namespace fot::rt;
using namespace fot::rt::test;

namespace {
std::vector<SampleStep> documents(unsigned from, unsigned to) {
  std::vector<SampleStep> steps;
  for (unsigned i = from; i < to; ++i) {
    steps.push_back({SampleStep::Begin, i});
    steps.push_back({SampleStep::Segment, i, 64});
    steps.push_back({SampleStep::Segment, i + 1000, 1 + i % 64, i % 3 != 0});
    steps.push_back({SampleStep::Finish, i});
  }
  return steps;
}

TEST(BankCopyTest, GivesTheBytesOfOneRun) {
  TemporaryFolder folder;
  std::string parts[] = {folder.file("0"), folder.file("1"), folder.file("2")};
  // Of several blocks, of one, and with a document that is not complete.
  expectOk(writeSample(parts[0], documents(0, 400)));
  expectOk(writeSample(parts[1], documents(400, 403)));
  std::vector<SampleStep> last = documents(403, 405);
  last.pop_back();
  expectOk(writeSample(parts[2], last));
  std::vector<SampleStep> all = documents(0, 405);
  all.pop_back();
  expectOk(writeSample(folder.file("whole"), all));

  auto writer =
      BankWriter::createAside(folder.file("merged"), sampleDescription());
  ASSERT_TRUE(writer.ok());
  for (const std::string &part : parts) {
    auto bank = BankFile::open(part);
    ASSERT_TRUE(bank.ok()) << bank.status().message();
    uint64_t last = 0;
    expectOk(copyBank(**bank, **writer, [&](uint64_t done) {
      last = done;
      return true;
    }));
    EXPECT_EQ(last, copyBytes(**bank));
  }
  expectOk((*writer)->finish());
  EXPECT_TRUE(readFile(folder.file("merged")) ==
              readFile(folder.file("whole")));
}

TEST(BankCopyTest, DoesNotGiveDamageANewChecksum) {
  TemporaryFolder folder;
  expectOk(writeSample(folder.file("a")));
  std::vector<std::byte> bytes = readFile(folder.file("a"));
  auto whole = BankFile::open(folder.file("a"));
  ASSERT_TRUE(whole.ok());
  const BankSegment segment = (*whole)->segments()[1];
  // In the table, the tokens, the index, and the rows.
  for (uint64_t offset :
       {uint64_t(3), uint64_t(70), uint64_t(600), segment.size - 1}) {
    std::vector<std::byte> spoilt = bytes;
    spoilt[segment.offset + offset] ^= std::byte(1);
    writeFile(folder.file("spoilt"), spoilt);
    auto bank = BankFile::open(folder.file("spoilt"));
    auto writer =
        BankWriter::createAside(folder.file("b"), sampleDescription());
    ASSERT_TRUE(bank.ok() && writer.ok());
    bool inTable = offset < 56;
    Status status = copyBank(**bank, **writer);
    if (inTable) {
      // Nothing but the table is spoilt, and it is made anew.
      expectOk(status);
    } else {
      expectWords(status, {"spoilt: the bank is damaged", "segment 1",
                           std::to_string(segment.offset)});
    }
  }
}

TEST(BankCopyTest, RefusesABankOfAnotherModel) {
  TemporaryFolder folder;
  expectOk(writeSample(folder.file("a")));
  BankDescription other = sampleDescription();
  other.fingerprint[0] ^= 1;
  auto bank = BankFile::open(folder.file("a"));
  auto writer = BankWriter::createAside(folder.file("b"), other);
  ASSERT_TRUE(bank.ok() && writer.ok());
  expectWords(copyBank(**bank, **writer), {"a: ", "another model"});
  EXPECT_TRUE((*writer)->documents().empty());
}
} // namespace
