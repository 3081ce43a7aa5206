// How fast this machine reads memory, measured beside what is to be judged.
#ifndef FOT_RUNTIME_BASE_BANDWIDTHPROBE_H
#define FOT_RUNTIME_BASE_BANDWIDTHPROBE_H

#include "runtime/base/Status.h"
#include "runtime/base/ThreadPool.h"

#include <cstdint>

namespace fot::rt {

/// Bytes per second with which all threads together read memory in huge pages,
/// the median of `rounds`.
StatusOr<double> probeReadBandwidth(ThreadPool &threads, uint64_t rounds);

} // namespace fot::rt

#endif
