// Mapped files, written files and .npy files, good ones and bad ones.
#include "runtime/base/AlignedBuffer.h"
#include "runtime/base/AsideFile.h"
#include "runtime/base/FileWriter.h"
#include "runtime/base/MappedFile.h"
#include "runtime/base/Npy.h"

#include "test/unit/runtime/ToyArtifact.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace fot::rt;
using namespace fot::rt::test;

namespace {
std::string textOf(const std::string &path) {
  std::vector<std::byte> bytes = readFile(path);
  return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

void writeText(const std::string &path, const std::string &text) {
  writeFile(path, std::as_bytes(std::span(text.data(), text.size())));
}

TEST(MappedFileTest, ShowsTheBytes) {
  TemporaryFolder folder;
  writeText(folder.file("a"), "hello");
  auto file = MappedFile::open(folder.file("a"));
  ASSERT_TRUE(file.ok());
  EXPECT_EQ(std::memcmp(file->bytes().data(), "hello", 5), 0);
  file->adviseHot(2, 100);
  writeText(folder.file("empty"), "");
  auto empty = MappedFile::open(folder.file("empty"));
  ASSERT_TRUE(empty.ok());
  EXPECT_TRUE(empty->bytes().empty());
}

TEST(MappedFileTest, RefusesWhatIsNoFile) {
  auto missing = MappedFile::open("/nowhere/at/all");
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.status().message().find("/nowhere/at/all"),
            std::string::npos);
  auto folder = MappedFile::open("/tmp");
  ASSERT_FALSE(folder.ok());
  EXPECT_NE(folder.status().message().find("directory"), std::string::npos);
}

TEST(AlignedBufferTest, IsAlignedAndZero) {
  for (uint64_t bytes : {uint64_t(1), uint64_t(4097), uint64_t(5) << 20}) {
    auto buffer = AlignedBuffer::allocate(bytes, "a test");
    ASSERT_TRUE(buffer.ok());
    uint64_t alignment = bytes >= (2u << 20) ? 2u << 20 : 4096;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(buffer->data()) % alignment, 0u);
    EXPECT_EQ(buffer->data()[0], std::byte(0));
    EXPECT_EQ(buffer->data()[bytes - 1], std::byte(0));
    buffer->data()[bytes - 1] = std::byte(1);
  }
  auto huge = AlignedBuffer::allocate(~uint64_t(0), "a test");
  ASSERT_FALSE(huge.ok());
  EXPECT_NE(huge.status().message().find("a test"), std::string::npos);
}

TEST(FileWriterTest, AppearsOnlyWhenComplete) {
  TemporaryFolder folder;
  std::string path = folder.file("out");
  {
    auto writer = FileWriter::create(path);
    ASSERT_TRUE(writer.ok());
    ASSERT_TRUE(writer->write("gone").ok());
    for (const std::string &name : folder.list()) {
      EXPECT_EQ(name.rfind("out.tmp-", 0), 0u); // where files need a name
    }
  }
  EXPECT_TRUE(folder.list().empty());
  auto writer = FileWriter::create(path);
  ASSERT_TRUE(writer.ok());
  std::string large(1 << 20, 'x');
  ASSERT_TRUE(writer->write("abc").ok());
  ASSERT_TRUE(writer->pad(64).ok());
  EXPECT_EQ(writer->offset(), 64u);
  ASSERT_TRUE(writer->write(large).ok());
  ASSERT_TRUE(writer->writeAt(1, std::as_bytes(std::span("Z", 1))).ok());
  ASSERT_TRUE(writer->commit().ok());
  EXPECT_EQ(textOf(path), "aZc" + std::string(61, '\0') + large);
  EXPECT_EQ(folder.list().size(), 1u);
}

