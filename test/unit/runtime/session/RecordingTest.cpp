// Which lists of launches are recorded, and which are launched one by one.
#include "runtime/session/Recording.h"

#include <gtest/gtest.h>

#include <set>

using namespace fot::rt;

namespace {
/// Notes what it is asked to do.
class NotingDevice : public Device {
public:
  const std::string &name() const override { return title; }
  int capability() const override { return 0; }
  StatusOr<DeviceAddress> allocate(uint64_t, const std::string &) override {
    return Status::failure("has no memory");
  }
  void free(DeviceAddress) override {}
  StatusOr<DeviceRoom> room() override { return DeviceRoom{}; }
  StatusOr<MappedMemory> allocateMapped(uint64_t,
                                        const std::string &) override {
    return Status::failure("has no memory");
  }
  void freeMapped(const MappedMemory &) override {}
  Status upload(DeviceAddress, const void *, uint64_t) override { return {}; }
  Status download(void *, DeviceAddress, uint64_t) override { return {}; }
  Status load(const DeviceCode &) override { return {}; }
  Status launch(uint32_t kernel, const fot_launch &shape,
                void **arguments) override {
    notes += std::to_string(kernel);
    for (uint32_t i = 0; i < shape.num_arguments; ++i) {
      notes += (i ? "," : "(") +
               std::to_string(*static_cast<uint64_t *>(arguments[i]));
    }
    notes += ") ";
    return {};
  }
  StatusOr<uint64_t> record(const LaunchList &launches) override {
    if (refuses) {
      return Status::failure("does not record");
    }
    live.insert(++next);
    notes += "record" + std::to_string(launches.size()) + " ";
    return next;
  }
  Status replay(uint64_t recording) override {
    EXPECT_TRUE(live.count(recording));
    notes += "replay ";
    return {};
  }
  void forget(uint64_t recording) override {
    EXPECT_EQ(live.erase(recording), 1u);
  }
  Status synchronise() override { return {}; }

  std::string title = "noting", notes;
  bool refuses = false;
  uint64_t next = 0;
  std::set<uint64_t> live;
};

/// Two launches; `value` is one of their arguments, `blocks` a grid's size.
LaunchList listOf(uint64_t value, uint32_t blocks = 1) {
  uint64_t first = 7;
  void *arguments[] = {&first, &value};
  LaunchList list;
  fot_launch shape = {{blocks, 1, 1}, {32, 1, 1}, 0, 2};
  list.add(4, shape, arguments);
  shape.num_arguments = 1;
  list.add(5, shape, arguments);
  return list;
}
} // namespace

TEST(RecordingTest, ReplaysWhatStaysTheSame) {
  NotingDevice device;
  {
    Recording recording(device);
    for (int i = 0; i < 3; ++i) {
      ASSERT_TRUE(recording.run(listOf(1)).ok());
    }
    EXPECT_EQ(device.notes, "4(7,1) 5(7) record2 replay replay ");
    EXPECT_EQ(recording.numLaunches(), 2u);
    EXPECT_EQ(recording.numReplays(), 2u);
    EXPECT_EQ(device.live.size(), 1u);
  }
  EXPECT_TRUE(device.live.empty());
}

TEST(RecordingTest, ForgetsWhatChanges) {
  NotingDevice device;
  Recording recording(device);
  for (const LaunchList &list :
       {listOf(1), listOf(1), listOf(2), listOf(2, 3), listOf(2, 3)}) {
    ASSERT_TRUE(recording.run(list).ok());
  }
  EXPECT_EQ(device.notes, "4(7,1) 5(7) record2 replay 4(7,2) 5(7) "
                          "4(7,2) 5(7) record2 replay ");
  EXPECT_EQ(device.live.size(), 1u);
  EXPECT_EQ(recording.refusal(), "");
}

TEST(RecordingTest, LaunchesWhatIsNotRecorded) {
  NotingDevice device;
  device.refuses = true;
  Recording recording(device);
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(recording.run(listOf(1)).ok());
  }
  EXPECT_EQ(device.notes, "4(7,1) 5(7) 4(7,1) 5(7) 4(7,1) 5(7) ");
  EXPECT_EQ(recording.refusal(), "does not record");
  EXPECT_EQ(recording.numReplays(), 0u);
}
