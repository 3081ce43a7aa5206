//===- Retrieve.h - the k best entries of a memory --------------*- C++ -*-===//
//
// Scans a memory for the rows of a tile. Each row has a threshold that only
// rises: a score that k entries are known to reach. Segments without an index
// are scored exactly. Of sealed ones the codes are read; what their bounds
// leave possible waits, many at a time, and is settled together (Settle.cpp):
// scored exactly as well, so that results are those of an exact scan, bit for
// bit.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_RETRIEVE_H
#define FOT_PASSES_LOWERCPU_KERNELS_RETRIEVE_H

#include "passes/LowerCPU/Kernels/CodedScan.h"
#include "passes/LowerCPU/Kernels/RetrieveMany.h"
#include "passes/LowerCPU/Kernels/TopKList.h"

#include <optional>

namespace mlir::fot {

/// Calls the body with runs [from, from + n) of the entries of each segment,
/// n at most `keys`.
void forEachRun(KernelBuilder &b, MemoryBank &bank, int64_t keys,
                function_ref<void(const Segment &, Value from, Value n)> body);

/// What a strategy, which may be null, says is read first.
inline Scan scanOf(StrategyAttr strategy) {
  return strategy ? strategy.getScan() : Scan::Exact;
}

class Retriever {
public:
  /// Where the list of a row is.
  using Base = std::function<Value(Value row, Value token, Value head)>;

  /// `k`, if known: the capacity of the lists.
  Retriever(KernelBuilder &b, AttentionTile &tile, const TileShape &shape,
            MemoryBank &bank, MemoryType type, Scan scan, TopKList &list,
            Base base, std::optional<int64_t> k = {});

  /// Empties the lists of the tile's rows.
  void begin(const TilePlace &where);
  /// Takes the entries that the last call retrieved as first candidates, if
  /// the runtime has them: they say what score the best k have at least.
  /// `size` is how many entries are to be searched: few are not worth it.
  void recall(Value size);
  /// Fills the lists with the best of the entries [from, to) of the bank: of
  /// all, if the tile has several tokens.
  void search(Value from, Value to);
  /// Adds what was counted since `begin` to the memory's counters, if it has
  /// any.
  void report();
  /// Counts bytes that were read, an index value.
  void countBytes(Value bytes);

private:
  /// Searches the entries [from, to).
  void searchRange(Value from, Value to);
  void scanExact(const Segment &segment, Value start, Value end);
  void scanCoded(const Segment &segment, Value start, Value end);
  /// Calls `body` with the numbers of those of a row's n scores that are not
  /// below its threshold, and now and then `after`.
  void forEachAbove(Value row, Value n, function_ref<void(Value j)> body,
                    function_ref<void()> after = {});
  /// Raises a row's threshold to `score`, if it is a number above it.
  void raise(Value row, Value score);
  /// To what its list says.
  void raiseByList(Value row, Value listBase);
  void recallRow(Value row, Value listBase, Value entries);
  void count(int64_t which, Value number);

  // Settle.cpp
  void addLists(std::optional<int64_t> k);
  void clearLists(Value row);
  /// How many candidates a scan may find for a row before some are settled.
  int64_t mostFound() const {
    return (open ? open->room : close->room) - CodedScan::kRun;
  }
  /// Appends those that are not below the row's threshold.
  void appendOpen(CandidateList &to, Value row, Value live,
                  const CandidateVectors &some);
  /// Makes room in the lists of a row or, with `last`, empties them.
  void settle(Value row, Value listBase, bool last);
  void settleClose(Value row, Value listBase, bool last);
  void refineChosen(Value row);
  void scoreChosen(Value row, Value listBase);
  void
  forEachSlice(function_ref<void(const Segment &, Value from, Value to)> body);

  KernelBuilder &b;
  AttentionTile &tile;
  const TileShape shape;
  MemoryBank &bank;
  MemoryType type;
  Scan scan;
  TopKList &list;
  Base base;
  TilePlace place;
  std::optional<CodedScan> codes;
  std::optional<ManyRetriever> many;   ///< in place of all below
  Value thresholds;                    ///< f32
  Value counters;                      ///< i64
  Value addresses;                     ///< i64: of some keys
  std::optional<CandidateList> open;   ///< by coarse bounds
  std::optional<CandidateList> close;  ///< by fine bounds
  std::optional<CandidateList> chosen; ///< some of one row of these
  int64_t stay = 0; ///< entries that may stay in `close`, for each row
  Value limits;     ///< index: with how many candidates a row is settled
  Value left;       ///< index: how many were open when some had been settled
};

} // namespace mlir::fot

#endif
