//===- RetrieveMany.h - the best entries for many queries -------*- C++ -*-===//
//
// Scans a memory for a tile of many rows, as in prefill. Of sealed segments the
// codes are multiplied; what their bounds leave possible waits, row by row,
// until 8 keys can be scored together, exactly as the tile itself would.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_RETRIEVEMANY_H
#define FOT_PASSES_LOWERCPU_KERNELS_RETRIEVEMANY_H

#include "passes/LowerCPU/Kernels/CandidateLists.h"
#include "passes/LowerCPU/Kernels/CodedTile.h"

#include <functional>
#include <optional>

namespace mlir::fot {

class ManyRetriever {
public:
  /// Adds to one of the counters of kernel_abi.h.
  using Count = std::function<void(int64_t which, Value number)>;

  /// Fewer rows than this are not worth it.
  static constexpr int64_t kLeastRows = 8;

  /// `coded`: sealed segments are scanned by their codes.
  ManyRetriever(KernelBuilder &b, AttentionTile &tile, const TileShape &shape,
                MemoryType type, int64_t k, bool coded, Count count);

  /// Finds the k best entries of a memory for each row of the tile at `place`.
  void retrieve(const TilePlace &place, MemoryBank &bank);
  /// Calls the body with the elements of a row, as TopKList has them.
  void forEachBest(Value row, function_ref<void(Value element)> body) {
    lists.forEachBest(row, body);
  }

private:
  void scanExact(const Rows &keys, Value first, Value n);
  void scanCoded(const Rows &keys, Value first, Value from, Value n);
  void finishSegment(const Rows &keys, Value first);
  Value listBits(Value bits, Value first, Value place);
  void score(const Rows &keys, Value first, Value row, Value place, Value live);
  Value waitingOf(Value row);
  void countKeys(Value number, int64_t bytes);
  void countScored(Value number);

  KernelBuilder &b;
  AttentionTile &tile;
  const TileShape shape;
  MemoryType type;
  int64_t k;
  Count count;
  CandidateLists lists;
  std::optional<CodedTile> codes;
  Value waiting; ///< i32, per row entries of the segment
  Value counts;  ///< i64, how many
};

} // namespace mlir::fot

#endif
