// Loops of independent multiply-adds in registers: what no kernel exceeds.
#include "runtime/base/ComputeProbe.h"

#include "runtime/device/cpu/CpuFeatures.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace fot::rt {

namespace {
/// Runs so many steps and returns something that depends on all of them.
using Loop = uint64_t (*)(uint64_t steps);

struct Kernel {
  Loop loop;
  double opsPerStep;
};
} // namespace

#if defined(__x86_64__)
/// More chains than multiply-adds can be on their way at once.
constexpr int kChains = 12;

__attribute__((target("avx2,fma"))) static uint64_t floatsAvx2(uint64_t steps) {
  __m256 sums[kChains];
  for (__m256 &sum : sums) {
    sum = _mm256_set1_ps(1.0f);
  }
  __m256 x = _mm256_set1_ps(static_cast<float>(steps) * 1e-20f);
  for (uint64_t i = 0; i < steps; ++i) {
    for (__m256 &sum : sums) {
      sum = _mm256_fmadd_ps(sum, x, x);
    }
  }
  for (__m256 &sum : sums) {
    x = _mm256_add_ps(x, sum);
  }
  return static_cast<uint64_t>(_mm256_cvtss_f32(x));
}

__attribute__((target("avx512f"))) static uint64_t
floatsAvx512(uint64_t steps) {
  __m512 sums[kChains];
  for (__m512 &sum : sums) {
    sum = _mm512_set1_ps(1.0f);
  }
  __m512 x = _mm512_set1_ps(static_cast<float>(steps) * 1e-20f);
  for (uint64_t i = 0; i < steps; ++i) {
    for (__m512 &sum : sums) {
      sum = _mm512_fmadd_ps(sum, x, x);
    }
  }
  for (__m512 &sum : sums) {
    x = _mm512_add_ps(x, sum);
  }
  return static_cast<uint64_t>(_mm512_cvtss_f32(x));
}

__attribute__((target("avx2"))) static uint64_t integersAvx2(uint64_t steps) {
  __m256i sums[kChains];
  for (__m256i &sum : sums) {
    sum = _mm256_set1_epi8(1);
  }
  __m256i x = _mm256_set1_epi8(static_cast<char>(steps));
  for (uint64_t i = 0; i < steps; ++i) {
    for (__m256i &sum : sums) {
      sum = _mm256_add_epi16(sum, _mm256_maddubs_epi16(sum, x));
    }
  }
  for (__m256i &sum : sums) {
    x = _mm256_xor_si256(x, sum);
  }
  return static_cast<uint64_t>(_mm256_extract_epi64(x, 0));
}

__attribute__((target("avx512f,avx512vnni"))) static uint64_t
integersVnni(uint64_t steps) {
  __m512i sums[kChains];
  for (__m512i &sum : sums) {
    sum = _mm512_set1_epi32(1);
  }
  __m512i x = _mm512_set1_epi32(static_cast<int>(steps));
  for (uint64_t i = 0; i < steps; ++i) {
    for (__m512i &sum : sums) {
      sum = _mm512_dpbusd_epi32(sum, x, x);
    }
  }
  for (__m512i &sum : sums) {
    x = _mm512_xor_si512(x, sum);
  }
  return static_cast<uint64_t>(_mm512_reduce_add_epi64(x));
}

static std::vector<Kernel> chooseKernels() {
  auto features = hostCpuFeatures();
  if (!features.count("avx2") || !features.count("fma")) {
    return {};
  }
  Kernel floats{floatsAvx2, 2 * 8 * kChains};
  Kernel integers{integersAvx2, 2 * 32 * kChains};
  if (features.count("avx512f")) {
    floats = {floatsAvx512, 2 * 16 * kChains};
  }
  if (features.count("avx512vnni")) {
    integers = {integersVnni, 2 * 64 * kChains};
  }
  return {floats, integers};
}
#else
static std::vector<Kernel> chooseKernels() { return {}; }
#endif

static double rateOf(const Kernel &kernel, ThreadPool &threads,
                     uint64_t rounds) {
  using Clock = std::chrono::steady_clock;
  constexpr uint64_t kSteps = 2000000; // some milliseconds
  std::vector<double> rates;
  std::atomic<uint64_t> sink{0};
  for (uint64_t round = 0; round <= rounds; ++round) {
    auto start = Clock::now();
    threads.run([&](uint32_t, uint32_t) { sink += kernel.loop(kSteps); });
    std::chrono::duration<double> taken = Clock::now() - start;
    if (round > 0) { // the first wakes the core up
      rates.push_back(static_cast<double>(kSteps) * threads.numWorkers() *
                      kernel.opsPerStep / taken.count());
    }
  }
  auto middle = rates.begin() + static_cast<ptrdiff_t>(rates.size() / 2);
  std::nth_element(rates.begin(), middle, rates.end());
  return *middle;
}

ComputeRates probeCompute(ThreadPool &threads, uint64_t rounds) {
  ComputeRates rates;
  std::vector<Kernel> kernels = chooseKernels();
  if (!kernels.empty() && rounds > 0) {
    rates.floats = rateOf(kernels[0], threads, rounds);
    rates.integers = rateOf(kernels[1], threads, rounds);
  }
  return rates;
}

} // namespace fot::rt
