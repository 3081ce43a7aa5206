//===- Sample.cpp - first thresholds from a part of a memory --------------===//
//
// Without a threshold a scan refines and scores nearly all it meets at first.
// So runs of entries here and there are searched before, for so few entries
// that probably more than k of all entries are as good as the worst of them:
// its score is a guess of a threshold. If k entries reach it, nothing that was
// dropped for it is among the k best. Else all is searched again without it.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/Retrieve.h"

#include "runtime/include/fot/kernel_abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

/// Of so many entries so many are in the sample.
constexpr int64_t kSampleStep = 4096, kSampleRun = 128;
/// With fewer times k entries a sample is not worth it.
constexpr int64_t kSampleSize = 64;
/// How far above its mean, in standard deviations of a Poisson distribution,
/// the number of the k best that are in the sample is expected to be at most.
constexpr float kDeviations = 3.0f;

static Value compare(KernelBuilder &b, arith::CmpIPredicate predicate, Value x,
                     Value y) {
  return arith::CmpIOp::create(b, predicate, x, y);
}

static Value compare(KernelBuilder &b, arith::CmpFPredicate predicate, Value x,
                     Value y) {
  return arith::CmpFOp::create(b, predicate, x, y);
}

/// Which entry of a sample, from the best, gives the guess.
static Value rankInSample(KernelBuilder &b, Value k) {
  Value whole = arith::IndexCastOp::create(b, b.getI32Type(), k);
  Value mean = arith::SIToFPOp::create(b, b.getF32Type(), whole);
  mean = arith::MulFOp::create(b, mean,
                               b.f32(float(kSampleRun) / float(kSampleStep)));
  Value rank = math::FmaOp::create(b, math::SqrtOp::create(b, mean),
                                   b.f32(kDeviations), mean);
  rank = arith::FPToSIOp::create(b, b.getI32Type(), rank);
  rank = arith::IndexCastOp::create(b, b.getIndexType(), rank);
  return b.min(b.add(rank, b.cst(1)), k);
}

void Retriever::searchSampled(Value from, Value to,
                              function_ref<void(Value)> pass) {
  Value lowest = b.f32(-std::numeric_limits<float>::infinity());
  Value guesses = b.scratch(b.getF32Type(), shape.rows());
  Value rows = b.scratch(b.getIndexType(), 1), zero = b.cst(0);
  Value k = list.capacity();
  // Counts the rows of which something holds.
  auto anyRow = [&](function_ref<Value(Value row, Value base)> holds) {
    b.store(zero, rows, zero);
    tile.forEachRow([&](Value row, Value token, Value head) {
      b.when(holds(row, base(row, token, head)),
             [&] { b.store(b.add(b.load(rows, zero), b.cst(1)), rows, zero); });
    });
    return compare(b, arith::CmpIPredicate::ne, b.load(rows, zero), zero);
  };
  auto worst = [&](Value listBase) {
    return list.scoreOf(list.element(listBase, zero));
  };

  Value unknown = anyRow([&](Value row, Value) {
    b.store(lowest, guesses, row);
    return compare(b, arith::CmpFPredicate::OEQ, b.load(thresholds, row),
                   lowest);
  });
  Value large = compare(b, arith::CmpIPredicate::sge, b.sub(to, from),
                        b.mul(k, b.cst(kSampleSize)));
  Value sampled = arith::AndIOp::create(b, unknown, large);
  Value rank = rankInSample(b, k);

  // 0: the sample, 1: all, 2: all again.
  constexpr int64_t kPasses = 3;
  Value next = b.scratch(b.getIndexType(), 1);
  b.store(arith::SelectOp::create(b, sampled, zero, b.cst(1)), next, zero);
  b.loop(zero, b.cst(kPasses), 1, [&](Value number) {
    Value due =
        compare(b, arith::CmpIPredicate::eq, number, b.load(next, zero));
    b.when(due, [&] {
      Value first = compare(b, arith::CmpIPredicate::eq, number, zero);
      list.want(arith::SelectOp::create(b, first, rank, k));
      pass(first);
      Value again = anyRow([&](Value row, Value listBase) -> Value {
        Value guess = b.load(guesses, row), score = worst(listBase);
        Value reached = arith::AndIOp::create(
            b, list.full(row),
            compare(b, arith::CmpFPredicate::OGE, score, guess));
        Value guessed = compare(b, arith::CmpFPredicate::OGT, guess, lowest);
        b.when(first, [&] {
          // What is no number is no guess.
          Value usable = arith::AndIOp::create(
              b, list.full(row),
              compare(b, arith::CmpFPredicate::ORD, score, score));
          b.store(arith::SelectOp::create(b, usable, score, lowest), guesses,
                  row);
        });
        Value fell = compare(b, arith::CmpIPredicate::ugt, guessed, reached);
        return arith::OrIOp::create(b, first, fell);
      });
      b.when(again, [&] {
        tile.forEachRow([&](Value row, Value, Value) {
          Value guess =
              arith::SelectOp::create(b, first, b.load(guesses, row), lowest);
          b.store(guess, guesses, row);
          b.store(guess, thresholds, row);
          list.clear(row);
        });
      });
      b.when(first, [&] {
        // What was scanned as a sample counts when all is.
        Value none = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
        b.store(none, counters, b.cst(FOT_COUNT_KEYS));
      });
      b.store(arith::SelectOp::create(b, again, b.add(number, b.cst(1)),
                                      b.cst(kPasses)),
              next, zero);
    });
  });
}

void Retriever::forEachSampleRun(Value from, Value start, Value end,
                                 Value sampling,
                                 function_ref<void(Value, Value)> body) {
  // Runs begin at multiples of the step, counted from the range's first entry.
  Value step = b.cst(kSampleStep), one = b.cst(1);
  Value before = arith::CeilDivUIOp::create(b, b.sub(start, from), step);
  Value first = b.add(from, b.mul(before, step));
  first = arith::SelectOp::create(b, sampling, first, start);
  Value inside = arith::MaxSIOp::create(b, b.sub(end, first), b.cst(0));
  Value runs = arith::SelectOp::create(
      b, sampling, arith::CeilDivUIOp::create(b, inside, step), one);
  b.loop(b.cst(0), runs, 1, [&](Value i) {
    Value at = b.add(first, b.mul(i, step));
    Value last = b.min(b.add(at, b.cst(kSampleRun)), end);
    body(at, arith::SelectOp::create(b, sampling, last, end));
  });
}
