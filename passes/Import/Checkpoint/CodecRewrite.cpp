// Blocks of one type rewritten as another's, with the same codes: nothing is
// decoded to float, so that at most scales are rounded.
#include "passes/Import/Checkpoint/Codec.h"

#include "llvm/Support/ErrorHandling.h"

#include <cassert>
#include <cstring>

namespace mlir::fot {

using namespace codec;

bool keepsCodes(WeightType from, WeightType to) {
  switch (to) {
  case WeightType::Q8_0:
    return from == WeightType::Q4_0 || from == WeightType::Q5_0 ||
           from == WeightType::Q8_1 || from == WeightType::IQ4_NL;
  case WeightType::Q4_1:
    return from == WeightType::Q4_K;
  case WeightType::Q5_1:
    return from == WeightType::Q5_0 || from == WeightType::Q5_K;
  case WeightType::Q6_0:
    return from == WeightType::Q3_K || from == WeightType::Q6_K;
  default:
    return false;
  }
}

/// A block of 32 whose scale comes first: with a scale of one it decodes to
/// integers.
static void widenBlock(WeightType type, const uint8_t *src, uint8_t *dst) {
  uint8_t unit[36]; // the largest of these blocks
  float values[32];
  std::memcpy(unit, src, blockBytes(type));
  llvm::support::endian::write16le(unit, 0x3c00);
  blockDecoder(type)(unit, values);
  std::memcpy(dst, src, 2);
  for (int i = 0; i < 32; ++i) {
    dst[2 + i] = static_cast<uint8_t>(static_cast<int8_t>(values[i]));
  }
}

/// Only the offset of 16 becomes a minimum.
static void rewriteQ5_0(const uint8_t *src, uint8_t *dst) {
  std::memcpy(dst, src, 2);
  storeHalf(dst + 2, -16 * loadHalf(src));
  std::memcpy(dst + 4, src + 2, 20);
}

/// Q4_K and Q5_K (`fifth`) as eight blocks of Q4_1 and Q5_1. They keep two
/// sub-blocks in the halves of 32 bytes; the others the two halves of one
/// sub-block in those of 16.
static void rewriteWithMinima(const uint8_t *src, bool fifth, uint8_t *dst) {
  float d = loadHalf(src);
  float dmin = loadHalf(src + 2);
  const uint8_t *bits = src + 16;
  for (int sub = 0; sub < 8; ++sub) {
    int scale, minimum;
    unpackScale(src + 4, sub, scale, minimum);
    storeHalf(dst, d * static_cast<float>(scale));
    storeHalf(dst + 2, -(dmin * static_cast<float>(minimum)));
    dst += 4;
    if (fifth) {
      uint32_t word = 0;
      for (int i = 0; i < 32; ++i) {
        word |= static_cast<uint32_t>(bits[i] >> sub & 1) << i;
      }
      llvm::support::endian::write32le(dst, word);
      dst += 4;
    }
    const uint8_t *nibbles = bits + (fifth ? 32 : 0) + sub / 2 * 32;
    int shift = sub % 2 * 4;
    for (int i = 0; i < 16; ++i) {
      *dst++ = static_cast<uint8_t>((nibbles[i] >> shift & 15) |
                                    (nibbles[i + 16] >> shift & 15) << 4);
    }
  }
}

/// Q3_K (`d` at byte 108) and Q6_K (208): sixteen scales of 16 values each.
static void rewriteHalves(const uint8_t *src, const uint8_t *d,
                          Sixteen (*read)(const uint8_t *, int), uint8_t *dst) {
  for (int sub = 0; sub < 16; ++sub) {
    uint8_t *block = dst + sub / 2 * 28;
    Sixteen part = read(src, sub);
    storeHalf(block + sub % 2 * 2,
              loadHalf(d) * static_cast<float>(part.scale));
    uint8_t codes[16];
    for (int i = 0; i < 16; ++i) {
      codes[i] = static_cast<uint8_t>(part.values[i] + 32);
    }
    storeSixBits(codes, block + 4 + sub % 2 * 12);
  }
}

void rewriteRow(WeightType from, WeightType to, const uint8_t *src,
                uint8_t *dst, int64_t n) {
  assert(keepsCodes(from, to) && n % blockValues(from) == 0);
  int64_t values = blockValues(from);
  int64_t bytes = rowBytes(to, values);
  for (int64_t i = 0; i < n;
       i += values, src += blockBytes(from), dst += bytes) {
    switch (to) {
    case WeightType::Q8_0:
      widenBlock(from, src, dst);
      break;
    case WeightType::Q6_0:
      if (from == WeightType::Q3_K) {
        rewriteHalves(src, src + 108, sixteenOfQ3_K, dst);
      } else {
        rewriteHalves(src, src + 208, sixteenOfQ6_K, dst);
      }
      break;
    default:
      if (from == WeightType::Q5_0) {
        rewriteQ5_0(src, dst);
      } else {
        rewriteWithMinima(src, from == WeightType::Q5_K, dst);
      }
    }
  }
}

} // namespace mlir::fot
