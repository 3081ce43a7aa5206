//===- MemoryOps.cpp - window caches, memories and retrieval --------------===//

#include "dialects/Reference/Frame.h"
#include "dialects/Reference/Softmax.h"

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::reference;

static LogicalResult evaluateCreate(Frame &frame, CreateMemoryOp op) {
  MemoryValue memory;
  memory.type = op.getType();
  frame.set(op.getResult(), makeValue(std::move(memory)));
  return success();
}

static LogicalResult evaluateSize(Frame &frame, MemorySizeOp op) {
  frame.set(op.getResult(), frame.memory(op.getMemory()).size);
  return success();
}

/// Slot by slot, the old entries and then the first `count` of the window.
static std::vector<double> append(const std::vector<double> &old,
                                  const MemoryValue &memory,
                                  const TensorValue &window, int64_t count) {
  std::vector<double> result;
  int64_t headDim = window.dim(2);
  for (int64_t slot = 0; slot < memory.type.getSlots(); ++slot) {
    auto begin = old.begin() + slot * memory.size * headDim;
    result.insert(result.end(), begin, begin + memory.size * headDim);
    const double *rows = window.row(memory.type.getHeadOfSlot(slot));
    result.insert(result.end(), rows, rows + count * headDim);
  }
  return result;
}

static LogicalResult evaluateAppendMemory(Frame &frame, AppendMemoryOp op) {
  const MemoryValue &memory = frame.memory(op.getMemory());
  const TensorValue &keys = frame.tensor(op.getKeys());
  const TensorValue &values = frame.tensor(op.getValues());
  int64_t count = frame.integer(op.getCount());
  if (failed(expectShape(op, "values", values, keys.shape))) {
    return failure();
  }
  if (count < 0 || count > keys.dim(1)) {
    return op.emitOpError() << "expects a count within the window's "
                            << keys.dim(1) << " entries, found " << count;
  }
  frame.set(op.getResult(), makeValue(makeMemory(
                                memory.type, memory.size + count,
                                append(memory.keys, memory, keys, count),
                                append(memory.values, memory, values, count))));
  return success();
}

/// An index changes no value.
static LogicalResult evaluateSeal(Frame &, SealMemoryOp) { return success(); }

static LogicalResult evaluateView(Frame &frame, ViewMemoryOp op) {
  const MemoryValue &memory = frame.memory(op.getMemory());
  for (int i = 0; i < 2; ++i) {
    TensorValue result = frame.tensor(op.getInits()[i]);
    if (failed(expectShape(
            op, "init", result,
            {memory.type.getHeads(), memory.size, memory.type.getHeadDim()}))) {
      return failure();
    }
    for (int64_t g = 0; g < memory.type.getHeads(); ++g) {
      int64_t numbers = memory.size * memory.type.getHeadDim();
      double *rows = result.row(g);
      if (memory.type.getSlotOfHead(g) < 0) {
        std::fill_n(rows, numbers, 0.0);
      } else if (numbers != 0) {
        std::copy_n(i == 0 ? memory.key(g, 0) : memory.value(g, 0), numbers,
                    rows);
      }
    }
    frame.set(op.getResults()[i], makeValue(std::move(result)));
  }
  return success();
}

FailureOr<TensorValue> reference::appendRows(Operation *op,
                                             const TensorValue &input,
                                             TensorValue cache,
                                             int64_t position) {
  int64_t tokens = input.dim(0), headDim = cache.dim(2);
  if (failed(
          expectShape(op, "input", input, {tokens, cache.dim(0) * headDim}))) {
    return failure();
  }
  if (position < 0 || position + tokens > cache.dim(1)) {
    return op->emitOpError()
           << "expects positions within the window of " << cache.dim(1)
           << ", found " << position << " + " << tokens;
  }
  for (int64_t g = 0; g < cache.dim(0); ++g) {
    for (int64_t t = 0; t < tokens; ++t) {
      double *row = cache.row({g, position + t});
      std::copy_n(input.row(t) + g * headDim, headDim, row);
      if (!cache.element.isF32()) {
        roundRow(cache.element, MutableArrayRef(row, headDim));
      }
    }
  }
  return cache;
}

static LogicalResult evaluateAppendWindow(Frame &frame, AppendWindowOp op) {
  FailureOr<TensorValue> cache = appendRows(op, frame.tensor(op.getInput()),
                                            frame.tensor(op.getInits()[0]),
                                            frame.integer(op.getPosition()));
  if (failed(cache)) {
    return failure();
  }
  frame.set(op.getResults()[0], makeValue(std::move(*cache)));
  return success();
}

