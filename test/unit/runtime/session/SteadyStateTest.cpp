// Decoding allocates nothing. In a binary of its own: it replaces the global
// operator new.
#include "runtime/session/Session.h"

#include "test/unit/runtime/ToyArtifact.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

static std::atomic<uint64_t> allocations{0};

void *operator new(size_t size) {
  ++allocations;
  if (void *memory = std::malloc(size)) {
    return memory;
  }
  throw std::bad_alloc();
}
void operator delete(void *memory) noexcept { std::free(memory); }
void operator delete(void *memory, size_t) noexcept { std::free(memory); }

using namespace fot;
using namespace fot::rt;
using namespace fot::rt::test;

TEST(SteadyStateTest, DecodeWithinAWindowAllocatesNothing) {
  TemporaryFolder folder;
  auto artifact = openToy(folder, {.window = 200, .lastContext = 100});
  ASSERT_TRUE(artifact.ok());
  auto module = Module::load(*artifact, {.threads = 2});
  ASSERT_TRUE(module.ok());
  auto created = Session::create(*module);
  ASSERT_TRUE(created.ok());
  Session &session = **created;
  std::vector<int32_t> prompt(300, 1);
  float logits[64];
  ASSERT_TRUE(session.run(prompt, 299, logits).ok());
  uint64_t before = allocations;
  for (int32_t token = 0; token < 60; ++token) {
    if (!session.run({&token, 1}, 0, logits).ok()) {
      FAIL();
    }
  }
  EXPECT_EQ(allocations, before);
}
