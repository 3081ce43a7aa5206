//===- Knn.cpp - fot.knn on a GPU -----------------------------------------===//
//
// A block of threads for each token and head. How many entries are wanted is
// only known in a call, so they are found in rounds of as many as the list
// holds, each of entries behind the last one of the round before. Of one token
// the memory is cut into ranges, if the IR bounds what is wanted to a round: a
// first launch finds the best of each, the second one merges them.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/Retrieval.h"
#include "passes/LowerGPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

constexpr int64_t kThreads = 256;
/// Entries of a round.
constexpr int64_t kRound = kMaxSplitKnn;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

/// Whether a candidate comes behind the last winner: less, or equal and
/// younger.
static Value isBehind(GpuKernel &b, Value score, Value entry, Value lastScore,
                      Value lastEntry) {
  Value same =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, score, lastScore);
  return b.select(same, b.lt(lastEntry, entry), b.fgt(lastScore, score));
}

namespace {
/// The op's launches.
struct KnnLaunches {
  explicit KnnLaunches(KnnOp op)
      : queries(op.getQueries()), memory(op.getMemory()),
        scores(op.getInits()[0]), entries(op.getInits()[1]),
        type(op.getMemory().getType()), heads(GpuKernel::staticDim(scores, 1)) {
    auto splits = op->getAttrOfType<IntegerAttr>(kGpuSplitsAttr);
    auto bound = op->getAttrOfType<IntegerAttr>(kGpuMostAttr);
    if (splits && bound && bound.getInt() <= kMaxSplitKnn &&
        GpuKernel::staticDim(queries, 0) == 1) {
      ranges = std::max<int64_t>(splits.getInt(), 1);
      most = ranges > 1 ? bound.getInt() : kRound;
    }
  }

  Value queries, memory, scores, entries;
  MemoryType type;
  int64_t heads, ranges = 1;
  int64_t most = kRound; ///< entries of a list

  /// The row's query, f32 in shared memory, for whoever meets at a barrier
  /// next.
  Value loadQuery(GpuKernel &b, Value row) const;
  /// Of one token: what a head has in each range, best first, to scratch
  /// memory.
  GpuLaunch findInRanges() const;
  /// What of all that is there is to be found.
  GpuLaunch find() const;
  /// Where in scratch memory the list of a range is: scores, then entries.
  Value listAt(GpuKernel &b, Value range, Value head) const {
    return b.mul(b.add(b.mul(range, heads), head), 2 * most);
  }
};
} // namespace

Value KnnLaunches::loadQuery(GpuKernel &b, Value row) const {
  Type f32 = b.getF32Type();
  int64_t headDim = type.getHeadDim();
  Value query = b.shared(f32, headDim);
  b.loop(b.thread(), b.i32(headDim), b.i32(kThreads), [&](Value d) {
    Value at = b.add(b.mul(row, headDim), d);
    b.store(b.load(b.pointer(queries), f32, at), query, d);
  });
  return query;
}

/// Calls `store` for each place in [0, count), with what the list has there or
/// with nothing.
static void forEachPlace(GpuKernel &b, GpuTopK &list, Value count,
                         function_ref<void(Value, Value, Value)> store) {
  Value size = list.size(), last = b.max(b.sub(size, 1), b.i32(0));
  b.loop(b.thread(), count, b.i32(kThreads), [&](Value i) {
    Value found = b.lt(i, size), place = b.min(i, last);
    store(i, b.select(found, list.score(place), b.f32(-kInfinity)),
          b.select(found, list.entry(place), b.i32(-1)));
  });
}

