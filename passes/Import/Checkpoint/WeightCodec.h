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

/// True for the types that encodeRow writes: F32, F16, BF16, Q8_0, Q4_0, Q4_1.
bool canEncode(WeightType type);

/// Encodes `n` values, a multiple of blockValues(type), to rowBytes(type, n)
/// bytes at `dst`. F16 and BF16 round to nearest even, too large values become
/// infinite and NaN stays NaN; blocks round as ggml's reference does.
void encodeRow(WeightType type, const float *src, uint8_t *dst, int64_t n);

/// True if every value of the type is a value of Q8_0 with the same scale:
/// Q4_0, Q5_0, Q8_0, Q8_1, IQ4_NL.
bool widensToQ8_0(WeightType type);

/// Rewrites `n` values (a multiple of 32) of such a type as Q8_0, exactly.
void widenRowToQ8_0(WeightType type, const uint8_t *src, uint8_t *dst,
                    int64_t n);

/// Rewrites `n` Q4_K values (a multiple of 256) as Q4_1 with the same four-bit
/// codes. Only the products of scales are rounded, to half precision: closer,
/// and faster, than encoding the decoded values anew.
void convertRowQ4_KToQ4_1(const uint8_t *src, uint8_t *dst, int64_t n);

/// Conversions of one value, as used by the rows.
float halfToFloat(uint16_t bits);
uint16_t floatToHalf(float value);
float bfloatToFloat(uint16_t bits);
uint16_t floatToBfloat(float value);

} // namespace mlir::fot

#endif
