// Compares every storage type with vectors that ggml's own Python package
// produced (data/make-vectors.py), and the plain floats with LLVM's APFloat.
#include "passes/Import/Checkpoint/WeightCodec.h"
#include "passes/Import/Checkpoint/Files.h"

#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/bit.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <random>

using namespace mlir::fot;

static llvm::json::Object readVectors() {
  auto json = checkpoint::readJsonObject(FOT_CHECKPOINT_TEST_DATA
                                         "/codec-vectors.json");
  if (!json) {
    ADD_FAILURE() << llvm::toString(json.takeError());
    return {};
  }
  return std::move(*json);
}

static std::string bytesOf(const llvm::json::Object &object,
                           llvm::StringRef key) {
  return llvm::fromHex(object.getString(key).value_or(""));
}

static std::vector<float> floatsOf(const llvm::json::Object &object,
                                   llvm::StringRef key) {
  std::string bytes = bytesOf(object, key);
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

static const uint8_t *raw(const std::string &bytes) {
  return reinterpret_cast<const uint8_t *>(bytes.data());
}

/// Bitwise, so that signs of zero count.
static void expectSameBits(llvm::ArrayRef<float> found,
                           llvm::ArrayRef<float> expected,
                           llvm::StringRef what) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t i = 0; i < found.size(); ++i) {
    ASSERT_EQ(llvm::bit_cast<uint32_t>(found[i]),
              llvm::bit_cast<uint32_t>(expected[i]))
        << what.str() << " value " << i << ": " << found[i] << " instead of "
        << expected[i];
  }
}

TEST(WeightCodec, DecodesEveryBlockTypeBitExactly) {
  llvm::json::Object vectors = readVectors();
  const llvm::json::Object *decode = vectors.getObject("decode");
  ASSERT_TRUE(decode);
  unsigned tested = 0;
  for (unsigned i = 0; i < kNumWeightTypes; ++i) {
    auto type = static_cast<WeightType>(i);
    if (!isBlockQuantized(type)) {
      continue;
    }
    llvm::StringRef name = weightTypeName(type);
    const llvm::json::Object *vector = decode->getObject(name);
    ASSERT_TRUE(vector) << name.str() << " has no test vector";
    std::string blocks = bytesOf(*vector, "blocks");
    std::vector<float> expected = floatsOf(*vector, "values");
    ASSERT_EQ(static_cast<int64_t>(blocks.size()),
              rowBytes(type, expected.size()));
    std::vector<float> found(expected.size());
    // One byte off any alignment, as in a mapped file.
    std::string shifted = "x" + blocks;
    decodeRow(type, raw(shifted) + 1, found.data(), found.size());
    expectSameBits(found, expected, name);
    ++tested;
  }
  EXPECT_EQ(tested, kNumWeightTypes - 3);
}

TEST(WeightCodec, EncodesAsGgml) {
  llvm::json::Object vectors = readVectors();
  const llvm::json::Object *encode = vectors.getObject("encode");
  ASSERT_TRUE(encode);
  unsigned tested = 0;
  for (unsigned i = 0; i < kNumWeightTypes; ++i) {
    auto type = static_cast<WeightType>(i);
    if (!canEncode(type) || type == WeightType::F32) {
      continue;
    }
    llvm::StringRef name = weightTypeName(type);
    const llvm::json::Object *vector = encode->getObject(name);
    ASSERT_TRUE(vector) << name.str() << " has no test vector";
    std::vector<float> values = floatsOf(*vector, "values");
    std::string found(rowBytes(type, values.size()), '\0');
    encodeRow(type, values.data(), reinterpret_cast<uint8_t *>(found.data()),
              values.size());
    EXPECT_EQ(llvm::toHex(found), llvm::toHex(bytesOf(*vector, "blocks")))
        << name.str();
    ++tested;
  }
  EXPECT_EQ(tested, 7u);
}

TEST(WeightCodec, EncodersSurviveValuesThatAreNotFinite) {
  float infinity = std::numeric_limits<float>::infinity();
  float nan = std::numeric_limits<float>::quiet_NaN();
  float least = std::numeric_limits<float>::denorm_min();
  for (float strange : {infinity, -infinity, nan, least, 3e38f}) {
    for (WeightType type :
         {WeightType::Q8_0, WeightType::Q4_0, WeightType::Q4_1,
          WeightType::Q5_1, WeightType::Q6_0}) {
      float values[32];
      for (int i = 0; i < 32; ++i) {
        values[i] = i == 5 ? strange : 0.25f * least * static_cast<float>(i);
      }
      uint8_t block[36];
      encodeRow(type, values, block, 32);
      float decoded[32];
      decodeRow(type, block, decoded, 32);
      if (std::isfinite(strange) && std::fabs(strange) < 1) {
        EXPECT_NEAR(decoded[5], strange, 1e-6);
      }
    }
  }
}

