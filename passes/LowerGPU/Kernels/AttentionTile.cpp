//===- AttentionTile.cpp - attention of many queries on a GPU -------------===//

#include "passes/LowerGPU/Kernels/AttentionTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

constexpr double kNone = -std::numeric_limits<double>::infinity();
/// Bytes of a key up to which registers are enough for three blocks.
constexpr int64_t kSmallRow = 128;
/// The most keys of a step, and of one whose rows are of i8 and long: their
/// scales take registers too.
constexpr int64_t kMostKeys = 64, kMostScaledKeys = 16, kLongHeadDim = 112;

bool AttentionTile::fits(const QueryShape &shape, const RowFormat &keys,
                         const RowFormat &values) {
  return QueryTile::fits(shape) && TileStages::fits(keys) &&
         TileStages::fits(values);
}

GpuLaunch AttentionTile::launch(const QueryShape &shape,
                                const RowFormat &keys) {
  GpuLaunch launch;
  launch.threads = kAttentionThreads;
  int64_t size = keys.element.isF32() ? 4 : 2;
  launch.residentThreads = shape.headDim * size <= kSmallRow
                               ? 3 * launch.threads
                               : 2 * launch.threads;
  launch.reads = {QueryTile::tokens(shape), 1};
  launch.grid = [shape](ImplicitLocOpBuilder &b, GpuLaunch::Dim dim) {
    Value tokens = arith::ConstantIndexOp::create(b, QueryTile::tokens(shape));
    return SmallVector<Value>{
        arith::CeilDivUIOp::create(b, dim(shape.queries, 0), tokens),
        arith::ConstantIndexOp::create(b, shape.groups)};
  };
  return launch;
}

static int64_t mostKeys(const RowFormat &keys, const RowFormat &values) {
  bool isScaled = keys.element.isInteger(8) || values.element.isInteger(8);
  return isScaled && keys.size > kLongHeadDim ? kMostScaledKeys : kMostKeys;
}

AttentionTile::AttentionTile(GpuKernel &b, const QueryShape &shape,
                             const RowFormat &keys, const RowFormat &values,
                             double scale)
    : b(b), shape(shape), stages(b, {keys, values}, mostKeys(keys, values)),
      tile(b, shape, stages.rows(kKeyRows).element),
      valueMma(b, stages.rows(kValueRows).element) {
  for (int64_t half = 0; half < 2; ++half) {
    factors[half] =
        b.fmul(tile.factor(half), b.fmul(b.f32(scale), b.f32(1.0 / kLn2)));
  }
  state.assign(kValues + columns() * kSplitSums, b.f32(0.0));
  state[kLargest] = state[kLargest + 1] = b.f32(kNone);
}

int64_t AttentionTile::columns() const {
  const TileStages::Rows &values = stages.rows(kValueRows);
  return values.bytes / values.size() / kSplitColumns;
}

/// Two registers for each of one or two columns: of 16-bit numbers `ldmatrix`
/// turns two; of f32 the lane loads keys 2t and 2t + 1 itself.
SmallVector<Value> AttentionTile::loadValues(Value values, int64_t key,
                                             int64_t column) {
  const TileStages::Rows &rows = stages.rows(kValueRows);
  int64_t pitch = rows.pitch;
  Type i8 = b.getI8Type();
  Value lane = b.lane();
  int64_t offset = key * pitch + column * kSplitColumns * rows.size();
  if (rows.size() == 2) {
    Value matrix = b.div(lane, 8);
    Value place =
        b.add(b.mul(b.add(b.mul(b.rem(matrix, 2), 8), b.rem(lane, 8)), pitch),
              b.mul(b.div(matrix, 2), 16));
    return loadMatrices(b, b.at(b.at(values, i8, place), i8, b.i32(offset)),
                        /*transposed=*/true);
  }
  Value place =
      b.add(b.mul(b.rem(lane, 4), 2 * pitch), b.mul(b.div(lane, 4), 4));
  Value mine = b.at(values, i8, place);
  SmallVector<Value> loaded;
  for (int64_t i : {offset, offset + pitch}) {
    loaded.push_back(
        b.load(b.at(mine, i8, b.i32(i)), b.getI32Type(), b.i32(0)));
  }
  return loaded;
}

void AttentionTile::addValues(Value values, ArrayRef<Value> probabilities,
                              MutableArrayRef<Value> sums) {
  bool isFloat = stages.rows(kValueRows).size() == 4;
  int64_t numbers = valueMma.leftNumbers(), together = isFloat ? 1 : 2;
  for (int64_t key = 0; key < stages.step(); key += valueMma.depth()) {
    // What a lane has of a product's columns is what it must have of a left
    // operand's depth; for tf32 by taking keys in another order.
    SmallVector<Value> own(
        probabilities.slice(key / kSplitColumns * kSplitSums, numbers));
    if (isFloat) {
      std::swap(own[1], own[2]);
    }
    SplitMma::Left left = valueMma.split(own);
    for (int64_t column = 0; column < columns(); column += together) {
      SmallVector<Value> loaded = loadValues(values, key, column);
      for (int64_t i = 0; i < together; ++i) {
        auto now = sums.slice((column + i) * kSplitSums, kSplitSums);
        llvm::copy(valueMma.multiply(left, loaded[2 * i], loaded[2 * i + 1],
                                     SmallVector<Value>(now)),
                   now.begin());
      }
    }
  }
}

