//===- Retrieve.h - the k best entries of a memory --------------*- C++ -*-===//
//
// Scans a memory for the rows of a tile. Each row has a threshold that only
// rises: the score that an entry needs to get into the row's list. Segments
// without an index are scored exactly. Of sealed ones the codes are read; what
// their bounds leave possible is collected and, some at a time, scored exactly
// as well, so that results are those of an exact scan, bit for bit.
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
  /// Entries of a segment that wait, for each row some: i32 numbers.
  struct Waiting {
    Value entries, counts;
    int64_t room;
  };
  Waiting waiting(int64_t room);
  Value firstOf(const Waiting &list, Value row) {
    return b.mul(row, b.cst(list.room));
  }
  void push(const Waiting &to, Value row, Value entry);

  /// Calls `pass` to search: first, if that is worth it, only a sample of the
  /// entries [from, to), for which `sampling` is true.
  void searchSampled(Value from, Value to,
                     function_ref<void(Value sampling)> pass);
  /// Calls the body with [start, end), entries of a segment in which the
  /// search begins at `from`, or with those runs of it that are in the sample.
  void forEachSampleRun(Value from, Value start, Value end, Value sampling,
                        function_ref<void(Value start, Value end)> body);
  /// Searches the entries [from, to), or a sample of them.
  void searchRange(Value from, Value to, Value sampling);
  void scanExact(const Segment &segment, Value start, Value end);
  void scanCoded(const Segment &segment, Value start, Value end);
  void scanCoarse(const Segment &segment, Value from, Value n, Value skipped);
  void collect(Value row, Value n, Value skipped, const Waiting &to,
               function_ref<Value(Value)> entry,
               function_ref<void(Value)> prefetchNext);
  void collectRows(const Segment &segment, Value from, Value n, Value skipped);
  void refine(const Segment &segment, Value row);
  void rescore(const Segment &segment, Value row, Value listBase);
  void prefetchKey(const Segment &segment, Value entry);
  /// Calls `body` with the numbers of those of a row's n scores that are not
  /// below its threshold, the first `skipped` left out, and now and then
  /// `after`.
  void forEachAbove(Value row, Value n, Value skipped,
                    function_ref<void(Value j)> body,
                    function_ref<void()> after = {});
  void raise(Value row, Value listBase);
  void recallRow(Value row, Value listBase, Value entries);
  void count(int64_t which, Value number);

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
  std::optional<ManyRetriever> many; ///< in place of all below
  Value thresholds;                  ///< f32
  Value counters;                    ///< i64
  Value addresses;                   ///< i64: of some keys
  Waiting coarse;                    ///< whose low bits are wanted
  Waiting pending;                   ///< whose keys are wanted
};

} // namespace mlir::fot

#endif
