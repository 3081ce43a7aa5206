// ldmatrix, stmatrix and mma.sync. A fragment is what one lane holds of a
// matrix: with g = lane / 4 and t = lane % 4, register r of the left operand
// has row g + 8 * (r % 2), of the right one column g, and of both the E numbers
// of a register from depth t * E + 4 * E * (r / 2 or r) on. Register pairs of
// the accumulator are columns 2t and 2t + 1 of rows g and g + 8.
#include "runtime/device/emulated/Operations.h"

#include <algorithm>
#include <bit>
#include <immintrin.h>

namespace fot::rt::emulated {

/// Passes on an operation of all lanes.
template <Collective Run>
static void wholeWarp(void *pointer, Slot *arguments, Slot *results,
                      uint32_t site) {
  Thread &thread = asThread(pointer);
  if (thread.warp->all != ~0u) {
    thread.block->fail(thread, site, [&] {
      return "needs a full warp, and there are only " +
             plural(__builtin_popcount(thread.warp->all), "lane");
    });
  }
  thread.block->collect(thread, Run, ~0u, /*aligned=*/true, arguments, results,
                        site);
}

/// The address that `lane` gives for a row of 16 bytes, checked.
static uint8_t *rowAddress(Thread &last, uint32_t lane, uint32_t access) {
  const Arrival &arrival = last.warp->arrivals[lane];
  auto address = get<uintptr_t>(arrival.arguments[0]);
  last.block->check(last.warp->threads[lane], address, 16, 16, access,
                    arrival.site);
  return reinterpret_cast<uint8_t *>(address);
}

/// Lane 8 m + r gives the address of row r of matrix m, which has 8 x 8 numbers
/// of 16 bits.
template <uint32_t Count, bool Transpose>
static void loadMatrix(Thread &last, uint32_t) {
  uint16_t rows[Count * 8][8];
  for (uint32_t lane = 0; lane < Count * 8; ++lane) {
    std::memcpy(rows[lane], rowAddress(last, lane, FOT_ACCESS_READ), 16);
  }
  for (uint32_t lane = 0; lane < kWarpThreads; ++lane) {
    uint32_t g = lane / 4, t = lane % 4;
    for (uint32_t m = 0; m < Count; ++m) {
      uint16_t (*matrix)[8] = rows + m * 8;
      uint32_t low = Transpose ? matrix[2 * t][g] : matrix[g][2 * t];
      uint32_t high = Transpose ? matrix[2 * t + 1][g] : matrix[g][2 * t + 1];
      last.warp->arrivals[lane].results[m].low = high << 16 | low;
    }
  }
}

/// The reverse: the address, then one register for each matrix.
template <uint32_t Count, bool Transpose>
static void storeMatrix(Thread &last, uint32_t) {
  uint16_t rows[Count * 8][8];
  for (uint32_t lane = 0; lane < kWarpThreads; ++lane) {
    uint32_t g = lane / 4, t = lane % 4;
    for (uint32_t m = 0; m < Count; ++m) {
      uint16_t (*matrix)[8] = rows + m * 8;
      auto pair = get<uint32_t>(last.warp->arrivals[lane].arguments[1 + m]);
      (Transpose ? matrix[2 * t][g] : matrix[g][2 * t]) =
          static_cast<uint16_t>(pair);
      (Transpose ? matrix[2 * t + 1][g] : matrix[g][2 * t + 1]) =
          static_cast<uint16_t>(pair >> 16);
    }
  }
  for (uint32_t lane = 0; lane < Count * 8; ++lane) {
    std::memcpy(rowAddress(last, lane, FOT_ACCESS_WRITE), rows[lane], 16);
  }
}

/// Gathers operands as [16][K] and [8][K] bits of E numbers a register.
template <typename T, uint32_t K>
static void gather(const Warp &warp, T (&left)[16][K], T (&right)[8][K]) {
  constexpr uint32_t kPerRegister = 4 / sizeof(T);
  constexpr uint32_t kStep = 4 * kPerRegister;
  constexpr uint32_t kDeep = K / kStep; ///< registers along the depth
  for (uint32_t lane = 0; lane < kWarpThreads; ++lane) {
    uint32_t g = lane / 4, t = lane % 4;
    const Slot *arguments = warp.arrivals[lane].arguments;
    for (uint32_t r = 0; r < 2 * kDeep; ++r) {
      std::memcpy(&left[g + 8 * (r % 2)][t * kPerRegister + r / 2 * kStep],
                  &arguments[r], 4);
    }
    for (uint32_t r = 0; r < kDeep; ++r) {
      std::memcpy(&right[g][t * kPerRegister + r * kStep],
                  &arguments[2 * kDeep + r], 4);
    }
  }
}

enum class Number { F16, Bf16, Tf32 };

/// 8 numbers as f32.
template <Number Kind> static __m256 widen(const void *numbers) {
  if constexpr (Kind == Number::Tf32) {
    __m256i bits = _mm256_loadu_si256(static_cast<const __m256i *>(numbers));
    // The hardware does not look at the other bits.
    return _mm256_castsi256_ps(
        _mm256_and_si256(bits, _mm256_set1_epi32(~0x1fff)));
  } else {
    __m128i bits = _mm_loadu_si128(static_cast<const __m128i *>(numbers));
    if constexpr (Kind == Number::F16) {
      return _mm256_cvtph_ps(bits);
    } else {
      return _mm256_castsi256_ps(
          _mm256_slli_epi32(_mm256_cvtepu16_epi32(bits), 16));
    }
  }
}

/// mma.m16n8kK with f32 sums; f16 accumulators are rounded at the end.
template <Number Kind, uint32_t K, bool HalfSums>
static void multiplyFloat(Thread &last, uint32_t) {
  using T = std::conditional_t<Kind == Number::Tf32, uint32_t, uint16_t>;
  Warp &warp = *last.warp;
  // A depth of 4 is widened with the bytes behind it, which are zeros.
  T left[16][K < 8 ? 8 : K] = {};
  T right[8][K < 8 ? 8 : K] = {};
  if constexpr (K < 8) {
    T narrowLeft[16][K], narrowRight[8][K];
    gather(warp, narrowLeft, narrowRight);
    for (uint32_t i = 0; i < 16; ++i) {
      std::copy_n(narrowLeft[i], K, left[i]);
      std::copy_n(narrowRight[i % 8], K, right[i % 8]);
    }
  } else {
    gather(warp, left, right);
  }
  constexpr uint32_t kDepth = K < 8 ? 8 : K;
  alignas(32) float a[16][kDepth];
  alignas(32) float b[kDepth][8];
  for (uint32_t k = 0; k < kDepth; k += 8) {
    for (uint32_t row = 0; row < 16; ++row) {
      _mm256_store_ps(&a[row][k], widen<Kind>(&left[row][k]));
    }
    for (uint32_t column = 0; column < 8; ++column) {
      alignas(32) float values[8];
      _mm256_store_ps(values, widen<Kind>(&right[column][k]));
      for (uint32_t i = 0; i < 8; ++i) {
        b[k + i][column] = values[i];
      }
    }
  }
  constexpr uint32_t kPerRegister = 4 / sizeof(T);
  constexpr uint32_t kSums = 3 * (K / (4 * kPerRegister));
  alignas(32) float sums[16][8];
  for (uint32_t lane = 0; lane < kWarpThreads; ++lane) {
    const Slot *c = warp.arrivals[lane].arguments + kSums;
    for (uint32_t half = 0; half < 2; ++half) {
      float *pair = &sums[lane / 4 + 8 * half][2 * (lane % 4)];
      if constexpr (HalfSums) {
        __m128 both = _mm_cvtph_ps(
            _mm_cvtsi32_si128(static_cast<int>(get<uint32_t>(c[half]))));
        _mm_storel_pi(reinterpret_cast<__m64 *>(pair), both);
      } else {
        pair[0] = get<float>(c[2 * half]);
        pair[1] = get<float>(c[2 * half + 1]);
      }
    }
  }
  for (uint32_t row = 0; row < 16; ++row) {
    __m256 sum = _mm256_load_ps(sums[row]);
    for (uint32_t k = 0; k < K; ++k) {
      sum = _mm256_fmadd_ps(_mm256_broadcast_ss(&a[row][k]),
                            _mm256_load_ps(b[k]), sum);
    }
    _mm256_store_ps(sums[row], sum);
  }
  for (uint32_t lane = 0; lane < kWarpThreads; ++lane) {
    Slot *d = warp.arrivals[lane].results;
    for (uint32_t half = 0; half < 2; ++half) {
      const float *pair = &sums[lane / 4 + 8 * half][2 * (lane % 4)];
      if constexpr (HalfSums) {
        __m128i packed = _mm_cvtps_ph(_mm_setr_ps(pair[0], pair[1], 0, 0),
                                      _MM_FROUND_TO_NEAREST_INT);
        set(d[half], static_cast<uint32_t>(_mm_cvtsi128_si32(packed)));
      } else {
        set(d[2 * half], pair[0]);
        set(d[2 * half + 1], pair[1]);
      }
    }
  }
}

/// mma.m16n8kK of bytes, with sums of 32 bits that wrap around or saturate.
template <typename A, typename B, uint32_t K, bool Saturate>
static void multiplyBytes(Thread &last, uint32_t) {
  Warp &warp = *last.warp;
  uint8_t left[16][K], right[8][K];
  gather(warp, left, right);
  constexpr uint32_t kSums = 3 * (K / 16);
  for (uint32_t lane = 0; lane < kWarpThreads; ++lane) {
    const Arrival &arrival = warp.arrivals[lane];
    for (uint32_t i = 0; i < 4; ++i) {
      uint32_t row = lane / 4 + 8 * (i / 2);
      uint32_t column = 2 * (lane % 4) + i % 2;
      int32_t products = 0;
      for (uint32_t k = 0; k < K; ++k) {
        products +=
            static_cast<A>(left[row][k]) * static_cast<B>(right[column][k]);
      }
      int64_t sum = get<int32_t>(arrival.arguments[kSums + i]) +
                    static_cast<int64_t>(products);
      if (Saturate) {
        sum = std::clamp<int64_t>(sum, INT32_MIN, INT32_MAX);
      }
      set(arrival.results[i], static_cast<uint32_t>(sum));
    }
  }
}

std::span<const Operation> matrixOperations() {
  using N = Number;
  using S = int8_t;
  using U = uint8_t;
  static const Operation table[] = {
      {"nvvm.ldmatrix.sync.aligned.m8n8.x1.b16",
       wholeWarp<loadMatrix<1, false>>},
      {"nvvm.ldmatrix.sync.aligned.m8n8.x2.b16",
       wholeWarp<loadMatrix<2, false>>},
      {"nvvm.ldmatrix.sync.aligned.m8n8.x4.b16",
       wholeWarp<loadMatrix<4, false>>},
      {"nvvm.ldmatrix.sync.aligned.m8n8.x1.trans.b16",
       wholeWarp<loadMatrix<1, true>>},
      {"nvvm.ldmatrix.sync.aligned.m8n8.x2.trans.b16",
       wholeWarp<loadMatrix<2, true>>},
      {"nvvm.ldmatrix.sync.aligned.m8n8.x4.trans.b16",
       wholeWarp<loadMatrix<4, true>>},
      {"nvvm.stmatrix.sync.aligned.m8n8.x1.b16",
       wholeWarp<storeMatrix<1, false>>},
      {"nvvm.stmatrix.sync.aligned.m8n8.x2.b16",
       wholeWarp<storeMatrix<2, false>>},
      {"nvvm.stmatrix.sync.aligned.m8n8.x4.b16",
       wholeWarp<storeMatrix<4, false>>},
      {"nvvm.stmatrix.sync.aligned.m8n8.x1.trans.b16",
       wholeWarp<storeMatrix<1, true>>},
      {"nvvm.stmatrix.sync.aligned.m8n8.x2.trans.b16",
       wholeWarp<storeMatrix<2, true>>},
      {"nvvm.stmatrix.sync.aligned.m8n8.x4.trans.b16",
       wholeWarp<storeMatrix<4, true>>},
      {"nvvm.mma.m16n8k16.row.col.f32.f32",
       wholeWarp<multiplyFloat<N::F16, 16, false>>},
      {"nvvm.mma.m16n8k16.row.col.f16.f16",
       wholeWarp<multiplyFloat<N::F16, 16, true>>},
      {"nvvm.mma.m16n8k8.row.col.f32.f32",
       wholeWarp<multiplyFloat<N::F16, 8, false>>},
      {"nvvm.mma.m16n8k8.row.col.f16.f16",
       wholeWarp<multiplyFloat<N::F16, 8, true>>},
      {"nvvm.mma.m16n8k16.row.col.bf16",
       wholeWarp<multiplyFloat<N::Bf16, 16, false>>},
      {"nvvm.mma.m16n8k8.row.col.bf16",
       wholeWarp<multiplyFloat<N::Bf16, 8, false>>},
      {"nvvm.mma.m16n8k8.row.col.tf32",
       wholeWarp<multiplyFloat<N::Tf32, 8, false>>},
      {"nvvm.mma.m16n8k4.row.col.tf32",
       wholeWarp<multiplyFloat<N::Tf32, 4, false>>},
      {"nvvm.mma.m16n8k16.row.col.s8",
       wholeWarp<multiplyBytes<S, S, 16, false>>},
      {"nvvm.mma.m16n8k16.row.col.s8.u8",
       wholeWarp<multiplyBytes<S, U, 16, false>>},
      {"nvvm.mma.m16n8k16.row.col.u8.s8",
       wholeWarp<multiplyBytes<U, S, 16, false>>},
      {"nvvm.mma.m16n8k16.row.col.u8",
       wholeWarp<multiplyBytes<U, U, 16, false>>},
      {"nvvm.mma.m16n8k32.row.col.s8",
       wholeWarp<multiplyBytes<S, S, 32, false>>},
      {"nvvm.mma.m16n8k32.row.col.s8.u8",
       wholeWarp<multiplyBytes<S, U, 32, false>>},
      {"nvvm.mma.m16n8k32.row.col.u8.s8",
       wholeWarp<multiplyBytes<U, S, 32, false>>},
      {"nvvm.mma.m16n8k32.row.col.u8",
       wholeWarp<multiplyBytes<U, U, 32, false>>},
      {"nvvm.mma.m16n8k16.row.col.satfinite.s8",
       wholeWarp<multiplyBytes<S, S, 16, true>>},
      {"nvvm.mma.m16n8k32.row.col.satfinite.s8",
       wholeWarp<multiplyBytes<S, S, 32, true>>},
  };
  return table;
}

} // namespace fot::rt::emulated
