// Row access to mapped tensors, undoing the interleaving of q and k.
#include "passes/Import/Checkpoint/RowReader.h"

#include "passes/Import/Checkpoint/WeightCodec.h"

#include <cassert>
#include <cstring>

namespace mlir::fot {

RowReader::RowReader(const TensorSource &source)
    : base(source.data.data()), storage(source.type), numRows(source.rows()),
      numCols(source.cols()), stride(rowBytes(source.type, source.cols())),
      headDim(source.rowsInterleaved ? source.headDim : 0) {
  assert(static_cast<uint64_t>(numRows * stride) == source.data.size() &&
         "a checked tensor's bytes match its shape");
}

const uint8_t *RowReader::row(int64_t logicalRow) const {
  assert(logicalRow >= 0 && logicalRow < numRows && "row out of range");
  int64_t stored = headDim ? fileRow(logicalRow, headDim) : logicalRow;
  return base + stored * stride;
}

void RowReader::readF32(int64_t begin, int64_t end, float *dst) const {
  for (int64_t r = begin; r < end; ++r, dst += numCols) {
    decodeRow(storage, row(r), dst, numCols);
  }
}

void RowReader::readRaw(int64_t begin, int64_t end, uint8_t *dst) const {
  if (!headDim && begin < end) {
    std::memcpy(dst, row(begin), (end - begin) * stride);
    return;
  }
  for (int64_t r = begin; r < end; ++r, dst += stride) {
    std::memcpy(dst, row(r), stride);
  }
}

} // namespace mlir::fot