TEST(AsideFileTest, AppearsWhenItIsPlaced) {
  using Kind = AsideFile::Kind;
  for (Kind kind : {Kind::Unnamed, Kind::Named}) {
    TemporaryFolder folder;
    std::string path = folder.file("out");
    for (const char *text : {"first", "second"}) {
      AsideFile aside;
      int fd = aside.open(path, kind);
      ASSERT_GE(fd, 0);
      EXPECT_TRUE(aside.pending());
      ASSERT_EQ(write(fd, text, strlen(text)), ssize_t(strlen(text)));
      EXPECT_TRUE(aside.place(fd)) << strerror(errno);
      EXPECT_FALSE(aside.pending());
      EXPECT_EQ(textOf(path), text);
      close(fd);
    }
    EXPECT_EQ(folder.list().size(), 1u);
  }
}

TEST(AsideFileTest, ReplacesNothingThatIsNotToBe) {
  using Kind = AsideFile::Kind;
  for (Kind kind : {Kind::Unnamed, Kind::Named}) {
    TemporaryFolder folder;
    std::string path = folder.file("out");
    {
      AsideFile aside, second;
      int fd = aside.open(path, kind);
      EXPECT_TRUE(aside.placeNew(fd)) << strerror(errno);
      EXPECT_EQ(folder.list().size(), 1u);
      int other = second.open(path, kind);
      EXPECT_FALSE(second.placeNew(other));
      EXPECT_EQ(errno, EEXIST);
      close(fd);
      close(other);
    }
    EXPECT_EQ(folder.list().size(), 1u);
  }
}

TEST(AsideFileTest, LeavesNothingOfAProcessThatIsKilled) {
  TemporaryFolder folder;
  int probe = open(folder.file("").c_str(), O_TMPFILE | O_RDWR, 0666);
  if (probe < 0) {
    GTEST_SKIP() << "the file system has no files without names";
  }
  close(probe);
  pid_t child = fork();
  if (child == 0) {
    auto writer = FileWriter::create(folder.file("out"));
    bool written = writer.ok() && writer->write(std::string(1 << 20, 'x')).ok();
    kill(getpid(), written ? SIGKILL : SIGTERM);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
  EXPECT_TRUE(folder.list().empty());
}

TEST(AsideFileTest, SaysAtOnceThatANameIsTooLong) {
  TemporaryFolder folder;
  AsideFile aside;
  EXPECT_EQ(aside.open(folder.file(std::string(250, 'n'))), -1);
  EXPECT_EQ(errno, ENAMETOOLONG);
}

TEST(FileWriterTest, ReportsAFullDiskAndBadNames) {
  auto full = FileWriter::create("/dev/full");
  ASSERT_TRUE(full.ok());
  Status status = full->write("x");
  status = status.ok() ? full->commit() : std::move(status);
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.message().find("/dev/full"), std::string::npos);
  EXPECT_FALSE(FileWriter::create("/nowhere/out").ok());
  TemporaryFolder folder;
  auto taken = FileWriter::create(folder.file("."));
  ASSERT_FALSE(taken.ok());
  EXPECT_NE(taken.status().message().find("directory"), std::string::npos);
}

/// An .npy file of version 1 with this header and data.
std::string npy(const std::string &header, const std::string &data) {
  std::string text = "\x93NUMPY";
  text += {'\1', '\0', static_cast<char>(header.size() & 0xff),
           static_cast<char>(header.size() >> 8)};
  return text + header + data;
}

std::string header(const std::string &descr, const std::string &shape,
                   const std::string &order = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + order +
         ", 'shape': " + shape + ", }\n";
}

TEST(NpyTest, ReadsIntegers) {
  TemporaryFolder folder;
  std::string path = folder.file("a.npy");
  int32_t narrow[6] = {1, -2, 3, 4, 5, 6};
  std::string data(reinterpret_cast<char *>(narrow), sizeof(narrow));
  writeText(path, npy(header("<i4", "(2, 3)"), data));
  auto matrix = readNpyIntegers(path);
  ASSERT_TRUE(matrix.ok()) << matrix.status().message();
  EXPECT_EQ(matrix->rows, 2u);
  EXPECT_EQ(matrix->columns, 3u);
  EXPECT_EQ(matrix->values, (std::vector<int64_t>{1, -2, 3, 4, 5, 6}));
  int64_t wide[2] = {int64_t(1) << 40, -1};
  data.assign(reinterpret_cast<char *>(wide), sizeof(wide));
  writeText(path, npy(header("<i8", "(1, 2)"), data));
  matrix = readNpyIntegers(path);
  ASSERT_TRUE(matrix.ok()) << matrix.status().message();
  EXPECT_EQ(matrix->values, (std::vector<int64_t>{int64_t(1) << 40, -1}));
}

