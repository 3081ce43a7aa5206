//===- AttentionTile.h - attention of many queries on a GPU -----*- C++ -*-===//
//
// A block of threads works for a tile of queries that share keys: all heads of
// a key-value head, and as many tokens as make 64 rows, 16 a warp. Keys and
// values come into shared memory while others are multiplied; logits and
// probabilities stay in registers, as does the online softmax of each row.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_ATTENTIONTILE_H
#define FOT_PASSES_LOWERGPU_KERNELS_ATTENTIONTILE_H

#include "passes/LowerGPU/Kernels/AttentionState.h"
#include "passes/LowerGPU/Kernels/SplitMma.h"

namespace mlir::fot {

class AttentionTile {
public:
  /// Whether there is a tile for these queries and this window.
  static bool fits(const QueryShape &shape, Value keys);
  /// A launch without a body, a block of threads for each tile.
  static GpuLaunch launch(const QueryShape &shape, Value keys);

  /// Loads this block's queries. `keys` and `values` are the window.
  AttentionTile(GpuKernel &b, const QueryShape &shape, Value keys,
                Value values);
  /// Joins the window up to each query's own; has barriers.
  void joinWindow(Value position, Value scale);

  /// A row of the tile: a token and a head, i32, and whether they exist.
  struct Row {
    Value token, head, exists;
  };
  /// Two consecutive numbers (f32) of a row from an even d on.
  using StorePair =
      function_ref<void(const Row &row, Value d, Value even, Value odd)>;
  /// Shares the means of values of the rows that exist out to lanes.
  void finish(StorePair store);
  /// The same with sums of values, and then, once for each row, the largest
  /// logit and the sum of exponentials relative to it.
  void finishSums(
      StorePair store,
      function_ref<void(const Row &row, Value largest, Value sum)> storeState);
  /// Rounds the rows' means to 8-bit blocks of `out`; heads are whole blocks.
  /// All threads must come; has barriers.
  void finishBlocks(Value out);

private:
  static constexpr double kLn2 = 0.693147180559945309;
  /// Where what is carried from step to step has its parts: of both rows the
  /// largest sum, then this lane's shares of the sums of exponentials, then the
  /// sums of values.
  static constexpr int64_t kLargest = 0, kSum = 2, kValues = 4;
  int64_t columns() const { return paddedBytes / size / kSplitColumns; }
  Row row(Value number);
  Value base(Value step, int64_t part);
  void loadQueries();
  Value queryAt(int64_t step);
  SplitMma::Left query(int64_t step);
  void clearPadding();
  void copy(Value step);
  SmallVector<Value> joinStep(Value step, ValueRange carried);
  SmallVector<Value> logits(Value keys);
  void addValues(Value values, ArrayRef<Value> probabilities,
                 MutableArrayRef<Value> sums);
  SmallVector<Value> loadMatrices(Value address, bool transposed);
  SmallVector<Value> loadValues(Value values, int64_t key, int64_t column);
  Value joinQuad(Value value, function_ref<Value(Value, Value)> join);
  Value sumOf(int64_t half);
  void forEachPair(const Value (&factors)[2], StorePair store);

  GpuKernel &b;
  const QueryShape &shape;
  Type element;
  SplitMma mma;
  int64_t size; ///< bytes of a number
  /// Bytes of a key in the window, of whole steps, and of its place in shared
  /// memory.
  int64_t rowBytes, paddedBytes, pitch;
  int64_t tileKeys;         ///< keys of a step
  Value keyRows, valueRows; ///< of the key-value head, global
  Value stages;             ///< shared: [2][keys, values][tileKeys]
  Value firstToken, group;
  Value last; ///< the last key that some query sees
  /// Of the lane's two rows: place, the last key seen, and what makes logits
  /// in units of ln 2 of sums.
  Row rows[2];
  Value limits[2], factors[2];
  SmallVector<SplitMma::Left> queries;
  /// Where queries are whose halves do not fit into registers: shared, a lane's
  /// numbers of a step together; null if they do.
  Value queryPlace;
  /// What the last step has left.
  SmallVector<Value> state;
};

} // namespace mlir::fot

#endif
