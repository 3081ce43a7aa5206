//===- KnnTile.cpp - retrieval of many queries on a GPU -------------------===//

#include "passes/LowerGPU/Kernels/KnnTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <cmath>
#include <limits>

using namespace mlir;
using namespace mlir::fot;

constexpr double kNone = -std::numeric_limits<double>::infinity();
/// The most keys of a step, and how many entries of a row wait at most: those
/// of a step have always room.
constexpr int64_t kMostKeys = 32, kWaiting = 64;
/// What underflow costs at most, also where numbers below 2^-126 count as 0:
/// of no more than 2^10 terms.
const double kTiny = std::ldexp(1.0, -110);

bool KnnTile::fits(const QueryShape &shape, const RowFormat &keys, int64_t k) {
  return QueryTile::fits(shape) && TileStages::fits(keys) && k <= kMaxTileTopK;
}

/// How far a sum of tensor cores may be from that of dotRow, in parts of the
/// largest magnitude of a key's numbers times the sum of the query's
/// magnitudes. That product is no less than S, the sum of the magnitudes of the
/// terms k_d q_d, and each error is a part of S or of it:
///
/// - Splitting (SplitMma.h): two bf16 leave 2^-16 of a query's number; two f16
///   leave 2^-22, or 2^-25 of the row's largest number, and there are no more
///   than 128 numbers; of tf32 the low parts lose 2^-20 on both sides, and the
///   product of both is left out, 2^-20 again.
/// - Tensor cores: at least single precision, but of unknown order and
///   rounding. N additions, of terms that are cut to the place of the largest
///   one, lose no more than N 2^-23 of the sum of magnitudes. Twice as much is
///   allowed for, as the parts of a split are a little more than what was
///   split.
/// - dotRow: a fused addition for each number, (D + 1) 2^-24 of S. Twice.
/// - Adding the bound to a score, which is S at most: 2^-24. Four times.
double KnnTile::errorBound() const {
  Type element = stages.rows(0).element;
  double split = std::ldexp(1.0, element.isBF16()  ? -16
                                 : element.isF16() ? -17
                                                   : -18);
  int64_t depth = element.isF32() ? 8 : 16, products = element.isF32() ? 3 : 2;
  int64_t steps = stages.rows(0).bytes / 32;
  int64_t additions = products * steps * (depth + 1);
  return split + std::ldexp(additions + 1, -22) +
         std::ldexp(shape.headDim + 1, -23) + std::ldexp(1.0, -22);
}

KnnTile::KnnTile(GpuKernel &b, const QueryShape &shape, GpuMemory &memory,
                 int64_t k, Value lists,
                 std::function<Value(const QueryTile::Row &)> listAt)
    : b(b), shape(shape), memory(memory), k(k), lists(lists), listAt(listAt),
      stages(b, {memory.keyFormat()}, kMostKeys),
      tile(b, shape, stages.rows(0).element),
      list(b, k, GpuTopK::Team::Warp, kWaiting),
      waiting(b.shared(b.getI32Type(), kTileRows * kWaiting)),
      numWaiting(b.shared(b.getI32Type(), kTileRows)),
      sizes(b.shared(b.getI32Type(), kTileRows)),
      thresholds(b.shared(b.getF32Type(), kTileRows)),
      largest(b.shared(b.getI32Type(), b.warps())) {
  for (int64_t half = 0; half < 2; ++half) {
    magnitudes[half] = tile.magnitude(half);
  }
  b.when(b.lt(b.thread(), kTileRows), [&] {
    b.store(b.i32(0), numWaiting, b.thread());
    b.store(b.i32(0), sizes, b.thread());
    b.store(b.f32(kNone), thresholds, b.thread());
  });
}

