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

#include "passes/LowerCPU/Kernels/Segments.h"

namespace mlir::fot {

/// How the queries of an op are cut into tiles.
struct TileShape {
  /// `maxRows` bounds the scratch memory. `strategy` may be null.
  TileShape(int64_t numTokens, int64_t features, int64_t groups,
            int64_t headDim, StrategyAttr strategy, int64_t maxRows = 64);

  int64_t heads, groups, headDim;
  int64_t tokens; ///< tokens of a tile
  int64_t grain;  ///< query heads of a tile, of one key-value head
  int64_t keys;   ///< keys scored at a time, a multiple of 16

  int64_t rows() const { return tokens * grain; }
  int64_t features() const { return heads * headDim; }
  /// Tiles side by side that cover the heads of a token.
  int64_t parts() const { return heads / grain; }
  /// Consecutive features of a token that a tile covers.
  int64_t width() const { return grain * headDim; }
  /// Items of work when each covers a tile, or, if `whole`, all the parts of a
  /// run of tokens.
  Value items(ImplicitLocOpBuilder &b, Value numTokens, bool whole) const;
};

/// Where a tile is.
struct TilePlace {
  Value firstToken; ///< first token
  Value liveTokens; ///< how many tokens exist, 1 to TileShape::tokens
  Value firstHead;  ///< first query head
  Value group;      ///< key-value head
};

/// Writes the body of a kernel whose items are tiles: calls `body` in a loop
/// over the tiles of this call's items. `finish`, if given, follows the tiles
/// of each item; then items are whole tokens.
void forEachTile(KernelBuilder &b, const TileShape &shape, Value numTokens,
                 function_ref<void(const TilePlace &)> body,
                 function_ref<void(const TilePlace &)> finish = {});

class AttentionTile {
public:
  AttentionTile(KernelBuilder &b, const TileShape &shape);

  /// Loads the queries of a place and forgets all keys.
  void begin(Value queries, const TilePlace &place);

  /// Calls the body with the number and place of every live row: row, token,
  /// query head.
  void forEachRow(function_ref<void(Value, Value, Value)> body);

  /// Inner products of all rows with the keys [0, n), n <= shape.keys.
  void score(const Rows &keys, Value n);
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

  /// Writes the outputs of all live rows, f32, to the positions in `buffer`
  /// that `position` gives for a token and query head.
  void store(Value buffer,
             function_ref<Value(Value token, Value head)> position);

  const RowChunks chunks;

private:
  void scoreRows(const Rows &keys, Value from, Value to, int64_t numRows,
                 Value n);
  void scoreBlock(const Rows &keys, Value row, int64_t numRows, Value j,
                  int64_t numKeys, Value last);
  Value sumEach(ArrayRef<Value> vectors);
  /// The rows [0, n), converted once if many rows of the tile read them.
  Rows widen(const Rows &rows, Value n);
  void softmax(Value row, Value visible, Value n, Value scale);
  void weigh(const Rows &values, Value from, Value to, int64_t numRows,
             Value n);
  void weighBlock(const Rows &values, Value row, int64_t numRows, int64_t first,
                  int64_t end, Value n);

  KernelBuilder &b;
  const TileShape shape;
  int64_t block;      ///< rows of a register tile
  int64_t paddedRows; ///< a multiple of it
  int64_t pitch;      ///< elements of a row of `queries` and `sums`
  Value queries, sums, largest, total, correction;
  Value wide; ///< f32 of some keys or values, if needed
  TilePlace place;
  Value liveRows;
};

} // namespace mlir::fot

#endif
