// How the elements of a checkpoint's tensors are stored: plain floats and the
// block-quantised formats of GGUF. Only sizes and names; WeightCodec.h has the
// arithmetic.
#ifndef FOT_PASSES_IMPORT_CHECKPOINT_WEIGHTTYPE_H
#define FOT_PASSES_IMPORT_CHECKPOINT_WEIGHTTYPE_H

#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mlir::fot {

/// A storage type that the codec reads. A row of a tensor is a sequence of
/// whole blocks; the plain floats have blocks of one value.
enum class WeightType : uint8_t {
  F32,
  F16,
  BF16,
  Q4_0,
  Q4_1,
  Q5_0,
  Q5_1,
  Q8_0,
  Q8_1,
  Q2_K,
  Q3_K,
  Q4_K,
  Q5_K,
  Q6_K,
  Q8_K,
  IQ4_NL,
  IQ4_XS,
  IQ1_S,
  IQ1_M,
  IQ2_XXS,
  IQ2_XS,
  IQ2_S,
  IQ3_XXS,
  IQ3_S,
  TQ1_0,
  TQ2_0,
  MXFP4,
  Q6_0, ///< ours: Q6_K in blocks of 32, in no file
};

inline constexpr unsigned kNumWeightTypes = 28;

/// Values in one block: 1, 32 or 256.
int64_t blockValues(WeightType type);

/// Bytes of one block.
int64_t blockBytes(WeightType type);

/// Bytes of a row of `n` values; `n` is a multiple of blockValues(type) and
/// small enough that the result fits (checked when a checkpoint is opened).
int64_t rowBytes(WeightType type, int64_t n);

/// True for everything but F32, F16 and BF16.
bool isBlockQuantized(WeightType type);

/// The lower-case name used on command lines and in artifacts: "f32", "q4_1",
/// "iq4_nl".
llvm::StringRef weightTypeName(WeightType type);

/// The inverse of weightTypeName; upper and lower case are the same.
std::optional<WeightType> parseWeightType(llvm::StringRef name);

/// All names, for error messages: "f32, f16, ..., iq4_xs".
std::string weightTypeNames();

/// The type with this number in GGUF files, if the codec reads it.
std::optional<WeightType> weightTypeOfGguf(uint32_t ggmlType);

/// GGUF's own name of a type number, read by us or not: "Q4_1", "IQ2_XXS"; of
/// an unassigned number "number 77".
std::string ggufTypeName(uint32_t ggmlType);

} // namespace mlir::fot

#endif