GpuLaunch KnnLaunches::findInRanges() const {
  GpuLaunch launch;
  launch.threads = kThreads;
  launch.takesScratch = true;
  launch.costs.others = false;
  launch.reads = {1, heads / type.getHeads()};
  launch.grid = [*this](ImplicitLocOpBuilder &b, GpuLaunch::Dim) {
    return SmallVector<Value>{arith::ConstantIndexOp::create(b, ranges),
                              arith::ConstantIndexOp::create(b, heads)};
  };
  launch.body = [*this](GpuKernel &b) {
    Value range = b.block(0), head = b.block(1);
    Value query = loadQuery(b, head);
    GpuMemory bank(b, b.pointer(memory), type);
    Value slot = bank.slot(b.div(head, heads / type.getHeads()));
    GpuTopK list(b, most);
    list.begin();
    b.when(b.lt(b.i32(-1), slot), [&] {
      Value count = bank.count();
      scanMemory(b, bank, list, query, slot,
                 rangeBound(b, count, range, ranges),
                 rangeBound(b, count, b.add(range, 1), ranges));
    });
    list.finish();
    Value first = listAt(b, range, head);
    forEachPlace(b, list, b.i32(most), [&](Value i, Value score, Value entry) {
      b.store(score, b.scratch(), b.add(first, i));
      b.store(entry, b.scratch(), b.add(b.add(first, i), most));
    });
    return success();
  };
  return launch;
}

GpuLaunch KnnLaunches::find() const {
  GpuLaunch launch;
  launch.threads = kThreads;
  launch.takesScratch = ranges > 1;
  if (ranges > 1) {
    launch.costs.memory = false;
  } else {
    launch.reads = {1, heads / type.getHeads()};
  }
  launch.grid = rowGrid(queries, heads);
  launch.body = [*this](GpuKernel &b) {
    Value head = b.block(1), row = b.add(b.mul(b.block(0), heads), head);
    Value query = ranges > 1 ? Value() : loadQuery(b, row);
    GpuMemory bank(b, b.pointer(memory), type);
    Value slot = bank.slot(b.div(head, heads / type.getHeads()));
    Value wanted = b.dim(scores, 2);
    Value first = b.mul(b.widen(row), b.widen(wanted));
    GpuTopK list(b, most);
    auto offer = [&](Value lastScore, Value lastEntry) {
      if (ranges > 1) {
        list.offer(b.i32(ranges * most), [&](Value i) {
          Value at = b.add(listAt(b, b.div(i, most), head), b.rem(i, most));
          return std::pair(
              b.load(b.scratch(), b.getF32Type(), at),
              b.load(b.scratch(), b.getI32Type(), b.add(at, most)));
        });
        return;
      }
      b.when(b.lt(b.i32(-1), slot), [&] {
        scanMemory(b, bank, list, query, slot, b.i32(0), bank.count(),
                   [&](Value score, Value entry) {
                     return isBehind(b, score, entry, lastScore, lastEntry);
                   });
      });
    };
    b.loop(b.i32(0), wanted, b.i32(most), {b.f32(kInfinity), b.i32(-1)},
           [&](Value done, ValueRange last) {
             list.begin();
             offer(last[0], last[1]);
             list.finish();
             Value count = b.min(b.sub(wanted, done), b.i32(most));
             forEachPlace(b, list, count,
                          [&](Value i, Value score, Value entry) {
                            Value at = b.add(first, b.widen(b.add(done, i)));
                            b.store(score, b.pointer(scores), at);
                            b.store(b.widen(entry), b.pointer(entries), at);
                          });
             Value worst = b.max(b.sub(list.size(), 1), b.i32(0));
             return SmallVector<Value>{list.score(worst), list.entry(worst)};
           });
    return success();
  };
  return launch;
}

int64_t mlir::fot::knnScratchBytes(KnnOp op) {
  KnnLaunches launches(op);
  return launches.ranges > 1 ? launches.ranges * launches.heads *
                                   launches.most * 2 * sizeof(float)
                             : 0;
}

FailureOr<SmallVector<GpuLaunch>> mlir::fot::gpuKnn(Operation *operation) {
  KnnLaunches launches(cast<KnnOp>(operation));
  if (launches.ranges > 1) {
    return SmallVector<GpuLaunch>{launches.findInRanges(), launches.find()};
  }
  return SmallVector<GpuLaunch>{launches.find()};
}
