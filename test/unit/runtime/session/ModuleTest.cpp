// Loading an artifact's code and calling it.
#include "runtime/session/Module.h"

#include "runtime/device/cpu/CpuFeatures.h"

#include "test/unit/runtime/ToyArtifact.h"

#include <gtest/gtest.h>

using namespace fot;
using namespace fot::rt;
using namespace fot::rt::test;

namespace {
StatusOr<std::shared_ptr<Module>>
loadToy(const std::vector<ToyCode> &codes, const ModuleOptions &options,
        const std::function<void(schema::ArtifactT &)> &change = {}) {
  TemporaryFolder folder;
  FOT_RETURN_IF_ERROR(writeToy(folder.file("t.fotm"), {}, codes, change));
  FOT_ASSIGN_OR_RETURN(auto artifact, Artifact::open(folder.file("t.fotm")));
  return Module::load(artifact, options);
}

TEST(ModuleTest, ChoosesTheLevel) {
  std::string feature = *hostCpuFeatures().begin();
  std::vector<ToyCode> codes{{"base", {}, toyModule()},
                             {"better", {feature}, toyModuleBetter()},
                             {"alien", {"warp-drive"}, toyModule()}};
  auto best = loadToy(codes, {.threads = 1});
  ASSERT_TRUE(best.ok()) << best.status().message();
  EXPECT_EQ((*best)->cpuLevel(), "better");
  auto lesser = loadToy(codes, {.threads = 1, .cpuLevel = "base"});
  ASSERT_TRUE(lesser.ok());
  EXPECT_EQ((*lesser)->cpuLevel(), "base");
  auto alien = loadToy(codes, {.threads = 1, .cpuLevel = "alien"});
  ASSERT_FALSE(alien.ok());
  EXPECT_NE(alien.status().message().find("t.fotm: CPU level 'alien'"),
            std::string::npos);
  EXPECT_NE(alien.status().message().find("needs warp-drive"),
            std::string::npos);
}

TEST(ModuleTest, ThreadsDefaultToTheUsableCores) {
  auto module = loadToy({{"base", {}, toyModule()}}, {});
  ASSERT_TRUE(module.ok());
  EXPECT_EQ((*module)->numThreads(), usableCores());
}

TEST(ModuleTest, RefusesCodeThatDoesNotFit) {
  auto abi = loadToy(
      {{"base", {}, toyModule()}}, {.threads = 1},
      [](schema::ArtifactT &header) { header.codes[0]->kernel_abi = 7; });
  ASSERT_FALSE(abi.ok());
  EXPECT_NE(abi.status().message().find("kernel ABI 7"), std::string::npos);
  auto lacks = loadToy({{"base", {}, toyModuleWithoutDecode()}}, {});
  ASSERT_FALSE(lacks.ok());
  EXPECT_NE(lacks.status().message().find("'decode'"), std::string::npos);
}

TEST(ModuleTest, AFailureOfCompiledCodeIsReported) {
  auto module = loadToy({{"base", {}, toyModule()}}, {.threads = 3},
                        [](schema::ArtifactT &header) {
                          auto entry = std::make_unique<schema::EntryT>();
                          entry->name = "fail";
                          header.entries.push_back(std::move(entry));
                        });
  ASSERT_TRUE(module.ok()) << module.status().message();
  const EntryPoint *entry = (*module)->find("fail");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ((*module)->find("nothing"), nullptr);
  int64_t code = 0;
  fot_call call = {};
  call.scalars = &code;
  EXPECT_TRUE((*module)->call(*entry, call).ok());
  code = 12;
  Status status = (*module)->call(*entry, call);
  EXPECT_NE(status.message().find("'fail' failed with code 12"),
            std::string::npos);
}
} // namespace
