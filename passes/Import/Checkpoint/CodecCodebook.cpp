// Super-blocks of 256 values that index codebooks of four or eight values
// (IQ1, IQ2, IQ3), and the ternary and microscaling formats TQ1_0, TQ2_0 and
// MXFP4.
#include "passes/Import/Checkpoint/Codec.h"

#include "llvm/ADT/bit.h"

#include <utility>

#pragma clang fp contract(off)

namespace mlir::fot::codec {

#include "passes/Import/Checkpoint/Codebooks.inc"

using llvm::support::endian::read16le;
using llvm::support::endian::read32le;

/// What the codes of the books stand for.
static constexpr float iq2Values[4] = {8, 25, 43, 0};
static constexpr float iq3XxsValues[8] = {4, 12, 20, 28, 36, 44, 52, 62};
static constexpr float iq3SValues[8] = {1, 3, 5, 7, 9, 11, 13, 15};

/// Seven stored sign bits; the eighth makes their number even.
static unsigned withParity(unsigned seven) {
  return seven | (llvm::popcount(seven) & 1u) << 7;
}

/// Nibble number `i` of packed bytes, low nibbles first.
static int nibble(const uint8_t *bytes, int i) {
  return bytes[i / 2] >> i % 2 * 4 & 15;
}

/// Eight values of an IQ2 book; bit i of `signs` negates value i.
static void putIq2(float scale, uint16_t entry, unsigned signs, float *dst) {
  for (int i = 0; i < 8; ++i) {
    float value = scale * iq2Values[entry >> 2 * i & 3];
    dst[i] = signs >> i & 1 ? -value : value;
  }
}

/// Two IQ3 entries of four values each.
static void putIq3(float scale, const float (&values)[8], uint16_t first,
                   uint16_t second, unsigned signs, float *dst) {
  unsigned codes = first | static_cast<unsigned>(second) << 16;
  for (int i = 0; i < 8; ++i) {
    float value = scale * values[codes >> 4 * i & 7];
    dst[i] = signs >> i & 1 ? -value : value;
  }
}

// d, then for each 32 values four book indices and a word: four times seven
// sign bits and, on top, a four-bit scale.
void decodeIQ2_XXS(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  for (int group = 0; group < 8; ++group) {
    const uint8_t *indices = block + 2 + 8 * group;
    uint32_t word = read32le(indices + 4);
    float scale = d * (0.5f + static_cast<float>(word >> 28)) * 0.25f;
    for (int i = 0; i < 4; ++i, dst += 8) {
      putIq2(scale, iq2XxsBook[indices[i]], withParity(word >> 7 * i & 127),
             dst);
    }
  }
}

// d, 32 words of a nine-bit index and seven sign bits, 16 scale nibbles.
void decodeIQ2_XS(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  for (int i = 0; i < 32; ++i, dst += 8) {
    unsigned word = read16le(block + 2 + 2 * i);
    float bits = static_cast<float>(nibble(block + 66, i / 2));
    putIq2(d * (0.5f + bits) * 0.25f, iq2XsBook[word & 511],
           withParity(word >> 9), dst);
  }
}

// d, 32 low index bytes, 32 sign bytes, 32 pairs of high index bits, 16 scale
// nibbles.
void decodeIQ2_S(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  for (int i = 0; i < 32; ++i, dst += 8) {
    int index = block[2 + i] | (block[66 + i / 4] >> i % 4 * 2 & 3) << 8;
    float bits = static_cast<float>(nibble(block + 74, i / 2));
    putIq2(d * (0.5f + bits) * 0.25f, iq2SBook[index], block[34 + i], dst);
  }
}

// d, 64 index bytes, then for each 32 values a word as in IQ2_XXS.
void decodeIQ3_XXS(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  for (int group = 0; group < 8; ++group) {
    const uint8_t *indices = block + 2 + 8 * group;
    uint32_t word = read32le(block + 66 + 4 * group);
    float scale = d * (0.5f + static_cast<float>(word >> 28)) * 0.5f;
    for (int i = 0; i < 4; ++i, dst += 8) {
      putIq3(scale, iq3XxsValues, iq3XxsBook[indices[2 * i]],
             iq3XxsBook[indices[2 * i + 1]], withParity(word >> 7 * i & 127),
             dst);
    }
  }
}

// d, 64 low index bytes, 64 ninth index bits, 32 sign bytes, 8 scale nibbles.
void decodeIQ3_S(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  auto entry = [&](int i) {
    return iq3SBook[block[2 + i] | (block[66 + i / 8] >> i % 8 & 1) << 8];
  };
  for (int i = 0; i < 32; ++i, dst += 8) {
    float scale = d * static_cast<float>(1 + 2 * nibble(block + 106, i / 4));
    putIq3(scale, iq3SValues, entry(2 * i), entry(2 * i + 1), block[74 + i],
           dst);
  }
}

/// Eight values of the IQ1 book, -1, 0 or 1, moved by an eighth.
static void putIq1(float scale, int index, bool down, float *dst) {
  uint16_t entry = iq1Book[index];
  float delta = down ? -0.125f : 0.125f;
  for (int i = 0; i < 8; ++i) {
    int value = (entry >> 2 * i & 3) - 1;
    dst[i] = scale * (static_cast<float>(value) + delta);
  }
}

// d, 32 low index bytes, 8 words: four times three high index bits, a
// three-bit scale, and the sign of the delta.
void decodeIQ1_S(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  for (int i = 0; i < 32; ++i, dst += 8) {
    unsigned word = read16le(block + 34 + i / 4 * 2);
    float scale = d * static_cast<float>(2 * (word >> 12 & 7) + 1);
    int index = block[2 + i] | (word >> i % 4 * 3 & 7) << 8;
    putIq1(scale, index, word >> 15, dst);
  }
}

// 32 low index bytes, 32 nibbles (three high index bits, the sign of the
// delta), 4 words of four three-bit scales with a nibble of d on top.
void decodeIQ1_M(const uint8_t *block, float *dst) {
  const uint8_t *words = block + 48;
  unsigned bits = 0;
  for (int i = 0; i < 4; ++i) {
    bits |= static_cast<unsigned>(read16le(words + 2 * i) >> 12) << 4 * i;
  }
  float d = halfToFloat(static_cast<uint16_t>(bits));
  for (int i = 0; i < 32; ++i, dst += 8) {
    int sub = i / 2;
    unsigned scaleBits = read16le(words + sub / 4 * 2) >> sub % 4 * 3 & 7;
    int high = nibble(block + 32, i);
    putIq1(d * static_cast<float>(2 * scaleBits + 1),
           block[i] | (high & 7) << 8, high & 8, dst);
  }
}

// Five base-3 digits a byte, as a fraction of 256 so that each multiplication
// by three carries the next digit out: 32 bytes, 16 bytes, then 4 bytes of
// four digits; d. Value v of a plane is in byte v.
void decodeTQ1_0(const uint8_t *block, float *dst) {
  float d = loadHalf(block + 52);
  for (auto [bytes, digits] : {std::pair(32, 5), {16, 5}, {4, 4}}) {
    unsigned power = 1;
    for (int digit = 0; digit < digits; ++digit, power *= 3) {
      for (int i = 0; i < bytes; ++i) {
        unsigned rest = block[i] * power & 255;
        *dst++ = d * static_cast<float>(static_cast<int>(rest * 3 >> 8) - 1);
      }
    }
    block += bytes;
  }
}

// 64 bytes of 2-bit values, in planes as in Q2_K; d.
void decodeTQ2_0(const uint8_t *block, float *dst) {
  float d = loadHalf(block + 64);
  for (int v = 0; v < 256; ++v) {
    int code = block[v / 128 * 32 + v % 32] >> v % 128 / 32 * 2 & 3;
    dst[v] = d * static_cast<float>(code - 1);
  }
}

// A power of two as an exponent byte, then 16 bytes of e2m1 floats, ordered
// as in Q4_0.
void decodeMXFP4(const uint8_t *block, float *dst) {
  // Twice the values, with half the scale, are integers.
  static constexpr float doubled[16] = {0, 1,  2,  3,  4,  6,  8,  12,
                                        0, -1, -2, -3, -4, -6, -8, -12};
  uint32_t exponent = block[0];
  // 2^(exponent - 128); the least two are denormal.
  float half = llvm::bit_cast<float>(exponent < 2 ? 0x200000u << exponent
                                                  : (exponent - 1) << 23);
  for (int i = 0; i < 16; ++i) {
    dst[i] = half * doubled[block[1 + i] & 15];
    dst[i + 16] = half * doubled[block[1 + i] >> 4];
  }
}

} // namespace mlir::fot::codec
