// How fast this machine multiplies and adds, measured beside what is to be
// judged.
#ifndef FOT_RUNTIME_BASE_COMPUTEPROBE_H
#define FOT_RUNTIME_BASE_COMPUTEPROBE_H

#include "runtime/base/ThreadPool.h"

#include <cstdint>

namespace fot::rt {

/// Additions and multiplications per second of all threads together, medians
/// of some rounds; 0 where there is no AVX2.
struct ComputeRates {
  double floats = 0;   ///< f32, fused
  double integers = 0; ///< products of bytes: vpdpbusd, else vpmaddubsw with
                       ///< the addition of 16-bit sums
};
ComputeRates probeCompute(ThreadPool &threads, uint64_t rounds);

} // namespace fot::rt

#endif
