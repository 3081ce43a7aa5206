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
#include "passes/LowerCPU/Kernels/Candidates.h"
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

  /// Takes estimates and bounds of a row for some entries, and the lanes of
  /// those that exist.
  using Sink =
      function_ref<void(Value row, Value live, const CandidateVectors &some)>;
  /// Those of all live rows for the entries [start, end) of the segment, as
  /// many as lie in a run of kRun from `from` on, a multiple of 16: from both
  /// planes of the codes, or from the upper one alone.
  void scanRun(Value from, Value start, Value end, bool fine, Sink sink);
  /// Better ones of one row for the entries [from, to) of a list, which lie in
  /// this segment: from the lower plane and what is known of them.
  void refine(const Segment &segment, Value slot, Value row,
              CandidateList &list, Value from, Value to, Sink sink);
  /// Prefetches what `refine` reads first.
  void prefetchFirst(const Segment &segment, Value slot, CandidateList &list,
                     Value from, Value to);

  static constexpr int64_t kRun = 64;

private:
  void roundRow(Value row);
  void arrangeCodes(Value row);
  void prefetchCodes(Value plane, ArrayRef<Value> entries, int64_t number);
  void prefetchCodes(Value plane, Value at, int64_t number);
  void boundRows(Value row, Value at, Value live, ArrayRef<Value> entries,
                 bool fine, int64_t numRows, Sink sink);
  void prefetchListed(const SegmentIndex &index, Value entry);
  SmallVector<Value> nibbles(Value codes);
  Value product(ArrayRef<Value> nibbles, Value row, int16_t factor);
  Value adjacentNumbers(Value array, Value entry, int64_t count);
  Value listedNumbers(Value array, ArrayRef<Value> entries);
  Value numberOfRow(Value row, int64_t which, int64_t lanes) {
    return b.broadcast(number(row, which), lanes);
  }
  CandidateVectors bound(Value row, Value entries, Value estimate, Value rest,
                         Value norm, Value scales);
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
  int64_t group;                ///< entries whose sums are made together
  Value rounded;                ///< i8: a query by dimension
  Value codes;                  ///< i8: queries as the vectors want them
  Value numbers;                ///< f32
  Value sums;                   ///< i32: of a query's codes
  SegmentIndex parts;
  Value first; ///< entry of the segment, bank-wide
};

} // namespace mlir::fot

#endif
