// Rows of stored weights to and from float32, one function per direction for
// all storage types. Decoding is bit-exact with ggml's reference.
#ifndef FOT_PASSES_IMPORT_CHECKPOINT_WEIGHTCODEC_H
#define FOT_PASSES_IMPORT_CHECKPOINT_WEIGHTCODEC_H

#include "passes/Import/Checkpoint/WeightType.h"

#include <cstdint>

namespace mlir::fot {

/// Decodes `n` values, a multiple of blockValues(type), from rowBytes(type, n)
/// bytes at `src`, which need no alignment.
void decodeRow(WeightType type, const uint8_t *src, float *dst, int64_t n);

/// True for the types that encodeRow writes: F32, F16, BF16, Q8_0, Q4_0,
/// Q4_1, Q5_1, Q6_0.
bool canEncode(WeightType type);

/// Encodes `n` values, a multiple of blockValues(type), to rowBytes(type, n)
/// bytes at `dst`. F16 and BF16 round to nearest even, too large values become
/// infinite and NaN stays NaN; blocks round as ggml's reference does (Q6_0,
/// which it lacks, as Q4_0).
void encodeRow(WeightType type, const float *src, uint8_t *dst, int64_t n);

/// True if blocks of `from` can be rewritten as `to` with the same codes:
///
///     Q4_0, Q5_0, Q8_1, IQ4_NL -> Q8_0    the same values
///     Q5_0 -> Q5_1                        the same values
///     Q4_K -> Q4_1, Q5_K -> Q5_1,         the same but for products of scales,
///     Q3_K, Q6_K -> Q6_0                  which are rounded to half precision
bool keepsCodes(WeightType from, WeightType to);

/// Rewrites `n` values, whole blocks of both types, for which keepsCodes:
/// closer, and faster, than encoding the decoded values anew.
void rewriteRow(WeightType from, WeightType to, const uint8_t *src,
                uint8_t *dst, int64_t n);

/// Conversions of one value, as used by the rows.
float halfToFloat(uint16_t bits);
uint16_t floatToHalf(float value);
float bfloatToFloat(uint16_t bits);
uint16_t floatToBfloat(float value);

} // namespace mlir::fot

#endif
