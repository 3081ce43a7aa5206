// Reads a buffer that no cache holds, as kernels read weights and memories.
#include "runtime/base/BandwidthProbe.h"

#include "runtime/base/AlignedBuffer.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <vector>

namespace fot::rt {

/// Reads from four places of `words` at once, as kernels do.
static uint64_t readFourStreams(const uint64_t *words, size_t count) {
  size_t quarter = count / 4;
  const uint64_t *a = words, *b = a + quarter, *c = b + quarter,
                 *d = c + quarter;
  uint64_t sum = 0;
  for (size_t i = 0; i < quarter; ++i) {
    sum += (a[i] ^ b[i]) + (c[i] ^ d[i]);
  }
  return sum;
}

StatusOr<double> probeReadBandwidth(ThreadPool &threads, uint64_t rounds) {
  constexpr uint64_t kBytes = 256u << 20;
  using Clock = std::chrono::steady_clock;
  FOT_ASSIGN_OR_RETURN(AlignedBuffer buffer,
                       AlignedBuffer::allocate(kBytes, "a bandwidth probe"));
  size_t share = kBytes / sizeof(uint64_t) / threads.numWorkers();
  std::vector<double> rates;
  std::atomic<uint64_t> sink{0};
  // The first fills the buffer, the second warms up.
  for (uint64_t round = 0; round < rounds + 2; ++round) {
    auto start = Clock::now();
    threads.run([&](uint32_t worker, uint32_t) {
      uint64_t *part = buffer.as<uint64_t>() + worker * share;
      if (round == 0) {
        std::fill(part, part + share, worker);
      } else {
        sink += readFourStreams(part, share);
      }
    });
    std::chrono::duration<double> taken = Clock::now() - start;
    if (round > 1) {
      rates.push_back(
          static_cast<double>(share * threads.numWorkers() * sizeof(uint64_t)) /
          taken.count());
    }
  }
  std::nth_element(rates.begin(), rates.begin() + rates.size() / 2,
                   rates.end());
  return rates[rates.size() / 2];
}

} // namespace fot::rt
