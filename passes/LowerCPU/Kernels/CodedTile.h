//===- CodedTile.h - many queries against coded keys ------------*- C++ -*-===//
//
// For the rows of an attention tile and the keys of a sealed segment: which
// pairs could have an inner product above the row's threshold? Queries are
// rounded to 8-bit integers once per tile; 16 keys at a time are laid out for
// integer multiply-adds and multiplied with all rows. With key = mean + x^ + r
// and query = q^ + e the bound is that of CodedScan,
//
//   q.key <= q.mean + q^.x^ + |q||r| + |e||x^|.
//
// Sums of products are exact. Where vpdpbusd makes them, x^ has all 8 bits of
// the codes. vpmaddubsw adds up in i16: of the codes 7 bits are used, and the
// queries' scales are such that sums of centred codes fit. (Before the end they
// may wrap around.)
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_CODEDTILE_H
#define FOT_PASSES_LOWERCPU_KERNELS_CODEDTILE_H

#include "passes/LowerCPU/Kernels/AttentionTile.h"
#include "passes/LowerCPU/Kernels/SegmentIndex.h"

namespace mlir::fot {

class CodedTile {
public:
  /// Keys that `survivors` takes at most, a multiple of 64.
  static constexpr int64_t kKeys = 256;

  CodedTile(KernelBuilder &b, AttentionTile &tile, const TileShape &shape,
            MemoryType type);

  /// Rounds the tile's queries.
  void begin();
  /// Goes to a sealed segment, the rows of one key-value head.
  void enterSegment(const Segment &segment, Value slot);
  /// From now on, a row's keys survive if they could be above `threshold`, or
  /// if it is NaN.
  void setThreshold(Value row, Value threshold);
  /// Finds the survivors among keys [from, from + n) of the segment; `from` is
  /// a multiple of 16, n at most kKeys.
  void survivors(Value from, Value n);
  /// After it, bit i is set if key from + 64 * word + i survives; i64.
  Value survivorsOf(Value row, Value word);

private:
  /// Four dimensions, side by side for the integer instructions.
  struct Group {
    int64_t chunk; ///< where 16 bytes of a row of codes begin
    int64_t byte;  ///< where its 4 begin
    int64_t fresh; ///< the last so many of them are in no other group
  };

  void orderByGroups(Value row);
  void roundRow(Value row);
  void loadBounds(Value key);
  SmallVector<Value> transposed(Value plane, Value key, int64_t byte);
  void unpack(Value key);
  SmallVector<Value> productsAvx2(Value row);
  SmallVector<Value> productsVnni(Value row);
  void test(ArrayRef<Value> sums, Value row, Value byte);

  int64_t groupCount() const { return 2 * groups.size(); }

  KernelBuilder &b;
  AttentionTile &tile;
  const TileShape shape;
  bool vnni;
  int64_t bits;              ///< of codes that are multiplied
  int64_t width;             ///< bytes of a row of codes
  int64_t rowBlock;          ///< rows of a register tile
  int64_t rounds, roundSize; ///< groups whose products are summed as i16
  SmallVector<Group> groups; ///< of the lower halves of bytes
  float margin;              ///< rounding errors, relative to |query| * |key|

  // Per row: integers, what their sums start with (per round), the scale of
  // sums and what is to be added to them, |query|, query * mean, and that less
  // the threshold.
  Value integers, start, factor, offset, norm, mean, excess;
  Value ratio; ///< of 1: the largest |query - rounded query| / |query|
  // Of 16 keys: codes, scales, and what |query| is multiplied with.
  Value codes, keyScale, keyError;
  Value linear, grouped; ///< one query, dimension by dimension and in groups
  Value masks;           ///< kKeys bits per row
  SegmentIndex index;
};

} // namespace mlir::fot

#endif
