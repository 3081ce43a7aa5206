//===- PartialKnn.cpp - fot.partial_knn on a GPU --------------------------===//
//
// A block of threads for each range of the memory and each head.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/Retrieval.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

constexpr int64_t kThreads = 128;

void mlir::fot::scanMemory(GpuKernel &b, GpuMemory &memory, GpuTopK &list,
                           Value query, Value slot, Value low, Value high,
                           function_ref<Value(Value, Value)> isWanted) {
  memory.forEachRun(
      low, high, [&](const GpuSegment &segment, Value from, Value to) {
        list.offer(b.sub(to, from), [&](Value i) {
          Value entry = b.add(from, i);
          Value row = memory.keyRow(segment, slot, entry);
          Value score = dotRow(b, memory.keyFormat(), row, query);
          if (isWanted) {
            entry = b.select(isWanted(score, entry), entry, b.i32(-1));
          }
          return std::pair(score, entry);
        });
      });
}

FailureOr<SmallVector<GpuLaunch>>
mlir::fot::gpuPartialKnn(Operation *operation) {
  auto op = cast<PartialKnnOp>(operation);
  Value scores = op.getInits()[0], entries = op.getInits()[1];
  auto type = cast<MemRefType>(scores.getType());
  int64_t ranges = type.getDimSize(0), heads = type.getDimSize(1),
          k = type.getDimSize(2);
  if (k > kMaxGpuTopK) {
    return op.emitOpError() << "has k = " << k
                            << ", the GPU kernel takes at most " << kMaxGpuTopK;
  }
  GpuLaunch launch;
  launch.threads = kThreads;
  launch.reads = {1, heads / op.getMemory().getType().getHeads()};
  launch.grid = [=](ImplicitLocOpBuilder &b, GpuLaunch::Dim) {
    return SmallVector<Value>{arith::ConstantIndexOp::create(b, ranges),
                              arith::ConstantIndexOp::create(b, heads)};
  };
  launch.body = [=](GpuKernel &b) mutable {
    MemoryType memoryType = op.getMemory().getType();
    int64_t headDim = memoryType.getHeadDim();
    Type f32 = b.getF32Type();
    Value range = b.block(0), head = b.block(1);
    Value group = b.div(head, heads / memoryType.getHeads());
    GpuMemory memory(b, b.pointer(op.getMemory()), memoryType);
    Value query = b.shared(f32, headDim);
    b.loop(b.thread(), b.i32(headDim), b.i32(kThreads), [&](Value d) {
      Value at = b.add(b.mul(head, headDim), d);
      b.store(b.load(b.pointer(op.getQueries()), f32, at), query, d);
    });
    GpuTopK list(b, k);
    list.begin();
    b.when(memory.isHeard(group), [&] {
      Value count = memory.count();
      scanMemory(b, memory, list, query, memory.slot(group),
                 rangeBound(b, count, range, ranges),
                 rangeBound(b, count, b.add(range, 1), ranges));
    });
    list.finish();
    Value first = b.mul(b.add(b.mul(range, heads), head), k);
    Value size = list.size();
    b.loop(b.thread(), b.i32(k), b.i32(kThreads), [&](Value i) {
      Value at = b.add(first, i);
      auto give = [&](Value score, Value entry) {
        b.store(score, b.pointer(scores), at);
        b.store(entry, b.pointer(entries), at);
      };
      b.when(b.lt(i, size),
             [&] { give(list.score(i), b.widen(list.entry(i))); });
      b.when(b.lt(b.sub(size, 1), i), [&] {
        give(b.f32(-std::numeric_limits<double>::infinity()), b.i64(-1));
      });
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
