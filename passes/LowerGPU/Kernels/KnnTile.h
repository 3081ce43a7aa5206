//===- KnnTile.h - retrieval of many queries on a GPU -----------*- C++ -*-===//
//
// A block of threads finds what a tile of queries (QueryTile.h) retrieves from
// a range of the memory. Scores of tensor cores, which are never stored, sieve
// the keys: what could be above a query's k-th best by the bound of their error
// waits in shared memory until it is scored as for one token.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_KNNTILE_H
#define FOT_PASSES_LOWERGPU_KERNELS_KNNTILE_H

#include "passes/LowerGPU/Kernels/QueryTile.h"
#include "passes/LowerGPU/Kernels/TileStages.h"
#include "passes/LowerGPU/Kernels/TopK.h"

namespace mlir::fot {

/// The largest k for which each warp has room for a list.
constexpr int64_t kMaxTileTopK = 512;

class KnnTile {
public:
  static bool fits(const QueryShape &shape, const RowFormat &keys, int64_t k);

  /// Loads this block's queries. `listAt` gives the place of a row's list among
  /// `lists`, i64 words: k scores, f32, then k entries, i32; best first, -inf
  /// and -1 where there are not as many.
  KnnTile(GpuKernel &b, const QueryShape &shape, GpuMemory &memory, int64_t k,
          Value lists, std::function<Value(const QueryTile::Row &row)> listAt);
  /// Writes the lists of what the entries [low, high) have; has barriers.
  void scan(Value low, Value high);

private:
  double errorBound() const;
  void findLargest(Value step);
  Value loadLargest();
  void sieve(Value step, Value from, Value count);
  void flush(Value number);
  void forOwnRows(function_ref<void(Value number)> body);

  GpuKernel &b;
  const QueryShape &shape;
  GpuMemory &memory;
  int64_t k;
  Value lists;
  std::function<Value(const QueryTile::Row &row)> listAt;
  TileStages stages;
  QueryTile tile;
  GpuTopK list; ///< of each warp, for a row at a time
  Value magnitudes[2];
  // Shared, for each row: what waits, how many that are, how long the list is,
  // and the k-th best score or -inf. And of each warp the largest magnitude
  // (bits of f32) that it has seen in a step.
  Value waiting, numWaiting, sizes, thresholds, largest;
};

} // namespace mlir::fot

#endif
