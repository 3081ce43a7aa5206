// Rows of a checkpoint's tensor in the model's own order, decoded or raw.
#ifndef FOT_PASSES_IMPORT_CHECKPOINT_ROWREADER_H
#define FOT_PASSES_IMPORT_CHECKPOINT_ROWREADER_H

#include "passes/Import/Checkpoint/Checkpoint.h"

namespace mlir::fot {

/// Reads logical rows of one tensor from the mapped file. Immutable, so any
/// number of threads may read at once; the checkpoint must outlive it. Row
/// ranges must lie within [0, rows()].
class RowReader {
public:
  explicit RowReader(const TensorSource &source);

  int64_t rows() const { return numRows; }
  int64_t cols() const { return numCols; }
  /// Bytes of one stored row.
  int64_t bytesPerRow() const { return stride; }
  WeightType type() const { return storage; }

  /// The stored bytes of one logical row, in place.
  const uint8_t *row(int64_t logicalRow) const;
  /// Rows [begin, end) as float32 to dst[end - begin][cols()].
  void readF32(int64_t begin, int64_t end, float *dst) const;
  /// Rows [begin, end) as stored to dst[end - begin][bytesPerRow()].
  void readRaw(int64_t begin, int64_t end, uint8_t *dst) const;

private:
  const uint8_t *base;
  WeightType storage;
  int64_t numRows;
  int64_t numCols;
  int64_t stride;
  int64_t headDim; // 0: rows are stored in order
};

} // namespace mlir::fot

#endif
