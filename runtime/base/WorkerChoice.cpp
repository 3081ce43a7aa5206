// How many workers alike calls are given: all, unless one of them lags.
#include "runtime/base/WorkerChoice.h"

#include <algorithm>

namespace fot::rt {

/// Calls grow slower with the text by less than this from one to the next.
static constexpr double kSlow = 1.5;
static constexpr uint32_t kSlowCalls = 2, kTrialCalls = 2;
static constexpr uint32_t kShortPause = 16, kLongPause = 512;

void WorkerChoice::endTrial() {
  double mean = trial / kTrialCalls;
  bool wins = mean < current;
  bool triedFewer = fewer;
  fewer = triedFewer == wins;
  if (wins) {
    current = mean;
    pause = kShortPause;
    // All are as fast as they can be now.
    usual = fewer ? usual : mean;
  } else {
    pause = std::min(2 * pause, kLongPause);
  }
  patience = pause;
  slow = 0;
}

void WorkerChoice::took(double seconds) {
  if (all == 1) {
    return;
  }
  if (trialLeft > 0) {
    trial += seconds;
    if (--trialLeft == 0) {
      endTrial();
    }
    return;
  }
  current = current == 0 ? seconds : 0.75 * current + 0.25 * seconds;
  patience -= patience > 0;
  bool tries;
  if (fewer) {
    tries = patience == 0;
  } else {
    slow = usual > 0 && seconds > kSlow * usual ? slow + 1 : 0;
    // Follows what grows slowly, and what is faster at once.
    usual = usual == 0 ? seconds : std::min(1.01 * usual, seconds);
    tries = slow >= kSlowCalls && patience == 0;
    current = slow > 0 ? std::max(current, seconds) : current;
  }
  if (tries) {
    fewer = !fewer;
    trialLeft = kTrialCalls;
    trial = 0;
  }
}

} // namespace fot::rt
