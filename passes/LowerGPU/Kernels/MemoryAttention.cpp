//===- MemoryAttention.cpp - fot.memory_attention on a GPU ----------------===//
//
// A block of threads for each token and head. `dense` joins every entry; `topk`
// first finds the k best, or merges what was found in ranges, and then reads
// the values of those alone. One token's window and dense memory are cut into
// ranges; tiles of queries attend to many tokens' window and read the memory.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/AttentionParts.h"
#include "passes/LowerGPU/Kernels/Retrieval.h"

using namespace mlir;
using namespace mlir::fot;

/// Finds the query's winners.
static void retrieve(GpuKernel &b, MemoryAttentionOp op,
                     const QueryShape &shape, const AttentionParts &parts,
                     AttentionState &state, GpuMemory &memory, GpuTopK &list,
                     Value token, Value head, Value group) {
  list.begin();
  if (parts.readsMemory()) {
    int64_t k = *op.getK();
    list.offer(b.mul(parts.numRanges(b), k), [&](Value i) {
      Value first = parts.listAt(b, b.div(i, k), token, head);
      Value at = b.add(first, b.widen(b.rem(i, k)));
      return std::pair(b.load(b.scratch(), b.getF32Type(), at),
                       b.load(b.scratch(), b.getI32Type(), b.add(at, k)));
    });
    list.finish();
    return;
  }
  b.when(memory.isHeard(group), [&] {
    if (!op.getPartialScores()) {
      scanMemory(b, memory, list, state.query(), memory.slot(group), b.i32(0),
                 memory.count());
      return;
    }
    Value scores = op.getPartialScores(), entries = op.getPartialEntries();
    int64_t ranges = GpuKernel::staticDim(scores, 0);
    int64_t k = GpuKernel::staticDim(scores, 2);
    list.offer(b.i32(ranges * k), [&](Value i) {
      Value range = b.add(b.mul(b.div(i, k), shape.heads), head);
      Value at = b.add(b.mul(range, k), b.rem(i, k));
      return std::pair(
          b.load(b.pointer(scores), b.getF32Type(), at),
          b.narrow(b.load(b.pointer(entries), b.getI64Type(), at)));
    });
  });
  list.finish();
}

/// The most winners whose rows are looked up at once, and kept.
constexpr int64_t kMaxKeptRows = 1024;

/// Joins the winners: their scores are known, their values are looked up.
/// `rows` has room for the winners' rows, or is null: then each is looked up
/// when it is its turn.
static void joinWinners(GpuKernel &b, AttentionState &state, GpuMemory &memory,
                        GpuTopK &list, Value rows, Value slot, Value scale) {
  Value size = list.size();
  auto lookUp = [&](Value i) {
    Value entry = list.entry(i);
    return memory.valueRow(memory.find(entry), slot, entry);
  };
  if (rows) {
    b.loop(b.thread(), size, b.i32(b.threads()),
           [&](Value i) { b.store(lookUp(i), rows, i); });
    b.barrier();
  }
  KeyList keys;
  keys.count = size;
  keys.values = memory.valueFormat();
  keys.score = [&](Value i) { return b.fmul(list.score(i), scale); };
  keys.valueRow = [&](Value i) {
    return rows ? b.load(rows, b.ptr(kGlobalSpace), i) : lookUp(i);
  };
  state.join(keys);
}

/// Joins the entries [low, high) of a head that owns a memory.
static void joinEntries(GpuKernel &b, AttentionState &state, GpuMemory &memory,
                        Value low, Value high, Value slot, Value scale) {
  memory.forEachRun(
      low, high, [&](const GpuSegment &segment, Value from, Value to) {
        KeyList keys;
        keys.count = b.sub(to, from);
        keys.values = memory.valueFormat();
        keys.score = [&](Value i) {
          Value row = memory.keyRow(segment, slot, b.add(from, i));
          return b.fmul(dotRow(b, memory.keyFormat(), row, state.query()),
                        scale);
        };
        keys.valueRow = [&](Value i) {
          return memory.valueRow(segment, slot, b.add(from, i));
        };
        state.join(keys);
      });
}

