// Super-blocks of 256 values whose sub-blocks have quantised scales of their
// own: Q2_K to Q6_K, and IQ4_XS.
#include "passes/Import/Checkpoint/Codec.h"

#pragma clang fp contract(off)

namespace mlir::fot::codec {

// 16 bytes of sub-block scales (low nibble: scale, high nibble: minimum), 64
// bytes of 2-bit values, d, dmin. Each 32 bytes hold 128 values in four planes
// of two bits; a sub-block is 16 values.
void decodeQ2_K(const uint8_t *block, float *dst) {
  const uint8_t *scales = block;
  const uint8_t *values = block + 16;
  float d = loadHalf(block + 80);
  float dmin = loadHalf(block + 82);
  for (int sub = 0; sub < 16; ++sub) {
    const uint8_t *bytes = values + sub / 8 * 32 + sub % 2 * 16;
    int shift = sub % 8 / 2 * 2;
    float scale = d * static_cast<float>(scales[sub] & 15);
    float minimum = dmin * static_cast<float>(scales[sub] >> 4);
    for (int i = 0; i < 16; ++i) {
      *dst++ = scale * static_cast<float>(bytes[i] >> shift & 3) - minimum;
    }
  }
}

static void decodeSixteens(float d, const uint8_t *block,
                           Sixteen (*read)(const uint8_t *, int), float *dst) {
  for (int sub = 0; sub < 16; ++sub) {
    Sixteen part = read(block, sub);
    float scale = d * static_cast<float>(part.scale);
    for (int value : part.values) {
      *dst++ = scale * static_cast<float>(value);
    }
  }
}

// 32 bytes of third bits (set: do not subtract 4), 64 bytes of 2-bit values,
// 12 bytes of 16 six-bit scales biased by 32, d.
Sixteen sixteenOfQ3_K(const uint8_t *block, int sub) {
  const uint8_t *packed = block + 96;
  // Four low bits in bytes 0-7, two high bits in bytes 8-11.
  int low = packed[sub % 8] >> sub / 8 * 4 & 15;
  int high = packed[8 + sub % 4] >> sub / 4 * 2 & 3;
  Sixteen result;
  result.scale = (low | high << 4) - 32;
  const uint8_t *bytes = block + 32 + sub / 8 * 32 + sub % 2 * 16;
  const uint8_t *bits = block + sub % 2 * 16;
  int shift = sub % 8 / 2 * 2;
  int plane = sub / 2;
  for (int i = 0; i < 16; ++i) {
    result.values[i] =
        (bytes[i] >> shift & 3) - ((bits[i] >> plane & 1) ? 0 : 4);
  }
  return result;
}

void decodeQ3_K(const uint8_t *block, float *dst) {
  decodeSixteens(loadHalf(block + 108), block, sixteenOfQ3_K, dst);
}

// d, dmin, 12 bytes of scales, 128 bytes of nibbles: each 32 bytes hold two
// sub-blocks of 32, low nibbles first.
void decodeQ4_K(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  float dmin = loadHalf(block + 2);
  const uint8_t *nibbles = block + 16;
  for (int sub = 0; sub < 8; ++sub) {
    int scaleBits, minimumBits;
    unpackScale(block + 4, sub, scaleBits, minimumBits);
    float scale = d * static_cast<float>(scaleBits);
    float minimum = dmin * static_cast<float>(minimumBits);
    const uint8_t *bytes = nibbles + sub / 2 * 32;
    int shift = sub % 2 * 4;
    for (int i = 0; i < 32; ++i) {
      *dst++ = scale * static_cast<float>(bytes[i] >> shift & 15) - minimum;
    }
  }
}

// As Q4_K, with 32 bytes of fifth bits (bit `sub` of byte i) before the
// nibbles.
void decodeQ5_K(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  float dmin = loadHalf(block + 2);
  const uint8_t *fifthBits = block + 16;
  const uint8_t *nibbles = block + 48;
  for (int sub = 0; sub < 8; ++sub) {
    int scaleBits, minimumBits;
    unpackScale(block + 4, sub, scaleBits, minimumBits);
    float scale = d * static_cast<float>(scaleBits);
    float minimum = dmin * static_cast<float>(minimumBits);
    const uint8_t *bytes = nibbles + sub / 2 * 32;
    int shift = sub % 2 * 4;
    for (int i = 0; i < 32; ++i) {
      int value = (bytes[i] >> shift & 15) | (fifthBits[i] >> sub & 1) << 4;
      *dst++ = scale * static_cast<float>(value) - minimum;
    }
  }
}

// 128 bytes of low nibbles, 64 bytes of high bit pairs, 16 signed scales, d.
// Of each 128 values, value v has its nibble in byte v % 64 of 64 (high half
// from v = 64 on) and its bit pair v / 32 in byte v % 32 of 32.
Sixteen sixteenOfQ6_K(const uint8_t *block, int sub) {
  Sixteen result;
  result.scale = static_cast<int8_t>(block[192 + sub]);
  int half = sub / 8;
  for (int i = 0; i < 16; ++i) {
    int in = sub % 8 * 16 + i;
    int low = block[half * 64 + in % 64] >> in / 64 * 4 & 15;
    int high = block[128 + half * 32 + in % 32] >> in / 32 * 2 & 3;
    result.values[i] = (low | high << 4) - 32;
  }
  return result;
}

void decodeQ6_K(const uint8_t *block, float *dst) {
  decodeSixteens(loadHalf(block + 208), block, sixteenOfQ6_K, dst);
}

// d, 16 bits of high scale bits, 4 bytes of low scale nibbles, 128 bytes of
// nibbles: eight sub-blocks laid out as IQ4_NL's.
void decodeIQ4_XS(const uint8_t *block, float *dst) {
  float d = loadHalf(block);
  unsigned highBits = llvm::support::endian::read16le(block + 2);
  const uint8_t *lowBits = block + 4;
  for (int sub = 0; sub < 8; ++sub) {
    int low = lowBits[sub / 2] >> sub % 2 * 4 & 15;
    int high = highBits >> sub * 2 & 3;
    float scale = d * static_cast<float>((low | high << 4) - 32);
    const uint8_t *nibbles = block + 8 + sub * 16;
    for (int i = 0; i < 16; ++i) {
      dst[i] = scale * static_cast<float>(iq4Values[nibbles[i] & 15]);
      dst[i + 16] = scale * static_cast<float>(iq4Values[nibbles[i] >> 4]);
    }
    dst += 32;
  }
}

} // namespace mlir::fot::codec
