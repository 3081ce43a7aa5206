//===- QueryTile.h - queries that share keys on a GPU -----------*- C++ -*-===//
//
// A block of threads works for all heads of a key-value head and as many tokens
// as make 64 rows, 16 a warp. Queries stay in registers, split for tensor cores
// (SplitMma.h), and meet keys that lie in shared memory. Of the products a lane
// has two rows, the `half` 0 and 1 of what follows.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_QUERYTILE_H
#define FOT_PASSES_LOWERGPU_KERNELS_QUERYTILE_H

#include "passes/LowerGPU/Kernels/AttentionState.h"
#include "passes/LowerGPU/Kernels/SplitMma.h"

namespace mlir::fot {

/// The largest head dimension whose queries and sums fit into registers.
constexpr int64_t kMaxTileHeadDim = 128;
constexpr int64_t kTileRows = kSplitRows * kAttentionThreads / kWarp;

class QueryTile {
public:
  /// Whether there are tiles of these queries, of which there are many.
  static bool fits(const QueryShape &shape);
  /// Tokens of a tile.
  static int64_t tokens(const QueryShape &shape) {
    return kTileRows / (shape.heads / shape.groups);
  }

  /// Loads this block's queries, for keys of type `element`: f16, bf16 or f32.
  QueryTile(GpuKernel &b, const QueryShape &shape, Type element);

  /// A row of the tile: a token and a head, i32, and whether they exist. Rows
  /// that do not are those of a token that does.
  struct Row {
    Value token, head, exists;
  };
  Row row(Value number) const;
  /// This lane's.
  const Row &own(int64_t half) const { return rows[half]; }
  Value ownNumber(int64_t half) const;
  /// The key-value head.
  Value group() const { return keyHead; }
  /// The last token of the tile, i32.
  Value lastToken() const;

  /// The products with `numKeys` keys, a multiple of 16, in shared memory,
  /// `pitch` bytes apart and padded with zeros to 32 bytes: for each 8 keys
  /// kSplitSums, of which those of a half are in units of factor(half).
  SmallVector<Value> multiply(Value keys, int64_t pitch, int64_t numKeys);
  Value factor(int64_t half) const { return factors[half]; }
  /// The sum of magnitudes of a query, f32. All lanes must come.
  Value magnitude(int64_t half);

private:
  void load();
  Value placeAt(int64_t step);
  SplitMma::Left query(int64_t step);

  GpuKernel &b;
  const QueryShape &shape;
  SplitMma mma;
  int64_t steps; ///< of 32 bytes
  Value keyHead, firstToken;
  Row rows[2];
  Value factors[2], magnitudes[2]; ///< of what this lane has of both rows
  SmallVector<SplitMma::Left> queries;
  /// Where queries are whose halves do not fit into registers: shared, a lane's
  /// numbers of a step together; null if they do.
  Value place;
};

/// Joins what the four lanes have that share rows; all of them get the result.
Value joinQuad(GpuKernel &b, Value value,
               function_ref<Value(Value, Value)> join);
/// Four matrices of 8 rows of 16 bytes, of which this lane names one row.
SmallVector<Value> loadMatrices(GpuKernel &b, Value address, bool transposed);

} // namespace mlir::fot

#endif
