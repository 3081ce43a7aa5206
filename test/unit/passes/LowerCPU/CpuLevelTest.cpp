// Names of CPU levels, and what code may assume of each.
#include "passes/LowerCPU/CpuLevel.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace mlir::fot;

static CpuLevel parsed(llvm::StringRef name) {
  llvm::Expected<CpuLevel> level = CpuLevel::parse(name);
  if (!level) {
    ADD_FAILURE() << llvm::toString(level.takeError());
    return {};
  }
  return *level;
}

static std::string refusal(llvm::StringRef name) {
  llvm::Expected<CpuLevel> level = CpuLevel::parse(name);
  return level ? "no error" : llvm::toString(level.takeError());
}

TEST(CpuLevel, X86V3HasAvx2AndNothingWider) {
  CpuLevel level = parsed("x86-64-v3");
  EXPECT_EQ(level.name, "x86-64-v3");
  for (const char *feature : {"avx", "avx2", "bmi", "bmi2", "f16c", "fma",
                              "lzcnt", "movbe", "popcnt", "sse4.2"}) {
    EXPECT_TRUE(level.has(feature)) << feature;
  }
  EXPECT_FALSE(level.has("avx512f"));
  EXPECT_FALSE(level.hasAvx512());
  EXPECT_FALSE(level.hasVnni());
  EXPECT_EQ(level.lanes(), 8);
}

TEST(CpuLevel, X86V4HasAvx512WithoutDotProducts) {
  CpuLevel level = parsed("x86-64-v4");
  for (const char *feature :
       {"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}) {
    EXPECT_TRUE(level.has(feature)) << feature;
  }
  EXPECT_TRUE(level.hasAvx512());
  EXPECT_FALSE(level.hasVnni());
  EXPECT_EQ(level.lanes(), 16);
}

TEST(CpuLevel, Avx512VnniIsX86V4WithDotProducts) {
  CpuLevel level = parsed("avx512vnni"), v4 = parsed("x86-64-v4");
  EXPECT_TRUE(level.hasVnni());
  EXPECT_EQ(level.lanes(), 16);
  // A code segment asks for no more than its name says.
  llvm::erase(level.features, "avx512vnni");
  EXPECT_EQ(level.features, v4.features);
}

TEST(CpuLevel, AmxIsAvx512VnniWithTiles) {
  CpuLevel level = parsed("amx"), vnni = parsed("avx512vnni");
  EXPECT_TRUE(level.hasAmx());
  EXPECT_TRUE(level.hasVnni());
  EXPECT_TRUE(level.hasAmxBf16());
  EXPECT_FALSE(vnni.hasAmx());
  EXPECT_FALSE(vnni.hasAmxBf16());
  EXPECT_EQ(level.tune, vnni.tune);
  llvm::erase(level.features, "amx-int8");
  EXPECT_FALSE(level.hasAmx());
  EXPECT_TRUE(level.hasAmxBf16());
  llvm::erase(level.features, "amx-bf16");
  EXPECT_FALSE(level.hasAmxBf16());
  llvm::erase(level.features, "amx-tile");
  EXPECT_EQ(level.features, vnni.features);
}

TEST(CpuLevel, CpusOfLlvmAreLevels) {
  CpuLevel zen3 = parsed("znver3"), zen4 = parsed("znver4");
  EXPECT_EQ(zen3.tune, "znver3");
  EXPECT_EQ(zen3.lanes(), 8);
  EXPECT_FALSE(zen3.hasVnni());
  EXPECT_TRUE(zen4.hasVnni());
  EXPECT_TRUE(zen4.has("avx512bf16"));
  EXPECT_TRUE(parsed("sapphirerapids").hasVnni());
  EXPECT_TRUE(parsed("sapphirerapids").hasAmx());
  EXPECT_TRUE(parsed("sapphirerapids").hasAmxBf16());
  EXPECT_FALSE(zen4.hasAmx());
  EXPECT_FALSE(parsed("skylake-avx512").hasVnni());
}

TEST(CpuLevel, FeaturesAreSortedAndListedOnce) {
  for (const char *name : {"x86-64-v3", "avx512vnni", "amx", "znver4"}) {
    CpuLevel level = parsed(name);
    EXPECT_TRUE(std::is_sorted(level.features.begin(), level.features.end()));
    EXPECT_EQ(std::adjacent_find(level.features.begin(), level.features.end()),
              level.features.end());
  }
}

TEST(CpuLevel, RefusesCpusThatLackWhatCodeNeeds) {
  EXPECT_EQ(refusal("x86-64"),
            "CPU level 'x86-64' lacks avx2: expected at least x86-64-v3");
  EXPECT_EQ(refusal("x86-64-v2"),
            "CPU level 'x86-64-v2' lacks avx2: expected at least x86-64-v3");
  // AVX, but not AVX2.
  EXPECT_EQ(refusal("sandybridge"),
            "CPU level 'sandybridge' lacks avx2: expected at least x86-64-v3");
}

TEST(CpuLevel, ListsWhatItKnowsForUnknownNames) {
  for (const char *name : {"", "hal9000", "X86-64-V3", "cortex-a72"}) {
    std::string sentence = refusal(name);
    EXPECT_NE(sentence.find("unknown CPU level '" + std::string(name) + "'"),
              std::string::npos)
        << sentence;
    EXPECT_NE(sentence.find("x86-64-v3, x86-64-v4, avx512vnni, amx, native"),
              std::string::npos)
        << sentence;
  }
}
