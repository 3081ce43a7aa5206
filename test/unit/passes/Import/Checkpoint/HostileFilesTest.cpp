// Damaged checkpoints: cut at every length of the header and at many of the
// data, and with bytes changed. Each either opens, with all of its tensors
// readable, or is refused with one clean sentence.
#include "passes/Import/Checkpoint/Checkpoint.h"
#include "passes/Import/Checkpoint/Gguf.h"
#include "passes/Import/Checkpoint/RowReader.h"
#include "passes/Import/Checkpoint/SafeTensors.h"

#include "TestFiles.h"

#include "llvm/Support/FileSystem.h"

#include <fstream>
#include <gtest/gtest.h>
#include <random>

using namespace mlir::fot;
using namespace fot_test;

/// Reads the last row of every tensor, so that sanitizers see the bounds.
static void readAll(const Checkpoint &checkpoint) {
  for (const std::string &name : checkpoint.tensorNames()) {
    RowReader reader(llvm::cantFail(checkpoint.tensor(name)));
    std::vector<float> row(reader.cols());
    reader.readF32(reader.rows() - 1, reader.rows(), row.data());
  }
}

/// True if it opened.
static bool openAndRead(const std::string &path) {
  auto checkpoint = Checkpoint::open(path);
  if (!checkpoint) {
    messageOf(checkpoint.takeError());
    return false;
  }
  readAll(**checkpoint);
  return true;
}

static std::string tinyGguf() { return gguf(asF32(tinyGgufTensors())); }
static std::string tinySafeTensors() {
  return safeTensors(asF32(tinyTensors()));
}

/// All lengths of the first kilobytes, then some.
template <typename Function>
static void forEachCut(size_t size, size_t dense, Function function) {
  for (size_t length = 0; length < size;
       length += length < dense ? 1 : size / 97) {
    function(length);
  }
  function(size - 1);
}

TEST(HostileFiles, EveryTruncatedGgufIsRefused) {
  std::string bytes = tinyGguf();
  forEachCut(bytes.size(), 3000, [&](size_t length) {
    auto file =
        GgufFile::parse(bufferOf(llvm::StringRef(bytes).take_front(length)));
    EXPECT_FALSE(messageOf(file.takeError()).empty()) << length;
  });
}

TEST(HostileFiles, EveryTruncatedSafeTensorsIsRefused) {
  std::string bytes = tinySafeTensors();
  forEachCut(bytes.size(), 3000, [&](size_t length) {
    auto file = SafeTensorsFile::parse(
        bufferOf(llvm::StringRef(bytes).take_front(length)));
    EXPECT_FALSE(messageOf(file.takeError()).empty()) << length;
  });
}

/// Changes single bytes of the first `count` bytes of a file and opens
/// `checkpoint` each time. The number of times that it was refused.
static unsigned refusalsOfChanged(const std::string &file, size_t count,
                                  const std::string &checkpoint) {
  std::mt19937 random(3);
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  unsigned refused = 0;
  for (size_t at = 0; at < count; ++at) {
    stream.seekg(at);
    char old = static_cast<char>(stream.get());
    for (char next : {static_cast<char>(old ^ (1 << random() % 8)),
                      static_cast<char>(random()), '\xff', '\0'}) {
      stream.seekp(at);
      stream.put(next).flush();
      refused += !openAndRead(checkpoint);
    }
    stream.seekp(at);
    stream.put(old).flush();
  }
  return refused;
}

TEST(HostileFiles, ChangedBytesOfAGgufHeaderDoNoHarm) {
  TempDir dir;
  std::string path = dir.write("tiny.gguf", tinyGguf());
  ASSERT_TRUE(openAndRead(path));
  EXPECT_GT(refusalsOfChanged(path, 1800, path), 1000u);
  ASSERT_TRUE(openAndRead(path));
}

TEST(HostileFiles, ChangedBytesOfASafeTensorsHeaderDoNoHarm) {
  TempDir dir;
  dir.write("config.json", toText(tinyConfig()));
  std::string path = dir.write("model.safetensors", tinySafeTensors());
  ASSERT_TRUE(openAndRead(dir.path()));
  EXPECT_GT(refusalsOfChanged(path, 1800, dir.path()), 1000u);
  ASSERT_TRUE(openAndRead(dir.path()));
}

TEST(HostileFiles, ChangedBytesOfAConfigurationDoNoHarm) {
  TempDir dir;
  std::string text = toText(tinyConfig());
  std::string path = dir.write("config.json", text);
  dir.write("model.safetensors", tinySafeTensors());
  EXPECT_GT(refusalsOfChanged(path, text.size(), dir.path()), 500u);
}

TEST(HostileFiles, TruncatedConfigurationsAreRefused) {
  TempDir dir;
  std::string text = toText(tinyConfig());
  dir.write("model.safetensors", tinySafeTensors());
  for (size_t length = 0; length < text.size(); ++length) {
    dir.write("config.json", llvm::StringRef(text).take_front(length));
    EXPECT_FALSE(openAndRead(dir.path())) << length;
  }
}

TEST(HostileFiles, RandomBytesAfterTheMagicAreRefused) {
  std::mt19937 random(5);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes = "GGUF";
    bytes += std::string("\3\0\0\0", 4);
    size_t length = random() % 300;
    for (size_t j = 0; j < length; ++j) {
      // Mostly zeros, so that small counts and lengths occur.
      bytes += random() % 3 ? '\0' : static_cast<char>(random());
    }
    auto file = GgufFile::parse(bufferOf(bytes));
    if (!file) {
      messageOf(file.takeError());
    }
  }
}
