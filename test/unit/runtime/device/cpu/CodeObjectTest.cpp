// Which code object runs, and what keeps one from loading.
#include "runtime/device/cpu/CodeObject.h"
#include "runtime/device/cpu/CpuFeatures.h"

#include "test/unit/runtime/ToyArtifact.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

using namespace fot;
using namespace fot::rt;
using namespace fot::rt::test;

namespace {
/// A header with code objects of these levels and features.
class Levels {
public:
  explicit Levels(
      const std::vector<std::pair<std::string, std::vector<std::string>>>
          &levels) {
    schema::ArtifactT header;
    for (const auto &[level, features] : levels) {
      auto code = std::make_unique<schema::CodeT>();
      code->level = level;
      code->features = features;
      header.codes.push_back(std::move(code));
    }
    builder.Finish(schema::CreateArtifact(builder, &header));
  }
  const schema::Artifact &header() const {
    return *schema::GetArtifact(builder.GetBufferPointer());
  }

private:
  flatbuffers::FlatBufferBuilder builder;
};

TEST(SelectCpuCodeTest, TakesTheMostDemandingThatRuns) {
  Levels levels({{"v3", {"avx2", "fma"}},
                 {"vnni", {"avx2", "fma", "avx512f", "avx512vnni"}},
                 {"base", {}}});
  EXPECT_EQ(*selectCpuCode(levels.header(), "", {"avx2", "fma"}), 0u);
  EXPECT_EQ(*selectCpuCode(levels.header(), "", {"avx2"}), 2u);
  EXPECT_EQ(*selectCpuCode(levels.header(), "",
                           {"avx2", "fma", "avx512f", "avx512vnni", "x"}),
            1u);
}

TEST(SelectCpuCodeTest, OfEqualsTheLater) {
  Levels levels({{"a", {"avx2"}}, {"b", {"fma"}}});
  EXPECT_EQ(*selectCpuCode(levels.header(), "", {"avx2", "fma"}), 1u);
}

TEST(SelectCpuCodeTest, ObeysAndExplains) {
  Levels levels({{"v3", {"avx2"}}, {"vnni", {"avx2", "avx512vnni"}}});
  std::set<std::string, std::less<>> here{"avx2"};
  EXPECT_EQ(*selectCpuCode(levels.header(), "v3", {"avx2", "avx512vnni"}), 0u);
  auto cannot = selectCpuCode(levels.header(), "vnni", here);
  ASSERT_FALSE(cannot.ok());
  EXPECT_EQ(cannot.status().message(),
            "CPU level 'vnni' cannot run on this CPU; it has v3 (runs here), "
            "vnni (needs avx512vnni)");
  auto unknown = selectCpuCode(levels.header(), "z80", here);
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.status().message(),
            "the artifact has no CPU level 'z80'; it has v3 (runs here), vnni "
            "(needs avx512vnni)");
  auto nothing = selectCpuCode(levels.header(), "", {});
  ASSERT_FALSE(nothing.ok());
  EXPECT_NE(nothing.status().message().find("v3 (needs avx2)"),
            std::string::npos);
  EXPECT_FALSE(selectCpuCode(Levels({}).header(), "", here).ok());
}

namespace {
int requests;
bool grant() { return ++requests; }
bool refuse() { return !++requests; }

const std::set<std::string, std::less<>> kEverything{"avx2", "avx512vnni",
                                                     "amx-tile", "amx-int8"};
} // namespace

TEST(SelectPermittedCodeTest, TakesCodeWithTilesIfItMay) {
  Levels levels({{"amx", {"avx2", "amx-tile", "amx-int8"}},
                 {"vnni", {"avx2", "avx512vnni"}}});
  requests = 0;
  EXPECT_EQ(*selectPermittedCode(levels.header(), "", kEverything, grant), 0u);
  EXPECT_EQ(requests, 1);
  EXPECT_EQ(*selectPermittedCode(levels.header(), "", kEverything, refuse), 1u);
  EXPECT_EQ(requests, 2);
}

TEST(SelectPermittedCodeTest, SaysThatTilesAreRefused) {
  Levels levels({{"v3", {"avx2"}}, {"amx", {"avx2", "amx-tile"}}});
  auto code = selectPermittedCode(levels.header(), "amx", kEverything, refuse);
  ASSERT_FALSE(code.ok());
  EXPECT_EQ(code.status().message(),
            "CPU level 'amx' cannot run on this CPU; it has v3 (runs here), "
            "amx (needs amx-tile)");
}

TEST(SelectPermittedCodeTest, AsksOnlyForCodeWithTiles) {
  Levels levels({{"vnni", {"avx2", "avx512vnni"}}, {"amx", {"amx-tile"}}});
  requests = 0;
  EXPECT_EQ(*selectPermittedCode(levels.header(), "", kEverything, refuse), 0u);
  EXPECT_EQ(
      *selectPermittedCode(levels.header(), "", {"avx2", "avx512vnni"}, refuse),
      0u);
  EXPECT_FALSE(selectPermittedCode(levels.header(), "z80", {}, refuse).ok());
  EXPECT_EQ(requests, 0);
}

