// The safetensors container on its own: what is read, and each way in which a
// header can be wrong.
#include "passes/Import/Checkpoint/SafeTensors.h"

#include "TestFiles.h"

#include "llvm/ADT/StringExtras.h"

#include <gtest/gtest.h>

using namespace mlir::fot;
using namespace fot_test;

TEST(SafeTensors, ReadsTypesShapesAndBytes) {
  auto file = llvm::cantFail(SafeTensorsFile::parse(
      bufferOf(safeTensors({{"a", "F16", 0, {2, 3}, "abcdefghijkl"},
                            {"empty", "F32", 0, {0, 4}, ""},
                            {"scalar", "I64", 0, {}, "01234567"}}))));
  EXPECT_EQ(file->tensors().size(), 3u);
  const SafeTensor *a = file->find("a");
  ASSERT_TRUE(a);
  EXPECT_EQ(a->dtype, "F16");
  EXPECT_EQ(llvm::ArrayRef<int64_t>(a->shape), llvm::ArrayRef<int64_t>({2, 3}));
  EXPECT_EQ(llvm::toStringRef(file->data(*a)), "abcdefghijkl");
  EXPECT_EQ(llvm::toStringRef(file->data(*file->find("scalar"))), "01234567");
  EXPECT_EQ(file->find("b"), nullptr);
}

struct BadHeader {
  const char *header;
  const char *complaint;
};

/// For the names of the tests, which would show addresses otherwise.
static void PrintTo(const BadHeader &bad, std::ostream *stream) {
  *stream << bad.header;
}

class BadSafeTensors : public testing::TestWithParam<BadHeader> {};

TEST_P(BadSafeTensors, IsRefused) {
  // Sixteen bytes of data.
  auto file = SafeTensorsFile::parse(
      bufferOf(safeTensorsRaw(GetParam().header, "0123456789abcdef")));
  std::string message = messageOf(file.takeError());
  EXPECT_NE(message.find(GetParam().complaint), std::string::npos) << message;
  EXPECT_EQ(message.find("memory: "), 0u) << message;
}

INSTANTIATE_TEST_SUITE_P(
    Headers, BadSafeTensors,
    testing::Values(
        BadHeader{"", "not valid JSON"}, BadHeader{"{", "not valid JSON"},
        BadHeader{"\xff\xfe{}", "not valid JSON"},
        BadHeader{"[1]", "expected a JSON object"},
        BadHeader{R"({"a": 1})", "expected an object"},
        BadHeader{R"({"a": {"dtype": "F32", "shape": [4]}})",
                  "expected dtype, shape and two data_offsets"},
        BadHeader{
            R"({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0]}})",
            "two data_offsets"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[-4],"data_offsets":[0,16]}})",
                  "non-negative"},
        BadHeader{
            R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,16]}})",
            "non-negative"},
        BadHeader{
            R"({"a":{"dtype":"F32","shape":["4"],"data_offsets":[0,16]}})",
            "non-negative"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[5],"data_offsets":[0,16]}})",
                  "does not have the 16 bytes"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[5],"data_offsets":[0,20]}})",
                  "within the file's 16 bytes"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[16,0]}})",
                  "in order"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[-16,0]}})",
                  "in order"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[4611686018427387904,4],)"
                  R"("data_offsets":[0,16]}})",
                  "does not have the 16 bytes"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[4294967296,4294967296],)"
                  R"("data_offsets":[0,0]}})",
                  "does not have the 0 bytes"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[99999999999999999999],)"
                  R"("data_offsets":[0,16]}})",
                  "non-negative"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})",
                  "end at byte"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})",
                  "should begin at byte"},
        BadHeader{R"({"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]},)"
                  R"("b":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}})",
                  "should begin at byte"}));

TEST(SafeTensors, RefusesHeadersLongerThanTheFile) {
  for (uint64_t length :
       {uint64_t(3), uint64_t(1) << 40, ~uint64_t(0), ~uint64_t(0) - 7}) {
    std::string bytes(reinterpret_cast<const char *>(&length), 8);
    auto file = SafeTensorsFile::parse(bufferOf(bytes + "{}"));
    EXPECT_NE(messageOf(file.takeError()).find("the header should have"),
              std::string::npos);
  }
}

TEST(SafeTensors, RefusesDeepNestingWithoutRunningOutOfStack) {
  std::string header = "{\"a\":" + std::string(2'000'000, '[');
  auto file = SafeTensorsFile::parse(bufferOf(safeTensorsRaw(header, "")));
  EXPECT_NE(messageOf(file.takeError()).find("nested"), std::string::npos);
}

TEST(SafeTensors, EscapesNamesInMessages) {
  auto file = SafeTensorsFile::parse(
      bufferOf(safeTensorsRaw("{\"a\\nb\\u0000\": 3}", "")));
  EXPECT_NE(messageOf(file.takeError()).find("'a\\x0ab\\x00'"),
            std::string::npos);
}
