// Blocks of 32 values with one scale, Q4_0 to Q8_1 and IQ4_NL, or with two,
// Q6_0. Bytes of a nibble format hold value i in the low half and value i + 16
// in the high.
#include "passes/Import/Checkpoint/Codec.h"

#include <cmath>
#include <utility>

#pragma clang fp contract(off)

namespace mlir::fot::codec {

static constexpr int kHalfBlock = 16;

void decodeQ4_0(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  const uint8_t *nibbles = block + 2;
  for (int i = 0; i < kHalfBlock; ++i) {
    dst[i] = static_cast<float>((nibbles[i] & 15) - 8) * d;
    dst[i + kHalfBlock] = static_cast<float>((nibbles[i] >> 4) - 8) * d;
  }
}

void decodeQ4_1(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  float m = loadHalf(block + 2);
  const uint8_t *nibbles = block + 4;
  for (int i = 0; i < kHalfBlock; ++i) {
    dst[i] = static_cast<float>(nibbles[i] & 15) * d + m;
    dst[i + kHalfBlock] = static_cast<float>(nibbles[i] >> 4) * d + m;
  }
}

void decodeQ5_0(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  uint32_t fifth = llvm::support::endian::read32le(block + 2);
  const uint8_t *nibbles = block + 6;
  for (int i = 0; i < kHalfBlock; ++i) {
    int low = (nibbles[i] & 15) | ((fifth >> i & 1) << 4);
    int high = (nibbles[i] >> 4) | ((fifth >> (i + kHalfBlock) & 1) << 4);
    dst[i] = static_cast<float>(low - 16) * d;
    dst[i + kHalfBlock] = static_cast<float>(high - 16) * d;
  }
}

void decodeQ5_1(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  float m = loadHalf(block + 2);
  uint32_t fifth = llvm::support::endian::read32le(block + 4);
  const uint8_t *nibbles = block + 8;
  for (int i = 0; i < kHalfBlock; ++i) {
    int low = (nibbles[i] & 15) | ((fifth >> i & 1) << 4);
    int high = (nibbles[i] >> 4) | ((fifth >> (i + kHalfBlock) & 1) << 4);
    dst[i] = static_cast<float>(low) * d + m;
    dst[i + kHalfBlock] = static_cast<float>(high) * d + m;
  }
}

// Two scales, then for each half of the block what storeSixBits says.
void decodeQ6_0(const uint8_t *block, float *dst) {
  for (int half = 0; half < 2; ++half, dst += kHalfBlock) {
    float d = loadHalf(block + 2 * half);
    const uint8_t *words = block + 4 + 12 * half;
    for (int i = 0; i < 12; ++i) {
      dst[i] = static_cast<float>((words[i] & 63) - 32) * d;
    }
    for (int i = 0; i < 4; ++i) {
      int code =
          words[i] >> 6 << 4 | words[4 + i] >> 6 << 2 | words[8 + i] >> 6;
      dst[12 + i] = static_cast<float>(code - 32) * d;
    }
  }
}

void storeSixBits(const uint8_t *codes, uint8_t *dst) {
  for (int i = 0; i < 12; ++i) {
    int pair = codes[12 + i % 4] >> (4 - i / 4 * 2) & 3;
    dst[i] = static_cast<uint8_t>(codes[i] | pair << 6);
  }
}

static void decodeBytes(float d, const uint8_t *bytes, float *dst, int n) {
  for (int i = 0; i < n; ++i) {
    dst[i] = static_cast<float>(static_cast<int8_t>(bytes[i])) * d;
  }
}

void decodeQ8_0(const uint8_t *block, float *dst) {
  decodeBytes(loadHalf(block), block + 2, dst, 32);
}

// The second half float of Q8_1 is the sum of the values, for dot products.
void decodeQ8_1(const uint8_t *block, float *dst) {
  decodeBytes(loadHalf(block), block + 4, dst, 32);
}

void decodeQ8_K(const uint8_t *block, float *dst) {
  decodeBytes(loadFloat(block), block + 4, dst, 256);
}

void decodeIQ4_NL(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  const uint8_t *nibbles = block + 2;
  for (int i = 0; i < kHalfBlock; ++i) {
    dst[i] = d * static_cast<float>(iq4Values[nibbles[i] & 15]);
    dst[i + kHalfBlock] = d * static_cast<float>(iq4Values[nibbles[i] >> 4]);
  }
}

/// Truncates towards zero into [low, high]; NaN gives `low`. Non-finite and
/// denormal inputs reach the encoders, so the plain conversion is not safe.
static int truncateInto(float value, int low, int high) {
  if (!(value > static_cast<float>(low))) {
    return low;
  }
  if (value >= static_cast<float>(high)) {
    return high;
  }
  return static_cast<int>(value);
}

// In all encoders values are divided by the scale before it is rounded
// to half precision, as ggml's reference does.

void encodeQ4_0(const float *src, uint8_t *block) {
  float largest = 0;
  float peak = 0; // the value of largest magnitude, with its sign
  for (int i = 0; i < 32; ++i) {
    if (std::fabs(src[i]) > largest) {
      largest = std::fabs(src[i]);
      peak = src[i];
    }
  }
  float d = peak / -8;
  float inverse = d != 0 ? 1.0f / d : 0.0f;
  storeHalf(block, d);
  for (int i = 0; i < kHalfBlock; ++i) {
    int low = truncateInto(src[i] * inverse + 8.5f, 0, 15);
    int high = truncateInto(src[i + kHalfBlock] * inverse + 8.5f, 0, 15);
    block[2 + i] = static_cast<uint8_t>(low | high << 4);
  }
}

/// Stores the step and the minimum of 32 numbers that become 0 to `steps`;
/// returns the minimum and the inverse of the step.
static std::pair<float, float> storeRange(const float *src, float steps,
                                          uint8_t *block) {
  float least = src[0];
  float most = src[0];
  for (int i = 1; i < 32; ++i) {
    least = src[i] < least ? src[i] : least;
    most = src[i] > most ? src[i] : most;
  }
  float d = (most - least) / steps;
  storeHalf(block, d);
  storeHalf(block + 2, least);
  return {least, d != 0 ? 1.0f / d : 0.0f};
}

void encodeQ4_1(const float *src, uint8_t *block) {
  auto [least, inverse] = storeRange(src, 15, block);
  for (int i = 0; i < kHalfBlock; ++i) {
    float low = (src[i] - least) * inverse;
    float high = (src[i + kHalfBlock] - least) * inverse;
    block[4 + i] = static_cast<uint8_t>(truncateInto(low + 0.5f, 0, 15) |
                                        truncateInto(high + 0.5f, 0, 15) << 4);
  }
}

void encodeQ5_1(const float *src, uint8_t *block) {
  auto [least, inverse] = storeRange(src, 31, block);
  uint32_t fifth = 0;
  for (int i = 0; i < kHalfBlock; ++i) {
    int low = truncateInto((src[i] - least) * inverse + 0.5f, 0, 31);
    int high =
        truncateInto((src[i + kHalfBlock] - least) * inverse + 0.5f, 0, 31);
    block[8 + i] = static_cast<uint8_t>((low & 15) | (high & 15) << 4);
    fifth |= static_cast<uint32_t>(low >> 4) << i |
             static_cast<uint32_t>(high >> 4) << (i + kHalfBlock);
  }
  llvm::support::endian::write32le(block + 4, fifth);
}

void encodeQ6_0(const float *src, uint8_t *block) {
  for (int half = 0; half < 2; ++half, src += kHalfBlock) {
    float peak = 0; // the value of largest magnitude, with its sign
    for (int i = 0; i < kHalfBlock; ++i) {
      peak = std::fabs(src[i]) > std::fabs(peak) ? src[i] : peak;
    }
    float d = peak / -32;
    float inverse = d != 0 ? 1.0f / d : 0.0f;
    storeHalf(block + 2 * half, d);
    uint8_t codes[kHalfBlock];
    for (int i = 0; i < kHalfBlock; ++i) {
      codes[i] =
          static_cast<uint8_t>(truncateInto(src[i] * inverse + 32.5f, 0, 63));
    }
    storeSixBits(codes, block + 4 + 12 * half);
  }
}

void encodeQ8_0(const float *src, uint8_t *block) {
  float largest = 0;
  for (int i = 0; i < 32; ++i) {
    largest = std::fabs(src[i]) > largest ? std::fabs(src[i]) : largest;
  }
  float d = largest / 127;
  float inverse = d != 0 ? 1.0f / d : 0.0f;
  storeHalf(block, d);
  for (int i = 0; i < 32; ++i) {
    int value = truncateInto(std::round(src[i] * inverse), -127, 127);
    block[2 + i] = static_cast<uint8_t>(static_cast<int8_t>(value));
  }
}

} // namespace mlir::fot::codec