/// Finds the largest magnitude of a step's numbers; loadLargest() gives it
/// behind the next barrier. NaN counts as more than infinity.
void KnnTile::findLargest(Value step) {
  const TileStages::Rows &rows = stages.rows(0);
  Type i32 = b.getI32Type();
  int64_t pieces = rows.bytes / 16;
  Value keys = stages.base(0, step);
  auto masked = [&](Value word, int64_t mask) {
    return arith::AndIOp::create(b, word, b.i32(mask)).getResult();
  };
  Value found =
      b.loop(b.thread(), b.i32(stages.step() * pieces), b.i32(b.threads()),
             {b.i32(0)}, [&](Value i, ValueRange carried) {
               Value place = b.add(b.mul(b.div(i, pieces), rows.pitch / 4),
                                   b.mul(b.rem(i, pieces), 4));
               Value words = b.loadVector(keys, i32, place, 4);
               Value most = carried[0];
               for (int64_t j = 0; j < 4; ++j) {
                 Value word = b.extract(words, j);
                 if (rows.size() == 4) {
                   most = b.max(most, masked(word, 0x7fffffff));
                   continue;
                 }
                 // Bits as those of the upper half.
                 Value low = arith::ShLIOp::create(b, word, b.i32(16));
                 most = b.max(most, masked(word, 0x7fff0000));
                 most = b.max(most, masked(low, 0x7fff0000));
               }
               return SmallVector<Value>{most};
             })[0];
  found = b.warpMax(found);
  b.when(b.eq(b.lane(), 0), [&] { b.store(found, largest, b.warp()); });
}

Value KnnTile::loadLargest() {
  Value bits = b.load(largest, b.getI32Type(), b.i32(0));
  for (int64_t warp = 1; warp < b.warps(); ++warp) {
    bits = b.max(bits, b.load(largest, b.getI32Type(), b.i32(warp)));
  }
  if (!stages.rows(0).element.isF16()) {
    return b.bitcast(bits, b.getF32Type());
  }
  Value upper = arith::ShRUIOp::create(b, bits, b.i32(16));
  Value half = arith::TruncIOp::create(b, b.getI16Type(), upper);
  return b.toFloat(b.bitcast(half, b.getF16Type()));
}

/// Whether any lane of the warp says so.
static Value anyLane(GpuKernel &b, Value condition) {
  return b.intrinsic("llvm.nvvm.vote.any.sync", b.getI1Type(),
                     {b.i32(-1), condition});
}

/// Keeps what may be among the best of a step whose keys are `count` of the
/// entries from `from` on.
void KnnTile::sieve(Value step, Value from, Value count) {
  Type i32 = b.getI32Type(), f32 = b.getF32Type();
  const TileStages::Rows &rows = stages.rows(0);
  if (!rows.isWidened()) {
    findLargest(step);
  }
  SmallVector<Value> sums =
      tile.multiply(stages.base(0, step), rows.pitch, stages.step());
  Value most = b.f32(127.0);
  if (!rows.isWidened()) {
    b.barrier();
    most = loadLargest();
  }
  Value first = b.add(b.mul(step, stages.step()), b.mul(b.rem(b.lane(), 4), 2));
  SmallVector<Value> bounds, limits, wanted;
  for (int64_t half = 0; half < 2; ++half) {
    Value magnitude = magnitudes[half];
    Value error = b.fmul(b.fmul(b.f32(errorBound()), magnitude), most);
    Value small = b.fadd(b.fadd(magnitude, most), b.f32(1.0));
    bounds.push_back(b.fma(b.f32(kTiny), small, error));
    limits.push_back(b.load(thresholds, f32, tile.ownNumber(half)));
  }
  Value any;
  for (auto [i, sum] : llvm::enumerate(sums)) {
    int64_t half = i % kSplitSums / 2;
    int64_t key = i / kSplitSums * kSplitColumns + i % 2;
    Value best = b.fma(sum, tile.factor(half), bounds[half]);
    if (rows.isWidened()) {
      // What is rounded after all sums keeps their order.
      Value row = b.add(b.mul(b.rem(b.lane(), 4), 2), key);
      best = b.fmul(best, stages.scale(0, step, row));
    }
    Value above =
        arith::CmpFOp::create(b, arith::CmpFPredicate::UGT, best, limits[half]);
    Value exists =
        b.both(tile.own(half).exists, b.lt(b.add(first, key), count));
    wanted.push_back(b.both(above, exists));
    any = any ? arith::OrIOp::create(b, any, wanted.back()).getResult()
              : wanted.back();
  }
  b.when(anyLane(b, any), [&] {
    Value full;
    for (auto [i, keep] : llvm::enumerate(wanted)) {
      Value number = tile.ownNumber(i % kSplitSums / 2);
      int64_t key = i / kSplitSums * kSplitColumns + i % 2;
      b.when(keep, [&] {
        Value place = LLVM::AtomicRMWOp::create(
            b, LLVM::AtomicBinOp::add, b.at(numWaiting, i32, number), b.i32(1),
            LLVM::AtomicOrdering::monotonic);
        b.store(b.add(from, b.add(first, key)), waiting,
                b.add(b.mul(number, kWaiting), place));
      });
    }
    b.warpBarrier();
    for (int64_t half = 0; half < 2; ++half) {
      Value now = b.load(numWaiting, i32, tile.ownNumber(half));
      full = full ? b.max(full, now) : now;
    }
    int64_t most = kWaiting - stages.step();
    b.when(anyLane(b, b.lt(b.i32(most), full)), [&] {
      forOwnRows([&](Value number) {
        Value now = b.load(numWaiting, i32, number);
        b.when(b.lt(b.i32(most), now), [&] { flush(number); });
      });
    });
  });
}

