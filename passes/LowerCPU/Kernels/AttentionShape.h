//===- AttentionShape.h - how queries are cut into tiles --------*- C++ -*-===//
//
// A tile is some tokens' queries of some heads that read one key-value head.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_ATTENTIONSHAPE_H
#define FOT_PASSES_LOWERCPU_KERNELS_ATTENTIONSHAPE_H

#include "passes/LowerCPU/Kernel.h"

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

} // namespace mlir::fot

#endif