static LogicalResult evaluateKnn(Frame &frame, KnnOp op) {
  const MemoryValue &memory = frame.memory(op.getMemory());
  const TensorValue &queries = frame.tensor(op.getQueries());
  TensorValue scores = frame.tensor(op.getInits()[0]);
  TensorValue indices = frame.tensor(op.getInits()[1]);
  int64_t headDim = memory.type.getHeadDim(), tokens = queries.dim(0);
  int64_t heads = queries.dim(1) / headDim, k = scores.dim(2);
  if (failed(expectShape(op, "scores", scores, {tokens, heads, k})) ||
      failed(expectShape(op, "indices", indices, {tokens, heads, k}))) {
    return failure();
  }
  if (k > memory.size) {
    return op.emitOpError() << "expects at most as many results as the memory "
                               "has entries, "
                            << memory.size << ", found " << k;
  }
  for (int64_t t = 0; t < tokens; ++t) {
    for (int64_t h = 0; h < heads; ++h) {
      int64_t g = h / (heads / memory.type.getHeads());
      const double *query = queries.row(t) + h * headDim;
      std::vector<Scored> best = bestEntries(query, memory, g, k);
      best.resize(k, {-HUGE_VAL, -1});
      for (int64_t i = 0; i < k; ++i) {
        scores.row({t, h})[i] = best[i].score;
        indices.row({t, h})[i] = static_cast<double>(best[i].entry);
      }
    }
  }
  frame.set(op.getResults()[0], makeValue(std::move(scores)));
  frame.set(op.getResults()[1], makeValue(std::move(indices)));
  return success();
}

static LogicalResult evaluatePartialKnn(Frame &frame, PartialKnnOp op) {
  const MemoryValue &memory = frame.memory(op.getMemory());
  const TensorValue &queries = frame.tensor(op.getQueries());
  TensorValue scores = frame.tensor(op.getInits()[0]);
  TensorValue entries = frame.tensor(op.getInits()[1]);
  int64_t splits = scores.dim(0), heads = scores.dim(1), k = scores.dim(2);
  int64_t shared = heads / memory.type.getHeads();
  for (int64_t s = 0; s < splits; ++s) {
    for (int64_t h = 0; h < heads; ++h) {
      std::vector<Scored> best = bestEntries(
          queries.row(0) + h * memory.type.getHeadDim(), memory, h / shared, k,
          memory.size * s / splits, memory.size * (s + 1) / splits);
      best.resize(k, {-HUGE_VAL, -1});
      for (int64_t i = 0; i < k; ++i) {
        scores.row({s, h})[i] = best[i].score;
        entries.row({s, h})[i] = static_cast<double>(best[i].entry);
      }
    }
  }
  frame.set(op.getResults()[0], makeValue(std::move(scores)));
  frame.set(op.getResults()[1], makeValue(std::move(entries)));
  return success();
}

static LogicalResult evaluateGather(Frame &frame, GatherOp op) {
  const MemoryValue &memory = frame.memory(op.getMemory());
  const TensorValue &indices = frame.tensor(op.getIndices());
  TensorValue keys = frame.tensor(op.getInits()[0]);
  TensorValue values = frame.tensor(op.getInits()[1]);
  int64_t headDim = memory.type.getHeadDim(), heads = indices.dim(1);
  SmallVector<int64_t, 4> shape = {indices.dim(0), heads, indices.dim(2),
                                   headDim};
  if (failed(expectShape(op, "keys", keys, shape)) ||
      failed(expectShape(op, "values", values, shape))) {
    return failure();
  }
  for (int64_t t = 0; t < shape[0]; ++t) {
    for (int64_t h = 0; h < heads; ++h) {
      int64_t g = h / (heads / memory.type.getHeads());
      for (int64_t i = 0; i < shape[2]; ++i) {
        int64_t entry = static_cast<int64_t>(indices.row({t, h})[i]);
        if (entry == -1) {
          std::fill_n(keys.row({t, h, i}), headDim, 0.0);
          std::fill_n(values.row({t, h, i}), headDim, 0.0);
          continue;
        }
        if (entry < 0 || entry >= memory.size ||
            memory.type.getSlotOfHead(g) < 0) {
          return op.emitOpError() << "expects entries within the memory's "
                                  << memory.size << ", found " << entry;
        }
        std::copy_n(memory.key(g, entry), headDim, keys.row({t, h, i}));
        std::copy_n(memory.value(g, entry), headDim, values.row({t, h, i}));
      }
    }
  }
  frame.set(op.getResults()[0], makeValue(std::move(keys)));
  frame.set(op.getResults()[1], makeValue(std::move(values)));
  return success();
}

void reference::addMemoryOps(OpTable &table) {
  table.add(evaluateCreate);
  table.add(evaluateSize);
  table.add(evaluateAppendMemory);
  table.add(evaluateSeal);
  table.add(evaluateView);
  table.add(evaluateAppendWindow);
  table.add(evaluateKnn);
  table.add(evaluatePartialKnn);
  table.add(evaluateGather);
}
