// Artifacts that are whole, and artifacts that are spoilt in every way: what
// is wrong is found before anything is used.
#include "runtime/artifact/Artifact.h"

#include "runtime/base/Checksum.h"
#include "runtime/session/Session.h"

#include "fot/artifact_layout.h"
#include "fot/kernel_abi.h"
#include "test/unit/runtime/ToyArtifact.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

using namespace fot;
using namespace fot::rt;
using namespace fot::rt::test;

namespace {
std::vector<std::byte> toyBytes() {
  TemporaryFolder folder;
  EXPECT_TRUE(
      writeToy(folder.file("t.fotm"), {}, {{"any", {}, toyModule()}}).ok());
  return readFile(folder.file("t.fotm"));
}

Status openBytes(const TemporaryFolder &folder,
                 std::span<const std::byte> bytes) {
  writeFile(folder.file("spoilt.fotm"), bytes);
  auto artifact = Artifact::open(folder.file("spoilt.fotm"));
  return artifact.ok() ? Status() : artifact.takeStatus();
}

fot_artifact_prelude &preludeOf(std::vector<std::byte> &bytes) {
  return *reinterpret_cast<fot_artifact_prelude *>(bytes.data());
}

/// Makes both checksums right again, so that what they cover is looked at.
void sign(std::vector<std::byte> &bytes) {
  fot_artifact_prelude &prelude = preludeOf(bytes);
  if (prelude.header_offset <= bytes.size() &&
      prelude.header_bytes <= bytes.size() - prelude.header_offset) {
    prelude.header_checksum = checksum64(
        std::span(bytes).subspan(prelude.header_offset, prelude.header_bytes));
  }
  prelude.prelude_checksum = checksum64(std::span(bytes).first(48));
}

void expectWords(const Status &status, std::vector<std::string> words) {
  ASSERT_FALSE(status.ok());
  for (const std::string &word : words) {
    EXPECT_NE(status.message().find(word), std::string::npos)
        << "no '" << word << "' in: " << status.message();
  }
}

TEST(ArtifactTest, ComesBackAsItWasWritten) {
  TemporaryFolder folder;
  auto artifact = openToy(folder, {.window = 32});
  ASSERT_TRUE(artifact.ok()) << artifact.status().message();
  const schema::Artifact &header = (*artifact)->header();
  EXPECT_EQ(header.producer()->str(), "handwritten_module.c");
  EXPECT_EQ(header.model()->window(), 32u);
  EXPECT_EQ(header.entries()->size(), 3u);
  EXPECT_EQ(header.segments()->size(), 2u);
  EXPECT_EQ((*artifact)->weights().size(), 400u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>((*artifact)->weights().data()) % 64,
            0u);
  std::vector<std::byte> code = readFile(toyModule());
  auto segment = (*artifact)->segment(header.codes()->Get(0)->segment());
  EXPECT_TRUE(
      std::equal(code.begin(), code.end(), segment.begin(), segment.end()));
  EXPECT_TRUE((*artifact)->verifyWeights().ok());
  EXPECT_EQ((*artifact)->fileBytes(), readFile((*artifact)->path()).size());
}

TEST(ArtifactWriterTest, StreamsASegmentInPieces) {
  TemporaryFolder folder;
  auto writer = ArtifactWriter::create(folder.file("a.fotm"));
  ASSERT_TRUE(writer.ok());
  std::vector<std::byte> piece(1000, std::byte(7));
  EXPECT_EQ(writer->beginSegment(schema::SegmentKind::Weights, "w"), 0u);
  for (int i = 0; i < 600; ++i) {
    ASSERT_TRUE(writer->append(piece).ok());
    ASSERT_TRUE(writer->pad(64).ok());
  }
  EXPECT_EQ(writer->segmentBytes(), 600u * 1024);
  ASSERT_TRUE(writer->endSegment().ok());
  schema::ArtifactT header;
  ASSERT_TRUE(writer->finish(header).ok());
  EXPECT_EQ(folder.list(), std::vector<std::string>{"a.fotm"});
  auto artifact = Artifact::open(folder.file("a.fotm"));
  ASSERT_TRUE(artifact.ok()) << artifact.status().message();
  EXPECT_TRUE((*artifact)->verifyWeights().ok());
  EXPECT_EQ((*artifact)->weights().size(), 600u * 1024);
}

TEST(ArtifactTest, TruncatedAnywhereIsAFailure) {
  TemporaryFolder folder;
  std::vector<std::byte> whole = toyBytes();
  std::vector<size_t> sizes{whole.size() - 1, whole.size() - 64};
  for (size_t size = 0; size <= 200; ++size) {
    sizes.push_back(size);
  }
  for (size_t size = 200; size < whole.size(); size += 997) {
    sizes.push_back(size);
  }
  for (size_t size : sizes) {
    Status status = openBytes(folder, std::span(whole).first(size));
    expectWords(status, {"spoilt.fotm: "});
    if (size >= 64) {
      expectWords(status, {"truncated", std::to_string(whole.size()),
                           std::to_string(size)});
    }
  }
  whole.push_back(std::byte(0));
  expectWords(openBytes(folder, whole), {"damaged"});
}

TEST(ArtifactTest, EveryFlippedByteOfPreludeAndHeaderIsFound) {
  TemporaryFolder folder;
  std::vector<std::byte> bytes = toyBytes();
  fot_artifact_prelude prelude = preludeOf(bytes);
  size_t covered = offsetof(fot_artifact_prelude, reserved);
  for (size_t i = 0; i < bytes.size();
       i = i + 1 == covered ? prelude.header_offset : i + 1) {
    bytes[i] ^= std::byte(0x41);
    EXPECT_FALSE(openBytes(folder, bytes).ok()) << "byte " << i;
    bytes[i] ^= std::byte(0x41);
  }
  EXPECT_TRUE(openBytes(folder, bytes).ok());
}

TEST(ArtifactTest, AFlippedHeaderWithARightChecksumNeverCrashes) {
  TemporaryFolder folder;
  std::vector<std::byte> original = toyBytes();
  fot_artifact_prelude prelude = preludeOf(original);
  size_t opened = 0;
  for (size_t i = prelude.header_offset; i < original.size(); ++i) {
    constexpr uint8_t masks[] = {0x01, 0x80, 0xff};
    std::vector<std::byte> bytes = original;
    bytes[i] ^= std::byte(masks[i % 3]);
    sign(bytes);
    writeFile(folder.file("spoilt.fotm"), bytes);
    auto artifact = Artifact::open(folder.file("spoilt.fotm"));
    if (!artifact.ok()) {
      continue;
    }
    ++opened;
    // What opens may be loaded; whether a session takes it is its business.
    auto module = Module::load(*artifact, {.threads = 1});
    if (module.ok()) {
      auto session = Session::create(*module);
    }
  }
  EXPECT_GT(opened, 0u);
}

TEST(ArtifactTest, FlippedPreludeFieldsWithARightChecksumAreFound) {
  TemporaryFolder folder;
  std::vector<std::byte> original = toyBytes();
  for (size_t i = offsetof(fot_artifact_prelude, file_bytes); i < 40; ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<std::byte> bytes = original;
      bytes[i] ^= std::byte(1 << bit);
      sign(bytes);
      (void)openBytes(folder, bytes); // a failure or, for header_bytes, not
    }
  }
  std::vector<std::byte> bytes = original;
  preludeOf(bytes).header_offset = ~uint64_t(0) - 63;
  sign(bytes);
  expectWords(openBytes(folder, bytes), {"header", "cannot lie"});
}

