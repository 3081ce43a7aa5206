// Where rows of segments go on a device, and what is copied again.
#include "runtime/memory/DeviceRows.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>

using namespace fot::rt;

namespace {
/// A device that can allocate and copy, with a limit.
class SmallDevice : public Device {
public:
  explicit SmallDevice(uint64_t bytes) : total(bytes) {}
  ~SmallDevice() override { EXPECT_EQ(used + mapped, 0u) << "of leaks"; }

  const std::string &name() const override { return title; }
  int capability() const override { return 0; }
  StatusOr<DeviceAddress> allocate(uint64_t bytes,
                                   const std::string &what) override {
    if (bytes > total - used) {
      return Status::failure("no room for " + what);
    }
    used += bytes;
    auto address = reinterpret_cast<DeviceAddress>(std::malloc(bytes));
    sizes[address] = bytes;
    return address;
  }
  void free(DeviceAddress address) override {
    used -= sizes.at(address);
    sizes.erase(address);
    std::free(reinterpret_cast<void *>(address));
  }
  StatusOr<DeviceRoom> room() override {
    return DeviceRoom{total - used, total};
  }
  StatusOr<MappedMemory> allocateMapped(uint64_t bytes,
                                        const std::string &what) override {
    if (!maps) {
      return Status::failure("no pinned room for " + what);
    }
    ++mapped;
    void *host = std::malloc(bytes);
    return MappedMemory{reinterpret_cast<DeviceAddress>(host), host};
  }
  void freeMapped(const MappedMemory &memory) override {
    --mapped;
    std::free(memory.host);
  }
  Status upload(DeviceAddress to, const void *from, uint64_t bytes) override {
    uploaded += bytes;
    std::memcpy(reinterpret_cast<void *>(to), from, bytes);
    return {};
  }
  Status download(void *to, DeviceAddress from, uint64_t bytes) override {
    std::memcpy(to, reinterpret_cast<void *>(from), bytes);
    return {};
  }
  Status load(const DeviceCode &) override { return {}; }
  Status launch(uint32_t, const fot_launch &, void **) override { return {}; }
  StatusOr<uint64_t> record(const LaunchList &) override { return uint64_t(0); }
  Status replay(uint64_t) override { return {}; }
  void forget(uint64_t) override {}
  Status synchronise() override { return {}; }

  std::string title = "small";
  uint64_t total, used = 0, uploaded = 0, mapped = 0;
  bool maps = true;
  std::map<DeviceAddress, uint64_t> sizes;
};

constexpr uint64_t kKeys = 100, kValues = 300;

StatusOr<fot_segment> copy(DeviceCopies &copies, char fill, uint64_t toCome = 0,
                           std::string *keysOut = nullptr) {
  std::string keys(kKeys, fill), values(kValues, fill);
  fot_segment segment = {};
  segment.keys = keys.data();
  segment.values = values.data();
  segment.index = keys.data();
  segment.count = 3;
  segment.capacity = 64;
  auto made = copies.copy(segment, static_cast<uint64_t>(fill), kKeys, kValues,
                          toCome, "x");
  if (made.ok() && keysOut) {
    keysOut->assign(static_cast<char *>(made->keys), kKeys);
  }
  return made;
}
} // namespace

TEST(DeviceRowsTest, ValuesGiveWayToKeys) {
  SmallDevice device(800);
  {
    // 700 are left behind the keys; 100 stay free of values.
    auto all = DeviceRows::allocate(device, 100, 300, 300, "x");
    ASSERT_TRUE(all.ok());
    EXPECT_FALSE(all->values.isMapped());
    EXPECT_EQ(device.used, 400u);
  }
  EXPECT_EQ(device.used, 0u);
  auto some = DeviceRows::allocate(device, 100, 300, 301, "x");
  ASSERT_TRUE(some.ok());
  EXPECT_TRUE(some->values.isMapped());
  EXPECT_EQ(device.used, 100u);
}

