//===- AttentionState.h - online softmax of one query on a GPU --*- C++ -*-===//
//
// A block of threads works for one query of one head. Each warp joins keys 32
// at a time into a softmax of its own: a lane scores a key, then the lanes
// share out the value's numbers. At the end the warps' results meet in shared
// memory.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_ATTENTIONSTATE_H
#define FOT_PASSES_LOWERGPU_KERNELS_ATTENTIONSTATE_H

#include "passes/LowerGPU/Kernels/Memory.h"

namespace mlir::fot {

constexpr int64_t kAttentionThreads = 128;

/// Which query a block of threads works for: token by x, head by y.
struct QueryShape {
  QueryShape(Value queries, Value keys);
  /// A launch without a body, of kAttentionThreads a query; where results need
  /// all heads, of as many a token.
  GpuLaunch launch(Value out) const;

  Value queries;
  int64_t heads, groups, headDim;
  int64_t features() const { return heads * headDim; }
  /// Whether results are 8-bit blocks that do not end where heads do: then a
  /// block of threads must work for all heads of a token.
  bool needsWhole(Value out) const;
};

/// A list of keys with their values, for AttentionState::join.
struct KeyList {
  Value count; ///< i32
  RowFormat values;
  /// The scaled score of an entry, 0 <= entry < count; it has no warp
  /// operation.
  std::function<Value(Value entry)> score;
  /// The value row of an entry that all lanes ask for.
  std::function<Value(Value entry)> valueRow;
};

class AttentionState {
public:
  AttentionState(GpuKernel &b, const QueryShape &shape);

  /// Starts over with a query; has barriers.
  void begin(Value token, Value head);
  /// The query's numbers, f32 in shared memory.
  Value query() const { return queryRow; }
  /// Joins a list that all threads of the block see alike.
  void join(const KeyList &list);
  /// The entries [low, high) of the window.
  void joinWindow(Value keys, Value values, Value group, Value low, Value high,
                  Value scale);
  /// Joins what other blocks of threads found, a part a warp at a time: the
  /// largest logit (f32) of part i, 0 <= i < count, the sum of exponentials
  /// relative to it and number d of the sum of values; -inf, if the part has
  /// no keys.
  struct PartList {
    Value count; ///< i32
    std::function<Value(Value i)> largest, sum;
    std::function<Value(Value i, Value d)> number;
  };
  void joinParts(const PartList &parts);
  /// Joins the warps' results; has barriers. `store(d, number)` is called for
  /// the sum of values, by threads that share out its numbers.
  void finishSums(function_ref<void(Value d, Value number)> store);
  /// The same for the mean.
  void finish(function_ref<void(Value d, Value number)> store);
  /// After either: the largest logit, -inf without keys, and the sum of
  /// exponentials relative to it.
  Value largest() const { return largestOfAll; }
  Value sum() const { return sumOfAll; }

private:
  SmallVector<Value> current();
  void set(ValueRange values);
  SmallVector<Value> joinTile(const KeyList &list, Value base,
                              ValueRange carried);
  Value outputAt(Value warp, Value d);

  GpuKernel &b;
  const QueryShape &shape;
  int64_t parts; ///< numbers of the result in one lane
  Value queryRow;
  // Shared; each thread has places of its own until finish().
  Value maxima, sums; ///< [threads], alike in a warp
  Value outputs;      ///< [warps][parts * 32]
  Value largestOfAll, sumOfAll;
};

/// Writes the body of an attention kernel: for each query of this block of
/// threads `join` is called between begin() and finish(), the results go to
/// `out`. `after`, if given, follows finish().
using QueryBody =
    function_ref<void(AttentionState &state, Value token, Value head)>;
void writeAttention(GpuKernel &b, const QueryShape &shape, Value out,
                    QueryBody join, QueryBody after = {});

} // namespace mlir::fot

#endif
