//===- CodedScan.h - bounds of scores from 4- and 8-bit codes ---*- C++ -*-===//
//
// Upper bounds of the inner products of a tile's queries with the keys of a
// sealed segment, from the codes of its index (kernel_abi.h). Queries are
// rounded to 8 bits. With q = q^ + e and key = mean + x^ + r,
//
//   q.key <= q.mean + q^.x^ + |q||r| + |e||x^|,
//
// and the index has bounds of |r| and |x^| with room for all rounding here and
// in the tile's own scores: see docs/retrieval.md. What is no number stays
// none, so rows must be kept unless their bound is below the threshold.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_CODEDSCAN_H
#define FOT_PASSES_LOWERCPU_KERNELS_CODEDSCAN_H

#include "passes/LowerCPU/Kernels/AttentionTile.h"
#include "passes/LowerCPU/Kernels/SegmentIndex.h"

namespace mlir::fot {

class CodedScan {
public:
  CodedScan(KernelBuilder &b, AttentionTile &tile, const TileShape &shape,
            MemoryType type);

  /// Rounds the tile's queries.
  void begin();
  /// Names the segment that the next calls are about; `slot` is the head's
  /// place among those that the bank stores.
  void enterSegment(const Segment &segment, Value slot);

  /// Bounds of all live rows for the entries [from, from + n) of the segment,
  /// n <= shape.keys and `from` a multiple of 8: to `tile.scores`, entry 0 at
  /// `scoresOf(row)`. Up to 8 more are written.
  void bounds(Value from, Value n) { boundRun(from, n, /*fine=*/true); }
  /// The same, from the upper four bits of the codes alone.
  void coarseBounds(Value from, Value n) { boundRun(from, n, /*fine=*/false); }
  /// Bounds of one row for n listed entries, which are i32 from `at` in
  /// `entries`.
  void listedBounds(Value row, Value entries, Value at, Value n);

  const SegmentIndex &index() const { return parts; }

private:
  void roundRow(Value row);
  void arrangeCodes(Value row);
  void prefetchCodes(Value plane, Value entry);
  void boundRun(Value from, Value n, bool fine);
  void boundRows(Value row, Value to, ArrayRef<Value> entries, bool fine,
                 int64_t numRows, bool adjacent);
  SmallVector<Value> nibbles(Value codes);
  Value product(ArrayRef<Value> nibbles, Value row, int16_t factor);
  Value eightNumbers(Value array, ArrayRef<Value> entries, bool adjacent);
  Value number(Value row, int64_t which) {
    return b.load(numbers, b.add(b.mul(row, b.cst(kNumbers)), b.cst(which)));
  }
  void setNumber(Value row, int64_t which, Value value) {
    b.store(value, numbers, b.add(b.mul(row, b.cst(kNumbers)), b.cst(which)));
  }

  /// What is kept per row: half the query's step, |q|, |e|, and q.mean of the
  /// segment.
  enum { kStep, kNorm, kError, kMean, kNumbers };

  KernelBuilder &b;
  AttentionTile &tile;
  const TileShape shape;
  int64_t headDim;
  int64_t vectorBytes;          ///< of codes read at once
  SmallVector<int64_t> offsets; ///< of vectors in a row of codes
  int64_t overlap = 0;          ///< bytes of the last vector that repeat others
  int64_t block;                ///< rows whose sums are made together
  Value rounded;                ///< i8: a query by dimension
  Value codes;                  ///< i8: queries as the vectors want them
  Value numbers;                ///< f32
  Value sums;                   ///< i32: of a query's codes
  SegmentIndex parts;
};

} // namespace mlir::fot

#endif