static float halfByApFloat(uint16_t bits) {
  llvm::APFloat value(llvm::APFloat::IEEEhalf(), llvm::APInt(16, bits));
  bool inexact;
  value.convert(llvm::APFloat::IEEEsingle(), llvm::APFloat::rmNearestTiesToEven,
                &inexact);
  return value.convertToFloat();
}

static uint16_t bitsByApFloat(const llvm::fltSemantics &semantics, float from) {
  llvm::APFloat value(from);
  bool inexact;
  value.convert(semantics, llvm::APFloat::rmNearestTiesToEven, &inexact);
  return static_cast<uint16_t>(value.bitcastToAPInt().getZExtValue());
}

TEST(WeightCodec, WidensEveryHalf) {
  for (unsigned bits = 0; bits < 65536; ++bits) {
    float found = halfToFloat(static_cast<uint16_t>(bits));
    float expected = halfByApFloat(static_cast<uint16_t>(bits));
    if (std::isnan(expected)) {
      ASSERT_TRUE(std::isnan(found)) << bits;
      continue;
    }
    ASSERT_EQ(llvm::bit_cast<uint32_t>(found),
              llvm::bit_cast<uint32_t>(expected))
        << bits;
    ASSERT_EQ(floatToHalf(found), bits);
  }
}

TEST(WeightCodec, RoundsHalvesAndBfloatsToNearestEven) {
  std::mt19937 random(7);
  auto check = [](uint32_t bits) {
    float value = llvm::bit_cast<float>(bits);
    if (std::isnan(value)) {
      ASSERT_TRUE(std::isnan(halfToFloat(floatToHalf(value))));
      ASSERT_TRUE(std::isnan(bfloatToFloat(floatToBfloat(value))));
      return;
    }
    ASSERT_EQ(floatToHalf(value),
              bitsByApFloat(llvm::APFloat::IEEEhalf(), value))
        << value;
    ASSERT_EQ(floatToBfloat(value),
              bitsByApFloat(llvm::APFloat::BFloat(), value))
        << value;
  };
  for (int i = 0; i < 200000; ++i) {
    check(random());
  }
  // Around every half: the tie above it and its two neighbours.
  for (uint32_t half = 0; half < 0x7c00; ++half) {
    double next = half == 0x7bff ? 65536.0 : halfByApFloat(half + 1);
    float tie = static_cast<float>((halfByApFloat(half) + next) / 2);
    uint32_t bits = llvm::bit_cast<uint32_t>(tie);
    for (uint32_t near : {bits - 1, bits, bits + 1}) {
      check(near);
      check(near | 0x80000000u);
    }
  }
  for (uint32_t bits : {0x7f800000u, 0x7f800001u, 0xffffffffu, 0x7f7fffffu}) {
    check(bits);
  }
}

namespace {
/// Blocks of one type, ggml's values of them, and those after rewriting.
struct Rewritten {
  std::vector<uint8_t> blocks;
  std::vector<float> expected, found;
};
} // namespace

static Rewritten rewrite(const llvm::json::Object &decode, WeightType from,
                         WeightType to) {
  const llvm::json::Object *vector = decode.getObject(weightTypeName(from));
  Rewritten result;
  if (!vector) {
    ADD_FAILURE() << "no vector of " << weightTypeName(from).str();
    return result;
  }
  std::string blocks = bytesOf(*vector, "blocks");
  result.expected = floatsOf(*vector, "values");
  int64_t count = result.expected.size();
  result.blocks.resize(rowBytes(to, count));
  result.found.resize(count);
  rewriteRow(from, to, raw(blocks), result.blocks.data(), count);
  decodeRow(to, result.blocks.data(), result.found.data(), count);
  return result;
}

