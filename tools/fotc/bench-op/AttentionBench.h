//===- AttentionBench.h - the attention, run and timed ----------*- C++ -*-===//
//
// Fills memory and window, seals, and calls the code round by round, with a
// query that it has not seen: nothing is learnt from repetition.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_TOOLS_FOTC_BENCHOP_ATTENTIONBENCH_H
#define FOT_TOOLS_FOTC_BENCHOP_ATTENTIONBENCH_H

#include "tools/fotc/bench-op/AttentionCode.h"
#include "tools/fotc/bench-op/RandomMemory.h"

#include <array>
#include <functional>

namespace mlir::fot::bench {

struct MeasureOptions {
  uint32_t threads = 0; ///< 0: all cores
  /// 0: 20, or, where they take longer than 20 s, as many as fit, but 5.
  uint64_t rounds = 0;
  /// Queries change slowly, and each call knows what the one before found, as
  /// in decoding.
  bool seeded = false;
  std::function<void(const std::string &what, double done)> progress;
};

/// The last call's arguments and results, for the check.
struct LastCall {
  std::vector<float> queries, out; ///< [Q][H * D]
  std::vector<int64_t> winners;    ///< [H][k] of one query, else empty
};

struct Measurement {
  std::vector<double> seconds;    ///< of every round
  std::vector<double> cpuSeconds; ///< the same, of all threads together
  std::array<double, FOT_NUM_COUNTERS> counts = {}; ///< of one call, the mean
  double sealSeconds = 0;
  double bandwidth = 0; ///< bytes per second, probed
  uint32_t threads = 0;
};

class AttentionBench {
public:
  AttentionBench(const AttentionShape &shape, const AttentionCode &code)
      : shape(shape), code(code) {}
  ::fot::rt::StatusOr<Measurement> run(const MeasureOptions &options);

  // What was measured, for the check.
  const RandomMemory &memory() const { return bank; }
  const std::vector<float> &windowKeys() const { return keys; }
  const std::vector<float> &windowValues() const { return values; }
  const LastCall &lastCall() const { return last; }

private:
  ::fot::rt::Status prepare(const MeasureOptions &options,
                            Measurement &measurement);
  ::fot::rt::Status seal(Measurement &measurement);
  void nextQueries(bool drifting);
  /// One call. With `remember`, memory keeps what it found for the next.
  struct Taken {
    double seconds, cpuSeconds;
  };
  ::fot::rt::StatusOr<Taken> call(bool remember, int64_t *counters);
  ::fot::rt::StatusOr<Taken> callEntry(fot_entry entry, const fot_call &call);

  const AttentionShape &shape;
  const AttentionCode &code;
  std::unique_ptr<::fot::rt::ThreadPool> threads;
  RandomMemory bank;
  std::vector<float> keys, values; ///< [G][W][D]
  ::fot::rt::AlignedBuffer keyBuffer, valueBuffer, queryBuffer, outBuffer;
  ::fot::rt::AlignedBuffer workspace;
  std::vector<float> logits, softmax;
  LastCall last;
  uint64_t number = 0; ///< of the query
};

} // namespace mlir::fot::bench

#endif
