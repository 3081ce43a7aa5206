// Inside the weight codec only: little-endian loads, and the decoders of each
// family of block formats. All blocks are decoded with separate multiplies and
// adds, never fused, so that every build gives the same bits.
#ifndef FOT_PASSES_IMPORT_CHECKPOINT_CODEC_H
#define FOT_PASSES_IMPORT_CHECKPOINT_CODEC_H

#include "passes/Import/Checkpoint/WeightCodec.h"

#include "llvm/Support/Endian.h"

namespace mlir::fot::codec {

inline float loadHalf(const uint8_t *at) {
  return halfToFloat(llvm::support::endian::read16le(at));
}

inline float loadFloat(const uint8_t *at) {
  uint32_t bits = llvm::support::endian::read32le(at);
  float value;
  __builtin_memcpy(&value, &bits, sizeof(value));
  return value;
}

inline void storeHalf(uint8_t *at, float value) {
  llvm::support::endian::write16le(at, floatToHalf(value));
}

/// The 16 values that IQ4_NL and IQ4_XS index with four bits.
inline constexpr int8_t iq4Values[16] = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

/// The six-bit scale and minimum of sub-block `sub` in the 12 bytes that Q4_K
/// and Q5_K share: the first four of each in the low bits of bytes 0-3 and
/// 4-7; the others' low nibbles in bytes 8-11, their top bits above the first.
inline void unpackScale(const uint8_t *packed, int sub, int &scale,
                        int &minimum) {
  if (sub < 4) {
    scale = packed[sub] & 63;
    minimum = packed[sub + 4] & 63;
    return;
  }
  scale = (packed[sub + 4] & 15) | packed[sub - 4] >> 6 << 4;
  minimum = packed[sub + 4] >> 4 | packed[sub] >> 6 << 4;
}

/// Values 16 * sub... of a Q3_K or Q6_K block, but for the factor d * scale.
struct Sixteen {
  int scale;
  int values[16];
};
Sixteen sixteenOfQ3_K(const uint8_t *block, int sub);
Sixteen sixteenOfQ6_K(const uint8_t *block, int sub);

/// Decodes one block to blockValues of the type at `dst`.
using BlockDecoder = void (*)(const uint8_t *block, float *dst);

/// The decoder of a block-quantised type.
BlockDecoder blockDecoder(WeightType type);

void decodeQ4_0(const uint8_t *block, float *dst);
void decodeQ4_1(const uint8_t *block, float *dst);
void decodeQ5_0(const uint8_t *block, float *dst);
void decodeQ5_1(const uint8_t *block, float *dst);
void decodeQ8_0(const uint8_t *block, float *dst);
void decodeQ8_1(const uint8_t *block, float *dst);
void decodeQ2_K(const uint8_t *block, float *dst);
void decodeQ3_K(const uint8_t *block, float *dst);
void decodeQ4_K(const uint8_t *block, float *dst);
void decodeQ5_K(const uint8_t *block, float *dst);
void decodeQ6_K(const uint8_t *block, float *dst);
void decodeQ8_K(const uint8_t *block, float *dst);
void decodeIQ4_NL(const uint8_t *block, float *dst);
void decodeIQ4_XS(const uint8_t *block, float *dst);
void decodeIQ1_S(const uint8_t *block, float *dst);
void decodeIQ1_M(const uint8_t *block, float *dst);
void decodeIQ2_XXS(const uint8_t *block, float *dst);
void decodeIQ2_XS(const uint8_t *block, float *dst);
void decodeIQ2_S(const uint8_t *block, float *dst);
void decodeIQ3_XXS(const uint8_t *block, float *dst);
void decodeIQ3_S(const uint8_t *block, float *dst);
void decodeTQ1_0(const uint8_t *block, float *dst);
void decodeTQ2_0(const uint8_t *block, float *dst);
void decodeMXFP4(const uint8_t *block, float *dst);
void decodeQ6_0(const uint8_t *block, float *dst);

void encodeQ4_0(const float *src, uint8_t *block);
void encodeQ4_1(const float *src, uint8_t *block);
void encodeQ5_1(const float *src, uint8_t *block);
void encodeQ6_0(const float *src, uint8_t *block);
void encodeQ8_0(const float *src, uint8_t *block);

/// Stores 16 codes of six bits, one half of a Q6_0 block, in 12 bytes: three
/// words of four codes, and the other four codes in pairs of bits above them,
/// the upper ones first.
void storeSixBits(const uint8_t *codes, uint8_t *dst);

} // namespace mlir::fot::codec

#endif
