//===- AttentionTile.h - some queries against some keys ---------*- C++ -*-===//
//
// The attention and retrieval kernels work on tiles: some queries of one
// key-value head, which share every pass over its keys. The rows of a tile are
// (token, query head) pairs, token by token. Softmax is online: per row the
// largest logit so far, the sum of exponentials and the weighted sum of values
// are kept, so that logits exist for a few keys at a time only.
//
// The logit of a key depends on the query and the key alone, not on where in
// memory or in which tile the key is: equal keys tie exactly.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_ATTENTIONTILE_H
#define FOT_PASSES_LOWERCPU_KERNELS_ATTENTIONTILE_H

#include "passes/LowerCPU/Kernels/AttentionShape.h"
#include "passes/LowerCPU/Kernels/Segments.h"

namespace mlir::fot {

class AttentionTile {
public:
  AttentionTile(KernelBuilder &b, const TileShape &shape);

  /// Loads the queries of a place and forgets all keys.
  void begin(Value queries, const TilePlace &place);

  /// Calls the body with the number and place of every live row: row, token,
  /// query head.
  void forEachRow(function_ref<void(Value, Value, Value)> body);

  /// How many rows are live.
  Value numLiveRows() const { return liveRows; }
  /// Vector `chunk` of a row's query, with zeros in place of numbers that the
  /// vector before has.
  Value queryPart(Value row, int64_t chunk) {
    return b.loadVector(
        queries, b.add(b.mul(row, b.cst(pitch)), b.cst(chunk * chunks.lanes)),
        chunks.lanes);
  }

  /// Inner products of all rows with the keys [0, n), n <= shape.keys.
  void score(const Rows &keys, Value n);
  /// The same for one row.
  void scoreRow(Value row, const Rows &keys, Value n) {
    scoreRows(keys, row, b.add(row, b.cst(1)), 1, n);
  }
  /// Inner products of one row with the keys [0, 8), the same again.
  Value scoreEight(Value row, const Rows &keys) {
    return innerProducts(keys, row, 1, b.cst(0), 8, Value())[0];
  }
  /// Where the inner products of a row are: score 0 at `scoresOf(row)` of
  /// `scores`. 16 more elements may be read.
  Value scores;
  Value scoresOf(Value row) { return b.mul(row, b.cst(shape.keys)); }

  /// Joins keys and values [0, n) into the softmax of all rows. A row of token
  /// t of the tile sees the first `visible(t)`, all if none is given.
  using Visible = std::function<Value(Value token)>;
  void join(const Rows &keys, const Rows &values, Value n, Value scale,
            const Visible &visible = {});
  /// The same for one row, with keys and values of its own.
  void joinRow(Value row, const Rows &keys, const Rows &values, Value n,
               Value scale);
  /// The same for one row whose inner products are at `scoresOf(row)` already.
  void joinScored(Value row, const Rows &values, Value n, Value scale);

  /// What `join` would add for the keys and values [0, n), of a tile of one
  /// token, written to `parts` instead: per row, from `position(token, head)`
  /// on, the weighted sum of the values, the largest logit and the sum of
  /// exp(logit - largest).
  using Position = function_ref<Value(Value token, Value head)>;
  void storePart(const Rows &keys, const Rows &values, Value n, Value scale,
                 Value parts, Position position);
  /// Joins such a part of a row, with the same bits as `join` would.
  void joinPart(Value row, Value parts, Value at);

  /// The largest logit of a row so far, and the sum of exp(logit - largest).
  Value largestOf(Value row) { return b.load(largest, row); }
  Value totalOf(Value row) { return b.load(total, row); }

  /// Writes the outputs of all live rows, f32, to the positions in `buffer`
  /// that `position` gives for a token and query head.
  void store(Value buffer, Position position);

  const RowChunks chunks;

private:
  void scoreRows(const Rows &keys, Value from, Value to, int64_t numRows,
                 Value n);
  SmallVector<Value> innerProducts(const Rows &keys, Value row, int64_t numRows,
                                   Value j, int64_t numKeys, Value last);
  void scoreBlock(const Rows &keys, Value row, int64_t numRows, Value j,
                  int64_t numKeys, Value last);
  /// The rows [0, n), converted once if many rows of the tile read them.
  Rows widen(const Rows &rows, Value n);
  /// The largest logit of some keys and the sum of exp(logit - largest).
  struct Part {
    Value largest, total;
  };
  Part softmax(Value row, Value visible, Value n, Value scale);
  void grow(Value row, const Part &part);
  /// Takes the weighted sum of the values for chunk `c` of a row.
  using Sink = function_ref<void(Value row, int64_t c, Value sum)>;
  void weigh(const Rows &values, Value from, Value to, int64_t numRows, Value n,
             Sink sink);
  void weighBlock(const Rows &values, Value row, int64_t numRows, int64_t first,
                  int64_t end, Value n, Sink sink);
  void addToSum(Value row, int64_t c, Value sum);

  KernelBuilder &b;
  const TileShape shape;
  int64_t block;      ///< rows of a register tile
  int64_t paddedRows; ///< a multiple of it
  int64_t pitch;      ///< elements of a row of `queries` and `sums`
  Value queries, sums, largest, total;
  Value shrinks, grows; ///< factors of a row's sums and of what is added
  Value wide;           ///< f32 of some keys or values, if needed
  TilePlace place;
  Value liveRows;
};

} // namespace mlir::fot

#endif