TEST(ArtifactTest, RandomBytesNeverCrash) {
  TemporaryFolder folder;
  std::mt19937 random(1);
  std::vector<std::byte> original = toyBytes();
  uint64_t header = preludeOf(original).header_offset;
  for (int round = 0; round < 500; ++round) {
    std::vector<std::byte> bytes = original;
    for (int i = 0; i < 8; ++i) {
      bytes[header + random() % (bytes.size() - header)] =
          std::byte(random() & 0xff);
    }
    sign(bytes);
    (void)openBytes(folder, bytes);
  }
}

TEST(ArtifactTest, OtherFilesAndOtherFormatsAreExplained) {
  TemporaryFolder folder;
  std::vector<std::byte> zeros(4096);
  expectWords(openBytes(folder, zeros), {"not a .fotm artifact", "FOTMODEL"});
  std::vector<std::byte> bytes = toyBytes();
  preludeOf(bytes).format_major = 2;
  sign(bytes);
  expectWords(openBytes(folder, bytes),
              {"format 2.", "reads format 1", "newer runtime"});
  bytes = toyBytes();
  preludeOf(bytes).format_minor = 9; // newer minors stay readable
  sign(bytes);
  EXPECT_TRUE(openBytes(folder, bytes).ok());
}

TEST(ArtifactTest, AnotherEditionOfTheSchemaIsExplained) {
  TemporaryFolder folder;
  std::vector<std::byte> bytes = toyBytes();
  fot_artifact_prelude prelude = preludeOf(bytes);
  auto *root = schema::GetMutableArtifact(bytes.data() + prelude.header_offset);
  ASSERT_TRUE(root->mutate_schema_hash(1));
  sign(bytes);
  expectWords(openBytes(folder, bytes),
              {"made by handwritten_module.c", "another edition", "fotc"});
}

