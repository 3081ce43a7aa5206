//===- AttentionState.cpp - online softmax of one query on a GPU ----------===//

#include "passes/LowerGPU/Kernels/AttentionState.h"
#include "passes/LowerGPU/Kernels/Blocks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

constexpr double kNone = -std::numeric_limits<double>::infinity();

QueryShape::QueryShape(Value queries, Value keys)
    : queries(queries), groups(GpuKernel::staticDim(keys, 0)),
      headDim(GpuKernel::staticDim(keys, 2)) {
  heads = GpuKernel::staticDim(queries, 1) / headDim;
}

GpuLaunch QueryShape::launch(Value out) const {
  GpuLaunch launch;
  launch.threads = kAttentionThreads;
  launch.reads = {1, heads / groups};
  launch.grid = rowGrid(queries, needsWhole(out) ? 1 : heads);
  return launch;
}

bool QueryShape::needsWhole(Value out) const {
  return holdsBlocks(out) && headDim % 32 != 0;
}

AttentionState::AttentionState(GpuKernel &b, const QueryShape &shape)
    : b(b), shape(shape), parts((shape.headDim + kWarp - 1) / kWarp),
      queryRow(b.shared(b.getF32Type(), shape.headDim)),
      maxima(b.shared(b.getF32Type(), b.threads())),
      sums(b.shared(b.getF32Type(), b.threads())),
      outputs(b.shared(b.getF32Type(), b.threads() * parts)) {}

Value AttentionState::outputAt(Value warp, Value d) {
  return b.add(b.mul(warp, parts * kWarp), d);
}

void AttentionState::begin(Value token, Value head) {
  Type f32 = b.getF32Type();
  b.barrier(); // whoever still reads what follows
  Value first =
      b.add(b.mul(token, shape.features()), b.mul(head, shape.headDim));
  b.loop(b.thread(), b.i32(shape.headDim), b.i32(b.threads()), [&](Value d) {
    b.store(b.load(b.pointer(shape.queries), f32, b.add(first, d)), queryRow,
            d);
  });
  SmallVector<Value> start(2 + parts, b.f32(0.0));
  start[0] = b.f32(kNone);
  set(start);
  b.barrier();
}

SmallVector<Value> AttentionState::current() {
  Type f32 = b.getF32Type();
  SmallVector<Value> values = {b.load(maxima, f32, b.thread()),
                               b.load(sums, f32, b.thread())};
  for (int64_t j = 0; j < parts; ++j) {
    Value d = b.add(b.lane(), j * kWarp);
    values.push_back(b.load(outputs, f32, outputAt(b.warp(), d)));
  }
  return values;
}

void AttentionState::set(ValueRange values) {
  b.store(values[0], maxima, b.thread());
  b.store(values[1], sums, b.thread());
  for (int64_t j = 0; j < parts; ++j) {
    Value d = b.add(b.lane(), j * kWarp);
    b.store(values[2 + j], outputs, outputAt(b.warp(), d));
  }
}

/// Joins the keys [base, base + 32) that exist; there is one at least.
SmallVector<Value> AttentionState::joinTile(const KeyList &list, Value base,
                                            ValueRange carried) {
  // Lanes behind the last key score that one and leave the result out.
  Value entry = b.add(base, b.lane());
  Value last = b.sub(list.count, 1);
  Value score =
      b.select(b.lt(last, entry), b.f32(kNone), list.score(b.min(entry, last)));
  Value largest = b.fmax(carried[0], b.warpMax(score));
  Value shrink = b.exp(b.fsub(carried[0], largest));
  Value weight = b.exp(b.fsub(score, largest));
  SmallVector<Value> next = {largest,
                             b.fma(carried[1], shrink, b.warpSum(weight))};
  SmallVector<Value> outputs;
  for (int64_t j = 0; j < parts; ++j) {
    outputs.push_back(b.fmul(carried[2 + j], shrink));
  }
  Value alive = b.min(b.sub(list.count, base), b.i32(kWarp));
  outputs =
      b.loop(b.i32(0), alive, b.i32(1), outputs, [&](Value i, ValueRange sums) {
        Value row = list.valueRow(b.add(base, i));
        Value factor = b.shuffleFrom(weight, i);
        if (Value scale = rowScale(b, list.values, row)) {
          factor = b.fmul(factor, scale);
        }
        SmallVector<Value> added;
        for (int64_t j = 0; j < parts; ++j) {
          // Lanes behind the row's end repeat its last number.
          Value d = b.add(b.lane(), j * kWarp);
          if ((j + 1) * kWarp > shape.headDim) {
            d = b.min(d, b.i32(shape.headDim - 1));
          }
          Value number = loadNumber(b, list.values, row, d);
          added.push_back(b.fma(factor, number, sums[j]));
        }
        return added;
      });
  next.append(outputs);
  return next;
}

void AttentionState::join(const KeyList &list) {
  set(b.loop(b.mul(b.warp(), kWarp), list.count, b.i32(b.threads()), current(),
             [&](Value base, ValueRange carried) {
               return joinTile(list, base, carried);
             }));
}

