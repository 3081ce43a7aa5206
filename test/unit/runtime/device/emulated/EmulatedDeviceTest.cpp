// Memory of the emulated device, and what it refuses. Kernels run on it in the
// lit tests of test/passes/LowerGPU/Emulate, as they need a compiler.
#include "runtime/device/emulated/EmulatedDevice.h"
#include "runtime/device/emulated/Fiber.h"
#include "runtime/device/emulated/Memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

using namespace fot::rt;
using namespace fot::rt::emulated;

namespace {

std::unique_ptr<EmulatedDevice> device(const EmulationOptions &options = {}) {
  StatusOr<std::unique_ptr<EmulatedDevice>> created =
      EmulatedDevice::create(options);
  EXPECT_TRUE(created.ok()) << created.status().message();
  return std::move(*created);
}

TEST(EmulatedDeviceTest, CopiesWithinBounds) {
  auto emulated = device();
  StatusOr<void *> memory = emulated->allocate(100, "weights");
  ASSERT_TRUE(memory.ok());
  EXPECT_EQ(reinterpret_cast<uintptr_t>(*memory) % 256, 0u);
  std::vector<uint8_t> bytes(100);
  ASSERT_TRUE(emulated->copyToHost(bytes.data(), *memory, 100).ok());
  EXPECT_EQ(bytes, std::vector<uint8_t>(100, 0xff));
  ASSERT_TRUE(emulated->fill(*memory, 3, 100).ok());
  auto *second = static_cast<uint8_t *>(*memory) + 50;
  ASSERT_TRUE(emulated->copyToHost(bytes.data(), second, 50).ok());
  EXPECT_EQ(bytes[49], 3);
  EXPECT_EQ(emulated->copyToHost(bytes.data(), second, 51).message(),
            "cannot copy from the emulated device: 'weights' has only 50 "
            "bytes there, not 51");
  EXPECT_EQ(emulated->copyToDevice(second + 50, bytes.data(), 1).message(),
            "cannot copy to the emulated device: the address is right behind "
            "the end of 'weights' (100 bytes)");
  EXPECT_EQ(emulated->release(second).message(),
            "cannot release memory of the emulated device: no memory of that "
            "kind begins there");
  EXPECT_TRUE(emulated->release(*memory).ok());
  EXPECT_FALSE(emulated->release(*memory).ok());
}

TEST(EmulatedDeviceTest, HasAsMuchMemoryAsItIsSaidTo) {
  EmulationOptions options;
  options.memoryBytes = 1000;
  auto emulated = device(options);
  StatusOr<void *> first = emulated->allocate(600, "first");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(emulated->allocate(401, "second").status().message(),
            "the emulated device has 400 bytes left, and 'second' needs 401");
  ASSERT_TRUE(emulated->release(*first).ok());
  EXPECT_TRUE(emulated->allocate(1000, "all").ok());
}

TEST(EmulatedDeviceTest, RefusesWhatIsNoCode) {
  auto emulated = device();
  const char text[] = "not an object";
  Status status = emulated
                      ->load(std::as_bytes(std::span(text, sizeof text)),
                             "model.fotm: cuda-emulated")
                      .takeStatus();
  EXPECT_EQ(status.message().find("cannot load model.fotm: cuda-emulated: "),
            0u);
}

TEST(EmulatedDeviceTest, RefusesTooMuchSharedMemory) {
  EmulationOptions options;
  options.maxSharedBytes = 1 << 20;
  EXPECT_EQ(EmulatedDevice::create(options).status().message(),
            "the emulated device has at most 261888 bytes of shared memory, "
            "not 1048576");
}

TEST(MemoryMapTest, KnowsWhatIsNear) {
  MemoryMap map;
  ASSERT_TRUE(map.add(0x1000, {"a", 16, {}, false}).ok());
  ASSERT_TRUE(map.add(0x1100, {"b", 16, {}, false}).ok());
  EXPECT_FALSE(map.add(0x100f, {"c", 1, {}, false}).ok());
  EXPECT_FALSE(map.add(0x0ff0, {"c", 17, {}, false}).ok());
  EXPECT_FALSE(map.add(0x2000, {"c", 0, {}, false}).ok());
  EXPECT_EQ(map.find(0x0fff), nullptr);
  EXPECT_EQ(map.find(0x1010), nullptr);
  ASSERT_NE(map.find(0x100f), nullptr);
  EXPECT_EQ(map.describe(0x1008), "at byte 8 of 'a' (16 bytes)");
  EXPECT_EQ(map.describe(0x1010), "right behind the end of 'a' (16 bytes)");
  EXPECT_EQ(map.describe(0x1011), "1 byte behind the end of 'a' (16 bytes)");
  EXPECT_EQ(map.describe(0x0ffc), "4 bytes before 'a' (16 bytes)");
  EXPECT_EQ(map.describe(0x10fc), "236 bytes behind the end of 'a' (16 bytes)");
  EXPECT_EQ(map.describe(0x800000), "0x800000, in no memory of the device");
}

/// Two fibers that count in turns.
struct Turns {
  FiberStacks stacks;
  void *main = nullptr;
  void *fibers[2] = {nullptr, nullptr};
  std::vector<int> order;
  bool aligned = true;
};
struct Runner {
  Turns *turns;
  int number;
};

void run(void *argument) {
  auto &runner = *static_cast<Runner *>(argument);
  Turns &turns = *runner.turns;
  for (int i = 0; i < 3; ++i) {
    alignas(32) volatile char wide[32] = {};
    turns.aligned &= reinterpret_cast<uintptr_t>(&wide) % 32 == 0;
    turns.order.push_back(runner.number * 10 + i);
    int other = 1 - runner.number;
    fot_fiber_switch(&turns.fibers[runner.number], turns.fibers[other]);
  }
  fot_fiber_switch(&turns.fibers[runner.number], turns.main);
}

TEST(FiberTest, TakeTurns) {
  Turns turns;
  ASSERT_TRUE(turns.stacks.reserve(2).ok());
  Runner runners[2] = {{&turns, 0}, {&turns, 1}};
  for (uint32_t i = 0; i < 2; ++i) {
    turns.fibers[i] = turns.stacks.prepare(i, run, &runners[i]);
    EXPECT_TRUE(
        turns.stacks.contains(i, reinterpret_cast<uintptr_t>(turns.fibers[i])));
    EXPECT_FALSE(turns.stacks.contains(
        1 - i, reinterpret_cast<uintptr_t>(turns.fibers[i])));
  }
  fot_fiber_switch(&turns.main, turns.fibers[0]);
  EXPECT_EQ(turns.order, (std::vector<int>{0, 10, 1, 11, 2, 12}));
  EXPECT_TRUE(turns.aligned);
}

} // namespace