void KnnTile::forOwnRows(function_ref<void(Value)> body) {
  Value first = b.mul(b.warp(), kSplitRows);
  b.loop(b.i32(0), b.i32(kSplitRows), b.i32(1),
         [&](Value i) { body(b.add(first, i)); });
}

/// Scores what waits for a row of the warp, and joins it into its list. All
/// that waits is younger than what the list has.
void KnnTile::flush(Value number) {
  Type i32 = b.getI32Type(), f32 = b.getF32Type();
  QueryTile::Row row = tile.row(number);
  Value first = listAt(row), slot = memory.slot(tile.group());
  auto entryAt = [&](Value i) { return b.add(first, b.widen(b.add(i, k))); };
  auto scoreAt = [&](Value i) { return b.add(first, b.widen(i)); };
  list.resume(b.load(sizes, i32, number), [&](Value i) {
    return std::pair(b.load(lists, f32, scoreAt(i)),
                     b.load(lists, i32, entryAt(i)));
  });
  Value query = b.at(b.pointer(shape.queries), f32,
                     b.add(b.mul(row.token, shape.features()),
                           b.mul(row.head, shape.headDim)));
  list.offer(b.load(numWaiting, i32, number), [&](Value i) {
    Value entry = b.load(waiting, i32, b.add(b.mul(number, kWaiting), i));
    Value key = memory.keyRow(memory.find(entry), slot, entry);
    return std::pair(dotRow(b, memory.keyFormat(), key, query), entry);
  });
  list.finish();
  Value size = list.size();
  b.loop(b.lane(), b.i32(k), b.i32(kWarp), [&](Value i) {
    Value exists = b.lt(i, size), inside = b.min(i, b.sub(size, 1));
    inside = b.max(inside, b.i32(0));
    b.store(b.select(exists, list.score(inside), b.f32(kNone)), lists,
            scoreAt(i));
    b.store(b.select(exists, list.entry(inside), b.i32(-1)), lists, entryAt(i));
  });
  b.when(b.eq(b.lane(), 0), [&] {
    b.store(b.i32(0), numWaiting, number);
    b.store(size, sizes, number);
    b.store(list.threshold(), thresholds, number);
  });
  b.warpBarrier();
}

void KnnTile::scan(Value low, Value high) {
  Value slot = memory.slot(tile.group());
  memory.forEachRun(
      low, high, ValueRange(),
      [&](const GpuSegment &segment, Value from, Value count, ValueRange) {
        stages.run({memory.keyRow(segment, slot, from)}, count, ValueRange(),
                   [&](Value step, ValueRange) {
                     sieve(step, from, count);
                     return SmallVector<Value>();
                   });
        return SmallVector<Value>();
      });
  b.barrier();
  forOwnRows([&](Value number) {
    b.when(tile.row(number).exists, [&] { flush(number); });
  });
}
