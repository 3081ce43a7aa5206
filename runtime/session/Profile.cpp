// How long the regions of entry points take: what workers do between barriers.
#include "runtime/session/Profile.h"

#include <algorithm>

namespace fot::rt {

static double secondsBetween(std::chrono::steady_clock::time_point from,
                             std::chrono::steady_clock::time_point to) {
  return std::chrono::duration<double>(to - from).count();
}

Profile::Profile(ThreadPool &pool) : pool(pool), tracks(pool.numWorkers()) {}

void Profile::enter(uint32_t worker) {
  tracks[worker].regions.clear();
  tracks[worker].last = Clock::now();
}

void Profile::barrier(uint32_t worker) {
  Track &track = tracks[worker];
  Clock::time_point arrived = Clock::now();
  pool.barrier();
  Clock::time_point released = Clock::now();
  track.regions.push_back(
      {secondsBetween(track.last, arrived), secondsBetween(arrived, released)});
  track.last = released;
}

void Profile::leave(uint32_t worker) {
  Track &track = tracks[worker];
  track.regions.push_back({secondsBetween(track.last, Clock::now()), 0});
}

void Profile::add(std::string_view entry) {
  auto found = sums.find(entry);
  if (found == sums.end()) {
    found = sums.emplace(std::string(entry), EntryProfile()).first;
  }
  EntryProfile &sum = found->second;
  ++sum.calls;
  sum.workers = pool.numWorkers();
  // The last region ends with the call: who was early waited for the others.
  double last = 0;
  for (const Track &track : tracks) {
    last = std::max(last, track.regions.back().busy);
  }
  for (const Track &track : tracks) {
    sum.regions.resize(std::max(sum.regions.size(), track.regions.size()));
    for (size_t i = 0; i < track.regions.size(); ++i) {
      sum.regions[i].busy += track.regions[i].busy;
      sum.regions[i].waiting += track.regions[i].waiting;
    }
    sum.regions[track.regions.size() - 1].waiting +=
        last - track.regions.back().busy;
  }
}

} // namespace fot::rt
