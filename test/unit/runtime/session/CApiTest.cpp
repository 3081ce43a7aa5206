// The C API through libfot_runtime.so, called from C.
#include "test/unit/runtime/session/embed.h"

#include "fot/fot.h"
#include "fot/kernel_abi.h"
#include "test/unit/runtime/ToyArtifact.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstring>

using namespace fot;
using namespace fot::rt;
using namespace fot::rt::test;

namespace {
TEST(CApiTest, ACProgramRunsAModel) {
  TemporaryFolder folder;
  ASSERT_TRUE(writeToy(folder.file("t.fotm"), {.window = 4, .lastContext = 4},
                       {{"any", {}, toyModule()}})
                  .ok());
  int32_t tokens[10];
  char message[1024] = "";
  int memory =
      embed_generate(folder.file("t.fotm").c_str(), 10, tokens, message);
  EXPECT_EQ(memory, 8) << message;
  for (int32_t token : tokens) {
    EXPECT_GE(token, 0);
    EXPECT_LT(token, 9); // the toy reports in the first nine logits
  }
  EXPECT_EQ(embed_struct_bytes(), int(sizeof(fot_call)));
}

TEST(CApiTest, FailuresAreSentences) {
  TemporaryFolder folder;
  fot_error error = {};
  EXPECT_EQ(fot_artifact_open(folder.file("none").c_str(), &error), nullptr);
  EXPECT_NE(std::strstr(error.message, "none: cannot open"), nullptr);
  EXPECT_EQ(fot_artifact_open("/nowhere", nullptr), nullptr);

  ASSERT_TRUE(
      writeToy(folder.file("t.fotm"), {}, {{"any", {}, toyModule()}}).ok());
  fot_artifact *artifact =
      fot_artifact_open(folder.file("t.fotm").c_str(), &error);
  ASSERT_NE(artifact, nullptr) << error.message;
  fot_module_options options = {sizeof(options), 1, "z80", nullptr};
  EXPECT_EQ(fot_module_load(artifact, &options, &error), nullptr);
  EXPECT_NE(std::strstr(error.message, "'z80'"), nullptr);
  options.struct_bytes = 3;
  EXPECT_EQ(fot_module_load(artifact, &options, &error), nullptr);
  EXPECT_NE(std::strstr(error.message, "struct_bytes"), nullptr);

  options = {sizeof(options), 1, nullptr, "cuda-emulated"};
  EXPECT_EQ(fot_module_load(artifact, &options, &error), nullptr);
  EXPECT_NE(std::strstr(error.message, "cuda"), nullptr) << error.message;
  // A program built before there was a device means the CPU.
  options.struct_bytes = offsetof(fot_module_options, device);
  fot_module *module = fot_module_load(artifact, &options, &error);
  EXPECT_NE(module, nullptr) << error.message;
  fot_module_release(module);

  module = fot_module_load(artifact, nullptr, &error);
  ASSERT_NE(module, nullptr) << error.message;
  EXPECT_STREQ(fot_module_cpu_level(module), "any");
  EXPECT_GE(fot_module_threads(module), 1u);
  fot_session *session = fot_session_create(module, &error);
  ASSERT_NE(session, nullptr) << error.message;
  int32_t bad = 64;
  float logits[64];
  EXPECT_NE(fot_session_run(session, &bad, 1, 0, logits, &error), 0);
  EXPECT_NE(std::strstr(error.message, "vocabulary"), nullptr);
  int32_t good[] = {1, 2, 3};
  EXPECT_EQ(fot_session_run(session, good, 3, 3, nullptr, &error), 0);
  EXPECT_EQ(fot_session_local_tokens(session), 3u);
  fot_session_reset(session);
  EXPECT_EQ(fot_session_local_tokens(session), 0u);
  EXPECT_EQ(fot_sampler_create(-1, 1, 0, 64, &error), nullptr);
  EXPECT_NE(std::strstr(error.message, "temperature"), nullptr);
  fot_session_release(session);
  fot_module_release(module);
  fot_artifact_release(artifact);
  fot_session_release(nullptr);
}

TEST(CApiTest, MemoriesOutliveSessions) {
  TemporaryFolder folder;
  ASSERT_TRUE(
      writeToy(folder.file("t.fotm"), {}, {{"any", {}, toyModule()}}).ok());
  fot_error error = {};
  fot_artifact *artifact =
      fot_artifact_open(folder.file("t.fotm").c_str(), &error);
  ASSERT_NE(artifact, nullptr) << error.message;
  fot_module *module = fot_module_load(artifact, nullptr, &error);
  fot_artifact_release(artifact);
  ASSERT_NE(module, nullptr) << error.message;
  fot_session *session = fot_session_create(module, &error);
  std::string bank = folder.file("m.fotmem");
  EXPECT_NE(fot_session_attach(session, bank.c_str(), &error), 0);
  EXPECT_NE(std::strstr(error.message, "m.fotmem: cannot open"), nullptr);
  int32_t tokens[40] = {3};
  ASSERT_EQ(fot_session_run(session, tokens, 40, 40, nullptr, &error), 0);
  ASSERT_EQ(fot_session_save_memory(session, bank.c_str(), &error), 0)
      << error.message;
  EXPECT_NE(fot_session_attach(session, bank.c_str(), &error), 0);
  EXPECT_NE(std::strstr(error.message, "empty session"), nullptr);
  fot_session_reset(session);
  ASSERT_EQ(fot_session_attach(session, bank.c_str(), &error), 0);
  ASSERT_EQ(fot_session_attach(session, bank.c_str(), nullptr), 0);
  EXPECT_EQ(fot_session_memory_tokens(session), 80u);
  fot_session_reset(session);
  EXPECT_EQ(fot_session_memory_tokens(session), 80u);
  EXPECT_NE(fot_session_save_memory(session, "/nowhere/x", &error), 0);
  EXPECT_NE(std::strstr(error.message, "/nowhere/x"), nullptr);
  fot_session_release(session);
  fot_module_release(module);
}
} // namespace