void AttentionState::joinWindow(Value keys, Value values, Value group,
                                Value low, Value high, Value scale) {
  int64_t window = GpuKernel::staticDim(keys, 1);
  RowFormat format = windowFormat(keys);
  auto rowOf = [&](Value cache, Value entry) {
    Value row = b.add(b.add(b.mul(group, window), low), entry);
    return b.at(b.pointer(cache), format.element, b.mul(row, shape.headDim));
  };
  KeyList list;
  list.count = b.sub(high, low);
  list.values = format;
  list.score = [&](Value entry) {
    return b.fmul(dotRow(b, format, rowOf(keys, entry), queryRow), scale);
  };
  list.valueRow = [&](Value entry) { return rowOf(values, entry); };
  join(list);
}

/// What exponents of logits are relative to: not -inf, which would make NaN of
/// the keys that there are not.
static Value baseOf(GpuKernel &b, Value largest) {
  return b.select(b.fgt(largest, b.f32(kNone)), largest, b.f32(0.0));
}

void AttentionState::joinParts(const PartList &list) {
  set(b.loop(
      b.warp(), list.count, b.i32(b.warps()), current(),
      [&](Value i, ValueRange carried) {
        Value part = list.largest(i);
        Value largest = b.fmax(carried[0], part);
        Value base = baseOf(b, largest);
        Value shrink = b.exp(b.fsub(carried[0], base));
        Value factor = b.exp(b.fsub(part, base));
        SmallVector<Value> next = {
            largest, b.fma(factor, list.sum(i), b.fmul(carried[1], shrink))};
        for (int64_t j = 0; j < parts; ++j) {
          Value d = b.min(b.add(b.lane(), j * kWarp), b.i32(shape.headDim - 1));
          next.push_back(
              b.fma(factor, list.number(i, d), b.fmul(carried[2 + j], shrink)));
        }
        return next;
      }));
}

void AttentionState::finishSums(function_ref<void(Value, Value)> store) {
  Type f32 = b.getF32Type();
  b.barrier();
  SmallVector<Value> weights;
  largestOfAll = Value();
  for (int64_t warp = 0; warp < b.warps(); ++warp) {
    weights.push_back(b.load(maxima, f32, b.i32(warp * kWarp)));
    largestOfAll =
        largestOfAll ? b.fmax(largestOfAll, weights.back()) : weights.back();
  }
  Value base = baseOf(b, largestOfAll);
  sumOfAll = b.f32(0.0);
  for (auto [warp, weight] : llvm::enumerate(weights)) {
    weight = b.exp(b.fsub(weight, base));
    sumOfAll = b.fma(weight, b.load(sums, f32, b.i32(warp * kWarp)), sumOfAll);
  }
  b.loop(b.thread(), b.i32(shape.headDim), b.i32(b.threads()), [&](Value d) {
    Value number = b.f32(0.0);
    for (auto [warp, weight] : llvm::enumerate(weights)) {
      Value part = b.load(outputs, f32, outputAt(b.i32(warp), d));
      number = b.fma(weight, part, number);
    }
    store(d, number);
  });
}

void AttentionState::finish(function_ref<void(Value, Value)> store) {
  finishSums(
      [&](Value d, Value number) { store(d, b.fdiv(number, sumOfAll)); });
}

/// Rounds `features` numbers in shared memory to blocks from `word` on.
static void storeBlocks(GpuKernel &b, Value numbers, int64_t features,
                        Value out, Value word) {
  b.barrier();
  b.loop(
      b.warp(), b.i32(blocksOf(features)), b.i32(b.warps()), [&](Value block) {
        Value number =
            b.load(numbers, b.getF32Type(), b.add(b.mul(block, 32), b.lane()));
        storeBlock(b, number, b.pointer(out),
                   b.add(word, b.mul(block, kBlockWords)));
      });
}

void mlir::fot::writeAttention(GpuKernel &b, const QueryShape &shape, Value out,
                               QueryBody join, QueryBody after) {
  AttentionState state(b, shape);
  Value token = b.block(0);
  bool blocks = holdsBlocks(out), whole = shape.needsWhole(out);
  int64_t features = whole ? shape.features() : shape.headDim;
  Value numbers;
  if (blocks) {
    numbers = b.shared(b.getF32Type(), blocksOf(features) * 32);
  }
  auto query = [&](Value head) {
    state.begin(token, head);
    join(state, token, head);
    Value base = b.mul(head, shape.headDim);
    state.finish([&](Value d, Value number) {
      if (blocks) {
        b.store(number, numbers, whole ? b.add(base, d) : d);
        return;
      }
      Value at = b.add(b.mul(token, shape.features()), b.add(base, d));
      b.store(number, b.pointer(out), at);
    });
    if (after) {
      after(state, token, head);
    }
  };
  if (whole) {
    // The last block may be longer than the row.
    b.loop(b.add(b.thread(), features), b.i32(blocksOf(features) * 32),
           b.i32(b.threads()),
           [&](Value i) { b.store(b.f32(0.0), numbers, i); });
    b.loop(b.i32(0), b.i32(shape.heads), b.i32(1), query);
  } else {
    query(b.block(1));
  }
  if (blocks) {
    Value word = b.mul(token, blocksOf(shape.features()) * kBlockWords);
    if (!whole) {
      word =
          b.add(word, b.mul(b.block(1), blocksOf(shape.headDim) * kBlockWords));
    }
    storeBlocks(b, numbers, features, out, word);
  }
}