TEST(PermittedFeaturesTest, LacksTilesThatAreRefused) {
  Levels levels({{"v3", {"avx2"}}, {"amx", {"avx2", "amx-tile"}}});
  requests = 0;
  EXPECT_EQ(permittedFeatures(levels.header(), kEverything, grant),
            kEverything);
  EXPECT_EQ(permittedFeatures(levels.header(), kEverything, refuse),
            (std::set<std::string, std::less<>>{"avx2", "avx512vnni"}));
  EXPECT_EQ(requests, 2);
}

TEST(PermittedFeaturesTest, AsksOnlyForCodeWithTilesThatWouldRun) {
  requests = 0;
  EXPECT_EQ(permittedFeatures(Levels({{"v3", {"avx2"}}}).header(), kEverything,
                              refuse),
            kEverything);
  Levels fp16({{"newer", {"avx2", "amx-tile", "amx-fp16"}}});
  EXPECT_EQ(permittedFeatures(fp16.header(), kEverything, refuse), kEverything);
  EXPECT_EQ(requests, 0);
}

TEST(RequestTilesTest, IsGrantedMoreThanOnceWhereThereAreTiles) {
  if (!hostCpuFeatures().count("amx-tile")) {
    EXPECT_FALSE(requestTiles());
    GTEST_SKIP() << "this machine lacks amx-tile";
  }
  EXPECT_TRUE(requestTiles());
  EXPECT_TRUE(requestTiles());
}

TEST(HostCpuFeaturesTest, AgreesWithTheKernel) {
  std::ifstream info("/proc/cpuinfo");
  std::string line;
  while (std::getline(info, line) && line.rfind("flags", 0) != 0) {
  }
  std::istringstream words(line);
  std::set<std::string> flags{std::istream_iterator<std::string>(words), {}};
  if (flags.empty()) {
    GTEST_SKIP() << "the kernel lists no flags";
  }
  auto features = hostCpuFeatures();
  std::pair<const char *, const char *> names[] = {
      {"avx", "avx"},           {"avx2", "avx2"},
      {"fma", "fma"},           {"f16c", "f16c"},
      {"bmi", "bmi1"},          {"bmi2", "bmi2"},
      {"lzcnt", "abm"},         {"movbe", "movbe"},
      {"popcnt", "popcnt"},     {"sse4.2", "sse4_2"},
      {"avx512f", "avx512f"},   {"avx512vnni", "avx512_vnni"},
      {"avxvnni", "avx_vnni"},  {"avx512bf16", "avx512_bf16"},
      {"vaes", "vaes"},         {"sse4a", "sse4a"},
      {"amx-int8", "amx_int8"}, {"amx-tile", "amx_tile"},
      {"amx-bf16", "amx_bf16"}, {"avx512vl", "avx512vl"},
  };
  for (auto [ours, kernels] : names) {
    EXPECT_EQ(features.count(ours), flags.count(kernels)) << ours;
  }
}

TEST(CodeObjectTest, LoadsAndFindsEntries) {
  auto code = CodeObject::load(readFile(toyModule()), "the toy");
  ASSERT_TRUE(code.ok()) << code.status().message();
  EXPECT_TRUE(code->entry("prefill").ok());
  auto missing = code->entry("absent");
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.status().message(),
            "the toy lacks the entry point 'absent'");
}

TEST(CodeObjectTest, ObjectsLoadedAtOnceAreDifferent) {
  auto bytes = readFile(toyModule());
  auto others = readFile(toyModuleBetter());
  auto first = CodeObject::load(bytes, "the toy");
  ASSERT_TRUE(first.ok());
  auto second = CodeObject::load(others, "the better toy");
  ASSERT_TRUE(second.ok());
  auto same = CodeObject::load(bytes, "the toy again");
  ASSERT_TRUE(same.ok());
  EXPECT_NE(*first->entry("prefill"), *second->entry("prefill"));
  EXPECT_NE(*first->entry("prefill"), *same->entry("prefill"));
}

TEST(CodeObjectTest, RefusesOtherAbisAndOtherBytes) {
  auto old = CodeObject::load(readFile(toyModuleOldAbi()), "the toy");
  ASSERT_FALSE(old.ok());
  EXPECT_NE(old.status().message().find("kernel ABI 99"), std::string::npos);
  std::vector<std::byte> garbage(1000, std::byte('x'));
  auto bad = CodeObject::load(garbage, "the toy");
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(bad.status().message().rfind("cannot load the toy", 0), 0u);
  EXPECT_FALSE(CodeObject::load({}, "nothing").ok());
}
} // namespace
