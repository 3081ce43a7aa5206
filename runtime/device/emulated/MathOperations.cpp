// Functions of numbers. Approximate ones are exact here, to the last bit or so;
// the variants that flush denormal numbers do.
#include "runtime/device/emulated/Operations.h"

#include <algorithm>
#include <bit>
#include <cfloat>
#include <cmath>

namespace fot::rt::emulated {

static float flush(float value) {
  return std::fabs(value) < FLT_MIN ? std::copysign(0.0f, value) : value;
}

template <float (*Function)(float), bool Flush>
static void unary(void *, Slot *arguments, Slot *results, uint32_t) {
  float value = get<float>(arguments[0]);
  float result = Function(Flush ? flush(value) : value);
  set(results[0], Flush ? flush(result) : result);
}

template <float (*Function)(float, float), bool Flush>
static void binary(void *, Slot *arguments, Slot *results, uint32_t) {
  float a = get<float>(arguments[0]);
  float b = get<float>(arguments[1]);
  float result = Flush ? flush(Function(flush(a), flush(b))) : Function(a, b);
  set(results[0], result);
}

template <bool Flush>
static void multiplyAdd(void *, Slot *arguments, Slot *results, uint32_t) {
  float a = get<float>(arguments[0]);
  float b = get<float>(arguments[1]);
  float c = get<float>(arguments[2]);
  float result =
      Flush ? flush(std::fma(flush(a), flush(b), flush(c))) : std::fma(a, b, c);
  set(results[0], result);
}

static float exp2Of(float x) { return std::exp2(x); }
static float log2Of(float x) { return std::log2(x); }
static float expOf(float x) { return std::exp(x); }
static float exp10Of(float x) {
  return static_cast<float>(std::pow(10.0, static_cast<double>(x)));
}
static float logOf(float x) { return std::log(x); }
static float log10Of(float x) { return std::log10(x); }
static float sinOf(float x) { return std::sin(x); }
static float cosOf(float x) { return std::cos(x); }
static float tanhOf(float x) { return std::tanh(x); }
static float sqrtOf(float x) { return std::sqrt(x); }
static float roundOf(float x) { return std::round(x); }
static float reciprocal(float x) { return 1.0f / x; }
static float rootReciprocal(float x) {
  return static_cast<float>(1.0 / std::sqrt(static_cast<double>(x)));
}
static float absolute(float x) { return std::fabs(x); }
static float saturate(float x) { return x > 0.0f ? std::min(x, 1.0f) : 0.0f; }
static float quotient(float a, float b) { return a / b; }
static float power(float a, float b) { return std::pow(a, b); }
static float larger(float a, float b) { return std::fmax(a, b); }
static float smaller(float a, float b) { return std::fmin(a, b); }
static float sum(float a, float b) { return a + b; }
static float product(float a, float b) { return a * b; }

/// To nearest, ties to even; NaNs stay NaNs.
static uint16_t toBf16(float value) {
  auto bits = std::bit_cast<uint32_t>(value);
  if (std::isnan(value)) {
    return static_cast<uint16_t>(bits >> 16 | 64);
  }
  return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

static void roundToBf16(void *, Slot *arguments, Slot *results, uint32_t) {
  set(results[0], toBf16(get<float>(arguments[0])));
}

/// The first argument is the upper half.
static void packBf16(void *, Slot *arguments, Slot *results, uint32_t) {
  uint32_t high = toBf16(get<float>(arguments[0]));
  uint32_t low = toBf16(get<float>(arguments[1]));
  set(results[0], high << 16 | low);
}

/// To the 10 bits of mantissa of tf32, to nearest, ties away from zero.
static void roundToTf32(void *, Slot *arguments, Slot *results, uint32_t) {
  float value = get<float>(arguments[0]);
  auto bits = std::bit_cast<uint32_t>(value);
  set(results[0], std::isfinite(value) ? (bits + 0x1000) & ~0x1fffu : bits);
}

/// a . b + c over the four bytes of a and b.
template <typename A, typename B>
static void dot4(void *, Slot *arguments, Slot *results, uint32_t) {
  auto a = get<uint32_t>(arguments[0]);
  auto b = get<uint32_t>(arguments[1]);
  auto total = get<uint32_t>(arguments[2]);
  for (uint32_t i = 0; i < 32; i += 8) {
    int32_t left = static_cast<A>(a >> i);
    int32_t right = static_cast<B>(b >> i);
    total += static_cast<uint32_t>(left * right);
  }
  set(results[0], total);
}

/// Four bytes out of those of two registers, by four selectors.
static void permute(void *, Slot *arguments, Slot *results, uint32_t) {
  uint64_t bytes = get<uint32_t>(arguments[0]) |
                   static_cast<uint64_t>(get<uint32_t>(arguments[1])) << 32;
  auto selectors = get<uint32_t>(arguments[2]);
  uint32_t result = 0;
  for (uint32_t i = 0; i < 4; ++i) {
    uint32_t selector = selectors >> 4 * i & 15;
    auto byte = static_cast<uint8_t>(bytes >> 8 * (selector & 7));
    if (selector & 8) {
      byte = byte & 0x80 ? 0xff : 0;
    }
    result |= static_cast<uint32_t>(byte) << 8 * i;
  }
  set(results[0], result);
}

template <typename T, typename Wide>
static void highProduct(void *, Slot *arguments, Slot *results, uint32_t) {
  Wide wide = static_cast<Wide>(get<T>(arguments[0])) *
              static_cast<Wide>(get<T>(arguments[1]));
  set(results[0], static_cast<T>(wide >> 32));
}

std::span<const Operation> mathOperations() {
  static const Operation table[] = {
      {"nvvm.ex2.approx.f32", unary<exp2Of, false>},
      {"nvvm.ex2.approx.ftz.f32", unary<exp2Of, true>},
      {"nvvm.ex2.approx.f", unary<exp2Of, false>},
      {"nvvm.ex2.approx.ftz.f", unary<exp2Of, true>},
      {"nvvm.lg2.approx.f", unary<log2Of, false>},
      {"nvvm.lg2.approx.ftz.f", unary<log2Of, true>},
      {"nvvm.sin.approx.f", unary<sinOf, false>},
      {"nvvm.sin.approx.ftz.f", unary<sinOf, true>},
      {"nvvm.cos.approx.f", unary<cosOf, false>},
      {"nvvm.cos.approx.ftz.f", unary<cosOf, true>},
      {"nvvm.rcp.approx.ftz.f", unary<reciprocal, true>},
      {"nvvm.rcp.rn.f", unary<reciprocal, false>},
      {"nvvm.rcp.rn.ftz.f", unary<reciprocal, true>},
      {"nvvm.rsqrt.approx.f", unary<rootReciprocal, false>},
      {"nvvm.rsqrt.approx.ftz.f", unary<rootReciprocal, true>},
      {"nvvm.sqrt.approx.f", unary<sqrtOf, false>},
      {"nvvm.sqrt.approx.ftz.f", unary<sqrtOf, true>},
      {"nvvm.sqrt.rn.f", unary<sqrtOf, false>},
      {"nvvm.sqrt.rn.ftz.f", unary<sqrtOf, true>},
      {"nvvm.sqrt.f", unary<sqrtOf, false>},
      {"nvvm.fabs.f32", unary<absolute, false>},
      {"nvvm.fabs.ftz.f32", unary<absolute, true>},
      {"nvvm.saturate.f", unary<saturate, false>},
      {"nvvm.div.approx.f", binary<quotient, false>},
      {"nvvm.div.approx.ftz.f", binary<quotient, true>},
      {"nvvm.div.full", binary<quotient, false>},
      {"nvvm.div.full.ftz", binary<quotient, true>},
      {"nvvm.div.rn.f", binary<quotient, false>},
      {"nvvm.div.rn.ftz.f", binary<quotient, true>},
      {"nvvm.fmax.f", binary<larger, false>},
      {"nvvm.fmax.ftz.f", binary<larger, true>},
      {"nvvm.fmin.f", binary<smaller, false>},
      {"nvvm.fmin.ftz.f", binary<smaller, true>},
      {"nvvm.add.rn.f", binary<sum, false>},
      {"nvvm.add.rn.ftz.f", binary<sum, true>},
      {"nvvm.mul.rn.f", binary<product, false>},
      {"nvvm.mul.rn.ftz.f", binary<product, true>},
      {"nvvm.fma.rn.f", multiplyAdd<false>},
      {"nvvm.fma.rn.ftz.f", multiplyAdd<true>},
      {"nvvm.f2bf16.rn", roundToBf16},
      {"nvvm.ff2bf16x2.rn", packBf16},
      {"nvvm.f2tf32.rna", roundToTf32},
      {"nvvm.idp4a.s.s", dot4<int8_t, int8_t>},
      {"nvvm.idp4a.s.u", dot4<int8_t, uint8_t>},
      {"nvvm.idp4a.u.s", dot4<uint8_t, int8_t>},
      {"nvvm.idp4a.u.u", dot4<uint8_t, uint8_t>},
      {"nvvm.prmt", permute},
      {"nvvm.mulhi.i", highProduct<int32_t, int64_t>},
      {"nvvm.mulhi.ui", highProduct<uint32_t, uint64_t>},
      {"exp.f32", unary<expOf, false>},
      {"exp2.f32", unary<exp2Of, false>},
      {"exp10.f32", unary<exp10Of, false>},
      {"log.f32", unary<logOf, false>},
      {"log2.f32", unary<log2Of, false>},
      {"log10.f32", unary<log10Of, false>},
      {"sin.f32", unary<sinOf, false>},
      {"cos.f32", unary<cosOf, false>},
      {"tanh.f32", unary<tanhOf, false>},
      {"round.f32", unary<roundOf, false>},
      {"pow.f32", binary<power, false>},
  };
  return table;
}

} // namespace fot::rt::emulated
