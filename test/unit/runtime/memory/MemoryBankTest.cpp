// Room, counts and layout of memory banks.
#include "runtime/memory/MemoryBank.h"

#include <gtest/gtest.h>

#include <random>

using namespace fot;
using namespace fot::rt;

namespace {
/// A bank of the given heads of a layer of 8.
StatusOr<MemoryBank> makeBank(std::vector<uint32_t> heads, uint32_t headDim,
                              schema::ElementType keys,
                              schema::ElementType values,
                              MemoryBankOptions options) {
  schema::MemoryBankT facts;
  facts.layer = 3;
  facts.heads = std::move(heads);
  facts.head_dim = headDim;
  facts.key_type = keys;
  facts.value_type = values;
  flatbuffers::FlatBufferBuilder builder;
  builder.Finish(schema::CreateMemoryBank(builder, &facts));
  options.keyValueHeads = options.queryHeads = 8;
  return MemoryBank::create(
      *flatbuffers::GetRoot<schema::MemoryBank>(builder.GetBufferPointer()),
      options);
}

MemoryBank smallBank(uint64_t window, uint64_t capacity) {
  auto bank =
      makeBank({0}, 8, schema::ElementType::F32, schema::ElementType::F32,
               {.window = window, .segmentCapacity = capacity});
  EXPECT_TRUE(bank.ok());
  return std::move(*bank);
}

/// Appends entries whose rows hold `first`, `first` + 1 and so on.
void append(MemoryBank &bank, uint64_t count, float first) {
  ASSERT_TRUE(bank.reserve(count).ok());
  const fot_memory *view = bank.view();
  const fot_segment &segment = view->segments[view->num_segments - 1];
  ASSERT_EQ(segment.first + segment.count, view->count);
  for (uint64_t head = 0; head < bank.heads().size(); ++head) {
    for (uint64_t i = 0; i < count; ++i) {
      int64_t row = static_cast<int64_t>(head) * segment.capacity +
                    segment.count + static_cast<int64_t>(i);
      for (int64_t d = 0; d < 8; ++d) {
        float value = first + static_cast<float>(i + 1000 * head);
        static_cast<float *>(segment.keys)[row * 8 + d] = value;
        static_cast<float *>(segment.values)[row * 8 + d] = -value;
      }
    }
  }
  bank.commit(count);
}

TEST(MemoryBankTest, CountsRunThroughSegments) {
  MemoryBank bank = smallBank(20, 64);
  const fot_memory *view = bank.view();
  std::mt19937 random(1);
  int64_t total = 0;
  for (int round = 0; round < 200; ++round) {
    uint64_t count = 1 + random() % 20;
    ASSERT_TRUE(bank.reserve(count).ok());
    EXPECT_EQ(view->count, total);
    bank.commit(count);
    total += static_cast<int64_t>(count);
    ASSERT_EQ(view->count, total);
    const fot_segment &last = view->segments[view->num_segments - 1];
    EXPECT_EQ(bank.isFull(), last.capacity - last.count < 20);
    if (bank.isFull()) {
      ASSERT_TRUE(bank.close(false).ok());
    }
    int64_t sum = 0;
    for (const fot_segment &segment : bank.allSegments()) {
      EXPECT_EQ(segment.first, sum);
      EXPECT_EQ(segment.capacity, 64);
      EXPECT_EQ(segment.index, nullptr);
      sum += segment.count;
    }
    ASSERT_EQ(sum, total);
  }
  ASSERT_EQ(view, bank.view());
}

TEST(MemoryBankTest, ClosingMovesRowsTogetherAndZeroesTheRest) {
  auto made =
      makeBank({2, 5}, 8, schema::ElementType::F32, schema::ElementType::F32,
               {.window = 100, .segmentCapacity = 256});
  ASSERT_TRUE(made.ok());
  MemoryBank &bank = *made;
  for (int round = 0; round < 2; ++round) { // with new and with used memory
    append(bank, 90, 1);
    append(bank, 5, 91);
    EXPECT_FALSE(bank.isFull());
    ASSERT_TRUE(bank.close(true).ok());
    append(bank, 100, 96);
    ASSERT_EQ(bank.view()->num_segments, 2);
    const fot_segment &first = bank.view()->segments[0];
    const fot_segment &second = bank.view()->segments[1];
    EXPECT_EQ(first.count, 95);
    EXPECT_EQ(first.capacity, 128);
    EXPECT_EQ(second.first, 95);
    EXPECT_EQ(second.capacity, 256);
    EXPECT_EQ(second.index, nullptr);
    const auto *keys = static_cast<const float *>(first.keys);
    const auto *values = static_cast<const float *>(first.values);
    for (int64_t head = 0; head < 2; ++head) {
      for (int64_t i = 0; i < 128; ++i) {
        float expected =
            i < 95 ? static_cast<float>(1 + i + 1000 * head) : 0.0f;
        for (int64_t d = 0; d < 8; ++d) {
          ASSERT_EQ(keys[(head * 128 + i) * 8 + d], expected);
          ASSERT_EQ(values[(head * 128 + i) * 8 + d], -expected);
        }
      }
    }
    ASSERT_NE(first.index, nullptr);
    EXPECT_EQ(bank.indexBytes(128), 2u * FOT_INDEX_BYTES(8, 128));
    auto *index = static_cast<unsigned char *>(first.index);
    for (uint64_t i = 0; i < bank.indexBytes(128); ++i) {
      ASSERT_EQ(index[i], 0);
      index[i] = 1; // as compiled code will
    }
    bank.clear();
    EXPECT_EQ(bank.count(), 0u);
    EXPECT_EQ(bank.view()->num_segments, 0);
  }
}

TEST(MemoryBankTest, EntriesStayWhereTheyWereWritten) {
  MemoryBank bank = smallBank(64, 64);
  append(bank, 64, 1);
  ASSERT_TRUE(bank.isFull());
  void *keys = bank.view()->segments[0].keys;
  void *values = bank.view()->segments[0].values;
  EXPECT_EQ(reinterpret_cast<uintptr_t>(keys) % 64, 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(values) % 64, 0u);
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(bank.close(false).ok());
    append(bank, 64, 2);
  }
  EXPECT_EQ(bank.view()->segments[0].keys, keys);
  EXPECT_EQ(bank.view()->segments[0].values, values);
  EXPECT_EQ(static_cast<float *>(keys)[63 * 8], 64);
}

