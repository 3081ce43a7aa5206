// Room, counts and layout of memory banks.
#include "runtime/memory/MemoryBank.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

using namespace fot;
using namespace fot::rt;

namespace {
/// A bank of `heads` heads of dimension `headDim`.
StatusOr<MemoryBank> makeBank(uint32_t heads, uint32_t headDim,
                              schema::ElementType keys,
                              schema::ElementType values, uint64_t capacity) {
  schema::MemoryBankT facts;
  facts.layer = 3;
  for (uint32_t head = 0; head < heads; ++head) {
    facts.heads.push_back(head);
  }
  facts.head_dim = headDim;
  facts.key_type = keys;
  facts.value_type = values;
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(schema::CreateMemoryBank(builder, &facts));
  return MemoryBank::create(
      *flatbuffers::GetRoot<schema::MemoryBank>(builder.GetBufferPointer()),
      capacity);
}

TEST(MemoryBankTest, CountsRunThroughSegments) {
  auto bank =
      makeBank(1, 8, schema::ElementType::F32, schema::ElementType::F32, 64);
  ASSERT_TRUE(bank.ok());
  const fot_memory *view = bank->view();
  std::mt19937 random(1);
  int64_t total = 0;
  for (int round = 0; round < 100; ++round) {
    uint64_t count = random() % 150;
    ASSERT_TRUE(bank->reserve(count).ok());
    EXPECT_EQ(view->count, total);
    bank->commit(count);
    total += static_cast<int64_t>(count);
    ASSERT_EQ(view, bank->view());
    ASSERT_EQ(view->count, total);
    int64_t sum = 0;
    for (int64_t s = 0; s < view->num_segments; ++s) {
      const fot_segment &segment = view->segments[s];
      EXPECT_EQ(segment.first, s * 64);
      EXPECT_EQ(segment.capacity, 64);
      EXPECT_EQ(segment.count,
                std::min<int64_t>(64, std::max<int64_t>(0, total - s * 64)));
      sum += segment.count;
    }
    ASSERT_EQ(sum, total);
  }
}

TEST(MemoryBankTest, EntriesStayWhereTheyWereWritten) {
  auto bank =
      makeBank(2, 4, schema::ElementType::BF16, schema::ElementType::F32, 64);
  ASSERT_TRUE(bank.ok());
  ASSERT_TRUE(bank->reserve(64).ok());
  const fot_segment *first = &bank->view()->segments[0];
  void *keys = first->keys, *values = first->values;
  size_t keyBytes = 2 * 64 * 4 * 2, valueBytes = 2 * 64 * 4 * 4;
  std::memset(keys, 1, keyBytes);
  std::memset(values, 2, valueBytes);
  bank->commit(64);
  ASSERT_TRUE(bank->reserve(1000).ok());
  first = &bank->view()->segments[0];
  EXPECT_EQ(first->keys, keys);
  EXPECT_EQ(first->values, values);
  EXPECT_EQ(static_cast<char *>(keys)[keyBytes - 1], 1);
  EXPECT_EQ(static_cast<char *>(values)[0], 2);
  EXPECT_EQ(static_cast<char *>(values)[valueBytes - 1], 2);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(keys) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(values) % 64, 0u);
  EXPECT_EQ(bank->usedBytes(), 64u * 2 * 4 * (2 + 4));
}

TEST(MemoryBankTest, ClearKeepsTheRoom) {
  auto bank =
      makeBank(1, 8, schema::ElementType::F16, schema::ElementType::F16, 64);
  ASSERT_TRUE(bank.ok());
  ASSERT_TRUE(bank->reserve(200).ok());
  bank->commit(200);
  uint64_t capacity = bank->capacity();
  bank->clear();
  EXPECT_EQ(bank->count(), 0u);
  EXPECT_EQ(bank->capacity(), capacity);
  EXPECT_EQ(bank->view()->segments[0].count, 0);
  bank->commit(70);
  EXPECT_EQ(bank->view()->segments[1].count, 6);
}

TEST(MemoryBankTest, DefaultSegmentsFillHugePages) {
  for (uint32_t headDim : {12, 64, 100, 128}) {
    auto bank = makeBank(4, headDim, schema::ElementType::BF16,
                         schema::ElementType::BF16, 0);
    ASSERT_TRUE(bank.ok());
    EXPECT_EQ(bank->segmentCapacity() % 64, 0u);
    EXPECT_GE(bank->segmentCapacity() * 4 * headDim * 4, 4u << 20);
  }
}

TEST(MemoryBankTest, ASpoiltRequestIsAFailure) {
  auto bank =
      makeBank(1, 8, schema::ElementType::F32, schema::ElementType::F32, 64);
  ASSERT_TRUE(bank.ok());
  EXPECT_FALSE(bank->reserve(~uint64_t(0)).ok());
  EXPECT_EQ(bank->count(), 0u);
  EXPECT_FALSE(
      makeBank(1, 8, schema::ElementType::I32, schema::ElementType::F32, 64)
          .ok());
}
} // namespace
