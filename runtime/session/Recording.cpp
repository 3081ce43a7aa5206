// The launches of a decode step, recorded once and replayed for each token.
#include "runtime/session/Recording.h"

namespace fot::rt {

Recording::~Recording() {
  if (recorded) {
    device.forget(*recorded);
  }
}

Status Recording::run(const LaunchList &launches) {
  if (launches == last) {
    if (!recorded && refused.empty()) {
      auto made = device.record(launches);
      if (made.ok()) {
        recorded = *made;
      } else {
        refused = made.status().message();
      }
    }
    if (recorded) {
      ++replays;
      return device.replay(*recorded);
    }
  } else {
    if (recorded) {
      device.forget(*recorded);
      recorded.reset();
    }
    last = launches;
  }
  return device.launchAll(launches);
}

} // namespace fot::rt
