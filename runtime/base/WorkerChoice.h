// How many workers alike calls are given: all, unless one of them lags.
#ifndef FOT_RUNTIME_BASE_WORKERCHOICE_H
#define FOT_RUNTIME_BASE_WORKERCHOICE_H

#include <cstdint>

namespace fot::rt {

/// Workers meet at barriers many times a call, so one that shares its core with
/// another process holds up all others. When calls suddenly take much longer,
/// some are tried with one worker less; what is faster is kept, and the other
/// way is tried again after a while, ever more rarely as long as it loses.
class WorkerChoice {
public:
  explicit WorkerChoice(uint32_t numWorkers) : all(numWorkers) {}

  /// For the next call.
  uint32_t workers() const { return all - (fewer ? 1 : 0); }
  /// How long that call took.
  void took(double seconds);

private:
  void endTrial();

  uint32_t all;
  bool fewer = false;     ///< the current way of calling
  double usual = 0;       ///< of an undisturbed call with all; 0: not known
  double current = 0;     ///< mean of recent calls in the way that was chosen
  uint32_t slow = 0;      ///< slow calls in a row
  uint32_t trialLeft = 0; ///< calls left of a trial of the other way
  double trial = 0;       ///< its sum
  uint32_t patience = 0;  ///< calls until the next trial, in the way of fewer
  uint32_t pause = 16;    ///< what patience starts from
};

} // namespace fot::rt

#endif
