// How long the regions of entry points take: what workers do between barriers.
#ifndef FOT_RUNTIME_SESSION_PROFILE_H
#define FOT_RUNTIME_SESSION_PROFILE_H

#include "runtime/base/ThreadPool.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fot::rt {

/// Sums over calls and workers, in seconds.
struct RegionTime {
  double busy = 0;    ///< until the workers reached the region's end
  double waiting = 0; ///< from there until the last of them did
};

/// Sums over the calls of one entry point.
struct EntryProfile {
  uint64_t calls = 0;
  uint32_t workers = 0;
  std::vector<RegionTime> regions; ///< in the order of the artifact's
};

/// Takes the times of the calls of a module that it is given to. The clock is
/// read twice a region and worker, where there is a barrier anyway.
class Profile {
public:
  explicit Profile(ThreadPool &pool);

  /// By name of the entry point.
  const std::map<std::string, EntryProfile, std::less<>> &entries() const {
    return sums;
  }
  /// Forgets all calls so far.
  void clear() { sums.clear(); }

  // For Module::call. Workers enter, meet at barriers, and leave.
  void enter(uint32_t worker);
  void barrier(uint32_t worker);
  void leave(uint32_t worker);
  /// After a call: adds what was taken.
  void add(std::string_view entry);

private:
  using Clock = std::chrono::steady_clock;
  struct alignas(64) Track {
    Clock::time_point last;
    std::vector<RegionTime> regions;
  };

  ThreadPool &pool;
  std::vector<Track> tracks; // per worker
  std::map<std::string, EntryProfile, std::less<>> sums;
};

} // namespace fot::rt

#endif
