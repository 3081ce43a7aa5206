// Launches of kernels with the values of their arguments.
#include "runtime/device/LaunchList.h"

#include <algorithm>
#include <cstring>

namespace fot::rt {

void LaunchList::add(uint32_t kernel, const fot_launch &shape,
                     void *const *arguments) {
  launches.push_back({kernel, shape});
  for (uint32_t i = 0; i < shape.num_arguments; ++i) {
    uint64_t value;
    std::memcpy(&value, arguments[i], sizeof(value));
    values.push_back(value);
  }
}

void LaunchList::clear() {
  launches.clear();
  values.clear();
}

Status LaunchList::forEach(
    const std::function<Status(uint32_t, const fot_launch &, void **)> &launch)
    const {
  const uint64_t *next = values.data();
  std::vector<void *> arguments;
  for (const Launch &each : launches) {
    arguments.clear();
    for (uint32_t i = 0; i < each.shape.num_arguments; ++i) {
      arguments.push_back(const_cast<uint64_t *>(next++));
    }
    FOT_RETURN_IF_ERROR(launch(each.kernel, each.shape, arguments.data()));
  }
  return Status();
}

bool LaunchList::operator==(const LaunchList &other) const {
  return values == other.values &&
         std::equal(launches.begin(), launches.end(), other.launches.begin(),
                    other.launches.end(), [](const Launch &a, const Launch &b) {
                      return a.kernel == b.kernel &&
                             std::memcmp(&a.shape, &b.shape, sizeof(a.shape)) ==
                                 0;
                    });
}

} // namespace fot::rt