/// The scales of this lane's keys of a step, of each 8 two; none but of i8.
SmallVector<Value> AttentionTile::loadScales(unsigned kind, Value step) {
  SmallVector<Value> scales;
  if (stages.rows(kind).isWidened()) {
    Value first = b.mul(b.rem(b.lane(), 4), 2);
    for (int64_t key = 0; key < stages.step(); key += kSplitColumns) {
      scales.push_back(stages.scale(kind, step, b.add(first, key)));
      scales.push_back(stages.scale(kind, step, b.add(first, key + 1)));
    }
  }
  return scales;
}

/// Multiplies sums of 8 keys each by the keys' scales, if there are some.
static void multiplyScales(GpuKernel &b, MutableArrayRef<Value> numbers,
                           ArrayRef<Value> scales) {
  for (size_t i = 0; !scales.empty() && i < numbers.size(); ++i) {
    numbers[i] = b.fmul(numbers[i], scales[i / kSplitSums * 2 + i % 2]);
  }
}

SmallVector<Value> AttentionTile::joinStep(Value step, const Value (&limits)[2],
                                           ValueRange carried) {
  Type f32 = b.getF32Type();
  auto power = [&](Value x) {
    return b.intrinsic("llvm.nvvm.ex2.approx.f32", f32, {x});
  };
  SmallVector<Value> next(carried);
  SmallVector<Value> numbers = tile.multiply(
      stages.base(kKeyRows, step), stages.rows(kKeyRows).pitch, stages.step());
  multiplyScales(b, numbers, loadScales(kKeyRows, step));
  for (int64_t half = 0; half < 2; ++half) {
    // Of this lane's first key: how many keys later the last is seen.
    Value first =
        b.add(b.mul(step, stages.step()), b.mul(b.rem(b.lane(), 4), 2));
    Value seen = b.sub(limits[half], first);
    SmallVector<Value *> own;
    Value largest = carried[kLargest + half];
    for (int64_t i = 0; i < static_cast<int64_t>(numbers.size()); ++i) {
      if (i % kSplitSums / 2 == half) {
        int64_t key = i / kSplitSums * kSplitColumns + i % 2;
        numbers[i] = b.select(b.lt(seen, key), b.f32(kNone), numbers[i]);
        largest = b.fmax(largest, numbers[i]);
        own.push_back(&numbers[i]);
      }
    }
    largest =
        joinQuad(b, largest, [&](Value a, Value c) { return b.fmax(a, c); });
    Value shrink =
        power(b.fmul(b.fsub(carried[kLargest + half], largest), factors[half]));
    Value sum = b.fmul(carried[kSum + half], shrink);
    for (Value *number : own) {
      *number = power(b.fmul(b.fsub(*number, largest), factors[half]));
      sum = b.fadd(sum, *number);
    }
    next[kLargest + half] = largest;
    next[kSum + half] = sum;
    for (size_t i = kValues; i < next.size(); ++i) {
      if (static_cast<int64_t>(i - kValues) % kSplitSums / 2 == half) {
        next[i] = b.fmul(next[i], shrink);
      }
    }
  }
  multiplyScales(b, numbers, loadScales(kValueRows, step));
  addValues(stages.base(kValueRows, step), numbers,
            MutableArrayRef(next).drop_front(kValues));
  return next;
}

void AttentionTile::joinWindow(Value keys, Value values, Value position) {
  const RowFormat &format = stages.rows(kKeyRows).format;
  int64_t windowBytes = GpuKernel::staticDim(keys, 1) * format.bytes();
  auto rowsOf = [&](Value cache) {
    return b.at(b.global(b.pointer(cache)), b.getI8Type(),
                b.mul(b.widen(tile.group()), windowBytes));
  };
  Value limits[2];
  for (int64_t half = 0; half < 2; ++half) {
    limits[half] = b.add(position, tile.own(half).token);
  }
  state = stages.run({rowsOf(keys), rowsOf(values)},
                     b.add(b.add(position, tile.lastToken()), 1), state,
                     [&](Value step, ValueRange carried) {
                       return joinStep(step, limits, carried);
                     });
}

void AttentionTile::joinMemory(GpuMemory &memory, Value low, Value high) {
  Value slot = memory.slot(tile.group());
  state = memory.forEachRun(
      low, high, state,
      [&](const GpuSegment &segment, Value from, Value count,
          ValueRange carried) {
        Value last = b.sub(count, 1);
        Value limits[] = {last, last};
        return stages.run({memory.keyRow(segment, slot, from),
                           memory.valueRow(segment, slot, from)},
                          count, carried, [&](Value step, ValueRange carried) {
                            return joinStep(step, limits, carried);
                          });
      });
}
