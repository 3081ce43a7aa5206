//===- AttentionOps.cpp - attention, with and without a memory ------------===//

#include "dialects/Reference/Frame.h"
#include "dialects/Reference/Softmax.h"

#include <cmath>

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::reference;

double reference::dot(const double *a, const double *b, int64_t size) {
  double sum = 0;
  for (int64_t i = 0; i < size; ++i) {
    sum += a[i] * b[i];
  }
  return sum;
}

void reference::keepBest(std::vector<Scored> &all, int64_t k) {
  llvm::sort(all, [](const Scored &a, const Scored &b) {
    return a.score > b.score || (a.score == b.score && a.entry < b.entry);
  });
  all.resize(std::min<size_t>(k, all.size()));
}

std::vector<Scored> reference::bestEntries(const double *query,
                                           const MemoryValue &memory,
                                           int64_t head, int64_t k) {
  return bestEntries(query, memory, head, k, 0, memory.size);
}

std::vector<Scored> reference::bestEntries(const double *query,
                                           const MemoryValue &memory,
                                           int64_t head, int64_t k,
                                           int64_t from, int64_t to) {
  if (memory.type.getSlotOfHead(head) < 0) {
    return {};
  }
  std::vector<Scored> all;
  for (int64_t i = from; i < to; ++i) {
    double score = dot(query, memory.key(head, i), memory.type.getHeadDim());
    // NaN has no order; such an entry is the last to be chosen.
    all.push_back({std::isnan(score) ? -HUGE_VAL : score, i});
  }
  keepBest(all, k);
  return all;
}

double JointSoftmax::sum(double *dst) const {
  double most = largest(), total = 0;
  std::fill_n(dst, headDim, 0.0);
  for (size_t i = 0; i < logits.size(); ++i) {
    double weight = std::exp(logits[i] - most);
    total += weight * totals[i];
    for (int64_t d = 0; d < headDim; ++d) {
      dst[d] += weight * rows[i][d];
    }
  }
  return total;
}

void JointSoftmax::mean(double *dst) const {
  double total = sum(dst);
  for (int64_t d = 0; d < headDim; ++d) {
    dst[d] /= total;
  }
}

namespace {
/// Causal attention over a window, with further entries per query and head.
struct WindowAttention {
  const TensorValue &queries, &keys, &values;
  int64_t position;
  double scale;
  const TensorValue *parts = nullptr; ///< of fot.partial_attention
  int64_t block = 0;

  int64_t tokens() const { return queries.dim(0); }
  int64_t headDim() const { return keys.dim(2); }
  int64_t heads() const { return queries.dim(1) / headDim(); }
  int64_t group(int64_t head) const { return head / (heads() / keys.dim(0)); }
  const double *query(int64_t token, int64_t head) const {
    return queries.row(token) + head * headDim();
  }

  LogicalResult verify(Operation *op) const {
    if (failed(expectShape(op, "values", values, keys.shape))) {
      return failure();
    }
    if (position < 0 || position + tokens() > keys.dim(1)) {
      return op->emitOpError()
             << "expects positions within the window of " << keys.dim(1)
             << ", found " << position << " + " << tokens();
    }
    return success();
  }

  /// The entries [from, to) of the window.
  void addWindow(JointSoftmax &softmax, int64_t head, int64_t from,
                 int64_t to) const {
    for (int64_t i = from; i < to; ++i) {
      softmax.add(keys.row({group(head), i}), values.row({group(head), i}));
    }
  }

  /// `more(softmax, token, head)` adds to the window's entries.
  template <typename More> TensorValue evaluate(More more) const {
    TensorValue result(queries.element, queries.shape);
    for (int64_t t = 0; t < tokens(); ++t) {
      for (int64_t h = 0; h < heads(); ++h) {
        JointSoftmax softmax(query(t, h), scale, headDim());
        if (parts) {
          for (int64_t i = 0; i * block <= position; ++i) {
            const double *part = parts->row({i, h});
            softmax.addPart(part[headDim()], part[headDim() + 1], part);
          }
        } else {
          addWindow(softmax, h, 0, position + t + 1);
        }
        more(softmax, t, h);
        softmax.mean(result.row(t) + h * headDim());
      }
    }
    return result;
  }
};
} // namespace

