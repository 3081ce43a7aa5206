//===- WeightReader.h - the numbers of a fot.weight -------------*- C++ -*-===//
//
// Computes or reads the rows of a weight, whatever its origin, in its logical
// type (the type before packing).
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_SUPPORT_WEIGHTREADER_H
#define FOT_PASSES_SUPPORT_WEIGHTREADER_H

#include "dialects/FoT/FoTDialect.h"
#include "passes/Import/Checkpoint/WeightType.h"

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <memory>
#include <mutex>
#include <string>

namespace mlir::fot {

/// A logical weight as rows of numbers: vectors are one row, blocks count as
/// their 32 numbers, leading dimensions are joined.
struct WeightShape {
  WeightType type = WeightType::F32; ///< one that encodeRow writes
  int64_t rows = 0;
  int64_t cols = 0; ///< numbers in a row, whole blocks

  /// Bytes of one row in the logical type.
  int64_t bytesPerRow() const { return rowBytes(type, cols); }
};

/// The rows of the weight's logical type.
WeightShape getWeightShape(WeightOp weight);

/// Reads weights row by row. Safe to use from several threads at once; files
/// are mapped once and stay mapped while the reader lives.
///
/// Errors are one sentence that names the weight: a missing or too short file,
/// an unknown storage type, a source whose shape is not the weight's.
class WeightReader {
public:
  /// Relative paths of sources start at `directory`.
  explicit WeightReader(std::string directory = "")
      : directory(std::move(directory)) {}

  /// Rows [begin, end) as float32 to dst[end - begin][cols], rounded to the
  /// logical type.
  llvm::Error readRows(WeightOp weight, int64_t begin, int64_t end, float *dst);
  /// Rows [begin, end) in the logical type's bytes (f32, f16, bf16 or ggml
  /// blocks, little-endian) to dst[end - begin][bytesPerRow()].
  llvm::Error readBlocks(WeightOp weight, int64_t begin, int64_t end,
                         uint8_t *dst);

  /// Lets the system drop the pages of the weight's source, so that a large
  /// checkpoint streams through little memory. Reading them again works.
  void release(WeightOp weight);

private:
  llvm::Expected<const llvm::MemoryBuffer *> open(llvm::StringRef file);
  llvm::Error readSource(WeightOp weight, SourceAttr source, int64_t begin,
                         int64_t end, uint8_t *dst);

  std::string directory;
  std::mutex mutex; ///< guards files
  llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> files;
};

/// Number `index` of a `#fot.random` weight before rounding to its type: twelve
/// uniforms in [0, 1), numbers 12 * index ... of the splitmix64 sequence
/// started with `seed`, summed, less 6, times `deviation`.
double randomNormal(uint64_t seed, uint64_t index, double deviation);

} // namespace mlir::fot

#endif
