//===- AttentionTile.h - attention of many queries on a GPU -----*- C++ -*-===//
//
// A block of threads works for a tile of queries (QueryTile.h). Keys and values
// come into shared memory while others are multiplied (TileStages.h); logits
// and probabilities stay in registers, as does the online softmax of each row.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_ATTENTIONTILE_H
#define FOT_PASSES_LOWERGPU_KERNELS_ATTENTIONTILE_H

#include "passes/LowerGPU/Kernels/QueryTile.h"
#include "passes/LowerGPU/Kernels/TileStages.h"

namespace mlir::fot {

class AttentionTile {
public:
  /// Whether there is a tile for these queries and keys and values like these.
  static bool fits(const QueryShape &shape, const RowFormat &keys,
                   const RowFormat &values);
  /// A launch without a body, a block of threads for each tile.
  static GpuLaunch launch(const QueryShape &shape, const RowFormat &keys);

  /// Loads this block's queries.
  AttentionTile(GpuKernel &b, const QueryShape &shape, const RowFormat &keys,
                const RowFormat &values, double scale);
  /// Joins a window up to each query's own; has barriers.
  void joinWindow(Value keys, Value values, Value position);
  /// Joins the entries [low, high) of a memory for all queries; has barriers.
  void joinMemory(GpuMemory &memory, Value low, Value high);

  using Row = QueryTile::Row;
  /// Two consecutive numbers (f32) of a row from an even d on.
  using StorePair =
      function_ref<void(const Row &row, Value d, Value even, Value odd)>;
  /// Shares the means of values of the rows that exist out to lanes.
  void finish(StorePair store);
  /// The same with sums of values, and then, once for each row, the largest
  /// logit and the sum of exponentials relative to it: -inf and 0 without keys.
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
  static constexpr unsigned kKeyRows = 0, kValueRows = 1;
  int64_t columns() const;
  SmallVector<Value> joinStep(Value step, const Value (&limits)[2],
                              ValueRange carried);
  SmallVector<Value> loadScales(unsigned kind, Value step);
  void addValues(Value values, ArrayRef<Value> probabilities,
                 MutableArrayRef<Value> sums);
  SmallVector<Value> loadValues(Value values, int64_t key, int64_t column);
  Value sumOf(int64_t half);
  void forEachPair(const Value (&factors)[2], StorePair store);

  GpuKernel &b;
  const QueryShape &shape;
  TileStages stages;
  QueryTile tile;
  SplitMma valueMma;
  /// What makes logits in units of ln 2 of the sums of this lane's two rows.
  Value factors[2];
  /// What the last step has left.
  SmallVector<Value> state;
};

} // namespace mlir::fot

#endif
