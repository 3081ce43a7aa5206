// Whatever interrupts a writer, the bank is what was committed last, and going
// on from there gives the bytes of an undisturbed run.
#include "test/unit/runtime/ToyArtifact.h"
#include "test/unit/runtime/memory/BankExpectations.h"
#include "test/unit/runtime/memory/BankSamples.h"

#include "fot/bank_layout.h"

#include <csignal>
#include <cstring>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace fot;
using namespace fot::rt;
using namespace fot::rt::test;

namespace {
/// How many of `steps` a bank holds.
size_t stepsIn(const std::vector<SampleStep> &steps,
               const std::vector<BankDocument> &documents,
               const std::vector<BankSegment> &segments) {
  size_t complete = 0;
  for (const BankDocument &document : documents) {
    complete += document.complete;
  }
  return std::min(steps.size(), documents.size() + segments.size() + complete);
}

/// Opens `path` for writing, adds what it lacks and finishes it.
void resume(const std::string &path, const std::vector<SampleStep> &steps) {
  auto writer = BankWriter::open(path, sampleDescription());
  ASSERT_TRUE(writer.ok()) << writer.status().message();
  size_t done = stepsIn(steps, (*writer)->documents(), (*writer)->segments());
  for (; done < steps.size(); ++done) {
    expectOk(steps[done].addTo(**writer));
    expectOk((*writer)->commit());
  }
  expectOk((*writer)->finish());
}

/// Steps enough for a directory of several blocks, with names of all lengths.
std::vector<SampleStep> manySteps(unsigned documents) {
  std::vector<SampleStep> steps;
  for (unsigned i = 0; i < documents; ++i) {
    steps.push_back({SampleStep::Begin, i});
    steps.push_back({SampleStep::Segment, i, 1 + i % 3, i % 5 != 0});
    steps.push_back({SampleStep::Finish, i});
  }
  return steps;
}

TEST(BankWriterTest, AnEmptyBankIsABank) {
  TemporaryFolder folder;
  std::string path = folder.file("a.fotmem");
  auto writer = BankWriter::create(path, sampleDescription());
  ASSERT_TRUE(writer.ok()) << writer.status().message();
  EXPECT_EQ(folder.list(), std::vector<std::string>{"a.fotmem"});
  auto bank = BankFile::open(path);
  ASSERT_TRUE(bank.ok()) << bank.status().message();
  EXPECT_EQ((*bank)->totalTokens(), 0u);
  expectOk((*bank)->verify());
  std::vector<std::byte> bytes = readFile(path);
  expectOk((*writer)->finish());
  EXPECT_EQ(readFile(path), bytes);
}

TEST(BankWriterTest, NothingIsSeenBeforeItIsCommitted) {
  TemporaryFolder folder;
  std::string path = folder.file("a.fotmem");
  auto writer = BankWriter::create(path, sampleDescription());
  ASSERT_TRUE(writer.ok());
  uint64_t expected = 0, generation = 1;
  for (const SampleStep &step : sampleSteps()) {
    expectOk(step.addTo(**writer));
    auto before = BankFile::open(path);
    ASSERT_TRUE(before.ok()) << before.status().message();
    EXPECT_EQ((*before)->totalTokens(), expected);
    expectOk((*writer)->commit());
    expectOk((*writer)->commit()); // nothing new: no commit
    auto after = BankFile::open(path);
    ASSERT_TRUE(after.ok()) << after.status().message();
    expected += step.count;
    EXPECT_EQ((*after)->totalTokens(), expected);
    EXPECT_EQ((*after)->generation(), ++generation);
    expectOk((*after)->verify());
  }
}

TEST(BankWriterTest, BytesDependOnTheContentAlone) {
  TemporaryFolder folder;
  for (const auto &steps : {sampleSteps(), manySteps(900)}) {
    // As one commit.
    std::string once = folder.file("once.fotmem");
    expectOk(writeSample(once, steps));
    // In place, with commits and other writers in between.
    std::string often = folder.file("often.fotmem");
    auto writer = BankWriter::create(often, sampleDescription());
    for (size_t i = 0; i < steps.size(); ++i) {
      ASSERT_TRUE(writer.ok()) << writer.status().message();
      expectOk(steps[i].addTo(**writer));
      if (i % 3 == 1) {
        expectOk((*writer)->commit());
      }
      if (i % 7 == 4) {
        expectOk((*writer)->finish());
        writer = BankWriter::open(often, sampleDescription());
      }
    }
    expectOk((*writer)->finish());
    EXPECT_TRUE(readFile(once) == readFile(often));
    auto bank = BankFile::open(often);
    ASSERT_TRUE(bank.ok()) << bank.status().message();
    expectOk((*bank)->verify());
    ASSERT_EQ(unlink(often.c_str()), 0);
  }
}

TEST(BankWriterTest, DroppedWorkLeavesNoTrace) {
  TemporaryFolder folder;
  std::string path = folder.file("a.fotmem");
  std::vector<SampleStep> steps = sampleSteps();
  expectOk(writeSample(path, steps));
  std::vector<std::byte> bytes = readFile(path);
  for (unsigned documents : {1u, 600u}) { // in one block, in several
    auto writer = BankWriter::open(path, sampleDescription());
    ASSERT_TRUE(writer.ok());
    for (const SampleStep &step : manySteps(documents)) {
      expectOk(step.addTo(**writer));
    }
    EXPECT_FALSE(readFile(path) == bytes);
    writer->reset();
    EXPECT_TRUE(readFile(path) == bytes);
  }
  {
    auto aside = BankWriter::createAside(path, sampleDescription());
    ASSERT_TRUE(aside.ok());
    expectOk((*aside)->beginDocument("x", BankEncoding::Sequential, 1));
  }
  EXPECT_TRUE(readFile(path) == bytes);
  EXPECT_EQ(folder.list(), std::vector<std::string>{"a.fotmem"});
}

/// Every state that the file goes through: what a kill leaves behind. A power
/// loss may leave any part of what was written since the last sync, too.
TEST(BankWriterTest, ResumesFromEveryState) {
  TemporaryFolder folder;
  std::vector<SampleStep> steps = sampleSteps();
  expectOk(writeSample(folder.file("whole.fotmem"), steps));
  std::vector<std::byte> whole = readFile(folder.file("whole.fotmem"));
  std::string path = folder.file("a.fotmem"), copy = folder.file("b.fotmem");
  auto check = [&](const std::vector<std::byte> &state, size_t committed) {
    writeFile(copy, state);
    auto bank = BankFile::open(copy);
    ASSERT_TRUE(bank.ok()) << bank.status().message();
    EXPECT_EQ(stepsIn(steps, (*bank)->documents(), (*bank)->segments()),
              committed);
    resume(copy, steps);
    EXPECT_TRUE(readFile(copy) == whole);
  };
  auto writer = BankWriter::create(path, sampleDescription());
  ASSERT_TRUE(writer.ok());
  std::vector<std::byte> last = readFile(path);
  for (size_t i = 0; i < steps.size(); ++i) {
    expectOk(steps[i].addTo(**writer));
    std::vector<std::byte> written = readFile(path);
    check(written, i);
    // Parts of it, and other things than what was to be written.
    for (size_t size = last.size(); size < written.size();
         size += 1 + (written.size() - last.size()) / 5) {
      std::vector<std::byte> part(
          written.begin(), written.begin() + static_cast<ptrdiff_t>(size));
      check(part, i);
      part.resize(written.size(), std::byte(0xee));
      check(part, i);
    }
    expectOk((*writer)->commit());
    std::vector<std::byte> committed = readFile(path);
    check(committed, i + 1);
    // A commit record that was written in part.
    for (uint64_t slot : {FOT_BANK_COMMIT_0, FOT_BANK_COMMIT_1}) {
      if (std::memcmp(&committed[slot], &written[slot], 64) == 0) {
        continue;
      }
      for (uint64_t bytes : {1, 8, 32, 56, 63}) {
        std::vector<std::byte> torn = written;
        std::memcpy(&torn[slot], &committed[slot], bytes);
        if (std::memcmp(&torn[slot], &committed[slot], 64) != 0 &&
            std::memcmp(&torn[slot], &written[slot], 64) != 0) {
          check(torn, i);
        }
      }
    }
    last = committed;
  }
  // finish() makes the records equal, the one that does not count first.
  expectOk((*writer)->finish());
  EXPECT_TRUE(readFile(path) == whole);
  uint64_t generations[2];
  std::memcpy(&generations[0], &last[FOT_BANK_COMMIT_0], 8);
  std::memcpy(&generations[1], &last[FOT_BANK_COMMIT_1], 8);
  uint64_t older =
      generations[0] < generations[1] ? FOT_BANK_COMMIT_0 : FOT_BANK_COMMIT_1;
  std::vector<std::byte> state = last;
  std::memcpy(&state[older], &whole[older], 40);
  check(state, steps.size());
  std::memcpy(&state[older], &whole[older], 64);
  check(state, steps.size());
}

/// Runs `work` in a process of its own; returns how it ended.
template <typename Work> int inChild(Work work) {
  pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return status;
}

TEST(BankWriterTest, SurvivesBeingKilledAtAnyTime) {
  TemporaryFolder folder;
  std::vector<SampleStep> steps = manySteps(700);
  expectOk(writeSample(folder.file("whole.fotmem"), steps));
  std::string path = folder.file("a.fotmem");
  ASSERT_TRUE(BankWriter::create(path, sampleDescription()).ok());
  std::mt19937 random(5);
  uint64_t tokens = 0;
  for (unsigned round = 0; round < 30; ++round) {
    pid_t child = fork();
    if (child == 0) {
      resume(path, steps);
      _exit(0);
    }
    usleep(1000 + random() % 15000);
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
    auto bank = BankFile::open(path);
    ASSERT_TRUE(bank.ok()) << bank.status().message();
    expectOk((*bank)->verify());
    EXPECT_GE((*bank)->totalTokens(), tokens);
    tokens = (*bank)->totalTokens();
  }
  resume(path, steps);
  EXPECT_TRUE(readFile(path) == readFile(folder.file("whole.fotmem")));
}

TEST(BankWriterTest, AFullDiskKeepsTheLastCommit) {
  TemporaryFolder folder;
  std::vector<SampleStep> steps = sampleSteps();
  expectOk(writeSample(folder.file("whole.fotmem"), steps));
  std::vector<std::byte> whole = readFile(folder.file("whole.fotmem"));
  std::string path = folder.file("a.fotmem");
  std::signal(SIGXFSZ, SIG_IGN);
  size_t failures = 0;
  for (uint64_t limit = 70000; limit < whole.size() + 9000; limit += 4096) {
    unlink(path.c_str());
    int status = inChild([&] {
      rlimit most{limit, limit};
      setrlimit(RLIMIT_FSIZE, &most);
      auto writer = BankWriter::create(path, sampleDescription());
      Status status = writer.ok() ? Status() : writer.takeStatus();
      for (size_t i = 0; i < steps.size() && status.ok(); ++i) {
        status = steps[i].addTo(**writer);
        if (status.ok()) {
          status = (*writer)->commit();
        }
      }
      if (!status.ok()) {
        bool clear =
            status.message().find("a.fotmem: cannot write: File too large") !=
            std::string::npos;
        // For good: nothing else is tried.
        bool stays =
            !writer.ok() || (*writer)->commit().message() == status.message();
        writer = Status::failure("closed");
        _exit(clear && stays ? 1 : 2);
      }
      expectOk((*writer)->finish());
    });
    ASSERT_TRUE(WIFEXITED(status));
    ASSERT_LE(WEXITSTATUS(status), 1);
    if (WEXITSTATUS(status) == 0) {
      EXPECT_TRUE(readFile(path) == whole);
      continue;
    }
    ++failures;
    if (access(path.c_str(), F_OK) == 0) {
      auto bank = BankFile::open(path);
      ASSERT_TRUE(bank.ok()) << bank.status().message();
      EXPECT_EQ((*bank)->fileBytes(), readFile(path).size()); // room is freed
      expectOk((*bank)->verify());
      resume(path, steps);
      EXPECT_TRUE(readFile(path) == whole);
    }
    EXPECT_LE(folder.list().size(), 2u); // nothing else is left behind
  }
  EXPECT_GT(failures, 5u);
}

TEST(BankWriterTest, ASecondWriterIsRefused) {
  TemporaryFolder folder;
  std::string path = folder.file("a.fotmem");
  auto first = BankWriter::create(path, sampleDescription());
  ASSERT_TRUE(first.ok());
  auto refused = [&](StatusOr<std::unique_ptr<BankWriter>> second) {
    expectWords(second.takeStatus(),
                {"a.fotmem: another process is writing to this bank"});
  };
  refused(BankWriter::open(path, sampleDescription()));
  refused(BankWriter::createAside(path, sampleDescription()));
  int status = inChild([&] {
    // With the descriptor that this process inherited, it would hold the lock
    // that the test is about.
    auto second = BankWriter::open(path, sampleDescription());
    _exit(second.ok() ? 0 : 3);
  });
  EXPECT_EQ(WEXITSTATUS(status), 3);
  // Readers are not kept out, nor do they keep writers out.
  auto reader = BankFile::open(path);
  EXPECT_TRUE(reader.ok());
  first->reset();
  auto second = BankWriter::open(path, sampleDescription());
  EXPECT_TRUE(second.ok()) << second.status().message();
}

TEST(BankWriterTest, OneThatWasReplacedWhileAsideIsKept) {
  TemporaryFolder folder;
  std::string path = folder.file("a.fotmem");
  auto aside = BankWriter::createAside(path, sampleDescription());
  ASSERT_TRUE(aside.ok());
  auto writer = BankWriter::open(path, sampleDescription());
  expectWords(writer.takeStatus(), {"cannot open the file for writing"});
  auto other = BankWriter::create(path, sampleDescription());
  ASSERT_TRUE(other.ok()) << other.status().message();
  expectWords((*aside)->finish(), {"another process is writing"});
}

TEST(BankWriterTest, RefusesWhatDoesNotFit) {
  TemporaryFolder folder;
  std::string path = folder.file("a.fotmem");
  expectOk(writeSample(path));
  std::vector<std::byte> bytes = readFile(path);
  BankDescription other = sampleDescription();
  other.headDim = 32;
  auto refused = [](auto writer) { return writer.takeStatus(); };
  expectWords(refused(BankWriter::open(path, other)),
              {"a.fotmem: the bank has another head dimension"});
  expectWords(refused(BankWriter::create(path, sampleDescription())),
              {"a.fotmem: there is a file of this name already"});
  expectWords(refused(BankWriter::create(folder.file("no/where"), other)),
              {"no/where: cannot create the file: No such file"});
  expectWords(refused(BankWriter::open("/dev/null", other)),
              {"/dev/null: expected a regular file"});
  expectWords(refused(BankWriter::createAside("/dev/null", other)),
              {"/dev/null: expected a regular file"});
  other.layers.clear();
  expectWords(refused(BankWriter::createAside(path, other)), {"0 layers"});
  std::string text = "not a bank at all";
  writeFile(folder.file("t"), std::as_bytes(std::span(text)));
  expectWords(refused(BankWriter::open(folder.file("t"), sampleDescription())),
              {"t: this is not a .fotmem bank"});
  EXPECT_EQ(readFile(folder.file("t")).size(), text.size());

  using Act = std::function<Status(BankWriter &)>;
  auto misuse = [&](Act act) {
    auto writer = BankWriter::open(path, sampleDescription());
    return writer.ok() ? act(**writer) : writer.takeStatus();
  };
  SampleSegment segment(sampleDescription(), 3, true, 1);
  std::vector<BankPieces> pieces = segment.pieces();
  expectWords(misuse([&](BankWriter &w) { return segment.addTo(w); }),
              {"belongs to a document"});
  expectWords(misuse([&](BankWriter &w) { return w.finishDocument(1, 1); }),
              {"no document to finish"});
  expectWords(misuse([&](BankWriter &w) {
                return w.beginDocument(std::string(4097, 'x'),
                                       BankEncoding::Sequential, 1);
              }),
              {"at most 4096 bytes", "4097"});
  auto begun = [&](Act act) {
    return misuse([&](BankWriter &w) {
      expectOk(w.beginDocument("d", BankEncoding::Sequential, 1));
      return act(w);
    });
  };
  expectWords(
      begun([&](BankWriter &w) { return w.addSegment({}, 0, 0, pieces); }),
      {"0 tokens"});
  expectWords(begun([&](BankWriter &w) {
                return w.addSegment(segment.tokens, 0, 0,
                                    std::span(pieces).first(1));
              }),
              {"of 2 layers, found 1"});
  expectWords(begun([&](BankWriter &w) {
                return w.addSegment(segment.tokens, 9, 8, pieces);
              }),
              {"ends before it begins"});
  expectWords(begun([&](BankWriter &w) {
                auto wrong = pieces;
                wrong[1].values = wrong[1].values.first(8);
                return w.addSegment(segment.tokens, 0, 0, wrong);
              }),
              {"the values of layer 4, found 8"});
  expectWords(begun([&](BankWriter &w) {
                auto wrong = pieces;
                wrong[1].index = {};
                return w.addSegment(segment.tokens, 0, 0, wrong);
              }),
              {"the index of layer 4, found 0"});
  expectWords(misuse([&](BankWriter &w) {
                expectOk(w.finish());
                return w.commit();
              }),
              {"finished already"});
  EXPECT_TRUE(readFile(path) == bytes);
}

TEST(BankWriterTest, MendsADamagedCommitRecord) {
  TemporaryFolder folder;
  std::string path = folder.file("a.fotmem");
  expectOk(writeSample(path));
  std::vector<std::byte> bytes = readFile(path);
  for (uint64_t slot : {FOT_BANK_COMMIT_0, FOT_BANK_COMMIT_1}) {
    std::vector<std::byte> spoilt = bytes;
    spoilt[slot + 3] ^= std::byte(1);
    writeFile(path, spoilt);
    auto writer = BankWriter::open(path, sampleDescription());
    ASSERT_TRUE(writer.ok()) << writer.status().message();
    expectOk((*writer)->finish());
    EXPECT_TRUE(readFile(path) == bytes);
  }
}
} // namespace
