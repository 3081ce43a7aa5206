// The GGUF container on its own: metadata of every type, and each way in which
// a file can be wrong.
#include "passes/Import/Checkpoint/Gguf.h"

#include "TestFiles.h"

#include "llvm/ADT/StringExtras.h"

#include <gtest/gtest.h>

using namespace mlir::fot;
using namespace fot_test;

static llvm::Expected<std::unique_ptr<GgufFile>> parse(llvm::StringRef bytes) {
  return GgufFile::parse(bufferOf(bytes));
}

/// The message for a file that must not parse.
static std::string refusal(llvm::StringRef bytes) {
  auto file = parse(bytes);
  return messageOf(file.takeError());
}

static void expectRefusal(llvm::StringRef bytes, llvm::StringRef complaint) {
  std::string message = refusal(bytes);
  EXPECT_TRUE(llvm::StringRef(message).contains(complaint)) << message;
  EXPECT_TRUE(llvm::StringRef(message).starts_with("memory: ")) << message;
}

/// A file with one metadata value, or whatever `metadata` writes.
static std::string withMetadata(void (*metadata)(GgufWriter &)) {
  return gguf({}, metadata);
}

TEST(Gguf, ReadsMetadataOfEveryType) {
  auto file = llvm::cantFail(parse(withMetadata([](GgufWriter &w) {
    w.key("u8", 0), w.number<uint8_t>(200);
    w.key("i8", 1), w.number<int8_t>(-3);
    w.key("u16", 2), w.number<uint16_t>(60000);
    w.key("i16", 3), w.number<int16_t>(-300);
    w.key("u32", 4), w.number<uint32_t>(4000000000u);
    w.key("i32", 5), w.number<int32_t>(-7);
    w.key("f32", 6), w.number(0.5f);
    w.key("bool", 7), w.number<uint8_t>(1);
    w.string("string", "hello");
    w.key("u64", 10), w.number<uint64_t>(uint64_t(1) << 40);
    w.key("huge", 10), w.number<uint64_t>(~uint64_t(0));
    w.key("i64", 11), w.number<int64_t>(-5);
    w.key("f64", 12), w.number(0.25);
    w.strings("strings", {"a", "", "ccc"});
    w.key("floats", 9), w.number<uint32_t>(6), w.number<uint64_t>(2);
    w.number(1.5f), w.number(-2.0f);
    w.key("ints", 9), w.number<uint32_t>(1), w.number<uint64_t>(2);
    w.number<int8_t>(-1), w.number<int8_t>(5);
    w.key("nested", 9), w.number<uint32_t>(9), w.number<uint64_t>(1);
    w.number<uint32_t>(8), w.number<uint64_t>(1), w.text("deep");
    w.u32("last", 9);
  })));
  EXPECT_EQ(file->version(), 3u);
  EXPECT_EQ(file->getInteger("u8"), 200);
  EXPECT_EQ(file->getInteger("i8"), -3);
  EXPECT_EQ(file->getInteger("u16"), 60000);
  EXPECT_EQ(file->getInteger("i16"), -300);
  EXPECT_EQ(file->getU32("u32"), 4000000000u);
  EXPECT_EQ(file->getInteger("i32"), -7);
  EXPECT_EQ(file->getU32("i32"), std::nullopt);
  EXPECT_EQ(file->getDouble("f32"), 0.5);
  EXPECT_EQ(file->getBool("bool"), true);
  EXPECT_EQ(file->getString("string"), "hello");
  EXPECT_EQ(file->getInteger("u64"), int64_t(1) << 40);
  EXPECT_EQ(file->getU32("u64"), std::nullopt);
  EXPECT_EQ(file->getInteger("huge"), std::nullopt);
  EXPECT_EQ(file->getInteger("i64"), -5);
  EXPECT_EQ(file->getDouble("f64"), 0.25);
  EXPECT_EQ(file->getDouble("u8"), 200.0);
  EXPECT_EQ(file->getArrayOfStrings("strings"),
            (std::vector<llvm::StringRef>{"a", "", "ccc"}));
  EXPECT_EQ(file->getArrayOfFloats("floats"),
            (std::vector<float>{1.5f, -2.0f}));
  EXPECT_EQ(file->getArrayOfIntegers("ints"), (std::vector<int64_t>{-1, 5}));
  EXPECT_EQ(file->arraySize("nested"), 1u);
  EXPECT_EQ(file->getU32("last"), 9u);
  // Absent, or of another type.
  EXPECT_FALSE(file->has("missing"));
  EXPECT_EQ(file->getString("u8"), std::nullopt);
  EXPECT_EQ(file->getInteger("string"), std::nullopt);
  EXPECT_EQ(file->getArrayOfStrings("floats"), std::nullopt);
  EXPECT_EQ(file->getArrayOfIntegers("nested"), std::nullopt);
  EXPECT_EQ(file->keys().front(), "u8");
}

TEST(Gguf, ReadsTensorsOfBothVersionsAndOtherAlignments) {
  for (uint32_t version : {2u, 3u}) {
    auto file = llvm::cantFail(parse(gguf(
        {{"a", "", 0, {2, 3}, std::string(24, 'a')},
         {"b", "", 3, {1, 64}, std::string(40, 'b')}},
        [](GgufWriter &w) { w.u32("general.alignment", 16); }, version, 16)));
    ASSERT_EQ(file->tensors().size(), 2u);
    const GgufTensor &a = file->tensors()[0];
    EXPECT_EQ(llvm::ArrayRef<int64_t>(a.shape),
              llvm::ArrayRef<int64_t>({2, 3}));
    EXPECT_EQ(llvm::toStringRef(file->data(a)), std::string(24, 'a'));
    EXPECT_EQ(llvm::toStringRef(file->data(file->tensors()[1])),
              std::string(40, 'b'));
  }
}