template <typename OpTy> static WindowAttention window(Frame &frame, OpTy op) {
  return {frame.tensor(op.getQueries()), frame.tensor(op.getKeys()),
          frame.tensor(op.getValues()), frame.integer(op.getPosition()),
          op.getScale().convertToDouble()};
}

template <typename OpTy>
static WindowAttention windowOrParts(Frame &frame, OpTy op) {
  WindowAttention attention = window(frame, op);
  if (op.getParts()) {
    attention.parts = &frame.tensor(op.getParts());
    attention.block = *op.getBlock();
  }
  return attention;
}

static LogicalResult evaluatePartial(Frame &frame, PartialAttentionOp op) {
  WindowAttention attention = window(frame, op);
  if (failed(attention.verify(op))) {
    return failure();
  }
  TensorValue parts = frame.tensor(op.getInits()[0]);
  int64_t block = op.getBlock(), headDim = attention.headDim();
  int64_t visible = attention.position + 1;
  for (int64_t from = 0; from < visible; from += block) {
    for (int64_t h = 0; h < attention.heads(); ++h) {
      JointSoftmax softmax(attention.query(0, h), attention.scale, headDim);
      attention.addWindow(softmax, h, from, std::min(from + block, visible));
      double *part = parts.row({from / block, h});
      part[headDim + 1] = softmax.sum(part);
      part[headDim] = softmax.largest();
    }
  }
  frame.set(op.getResults()[0], makeValue(std::move(parts)));
  return success();
}

static LogicalResult evaluateAttention(Frame &frame, AttentionOp op) {
  WindowAttention attention = windowOrParts(frame, op);
  if (failed(attention.verify(op))) {
    return failure();
  }
  int64_t headDim = attention.headDim();
  auto hasMemory = [&](int64_t group) {
    return !op.getMemoryHeads() ||
           llvm::is_contained(*op.getMemoryHeads(), group);
  };
  if (op.getRetrievedKeys()) {
    const TensorValue &keys = frame.tensor(op.getRetrievedKeys());
    const TensorValue &values = frame.tensor(op.getRetrievedValues());
    SmallVector<int64_t, 4> shape = {attention.tokens(), attention.heads(),
                                     keys.dim(2), headDim};
    if (failed(expectShape(op, "retrieved keys", keys, shape)) ||
        failed(expectShape(op, "retrieved values", values, shape))) {
      return failure();
    }
    return setActivations(
        frame, op,
        attention.evaluate([&](JointSoftmax &softmax, int64_t t, int64_t h) {
          bool joins = hasMemory(attention.group(h));
          for (int64_t i = 0; joins && i < keys.dim(2); ++i) {
            softmax.add(keys.row({t, h, i}), values.row({t, h, i}));
          }
        }));
  }
  if (op.getPrefixKeys()) {
    const TensorValue &keys = frame.tensor(op.getPrefixKeys());
    const TensorValue &values = frame.tensor(op.getPrefixValues());
    if (failed(expectShape(op, "prefix values", values, keys.shape))) {
      return failure();
    }
    return setActivations(
        frame, op,
        attention.evaluate([&](JointSoftmax &softmax, int64_t, int64_t h) {
          int64_t g = attention.group(h);
          for (int64_t i = 0; hasMemory(g) && i < keys.dim(1); ++i) {
            softmax.add(keys.row({g, i}), values.row({g, i}));
          }
        }));
  }
  return setActivations(
      frame, op, attention.evaluate([](JointSoftmax &, int64_t, int64_t) {}));
}

/// The best of what several ranges of the memory gave.
static std::vector<Scored> partialWinners(Frame &frame, MemoryAttentionOp op,
                                          int64_t head, int64_t k) {
  const TensorValue &scores = frame.tensor(op.getPartialScores());
  const TensorValue &entries = frame.tensor(op.getPartialEntries());
  std::vector<Scored> all;
  for (int64_t s = 0; s < scores.dim(0); ++s) {
    for (int64_t i = 0; i < scores.dim(2); ++i) {
      auto entry = static_cast<int64_t>(entries.row({s, head})[i]);
      if (entry >= 0) {
        all.push_back({scores.row({s, head})[i], entry});
      }
    }
  }
  keepBest(all, k);
  return all;
}