TEST(WeightCodec, RewritesTheSameValues) {
  llvm::json::Object vectors = readVectors();
  const llvm::json::Object *decode = vectors.getObject("decode");
  ASSERT_TRUE(decode);
  for (auto [from, to] : {std::pair(WeightType::Q4_0, WeightType::Q8_0),
                          {WeightType::Q5_0, WeightType::Q8_0},
                          {WeightType::Q8_1, WeightType::Q8_0},
                          {WeightType::IQ4_NL, WeightType::Q8_0},
                          {WeightType::Q5_0, WeightType::Q5_1}}) {
    ASSERT_TRUE(keepsCodes(from, to));
    Rewritten rewritten = rewrite(*decode, from, to);
    for (size_t i = 0; i < rewritten.found.size(); ++i) {
      ASSERT_EQ(rewritten.found[i], rewritten.expected[i])
          << weightTypeName(from).str() << " value " << i;
    }
  }
}

TEST(WeightCodec, RewritesWithinTheRoundingOfScales) {
  llvm::json::Object vectors = readVectors();
  const llvm::json::Object *decode = vectors.getObject("decode");
  ASSERT_TRUE(decode);
  for (auto [from, to] : {std::pair(WeightType::Q4_K, WeightType::Q4_1),
                          {WeightType::Q5_K, WeightType::Q5_1},
                          {WeightType::Q3_K, WeightType::Q6_0},
                          {WeightType::Q6_K, WeightType::Q6_0}}) {
    ASSERT_TRUE(keepsCodes(from, to));
    Rewritten rewritten = rewrite(*decode, from, to);
    int64_t bytes = blockBytes(to);
    float most = to == WeightType::Q4_1 ? 15 : to == WeightType::Q5_1 ? 31 : 32;
    for (size_t i = 0; i < rewritten.found.size(); ++i) {
      // The largest terms of the block bound the error of its values.
      uint16_t halves[2];
      std::memcpy(halves, rewritten.blocks.data() + i / 32 * bytes, 4);
      float first = std::fabs(halfToFloat(halves[0]));
      float second = std::fabs(halfToFloat(halves[1]));
      float terms = to != WeightType::Q6_0 ? most * first + second
                    : i % 32 < 16          ? most * first
                                           : most * second;
      // Half a unit in the last place of a scale, or of a denormal one.
      float bound = 0x1p-11f * terms + (most + 1) * 0x1p-25f;
      ASSERT_NEAR(rewritten.found[i], rewritten.expected[i], bound)
          << weightTypeName(from).str() << " value " << i;
    }
  }
}

// The codes of 5 and 6 bits against numbers that are known: no rounding.
TEST(WeightCodec, RewritesCodesOfQ6_KInOrder) {
  // Value v is v % 64 - 32 times sub-block scale v / 16 - 7: low nibbles and
  // upper pairs where the format has them.
  std::vector<uint8_t> block(210);
  for (int v = 0; v < 256; ++v) {
    int code = v % 64, half = v / 128, in = v % 128;
    block[half * 64 + in % 64] |= (code & 15) << in / 64 * 4;
    block[128 + half * 32 + in % 32] |= code >> 4 << in / 32 * 2;
    block[192 + v / 16] = static_cast<uint8_t>(v / 16 - 7);
  }
  block[209] = 0x3c; // a scale of one
  std::vector<uint8_t> rewritten(rowBytes(WeightType::Q6_0, 256));
  rewriteRow(WeightType::Q6_K, WeightType::Q6_0, block.data(), rewritten.data(),
             256);
  std::vector<float> found(256);
  decodeRow(WeightType::Q6_0, rewritten.data(), found.data(), 256);
  for (int v = 0; v < 256; ++v) {
    ASSERT_EQ(found[v], (v % 64 - 32) * (v / 16 - 7)) << v;
  }
}

TEST(WeightType, NamesRoundTrip) {
  for (unsigned i = 0; i < kNumWeightTypes; ++i) {
    auto type = static_cast<WeightType>(i);
    EXPECT_EQ(parseWeightType(weightTypeName(type)), type);
    EXPECT_EQ(parseWeightType(weightTypeName(type).upper()), type);
    EXPECT_TRUE(
        llvm::StringRef(weightTypeNames()).contains(weightTypeName(type)));
  }
  EXPECT_EQ(parseWeightType("q9_9"), std::nullopt);
  EXPECT_EQ(weightTypeOfGguf(3), WeightType::Q4_1);
  EXPECT_EQ(weightTypeOfGguf(30), WeightType::BF16);
  EXPECT_EQ(weightTypeOfGguf(4000000000u), std::nullopt);
  EXPECT_EQ(ggufTypeName(16), "IQ2_XXS");
  EXPECT_EQ(ggufTypeName(77), "number 77");
}
