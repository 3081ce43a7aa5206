// Keys and values of memory segments on a device.
#include "runtime/memory/DeviceRows.h"

namespace fot::rt {

StatusOr<DeviceRows> DeviceRows::allocate(Device &device, uint64_t keyBytes,
                                          uint64_t valueBytes,
                                          uint64_t keysToCome,
                                          const std::string &what) {
  DeviceRows rows;
  FOT_ASSIGN_OR_RETURN(rows.keys,
                       Buffer::allocate(&device, keyBytes, "keys of " + what));
  FOT_ASSIGN_OR_RETURN(DeviceRoom room, device.room());
  uint64_t kept = room.total / 8;
  bool fits = room.free >= kept && room.free - kept >= keysToCome &&
              room.free - kept - keysToCome >= valueBytes;
  FOT_ASSIGN_OR_RETURN(
      rows.values,
      fits ? Buffer::allocate(&device, valueBytes, "values of " + what)
           : Buffer::allocateMapped(device, valueBytes, "values of " + what));
  return rows;
}

StatusOr<fot_segment> DeviceCopies::copy(const fot_segment &segment,
                                         uint64_t checksum, uint64_t keyBytes,
                                         uint64_t valueBytes,
                                         uint64_t keysToCome,
                                         const std::string &what) {
  std::pair known(checksum, keyBytes);
  auto place = copies.find(known);
  if (place == copies.end()) {
    FOT_ASSIGN_OR_RETURN(
        DeviceRows rows,
        DeviceRows::allocate(device, keyBytes, valueBytes, keysToCome, what));
    FOT_RETURN_IF_ERROR(rows.keys.write(segment.keys, keyBytes));
    FOT_RETURN_IF_ERROR(rows.values.write(segment.values, valueBytes));
    place = copies.try_emplace(known).first;
    place->second.rows = std::move(rows);
  }
  place->second.used = true;
  fot_segment copy = segment;
  copy.keys = place->second.rows.keys.data();
  copy.values = place->second.rows.values.data();
  copy.index = nullptr;
  return copy;
}

void DeviceCopies::release() {
  for (auto &[known, copy] : copies) {
    copy.used = false;
  }
}

void DeviceCopies::purge() {
  std::erase_if(copies, [](const auto &copy) { return !copy.second.used; });
}

uint64_t DeviceCopies::bytesOnHost() const {
  uint64_t bytes = 0;
  for (const auto &[known, copy] : copies) {
    bytes += copy.rows.values.isMapped() ? copy.rows.values.size() : 0;
  }
  return bytes;
}

} // namespace fot::rt
