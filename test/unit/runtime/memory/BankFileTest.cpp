// Bank files come back as they were written, and spoilt ones are found out
// before anything of them is used.
#include "test/unit/runtime/ToyArtifact.h"
#include "test/unit/runtime/memory/BankExpectations.h"
#include "test/unit/runtime/memory/BankSamples.h"

#include "fot/bank_layout.h"

#include <cstring>

using namespace fot;
using namespace fot::rt;
using namespace fot::rt::test;

namespace {
std::vector<std::byte> sampleBytes() {
  TemporaryFolder folder;
  expectOk(writeSample(folder.file("a.fotmem")));
  return readFile(folder.file("a.fotmem"));
}

StatusOr<std::shared_ptr<const BankFile>>
openBytes(const TemporaryFolder &folder, std::span<const std::byte> bytes) {
  writeFile(folder.file("spoilt.fotmem"), bytes);
  return BankFile::open(folder.file("spoilt.fotmem"));
}

Status statusOf(const StatusOr<std::shared_ptr<const BankFile>> &bank) {
  return bank.ok() ? Status() : Status::failure(bank.status().message());
}

template <typename Record>
Record &at(std::vector<std::byte> &bytes, uint64_t offset) {
  return *reinterpret_cast<Record *>(bytes.data() + offset);
}

/// Makes the checksums of what `bytes` begins with right again, so that what
/// they cover is looked at.
void sign(std::vector<std::byte> &bytes) {
  auto &prelude = at<fot_bank_prelude>(bytes, 0);
  prelude.description_checksum = checksum64(std::span(bytes).subspan(
      FOT_BANK_DESCRIPTION, prelude.description_bytes));
  prelude.prelude_checksum = checksum64(std::span(bytes).first(56));
  for (uint64_t slot : {FOT_BANK_COMMIT_0, FOT_BANK_COMMIT_1}) {
    auto &commit = at<fot_bank_commit>(bytes, slot);
    uint64_t directory = prelude.directory_offset;
    if (commit.slots <= FOT_BANK_BLOCK_SLOTS &&
        directory < bytes.size() - commit.slots * FOT_BANK_SLOT_BYTES) {
      commit.directory_checksum = checksum64(std::span(bytes).subspan(
          directory, commit.slots * FOT_BANK_SLOT_BYTES));
    }
    commit.commit_checksum = checksum64(std::span(bytes).subspan(slot, 56));
  }
}

/// Reads all that a bank offers: nothing of it may lie outside the mapping.
uint64_t readAll(const BankFile &bank) {
  uint64_t sum = 0;
  for (size_t i = 0; i < bank.segments().size(); ++i) {
    for (int32_t token : bank.tokens(i)) {
      sum += static_cast<uint64_t>(token);
    }
    for (size_t layer = 0; layer < bank.description().layers.size(); ++layer) {
      for (auto part :
           {bank.index(i, layer), bank.keys(i, layer), bank.values(i, layer)}) {
        for (std::byte byte : part) {
          sum += static_cast<uint64_t>(byte);
        }
      }
    }
  }
  return sum;
}

TEST(BankFileTest, ComesBackAsItWasWritten) {
  TemporaryFolder folder;
  expectOk(writeSample(folder.file("a.fotmem")));
  EXPECT_EQ(folder.list(), std::vector<std::string>{"a.fotmem"});
  auto opened = BankFile::open(folder.file("a.fotmem"));
  ASSERT_TRUE(opened.ok()) << opened.status().message();
  const BankFile &bank = **opened;
  BankDescription about = sampleDescription();
  EXPECT_EQ(bank.description().model, "sample");
  EXPECT_EQ(bank.description().weights, "f32 (1)");
  expectOk(about.compatible(bank.description()));
  EXPECT_EQ(bank.totalTokens(), 203u);
  EXPECT_EQ(bank.generation(), 1u);
  EXPECT_EQ(bank.fileBytes(), readFile(bank.path()).size());
  expectOk(bank.verify());

  ASSERT_EQ(bank.documents().size(), 2u);
  const BankDocument &first = bank.documents()[0];
  EXPECT_EQ(first.name, "document-0.txt");
  EXPECT_EQ(first.encoding, BankEncoding::Sequential);
  EXPECT_EQ(first.window, 64u);
  EXPECT_EQ(first.tokens, 198u);
  EXPECT_EQ(first.bytes, 1000u);
  EXPECT_EQ(first.numSegments, 2u);
  EXPECT_TRUE(first.complete);
  EXPECT_EQ(bank.documents()[1].encoding, BankEncoding::Independent);
  EXPECT_EQ(bank.documents()[1].firstSegment, 2u);
  EXPECT_EQ(bank.documents()[1].checksum, 1u);

  ASSERT_EQ(bank.segments().size(), 3u);
  const uint64_t counts[] = {128, 70, 5};
  const uint64_t firstTokens[] = {0, 128, 0};
  for (size_t i = 0; i < 3; ++i) {
    const BankSegment &segment = bank.segments()[i];
    SampleSegment expected(about, counts[i], i != 2,
                           static_cast<unsigned>(i + 1));
    EXPECT_EQ(segment.document, i / 2);
    EXPECT_EQ(segment.firstToken, firstTokens[i]);
    EXPECT_EQ(segment.count, counts[i]);
    EXPECT_EQ(segment.capacity, (counts[i] + 63) / 64 * 64);
    EXPECT_EQ(segment.firstByte, expected.firstByte);
    EXPECT_EQ(segment.endByte, expected.endByte);
    auto tokens = bank.tokens(i);
    EXPECT_EQ(std::vector<int32_t>(tokens.begin(), tokens.end()),
              expected.tokens);
    for (size_t layer = 0; layer < 2; ++layer) {
      const auto *parts = &expected.parts[3 * layer];
      fot_segment view = bank.view(i, layer);
      EXPECT_EQ(view.count, static_cast<int64_t>(segment.count));
      EXPECT_EQ(view.capacity, static_cast<int64_t>(segment.capacity));
      EXPECT_EQ(view.index != nullptr, i != 2);
      EXPECT_EQ(view.index != nullptr, segment.hasIndex);
      const void *const pointers[] = {view.index, view.keys, view.values};
      for (size_t part = 0; part < 3; ++part) {
        EXPECT_EQ(reinterpret_cast<uintptr_t>(pointers[part]) % 64, 0u);
        EXPECT_TRUE(parts[part].empty() ||
                    std::memcmp(pointers[part], parts[part].data(),
                                parts[part].size()) == 0)
            << "part " << part << " of layer " << layer << " of segment " << i;
      }
    }
  }
}

TEST(BankFileTest, OutlivesItsNameAndAWriter) {
  TemporaryFolder folder;
  std::string path = folder.file("a.fotmem");
  expectOk(writeSample(path));
  auto before = BankFile::open(path);
  ASSERT_TRUE(before.ok());
  uint64_t sum = readAll(**before);
  auto writer = BankWriter::open(path, sampleDescription());
  ASSERT_TRUE(writer.ok()) << writer.status().message();
  for (const SampleStep &step : sampleSteps()) {
    expectOk(step.addTo(**writer));
  }
  expectOk((*writer)->finish());
  EXPECT_EQ((*before)->totalTokens(), 203u);
  EXPECT_EQ(readAll(**before), sum);
  auto after = BankFile::open(path);
  ASSERT_TRUE(after.ok());
  EXPECT_EQ((*after)->totalTokens(), 406u);
  EXPECT_EQ(unlink(path.c_str()), 0);
  EXPECT_EQ(readAll(**after), 2 * sum);
}

TEST(BankFileTest, OpensTenThousandSegmentsQuickly) {
  TemporaryFolder folder;
  std::string path = folder.file("long.fotmem");
  auto writer = BankWriter::createAside(path, sampleDescription());
  ASSERT_TRUE(writer.ok());
  SampleSegment segment(sampleDescription(), 3, true, 1);
  std::vector<BankPieces> pieces = segment.pieces();
  for (unsigned i = 0; i < 10000; ++i) {
    if (i % 10 == 0) {
      // Names of several slots, so that blocks end in different places.
      expectOk((*writer)->beginDocument(std::string(i % 300, 'n'),
                                        BankEncoding::Independent, 64));
    }
    expectOk((*writer)->addSegment(segment.tokens, 0, 9, pieces));
  }
  expectOk((*writer)->finish());
  auto start = std::chrono::steady_clock::now();
  auto bank = BankFile::open(path);
  double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
          .count();
  ASSERT_TRUE(bank.ok()) << bank.status().message();
  EXPECT_EQ((*bank)->segments().size(), 10000u);
  EXPECT_EQ((*bank)->documents()[77].name.size(), 770u % 300);
  EXPECT_LT(seconds, 0.1); // with room for sanitizers and neighbours
  expectOk((*bank)->verify());
}

TEST(BankFileTest, TruncatedAnywhereIsAFailure) {
  TemporaryFolder folder;
  std::vector<std::byte> whole = sampleBytes();
  std::vector<size_t> sizes;
  for (size_t size = 0; size < 200; ++size) {
    sizes.push_back(size);
  }
  for (size_t middle : {size_t(FOT_BANK_COMMIT_0), size_t(FOT_BANK_COMMIT_1),
                        size_t(FOT_BANK_DESCRIPTION), whole.size() - 65}) {
    for (size_t size = middle - 65; size <= middle + 64; ++size) {
      sizes.push_back(size);
    }
  }
  for (size_t size = 200; size < whole.size(); size += 997) {
    sizes.push_back(size);
  }
  for (size_t size : sizes) {
    Status status = statusOf(openBytes(folder, std::span(whole).first(size)));
    expectWords(status, {"spoilt.fotmem: ", std::to_string(size)});
    if (size >= 8) {
      expectWords(status, {"truncated"});
    }
  }
  // What no commit counts does not matter.
  whole.resize(whole.size() + 100, std::byte(1));
  expectOk(statusOf(openBytes(folder, whole)));
}

TEST(BankFileTest, AFlippedByteNeverCrashes) {
  TemporaryFolder folder;
  std::vector<std::byte> bytes = sampleBytes();
  uint64_t directory = at<fot_bank_prelude>(bytes, 0).directory_offset;
  uint64_t slots = at<fot_bank_commit>(bytes, FOT_BANK_COMMIT_0).slots;
  uint64_t covered = directory + slots * FOT_BANK_SLOT_BYTES;
  for (size_t i = 0; i < covered; ++i) {
    if (i % 4096 == 64 && i < FOT_BANK_DESCRIPTION) {
      i += 4096 - 64; // nothing there is read
    }
    bytes[i] ^= std::byte(0x41);
    auto bank = openBytes(folder, bytes);
    bool isCommit = i >= FOT_BANK_COMMIT_0 && i < FOT_BANK_DESCRIPTION;
    uint64_t padding =
        FOT_BANK_DESCRIPTION + at<fot_bank_prelude>(bytes, 0).description_bytes;
    if (isCommit || (i >= padding && i < directory)) {
      // The other commit record serves.
      ASSERT_TRUE(bank.ok()) << "byte " << i;
      EXPECT_EQ((*bank)->totalTokens(), 203u);
      EXPECT_FALSE((*bank)->verify().ok()) << "byte " << i;
    } else {
      expectWords(statusOf(bank), {"spoilt.fotmem: "});
    }
    bytes[i] ^= std::byte(0x41);
  }
}

TEST(BankFileTest, AFlippedByteWithRightChecksumsNeverCrashes) {
  TemporaryFolder folder;
  std::vector<std::byte> original = sampleBytes();
  uint64_t directory = at<fot_bank_prelude>(original, 0).directory_offset;
  uint64_t slots = at<fot_bank_commit>(original, FOT_BANK_COMMIT_0).slots;
  std::vector<size_t> places;
  for (size_t i = 0; i < 48; ++i) {
    places.push_back(i);
    places.push_back(FOT_BANK_COMMIT_1 + i);
  }
  for (size_t i = FOT_BANK_DESCRIPTION;
       i < directory + slots * FOT_BANK_SLOT_BYTES; ++i) {
    places.push_back(i);
  }
  size_t opened = 0;
  for (size_t place : places) {
    for (uint8_t mask : {0x01, 0x80, 0xff}) {
      std::vector<std::byte> bytes = original;
      bytes[place] ^= std::byte(mask);
      if (at<fot_bank_prelude>(bytes, 0).description_bytes <
          bytes.size() - FOT_BANK_DESCRIPTION) {
        sign(bytes);
      }
      auto bank = openBytes(folder, bytes);
      if (bank.ok()) {
        ++opened;
        readAll(**bank);
        Status status = (*bank)->verify();
        (void)status;
      } else {
        expectWords(statusOf(bank), {"spoilt.fotmem: "});
      }
    }
  }
  EXPECT_GT(opened, 0u); // names, windows, byte ranges: anything goes
}

TEST(BankFileTest, EveryFlippedByteOfASegmentIsFoundByVerify) {
  TemporaryFolder folder;
  std::vector<std::byte> bytes = sampleBytes();
  auto whole = openBytes(folder, bytes);
  ASSERT_TRUE(whole.ok());
  const std::vector<BankSegment> segments = (*whole)->segments();
  for (size_t number = 0; number < segments.size(); ++number) {
    const BankSegment &segment = segments[number];
    for (uint64_t i = segment.offset; i < segment.offset + segment.size;
         i += i < segment.offset + 700 ? 1 : 61) {
      bytes[i] ^= std::byte(4);
      auto bank = openBytes(folder, bytes);
      ASSERT_TRUE(bank.ok());
      Status status = (*bank)->verify();
      expectWords(status, {"spoilt.fotmem: the bank is damaged: ", "byte"});
      if (status.message().find("a zero at") == std::string::npos) {
        expectWords(status, {"segment " + std::to_string(number)});
      }
      bytes[i] ^= std::byte(4);
    }
  }
}

TEST(BankFileTest, VerifyReportsItsProgress) {
  TemporaryFolder folder;
  expectOk(writeSample(folder.file("a.fotmem")));
  auto bank = BankFile::open(folder.file("a.fotmem"));
  ASSERT_TRUE(bank.ok());
  uint64_t last = 0;
  expectOk((*bank)->verify([&](uint64_t done) {
    EXPECT_GE(done, last);
    last = done;
    return true;
  }));
  EXPECT_EQ(last, (*bank)->fileBytes());
  expectWords((*bank)->verify([](uint64_t) { return false; }),
              {"a.fotmem: stopped"});
}

/// A sample with something changed and checksums that fit.
Status openChanged(const std::function<void(std::vector<std::byte> &,
                                            uint64_t directory)> &change) {
  TemporaryFolder folder;
  std::vector<std::byte> bytes = sampleBytes();
  change(bytes, at<fot_bank_prelude>(bytes, 0).directory_offset);
  sign(bytes);
  return statusOf(openBytes(folder, bytes));
}

fot_bank_segment &segmentRecord(std::vector<std::byte> &bytes,
                                uint64_t directory) {
  // Behind the document and its name.
  return at<fot_bank_segment>(bytes, directory + 2 * FOT_BANK_SLOT_BYTES);
}

TEST(BankFileTest, HostileNumbersAreRefused) {
  using Bytes = std::vector<std::byte>;
  constexpr uint64_t kHuge = ~uint64_t(0) - 63;
  auto segment = [](std::function<void(fot_bank_segment &)> change) {
    return openChanged([=](Bytes &bytes, uint64_t directory) {
      change(segmentRecord(bytes, directory));
    });
  };
  auto commit = [](std::function<void(fot_bank_commit &)> change) {
    return openChanged([=](Bytes &bytes, uint64_t) {
      change(at<fot_bank_commit>(bytes, FOT_BANK_COMMIT_0));
      change(at<fot_bank_commit>(bytes, FOT_BANK_COMMIT_1));
    });
  };
  expectWords(segment([](auto &r) { r.offset = kHuge; }), {"cannot lie at"});
  expectWords(segment([](auto &r) { r.offset += 64; }), {"cannot lie at"});
  expectWords(segment([](auto &r) { r.bytes = kHuge; }), {"cannot lie at"});
  expectWords(segment([](auto &r) { r.count = r.capacity = 1u << 30; }),
              {"cannot lie at"});
  expectWords(segment([](auto &r) { r.count = ~0u; }), {"4294967295 tokens"});
  expectWords(segment([](auto &r) { r.count = 0; }), {"0 tokens"});
  expectWords(segment([](auto &r) { r.capacity += 64; }), {"capacity of 192"});
  expectWords(segment([](auto &r) { r.first_token = 9; }), {"token 9"});
  expectWords(segment([](auto &r) { r.end_byte = 0; }), {"flag or ends"});
  expectWords(segment([](auto &r) { r.flags = 2; }), {"flag or ends"});
  expectWords(segment([](auto &r) { r.kind = 77; }), {"unknown kind 77"});
  expectWords(segment([](auto &r) { r.slots = 0; }), {"0 slots"});
  expectWords(segment([](auto &r) { r.slots = 60000; }), {"60000 slots"});
  expectWords(segment([](auto &r) { r.kind = FOT_BANK_END; }), {"end"});
  expectWords(segment([](auto &r) {
                r.kind = FOT_BANK_LINK;
                r.offset = kHuge;
              }),
              {"links to byte"});
  expectWords(openChanged([](Bytes &bytes, uint64_t directory) {
                auto &record = at<fot_bank_document>(bytes, directory);
                record.name_bytes = ~0u;
              }),
              {"name cannot have 4294967295 bytes"});
  expectWords(openChanged([](Bytes &bytes, uint64_t directory) {
                at<fot_bank_document>(bytes, directory).encoding = 2;
              }),
              {"encoded in the unknown way 2"});
  expectWords(openChanged([](Bytes &bytes, uint64_t directory) {
                // A segment before any document.
                segmentRecord(bytes, directory - 128) =
                    segmentRecord(bytes, directory);
              }),
              {"segment of no document"});
  expectWords(commit([](auto &c) { c.slots = kHuge; }), {"damaged"});
  expectWords(commit([](auto &c) { c.slots -= 2; }), {"damaged"});
  expectWords(commit([](auto &c) { ++c.slots; }), {"damaged"});
  expectWords(commit([](auto &c) { c.file_bytes = kHuge; }), {"truncated"});
  expectWords(commit([](auto &c) { c.file_bytes = 64; }), {"64 bytes"});
  expectWords(commit([](auto &c) { c.file_bytes -= 64; }), {"behind"});
  expectWords(commit([](auto &c) { c.tokens = 1; }), {"counts"});
  expectWords(openChanged([](Bytes &bytes, uint64_t) {
                at<fot_bank_prelude>(bytes, 0).format_major = 7;
              }),
              {"format 7.0", "newer runtime"});
  expectWords(openChanged([](Bytes &bytes, uint64_t) {
                at<fot_bank_prelude>(bytes, 0).directory_offset += 64;
              }),
              {"directory at byte"});
}

TEST(BankFileTest, OtherFilesAreRefused) {
  TemporaryFolder folder;
  auto openText = [&](const std::string &text) {
    return statusOf(
        openBytes(folder, std::as_bytes(std::span(text.data(), text.size()))));
  };
  expectWords(openText("hello"), {"not a .fotmem bank", "found 5"});
  expectWords(openText(std::string(100, 'x')), {"not a .fotmem bank"});
  expectWords(statusOf(BankFile::open(folder.file("none"))),
              {"none: cannot open the file: No such file"});
  expectWords(statusOf(BankFile::open("/tmp")), {"/tmp: ", "a directory"});
}

TEST(BankDescriptionTest, SaysWhatDiffers) {
  BankDescription about = sampleDescription();
  BankDescription other = about;
  other.model = "renamed";
  expectOk(about.compatible(other));
  other.fingerprint[15] = 1;
  expectWords(about.compatible(other),
              {"another model", "'sample'", "'renamed'",
               "00112233445566778899aabbccddeeff", "ddee01"});
  other = about;
  other.valueType = schema::ElementType::F32;
  expectWords(about.compatible(other), {"bf16", "i8", "f32"});
  other = about;
  other.headDim = 32;
  expectWords(about.compatible(other), {"head dimension", "16", "32"});
  other = about;
  other.layers.pop_back();
  expectWords(about.compatible(other), {"1:0+2 4:1", "found 1:0+2"});
  other = about;
  other.layers[1].heads = {0};
  expectWords(about.compatible(other), {"expected 1:0+2 4:1, found 1:0+2 4:0"});
}

TEST(BankDescriptionTest, ComesFromAnArtifact) {
  schema::ArtifactT artifact = toyHeader({});
  auto describe = [&] {
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(schema::CreateArtifact(builder, &artifact));
    return BankDescription::of(
        *flatbuffers::GetRoot<schema::Artifact>(builder.GetBufferPointer()));
  };
  artifact.model->fingerprint.assign(16, 7);
  auto about = describe();
  ASSERT_TRUE(about.ok()) << about.status().message();
  EXPECT_EQ(about->model, "toy");
  EXPECT_EQ(about->fingerprintText(), "07070707070707070707070707070707");
  EXPECT_EQ(about->layers.size(), artifact.memories.size());
  EXPECT_EQ(about->layers[0].heads, artifact.memories[0]->heads);
  artifact.model->fingerprint.clear();
  expectWords(Status::failure(describe().status().message()), {"fingerprint"});
  artifact.model->fingerprint.assign(16, 7);
  auto second = std::make_unique<schema::MemoryBankT>(*artifact.memories[0]);
  second->layer += 1;
  second->head_dim += 1;
  artifact.memories.push_back(std::move(second));
  expectWords(Status::failure(describe().status().message()), {"differs"});
  artifact.memories.clear();
  expectWords(Status::failure(describe().status().message()), {"no memory"});
}

TEST(BankDescriptionTest, RefusesNumbersThatCannotBe) {
  auto verify = [](std::function<void(BankDescription &)> change) {
    BankDescription about = sampleDescription();
    change(about);
    auto parsed = BankDescription::parse(about.serialize());
    return parsed.ok() ? Status() : Status::failure(parsed.status().message());
  };
  expectOk(verify([](auto &) {}));
  expectWords(verify([](auto &d) { d.keyType = schema::ElementType::I32; }),
              {"f32, f16, bf16 and i8"});
  expectWords(verify([](auto &d) { d.headDim = 0; }), {"dimension of 0"});
  expectWords(verify([](auto &d) { d.headDim = 1u << 20; }), {"1048576"});
  expectWords(verify([](auto &d) { d.layers.clear(); }), {"0 layers"});
  expectWords(verify([](auto &d) { d.layers[1].layer = 1; }), {"ascend"});
  expectWords(verify([](auto &d) { d.layers[0].heads = {2, 2}; }),
              {"heads in layer 1"});
  expectWords(verify([](auto &d) { d.layers[0].heads.clear(); }),
              {"heads in layer 1"});
}
} // namespace