TEST(ArtifactTest, SpoiltCodeIsFoundAtOnceAndSpoiltWeightsWhenAsked) {
  TemporaryFolder folder;
  std::vector<std::byte> bytes = toyBytes();
  writeFile(folder.file("t.fotm"), bytes);
  auto whole = Artifact::open(folder.file("t.fotm"));
  ASSERT_TRUE(whole.ok());
  uint64_t weights = (*whole)->header().segments()->Get(0)->offset();
  uint64_t code = (*whole)->header().segments()->Get(1)->offset();
  bytes[code + 100] ^= std::byte(1);
  expectWords(openBytes(folder, bytes), {"checksum of segment 1 'any'"});
  bytes[code + 100] ^= std::byte(1);
  bytes[weights + 100] ^= std::byte(1);
  EXPECT_TRUE(openBytes(folder, bytes).ok());
  auto spoilt = Artifact::open(folder.file("spoilt.fotm"));
  ASSERT_TRUE(spoilt.ok());
  expectWords((*spoilt)->verifyWeights(), {"checksum of segment 0 'weights'"});
}

/// Opens a toy artifact whose header `change` spoilt.
Status openSpoilt(const std::function<void(schema::ArtifactT &)> &change) {
  TemporaryFolder folder;
  auto artifact = openToy(folder, {}, change);
  return artifact.ok() ? Status() : artifact.takeStatus();
}

