// Plain floats, and the dispatch from types to block codecs.
#include "passes/Import/Checkpoint/WeightCodec.h"

#include "passes/Import/Checkpoint/Codec.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/ErrorHandling.h"

#include <cassert>

namespace mlir::fot {

using namespace codec;

float bfloatToFloat(uint16_t bits) {
  return llvm::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

uint16_t floatToBfloat(float value) {
  uint32_t bits = llvm::bit_cast<uint32_t>(value);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {
    // Rounding could carry a NaN's payload away; keep its top, made quiet.
    return static_cast<uint16_t>(bits >> 16 | 0x40u);
  }
  bits += 0x7fffu + (bits >> 16 & 1);
  return static_cast<uint16_t>(bits >> 16);
}

float halfToFloat(uint16_t bits) {
  uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16;
  uint32_t magnitude = bits & 0x7fffu;
  if (magnitude >= 0x7c00u) { // infinity, NaN
    return llvm::bit_cast<float>(sign | 0x7f800000u |
                                 (magnitude & 0x3ffu) << 13);
  }
  if (magnitude >= 0x400u) {
    return llvm::bit_cast<float>(sign | ((magnitude << 13) + (112u << 23)));
  }
  // Denormals count units of 2^-24, exactly representable in single precision.
  float value = static_cast<float>(magnitude) * 0x1p-24f;
  return llvm::bit_cast<float>(llvm::bit_cast<uint32_t>(value) | sign);
}

uint16_t floatToHalf(float value) {
  uint32_t bits = llvm::bit_cast<uint32_t>(value);
  uint16_t sign = static_cast<uint16_t>(bits >> 16 & 0x8000u);
  uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) {
    return sign | 0x7e00u | static_cast<uint16_t>(magnitude >> 13 & 0x1ffu);
  }
  if (magnitude >= 0x477ff000u) { // 65520 rounds up out of the range
    return sign | 0x7c00u;
  }
  if (magnitude >= 0x38800000u) { // 2^-14, the least normal half
    uint32_t rebased = magnitude - (112u << 23);
    rebased += 0xfffu + (rebased >> 13 & 1);
    return sign | static_cast<uint16_t>(rebased >> 13);
  }
  // Adding 1/2 lines the denormal's unit, 2^-24, up with the last bit of the
  // sum, so that the addition itself rounds to nearest even.
  float sum = llvm::bit_cast<float>(magnitude) + 0.5f;
  return sign |
         static_cast<uint16_t>(llvm::bit_cast<uint32_t>(sum) - 0x3f000000u);
}

BlockDecoder codec::blockDecoder(WeightType type) {
  switch (type) {
  case WeightType::Q4_0:
    return decodeQ4_0;
  case WeightType::Q4_1:
    return decodeQ4_1;
  case WeightType::Q5_0:
    return decodeQ5_0;
  case WeightType::Q5_1:
    return decodeQ5_1;
  case WeightType::Q8_0:
    return decodeQ8_0;
  case WeightType::Q8_1:
    return decodeQ8_1;
  case WeightType::Q2_K:
    return decodeQ2_K;
  case WeightType::Q3_K:
    return decodeQ3_K;
  case WeightType::Q4_K:
    return decodeQ4_K;
  case WeightType::Q5_K:
    return decodeQ5_K;
  case WeightType::Q6_K:
    return decodeQ6_K;
  case WeightType::Q8_K:
    return decodeQ8_K;
  case WeightType::IQ4_NL:
    return decodeIQ4_NL;
  case WeightType::IQ4_XS:
    return decodeIQ4_XS;
  case WeightType::IQ1_S:
    return decodeIQ1_S;
  case WeightType::IQ1_M:
    return decodeIQ1_M;
  case WeightType::IQ2_XXS:
    return decodeIQ2_XXS;
  case WeightType::IQ2_XS:
    return decodeIQ2_XS;
  case WeightType::IQ2_S:
    return decodeIQ2_S;
  case WeightType::IQ3_XXS:
    return decodeIQ3_XXS;
  case WeightType::IQ3_S:
    return decodeIQ3_S;
  case WeightType::TQ1_0:
    return decodeTQ1_0;
  case WeightType::TQ2_0:
    return decodeTQ2_0;
  case WeightType::MXFP4:
    return decodeMXFP4;
  case WeightType::Q6_0:
    return decodeQ6_0;
  case WeightType::F32:
  case WeightType::F16:
  case WeightType::BF16:
    break;
  }
  llvm_unreachable("plain floats have no blocks");
}

void decodeRow(WeightType type, const uint8_t *src, float *dst, int64_t n) {
  switch (type) {
  case WeightType::F32:
    for (int64_t i = 0; i < n; ++i) {
      dst[i] = loadFloat(src + 4 * i);
    }
    return;
  case WeightType::F16:
    for (int64_t i = 0; i < n; ++i) {
      dst[i] = loadHalf(src + 2 * i);
    }
    return;
  case WeightType::BF16:
    for (int64_t i = 0; i < n; ++i) {
      dst[i] = bfloatToFloat(llvm::support::endian::read16le(src + 2 * i));
    }
    return;
  default:
    break;
  }
  BlockDecoder decode = blockDecoder(type);
  int64_t values = blockValues(type);
  int64_t bytes = blockBytes(type);
  assert(n % values == 0 && "a row is whole blocks");
  for (int64_t i = 0; i < n; i += values, src += bytes) {
    decode(src, dst + i);
  }
}

bool canEncode(WeightType type) {
  switch (type) {
  case WeightType::F32:
  case WeightType::F16:
  case WeightType::BF16:
  case WeightType::Q8_0:
  case WeightType::Q4_0:
  case WeightType::Q4_1:
  case WeightType::Q5_1:
  case WeightType::Q6_0:
    return true;
  default:
    return false;
  }
}

void encodeRow(WeightType type, const float *src, uint8_t *dst, int64_t n) {
  int64_t values = blockValues(type);
  int64_t bytes = blockBytes(type);
  assert(n % values == 0 && "a row is whole blocks");
  for (int64_t i = 0; i < n; i += values, dst += bytes) {
    switch (type) {
    case WeightType::F32:
      llvm::support::endian::write32le(dst, llvm::bit_cast<uint32_t>(src[i]));
      break;
    case WeightType::F16:
      storeHalf(dst, src[i]);
      break;
    case WeightType::BF16:
      llvm::support::endian::write16le(dst, floatToBfloat(src[i]));
      break;
    case WeightType::Q8_0:
      encodeQ8_0(src + i, dst);
      break;
    case WeightType::Q4_0:
      encodeQ4_0(src + i, dst);
      break;
    case WeightType::Q4_1:
      encodeQ4_1(src + i, dst);
      break;
    case WeightType::Q5_1:
      encodeQ5_1(src + i, dst);
      break;
    case WeightType::Q6_0:
      encodeQ6_0(src + i, dst);
      break;
    default:
      llvm_unreachable("not a type that canEncode");
    }
  }
}

} // namespace mlir::fot