TEST(DeviceRowsTest, KeysWithoutRoomAreOnTheHost) {
  SmallDevice device(640);
  {
    // 10 stay free of keys.
    auto keys = DeviceRows::allocate(device, 630, 1, 0, "x");
    ASSERT_TRUE(keys.ok());
    EXPECT_FALSE(keys->keys.isMapped());
    EXPECT_EQ(keys->onHost().keys, 0u);
    EXPECT_EQ(keys->onHost().values, 1u);
    auto none = DeviceRows::allocate(device, 1, 2, 0, "y");
    ASSERT_TRUE(none.ok());
    EXPECT_EQ(none->onHost().keys, 1u);
    EXPECT_EQ(none->onHost().values, 2u);
  }
  auto more = DeviceRows::allocate(device, 631, 3, 0, "x");
  ASSERT_TRUE(more.ok());
  EXPECT_TRUE(more->keys.isMapped());
  EXPECT_FALSE(more->values.isMapped()) << "there is room for 3";
  device.maps = false;
  auto none = DeviceRows::allocate(device, 631, 3, 0, "y");
  ASSERT_FALSE(none.ok());
  EXPECT_EQ(none.status().message(), "no pinned room for keys of y");
}

TEST(DeviceRowsTest, MoreKeysToComeThanThereAreNumbers) {
  SmallDevice device(800);
  auto rows = DeviceRows::allocate(device, 1, 1, UINT64_MAX, "x");
  ASSERT_TRUE(rows.ok());
  EXPECT_EQ(rows->onHost().values, 1u);
}

TEST(DeviceRowsTest, MappedRowsAreReadAndWritten) {
  SmallDevice device(200);
  auto rows = DeviceRows::allocate(device, 100, 300, 0, "x");
  ASSERT_TRUE(rows.ok());
  ASSERT_TRUE(rows->values.isMapped());
  for (Buffer *buffer : {&rows->keys, &rows->values}) {
    char text[] = "abcdef", found[4] = {};
    ASSERT_TRUE(buffer->write(text, 6, 40).ok());
    ASSERT_TRUE(buffer->read(found, 3, 42).ok());
    EXPECT_STREQ(found, "cde");
  }
}

TEST(DeviceCopiesTest, KnownSegmentsAreNotCopiedAgain) {
  SmallDevice device(100000);
  DeviceCopies copies(device);
  std::string keys;
  auto first = copy(copies, 'a', 0, &keys);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(keys, std::string(kKeys, 'a'));
  EXPECT_EQ(first->index, nullptr);
  EXPECT_EQ(first->count, 3);
  EXPECT_EQ(device.uploaded, kKeys + kValues);
  copies.release();
  auto again = copy(copies, 'a');
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->keys, first->keys);
  ASSERT_TRUE(copy(copies, 'b').ok());
  EXPECT_EQ(device.uploaded, 2 * (kKeys + kValues));
  copies.purge();
  EXPECT_EQ(device.used, 2 * (kKeys + kValues));
  copies.release();
  ASSERT_TRUE(copy(copies, 'b').ok());
  copies.purge();
  EXPECT_EQ(device.used, kKeys + kValues);
}

TEST(DeviceCopiesTest, EqualChecksumsOfOtherSizesAreOtherSegments) {
  SmallDevice device(100000);
  DeviceCopies copies(device);
  ASSERT_TRUE(copy(copies, 'a').ok());
  std::string keys(2 * kKeys, 'b'), values(2 * kValues, 'b');
  fot_segment larger = {};
  larger.keys = keys.data();
  larger.values = values.data();
  auto made =
      copies.copy(larger, 'a', keys.size(), values.size(), 0, "a larger one");
  ASSERT_TRUE(made.ok());
  EXPECT_EQ(std::string(static_cast<char *>(made->keys), keys.size()), keys);
  EXPECT_EQ(std::string(static_cast<char *>(made->values), values.size()),
            values);
}

TEST(DeviceCopiesTest, SaysWhatIsOnTheHost) {
  SmallDevice device(500);
  DeviceCopies copies(device);
  ASSERT_TRUE(copy(copies, 'a').ok());
  EXPECT_EQ(copies.onHost().values, 0u);
  ASSERT_TRUE(copy(copies, 'b').ok());
  EXPECT_EQ(copies.onHost().keys, kKeys);
  EXPECT_EQ(copies.onHost().values, kValues);
  device.maps = false;
  EXPECT_FALSE(copy(copies, 'c').ok());
  EXPECT_EQ(copies.onHost().values, kValues);
}