static LogicalResult evaluateMemoryAttention(Frame &frame,
                                             MemoryAttentionOp op) {
  WindowAttention attention = windowOrParts(frame, op);
  const MemoryValue &memory = frame.memory(op.getMemory());
  if (failed(attention.verify(op))) {
    return failure();
  }
  int64_t k = op.getMode() == MemoryMode::TopK ? *op.getK() : memory.size;
  return setActivations(
      frame, op,
      attention.evaluate([&](JointSoftmax &softmax, int64_t t, int64_t h) {
        int64_t g = attention.group(h);
        std::vector<Scored> winners =
            op.getPartialScores()
                ? partialWinners(frame, op, h, k)
                : bestEntries(attention.query(t, h), memory, g, k);
        for (Scored best : winners) {
          softmax.add(memory.key(g, best.entry), memory.value(g, best.entry));
        }
      }));
}

/// Rotates the interleaved pairs (2i, 2i + 1) of every head [B, S, H, D] by
/// the angles of position s.
static TensorValue rotatePairs(TensorValue tensor, double theta) {
  int64_t heads = tensor.dim(2), headDim = tensor.dim(3);
  for (int64_t b = 0; b < tensor.dim(0); ++b) {
    for (int64_t s = 0; s < tensor.dim(1); ++s) {
      for (int64_t h = 0; h < heads; ++h) {
        double *row = tensor.row({b, s, h});
        for (int64_t i = 0; i < headDim; i += 2) {
          double angle = s * std::pow(theta, -static_cast<double>(i) / headDim);
          double low = row[i], high = row[i + 1];
          row[i] = low * std::cos(angle) - high * std::sin(angle);
          row[i + 1] = low * std::sin(angle) + high * std::cos(angle);
        }
      }
    }
  }
  return tensor;
}

/// How many rows, itself included, row `i` of the batch attends to.
static int64_t visibleRows(CrossbatchAttentionOp op, int64_t i) {
  int64_t all = op.getRange() + 1, pack = op.getPack();
  int64_t visible = all;
  if (op.getStepping() && pack > 1) {
    int64_t step = llvm::divideCeil(all, pack - 1);
    visible = std::min(i % pack * step + 1, all);
  }
  return std::min(visible, i + 1);
}

static LogicalResult evaluateCrossbatch(Frame &frame,
                                        CrossbatchAttentionOp op) {
  const TensorValue &queries = frame.tensor(op.getQueries());
  const TensorValue &keys = frame.tensor(op.getKeys());
  const TensorValue &values = frame.tensor(op.getValues());
  TensorValue result = frame.tensor(op.getInits()[0]);
  for (const TensorValue *tensor :
       std::initializer_list<const TensorValue *>{&keys, &values, &result}) {
    if (failed(expectShape(op, "every operand", *tensor, queries.shape))) {
      return failure();
    }
  }
  double theta = op.getTheta().convertToDouble();
  TensorValue rotatedQueries = rotatePairs(queries, theta);
  TensorValue rotatedKeys = rotatePairs(keys, theta);
  int64_t tokens = queries.dim(1), headDim = queries.dim(3);
  for (int64_t b = 0; b < queries.dim(0); ++b) {
    for (int64_t s = 0; s < tokens; ++s) {
      for (int64_t h = 0; h < queries.dim(2); ++h) {
        JointSoftmax softmax(rotatedQueries.row({b, s, h}),
                             1 / std::sqrt(headDim), headDim);
        for (int64_t i = 0; i <= s; ++i) {
          softmax.add(rotatedKeys.row({b, i, h}), values.row({b, i, h}));
        }
        for (int64_t back = 1; back < visibleRows(op, b); ++back) {
          for (int64_t i = 0; i < tokens; ++i) {
            softmax.add(keys.row({b - back, i, h}),
                        values.row({b - back, i, h}));
          }
        }
        softmax.mean(result.row({b, s, h}));
      }
    }
  }
  frame.set(op.getResults()[0], makeValue(std::move(result)));
  return success();
}

void reference::addAttentionOps(OpTable &table) {
  table.add(evaluateAttention);
  table.add(evaluateMemoryAttention);
  table.add(evaluatePartial);
  table.add(evaluateCrossbatch);
}