FailureOr<SmallVector<GpuLaunch>>
mlir::fot::gpuMemoryAttention(Operation *operation) {
  auto op = cast<MemoryAttentionOp>(operation);
  bool topk = op.getMode() == MemoryMode::TopK;
  int64_t k = op.getK().value_or(1);
  if (topk && k > kMaxGpuTopK) {
    return op.emitOpError() << "has k = " << k
                            << ", the GPU kernel takes at most " << kMaxGpuTopK;
  }
  QueryShape shape(op.getQueries(), op.getKeys());
  Value out = op.getInits()[0];
  AttentionParts parts(op, shape);
  auto scaleOf = [=](GpuKernel &b) mutable {
    return b.f32(op.getScale().convertToDouble());
  };
  auto joinWindow = [=](GpuKernel &b, AttentionState &state, Value head,
                        Value low, Value high) mutable {
    state.joinWindow(op.getKeys(), op.getValues(),
                     b.div(head, shape.heads / shape.groups), low, high,
                     scaleOf(b));
  };
  auto joinDense = [=](GpuKernel &b, AttentionState &state, Value head,
                       auto bounds) mutable {
    GpuMemory memory(b, b.pointer(op.getMemory()), op.getMemory().getType());
    Value group = b.div(head, shape.heads / shape.groups);
    b.when(memory.isHeard(group), [&] {
      auto [low, high] = bounds(memory.count());
      joinEntries(b, state, memory, low, high, memory.slot(group), scaleOf(b));
    });
  };
  SmallVector<GpuLaunch> launches;
  if (parts.isTiled()) {
    launches.push_back(parts.launchTiles(op.getKeys(), op.getValues(),
                                         op.getPosition(),
                                         op.getScale().convertToDouble()));
    if (parts.readsMemory()) {
      launches.push_back(
          topk ? parts.launchRetrieval(op.getMemory())
               : parts.launchMemoryTiles(op.getMemory(),
                                         op.getScale().convertToDouble()));
    }
  } else if (parts) {
    launches.push_back(parts.launch([=](GpuKernel &b, AttentionState &state,
                                        Value head, Value range) mutable {
      auto bounds = [&](Value count) { return parts.entries(b, count, range); };
      if (!topk) {
        joinDense(b, state, head, bounds);
      }
      auto [low, high] = bounds(b.add(b.value(op.getPosition()), 1));
      joinWindow(b, state, head, low, high);
    }));
    launches.back().costs.memory = !topk;
  }
  GpuLaunch &launch = launches.emplace_back(shape.launch(out));
  launch.takesScratch = static_cast<bool>(parts);
  if (parts) {
    // A range of one token's keys has the dense memory too.
    bool readsMemory = topk ? !parts.readsMemory() && !op.getPartialScores()
                            : parts.isTiled() && !parts.readsMemory();
    launch.costs = {.window = false, .memory = readsMemory, .others = true};
    launch.reads = readsMemory ? launch.reads : GpuReads();
  }
  launch.body = [=](GpuKernel &b) mutable {
    GpuMemory memory(b, b.pointer(op.getMemory()), op.getMemory().getType());
    std::optional<GpuTopK> list;
    Value rows;
    if (topk) {
      list.emplace(b, k);
      if (k <= kMaxKeptRows) {
        rows = b.shared(b.ptr(kGlobalSpace), k);
      }
    }
    writeAttention(
        b, shape, out, [&](AttentionState &state, Value token, Value head) {
          if (topk) {
            Value group = b.div(head, shape.heads / shape.groups);
            retrieve(b, op, shape, parts, state, memory, *list, token, head,
                     group);
            joinWinners(b, state, memory, *list, rows, memory.slot(group),
                        scaleOf(b));
          }
          if (!topk && (!parts || parts.isTiled()) && !parts.readsMemory()) {
            joinDense(b, state, head,
                      [&](Value count) { return std::pair(b.i32(0), count); });
          }
          if (parts) {
            parts.join(b, state, token, head);
            return;
          }
          Value visible = b.add(b.add(b.value(op.getPosition()), token), 1);
          joinWindow(b, state, head, b.i32(0), visible);
        });
    return success();
  };
  return launches;
}