TEST(MemoryBankTest, BanksOfOthersComeFirst) {
  MemoryBank other = smallBank(64, 64), bank = smallBank(16, 64);
  append(other, 40, 1);
  ASSERT_TRUE(other.close(false).ok());
  append(other, 64, 41);
  bank.attach(other.allSegments());
  bank.attach(other.allSegments().first(1));
  EXPECT_EQ(bank.count(), 144u);
  EXPECT_EQ(bank.ownCount(), 0u);
  append(bank, 16, 200);
  EXPECT_EQ(bank.count(), 160u);
  EXPECT_EQ(bank.ownCount(), 16u);
  ASSERT_EQ(bank.allSegments().size(), 4u);
  std::vector<int64_t> firsts;
  for (const fot_segment &segment : bank.allSegments()) {
    firsts.push_back(segment.first);
  }
  EXPECT_EQ(firsts, (std::vector<int64_t>{0, 40, 104, 144}));
  EXPECT_EQ(bank.view()->segments[2].keys, other.view()->segments[0].keys);
  bank.clear();
  EXPECT_EQ(bank.count(), 144u);
  bank.detach();
  EXPECT_EQ(bank.count(), 0u);
  EXPECT_EQ(bank.view()->num_segments, 0);
}

TEST(MemoryBankTest, DefaultSegmentsAreWholeWindows) {
  EXPECT_EQ(defaultSegmentCapacity(512), 4096u);
  EXPECT_EQ(defaultSegmentCapacity(2048), 4096u);
  EXPECT_EQ(defaultSegmentCapacity(1000), 5056u); // 5 of them
  EXPECT_EQ(defaultSegmentCapacity(8192), 8192u);
  EXPECT_EQ(defaultSegmentCapacity(1), 4096u);
  EXPECT_EQ(smallBank(1000, 0).segmentCapacity(), 5056u);
  EXPECT_EQ(smallBank(100, 10).segmentCapacity(), 128u); // holds a window
}

TEST(MemoryBankTest, RowsOfBytesCarryTheirScale) {
  auto bank = makeBank({1, 3, 7}, 100, schema::ElementType::I8,
                       schema::ElementType::BF16, {.segmentCapacity = 64});
  ASSERT_TRUE(bank.ok());
  EXPECT_EQ(bank->keyBytes(64), 3u * 64 * 104);
  EXPECT_EQ(bank->valueBytes(64), 3u * 64 * 200);
  ASSERT_TRUE(bank->reserve(1).ok());
  const fot_segment &segment = bank->view()->segments[0];
  EXPECT_EQ(static_cast<char *>(segment.values) -
                static_cast<char *>(segment.keys),
            3 * 64 * 104);
}

TEST(MemoryBankTest, OnlyRetrievalHasWinners) {
  EXPECT_EQ(smallBank(1, 64).view()->winners, nullptr);
  auto bank = makeBank({0}, 8, schema::ElementType::F32,
                       schema::ElementType::F32, {.topK = 3});
  ASSERT_TRUE(bank.ok());
  const fot_winners *winners = bank->view()->winners;
  ASSERT_NE(winners, nullptr);
  ASSERT_EQ(bank->retrieved()->entries.size(), 8u * 3);
  EXPECT_EQ(bank->retrieved()->entries.data(), winners->entries);
  EXPECT_EQ(winners->entries[23], -1);
  winners->entries[23] = 5;
  winners->softmax[15] = 2;
  EXPECT_EQ(bank->retrieved()->softmax[15], 2);
  bank->clear();
  EXPECT_EQ(winners->entries[23], -1);
  EXPECT_EQ(winners->softmax[15], 0);
  EXPECT_EQ(bank->emptyView()->winners, nullptr);
}

TEST(MemoryBankTest, HeadsAreMutedOneByOne) {
  MemoryBank bank = smallBank(1, 64);
  EXPECT_EQ(bank.view()->muted, nullptr);
  bank.mute(5, true);
  ASSERT_NE(bank.view()->muted, nullptr);
  EXPECT_EQ(bank.view()->muted[5], 1);
  EXPECT_EQ(bank.view()->muted[4], 0);
  bank.mute(5, false);
  EXPECT_EQ(bank.view()->muted, nullptr);
}

TEST(MemoryBankTest, AnUnknownTypeIsAFailure) {
  EXPECT_FALSE(
      makeBank({0}, 8, schema::ElementType::I32, schema::ElementType::F32, {})
          .ok());
}
} // namespace
