// Keys and values of memory segments on a device.
#include "runtime/memory/DeviceRows.h"

#include <algorithm>

namespace fot::rt {

HostBytes &HostBytes::operator+=(const HostBytes &other) {
  keys += other.keys;
  values += other.values;
  return *this;
}

/// On the device if that leaves `spare` bytes free, else on the host.
static StatusOr<Buffer> allocateWhere(Device &device, uint64_t bytes,
                                      uint64_t spare, const std::string &what) {
  FOT_ASSIGN_OR_RETURN(DeviceRoom room, device.room());
  bool fits = room.free >= spare && room.free - spare >= bytes;
  return fits ? Buffer::allocate(&device, bytes, what)
              : Buffer::allocateMapped(device, bytes, what);
}

StatusOr<DeviceRows> DeviceRows::allocate(Device &device, uint64_t keyBytes,
                                          uint64_t valueBytes,
                                          uint64_t keysToCome,
                                          const std::string &what) {
  DeviceRows rows;
  FOT_ASSIGN_OR_RETURN(DeviceRoom room, device.room());
  FOT_ASSIGN_OR_RETURN(
      rows.keys,
      allocateWhere(device, keyBytes, room.total / 64, "keys of " + what));
  // No more keys than that can come to the device.
  uint64_t spare = room.total / 8 + std::min(keysToCome, room.total);
  FOT_ASSIGN_OR_RETURN(rows.values, allocateWhere(device, valueBytes, spare,
                                                  "values of " + what));
  return rows;
}

HostBytes DeviceRows::onHost() const {
  return {keys.isMapped() ? keys.size() : 0,
          values.isMapped() ? values.size() : 0};
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

HostBytes DeviceCopies::onHost() const {
  HostBytes bytes;
  for (const auto &[known, copy] : copies) {
    bytes += copy.rows.onHost();
  }
  return bytes;
}

} // namespace fot::rt