TEST(Gguf, RefusesOtherFilesAndVersions) {
  expectRefusal("", "does not begin with 'GGUF'");
  expectRefusal("PK\3\4", "does not begin with 'GGUF'");
  expectRefusal(gguf({}, tinyMetadata, 1), "GGUF version 1");
  expectRefusal(gguf({}, tinyMetadata, 4), "GGUF version 4");
  expectRefusal(gguf({}, tinyMetadata, 0x03000000), "big-endian");
}

TEST(Gguf, RefusesCountsThatCannotFit) {
  for (uint64_t count :
       {uint64_t(1000), uint64_t(1) << 32, uint64_t(1) << 62, ~uint64_t(0)}) {
    for (size_t at : {8, 16}) {
      std::string bytes = gguf({});
      bytes.replace(at, 8, reinterpret_cast<const char *>(&count), 8);
      std::string message = refusal(bytes);
      if (count > 1000) {
        EXPECT_NE(message.find("the header announces"), std::string::npos);
      }
    }
  }
}

TEST(Gguf, RefusesBadMetadata) {
  expectRefusal(withMetadata([](GgufWriter &w) { w.key("k", 13); }),
                "metadata 'k' has the unknown type 13");
  expectRefusal(withMetadata([](GgufWriter &w) {
                  w.u32("k", 1);
                  w.u32("k", 1);
                }),
                "metadata 'k' occurs twice");
  expectRefusal(withMetadata([](GgufWriter &w) {
                  w.key("k", 8), w.number<uint64_t>(~uint64_t(0));
                }),
                "the file ends within a metadata string");
  expectRefusal(withMetadata([](GgufWriter &w) {
                  w.key("k", 9), w.number<uint32_t>(10);
                  w.number<uint64_t>(uint64_t(1) << 61);
                }),
                "announces 2305843009213693952 elements");
  expectRefusal(withMetadata([](GgufWriter &w) {
                  w.key("k", 9), w.number<uint32_t>(8);
                  w.number<uint64_t>(2), w.text("a");
                  w.number<uint64_t>(uint64_t(1) << 63);
                }),
                "the file ends within");
  expectRefusal(withMetadata([](GgufWriter &w) {
                  w.key("k", 9);
                  for (int i = 0; i < 1000; ++i) {
                    w.number<uint32_t>(9), w.number<uint64_t>(1);
                  }
                }),
                "nests arrays more than 8 deep");
  for (uint32_t alignment : {0u, 24u}) {
    std::string bytes =
        withMetadata([](GgufWriter &w) { w.u32("general.alignment", 77); });
    size_t at = bytes.find(std::string("\x4d\0\0\0", 4));
    bytes.replace(at, 4, reinterpret_cast<const char *>(&alignment), 4);
    expectRefusal(bytes, "general.alignment is not a power of two");
  }
}

static std::string oneTensor(uint32_t type, std::vector<int64_t> shape,
                             uint64_t offset = 0, size_t size = 128) {
  GgufWriter file;
  file.bytes = "GGUF";
  file.number<uint32_t>(3);
  file.number<uint64_t>(1);
  file.number<uint64_t>(0);
  file.tensor({"t", "", type, std::move(shape), ""}, offset);
  file.pad(32);
  return file.bytes + std::string(size, '\0');
}

TEST(Gguf, RefusesBadTensors) {
  llvm::cantFail(parse(oneTensor(0, {8, 4})));
  expectRefusal(oneTensor(0, {8, 5}), "beyond the file's end");
  expectRefusal(oneTensor(0, {1}, 128), "beyond the file's end");
  expectRefusal(oneTensor(0, {1}, ~uint64_t(31)), "beyond the file's end");
  expectRefusal(oneTensor(0, {1}, 4), "not a multiple of the alignment 32");
  expectRefusal(oneTensor(2, {2, 33}), "not whole Q4_0 blocks of 32");
  expectRefusal(oneTensor(0, {0, 4}), "empty shape");
  expectRefusal(oneTensor(0, {-1}), "too large to count");
  expectRefusal(oneTensor(0, {int64_t(1) << 32, int64_t(1) << 32}),
                "too large to count");
  expectRefusal(oneTensor(0, {int64_t(1) << 62}), "is too large");
  expectRefusal(oneTensor(0, {}), "has rank 0");
  expectRefusal(oneTensor(0, {1, 1, 1, 1, 1}), "has rank 5");
  // A type of unknown size is no error yet, but its place must be in the file.
  llvm::cantFail(parse(oneTensor(4242, {8, 4})));
  expectRefusal(oneTensor(4242, {8, 4}, 1 << 20), "beyond the file's end");
  std::vector<StoredTensor> twice(2, {"t", "", 0, {1}, "aaaa"});
  expectRefusal(gguf(twice), "tensor 't' occurs twice");
}

TEST(Gguf, RefusesOverlappingTensors) {
  GgufWriter file;
  file.bytes = "GGUF";
  file.number<uint32_t>(3);
  file.number<uint64_t>(2);
  file.number<uint64_t>(0);
  file.tensor({"a", "", 0, {16}, ""}, 0);
  file.tensor({"b", "", 0, {8}, ""}, 32);
  file.pad(32);
  file.bytes += std::string(64, '\0');
  expectRefusal(file.bytes, "tensors 'a' and 'b' overlap");
}
