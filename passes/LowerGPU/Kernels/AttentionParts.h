//===- AttentionParts.h - attention by two launches -------------*- C++ -*-===//
//
// The first ones leave parts of the softmax in scratch memory: the sum of
// values, the largest logit and the sum of exponentials relative to it, D + 2
// f32. Of one token these are a block of threads for each range of the keys and
// each head, [ranges][heads]; of many, tiles of queries with their window,
// [tokens][heads], and then with each range of a dense memory, [ranges][tokens]
// [heads], or instead lists of what is retrieved from each range (KnnTile.h).
// There are more ranges where there are fewer tiles. The last launch joins all.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_ATTENTIONPARTS_H
#define FOT_PASSES_LOWERGPU_KERNELS_ATTENTIONPARTS_H

#include "passes/LowerGPU/Kernels/AttentionTile.h"

namespace mlir::fot {

class AttentionParts {
public:
  /// Whether tiles of queries can read the op's memory.
  static bool canReadMemory(MemoryAttentionOp op, const QueryShape &shape);

  /// Of `op`, which says whether there are some (kGpuSplitsAttr, kGpuTileAttr).
  AttentionParts(Operation *op, const QueryShape &shape);
  /// Whether there are any: without, one launch does it all.
  explicit operator bool() const { return ranges > 1 || tiled; }
  /// Whether they are of many tokens.
  bool isTiled() const { return tiled; }
  /// Whether many tokens' tiles read the memory too.
  bool readsMemory() const { return blocks > 0; }
  /// Bytes of scratch memory for calls of up to `maxTokens`.
  int64_t scratchBytes(int64_t maxTokens) const;

  /// The first launch of many tokens.
  GpuLaunch launchTiles(Value keys, Value values, Value position,
                        double scale) const;
  /// The second, of a dense memory.
  GpuLaunch launchMemoryTiles(Value memory, double scale) const;
  /// The second, of a memory with `topk`: finds what each row retrieves.
  GpuLaunch launchRetrieval(Value memory) const;
  /// A launch of a block of threads for each tile and range of the memory.
  GpuLaunch launchRanges(GpuLaunch launch) const;
  /// In such a launch, and in those behind it: how many ranges there are.
  Value numRanges(GpuKernel &b) const;
  /// Where a row's list of a range is (KnnTile.h), in i64 words of scratch
  /// memory.
  Value listAt(GpuKernel &b, Value range, Value token, Value head) const;
  /// In such a launch: the entries [low, high) of this block's range.
  std::pair<Value, Value> rangeOfBlock(GpuKernel &b, Value count) const;
  /// The first launch of one. `join` joins what the head has in range `range`.
  using RangeBody = std::function<void(GpuKernel &b, AttentionState &state,
                                       Value head, Value range)>;
  GpuLaunch launch(RangeBody join) const;
  /// The entries [low, high) of range `range`, of `count` (i32) that there are.
  std::pair<Value, Value> entries(GpuKernel &b, Value count, Value range) const;
  /// In the second launch: joins all parts of a token and head.
  void join(GpuKernel &b, AttentionState &state, Value token, Value head) const;

private:
  Value place(GpuKernel &b, Value range, Value head) const;
  void storeState(GpuKernel &b, Value first, Value largest, Value sum) const;
  void storeTile(GpuKernel &b, AttentionTile &tile, Value firstToken) const;

  QueryShape shape;
  int64_t ranges = 1;
  bool tiled = false, whole = false, remembers = false;
  /// Of many tokens: blocks of threads that read the memory for a key-value
  /// head, if there are not more tiles; 0 if tiles do not read it.
  int64_t blocks = 0;
  int64_t k = 0; ///< of a `topk` memory
};

} // namespace mlir::fot

#endif