TEST(NpyTest, RefusesEverythingElse) {
  TemporaryFolder folder;
  std::string path = folder.file("a.npy");
  std::string data(24, '\0');
  struct {
    std::string file, word;
  } cases[] = {
      {"", ".npy"},
      {"\x93NUMPY", ".npy"},
      {"hello, this is text", ".npy"},
      {npy(header("<f4", "(2, 3)"), data), "int32"},
      {npy(header(">i4", "(2, 3)"), data), ">i4"},
      {npy(header("<i4", "(6,)"), data), "[6]"},
      {npy(header("<i4", "(1, 2, 3)"), data), "[1, 2, 3]"},
      {npy(header("<i4", "()"), data), "[B, N]"},
      {npy(header("<i4", "(2, 3)", "True"), data), "Fortran"},
      {npy(header("<i4", "(2, 4)"), data), "32 bytes"},
      {npy(header("<i4", "(2, 2)"), data), "16 bytes"},
      {npy(header("<i4", "(99999999999, 99999999999)"), data), "too many"},
      {npy(header("<i4", "(-2, 3)"), data), "not understood"},
      {npy("{'descr': '<i4'}", data), "not understood"},
      {npy("", data), "not understood"},
  };
  for (const auto &bad : cases) {
    writeText(path, bad.file);
    auto matrix = readNpyIntegers(path);
    ASSERT_FALSE(matrix.ok());
    EXPECT_NE(matrix.status().message().find(bad.word), std::string::npos)
        << matrix.status().message();
    EXPECT_EQ(matrix.status().message().rfind(path, 0), 0u);
  }
}

TEST(NpyTest, TruncatedAnywhereIsAFailure) {
  TemporaryFolder folder;
  std::string path = folder.file("a.npy");
  std::string whole = npy(header("<i4", "(2, 3)"), std::string(24, '\0'));
  for (size_t size = 0; size < whole.size(); ++size) {
    writeText(path, whole.substr(0, size));
    EXPECT_FALSE(readNpyIntegers(path).ok()) << size;
  }
}

TEST(NpyTest, WritesFloatsPieceByPiece) {
  TemporaryFolder folder;
  std::string path = folder.file("out.npy");
  uint64_t shape[] = {1, 2, 3};
  auto writer = NpyFloatWriter::create(path, shape);
  ASSERT_TRUE(writer.ok());
  float values[6] = {0, 1, 2, 3, 4, 5};
  ASSERT_TRUE(writer->append({values, 2}).ok());
  ASSERT_TRUE(writer->append({values + 2, 4}).ok());
  ASSERT_TRUE(writer->finish().ok());
  std::string text = textOf(path);
  ASSERT_EQ(text.size() % 64, sizeof(values));
  EXPECT_NE(text.find("{'descr': '<f4', 'fortran_order': False, "
                      "'shape': (1, 2, 3), }"),
            std::string::npos);
  EXPECT_EQ(std::memcmp(text.data() + text.size() - sizeof(values), values,
                        sizeof(values)),
            0);
}

TEST(NpyTest, AnIncompleteFileNeverAppears) {
  TemporaryFolder folder;
  uint64_t shape[] = {4};
  auto writer = NpyFloatWriter::create(folder.file("out.npy"), shape);
  ASSERT_TRUE(writer.ok());
  float value = 1;
  ASSERT_TRUE(writer->append({&value, 1}).ok());
  EXPECT_FALSE(writer->finish().ok());
}
} // namespace