TEST(ArtifactTest, WrongReferencesAndNumbersAreNamed) {
  struct {
    std::function<void(schema::ArtifactT &)> change;
    std::vector<std::string> words;
  } cases[] = {
      {[](auto &a) { a.model->vocab = 0; }, {"model.vocab"}},
      {[](auto &a) { a.model->window = 0; }, {"model.window"}},
      {[](auto &a) { a.model->last_context = 17; }, {"last_context", "17"}},
      {[](auto &a) { a.model->last_context = 0; }, {"last_context"}},
      {[](auto &a) { a.model->eos = {64}; }, {"special token"}},
      {[](auto &a) { a.model->bos = -2; }, {"special token"}},
      {[](auto &a) { a.model->fingerprint.resize(3); }, {"fingerprint"}},
      {[](auto &a) { a.model->memory_mode = schema::MemoryMode(9); },
       {"memory_mode"}},
      {[](auto &a) { a.model->layers = 2; }, {"layer 2"}},
      {[](auto &a) { a.memories[1]->layer = 0; }, {"memories[1]", "second"}},
      {[](auto &a) { a.memories[0]->heads.clear(); }, {"memories[0]"}},
      {[](auto &a) { a.memories[0]->heads = {1, 0}; }, {"ascending"}},
      {[](auto &a) { a.memories[0]->heads = {2}; }, {"ascending"}},
      {[](auto &a) { a.memories[0]->head_dim = 0; }, {"head_dim"}},
      {[](auto &a) { a.memories[0]->key_type = schema::ElementType(99); },
       {"memories[0]", "type"}},
      {[](auto &a) { a.entries[1]->name = "prefill"; },
       {"entries[1]", "'prefill'"}},
      {[](auto &a) { a.entries[0]->workspace_bytes = ~uint64_t(0); },
       {"entries[0].workspace_bytes"}},
      {[](auto &a) { a.entries[0]->max_tokens = ~uint64_t(0); },
       {"max_tokens"}},
      {[](auto &a) { a.entries[0]->arguments[0]->role = schema::Role(77); },
       {"entries[0].arguments[0]", "unknown"}},
      {[](auto &a) { a.entries[0]->arguments[0]->dims = {1, 1, 1, 1, 1}; },
       {"rank 5"}},
      {[](auto &a) { a.entries[0]->arguments[0]->dims = {-2}; }, {"-2"}},
      {[](auto &a) {
         a.entries[0]->arguments[1]->dims = {1 << 30, 1 << 30, 1 << 30};
       },
       {"too large"}},
      {[](auto &a) { a.entries[0]->arguments[1]->layer = 3; }, {"layer 3"}},
      {[](auto &a) { a.entries[2]->arguments[5]->layer = 1; }, {"layer 1"}},
      {[](auto &a) {
         a.entries[2]->arguments[5]->kind = schema::ArgumentKind::Tensor;
       },
       {"by kind or by role"}},
      {[](auto &a) { a.codes[0]->segment = 9; }, {"codes[0]", "segment 9"}},
      {[](auto &a) { a.codes[0]->segment = 0; }, {"codes[0]", "no code"}},
      {[](auto &a) { a.codes[0]->format = schema::CodeFormat(9); },
       {"codes[0]", "format"}},
      {[](auto &a) { a.weights[0]->size = 401; }, {"weights[0]", "400"}},
      {[](auto &a) { a.weights[0]->offset = ~uint64_t(0); }, {"weights[0]"}},
      {[](auto &a) {
         a.tokenizer = std::make_unique<schema::TokenizerT>();
         a.tokenizer->segment = 1;
       },
       {"tokenizer", "segment 1"}},
  };
  for (const auto &bad : cases) {
    expectWords(openSpoilt(bad.change), bad.words);
  }
}

TEST(ArtifactTest, WrongSegmentsAreNamed) {
  TemporaryFolder folder;
  struct {
    std::function<void(schema::Segment &)> change;
    std::string word;
  } cases[] = {
      {[](auto &s) { s.mutate_offset(s.offset() + 1); }, "cannot lie"},
      {[](auto &s) { s.mutate_offset(~uint64_t(63)); }, "cannot lie"},
      {[](auto &s) { s.mutate_size(~uint64_t(0)); }, "cannot lie"},
      {[](auto &s) { s.mutate_kind(schema::SegmentKind(9)); }, "kind"},
  };
  for (const auto &bad : cases) {
    std::vector<std::byte> bytes = toyBytes();
    auto *root = schema::GetMutableArtifact(bytes.data() +
                                            preludeOf(bytes).header_offset);
    bad.change(*root->mutable_segments()->GetMutableObject(0));
    sign(bytes);
    expectWords(openBytes(folder, bytes), {"segments[0]", bad.word});
  }
}

TEST(ArtifactTest, OneWeightsSegmentIsEnough) {
  TemporaryFolder folder;
  auto writer = ArtifactWriter::create(folder.file("a.fotm"));
  ASSERT_TRUE(writer.ok());
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(writer->addSegment(schema::SegmentKind::Weights, "w", {}).ok());
  }
  schema::ArtifactT header;
  ASSERT_TRUE(writer->finish(header).ok());
  auto artifact = Artifact::open(folder.file("a.fotm"));
  ASSERT_FALSE(artifact.ok());
  expectWords(artifact.takeStatus(), {"segments[1]", "second weights"});
}
} // namespace
