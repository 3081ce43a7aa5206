//===- Candidates.cpp - entries that may be among the best ----------------===//

#include "passes/LowerCPU/Kernels/Candidates.h"
#include "passes/LowerCPU/Kernels/SegmentIndex.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

/// Lanes of a vector at most.
constexpr int64_t kMostLanes = 16;
/// Steps of a bisection at most, and how much more than what was sought is near
/// enough: a part of it.
constexpr int64_t kSteps = 16, kNear = 8, kNearScore = 32;
/// More than the constant that bounds have, twice (CodedScan.cpp).
constexpr float kTinyScore = 4e-35f;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

static Value flip(KernelBuilder &b, Value mask) {
  return arith::XOrIOp::create(
      b, mask,
      arith::ConstantOp::create(
          b, DenseElementsAttr::get(cast<VectorType>(mask.getType()), true)));
}

Value fot::bitsOf(KernelBuilder &b, Value mask) {
  int64_t lanes = cast<VectorType>(mask.getType()).getDimSize(0);
  Type type = VectorType::get({1}, b.getIntegerType(lanes));
  Value bits = vector::ExtractOp::create(
      b, vector::BitCastOp::create(b, type, mask), ArrayRef<int64_t>{0});
  return arith::ExtUIOp::create(b, b.getI32Type(), bits);
}

Value fot::lanesBefore(KernelBuilder &b, Value from, Value end, int64_t lanes) {
  SmallVector<int32_t> numbers = llvm::to_vector(llvm::seq<int32_t>(0, lanes));
  Value lane = arith::ConstantOp::create(b, b.getI32VectorAttr(numbers));
  Value rest = arith::IndexCastOp::create(b, b.getI32Type(), b.sub(end, from));
  return compare(b, arith::CmpIPredicate::slt, lane, b.broadcast(rest, lanes));
}

CandidateList::CandidateList(KernelBuilder &b, int64_t rows, int64_t room,
                             bool withScales)
    : room(room), b(b), lanes(b.level.lanes()),
      pitch(llvm::alignTo(room, 16) + 16) {
  Type i32 = b.getI32Type(), f32 = b.getF32Type();
  entries = b.scratch(i32, rows * pitch);
  estimates = b.scratch(f32, rows * pitch);
  bounds = b.scratch(f32, rows * pitch);
  scales = withScales ? b.scratch(i32, rows * pitch) : Value();
  counts = b.scratch(b.getIndexType(), rows);
  passingNumbers = b.scratch(f32, 2 * kMostLanes);
  passingWords = b.scratch(i32, 2 * kMostLanes);
}

Value CandidateList::entry(Value row, Value place) {
  return arith::IndexCastUIOp::create(b, b.getIndexType(),
                                      b.load(entries, at(row, place)));
}

CandidateVectors CandidateList::load(Value row, Value place, int64_t count) {
  Value from = at(row, place);
  auto part = [&](Value of) { return b.loadVector(of, from, count); };
  return {part(entries), part(estimates), part(bounds),
          scales ? part(scales) : Value()};
}

void CandidateList::store(Value place, const CandidateVectors &some) {
  b.storeVector(some.entries, entries, place);
  b.storeVector(some.estimates, estimates, place);
  b.storeVector(some.bounds, bounds, place);
  if (scales && some.scales) {
    b.storeVector(some.scales, scales, place);
  }
}

void CandidateList::append(Value row, Value mask,
                           const CandidateVectors &some) {
  Value number = b.load(counts, row);
  Value bits = bitsOf(b, mask);
  if (b.level.hasAvx512() && b.level.has("avx512vl")) {
    // No branch, which would be foretold wrongly every other time: all are
    // written, and the next ones overwrite what is too much.
    auto pack = [&](Value vector) -> Value {
      Type type = vector.getType();
      Value none = arith::ConstantOp::create(b, b.getZeroAttr(type));
      return b.intrinsic("llvm.x86.avx512.mask.compress", type,
                         {vector, none, mask});
    };
    store(at(row, number),
          {pack(some.entries), pack(some.estimates), pack(some.bounds),
           some.scales ? pack(some.scales) : Value()});
    Value more = math::CtPopOp::create(b, bits);
    b.store(
        b.add(number, arith::IndexCastUIOp::create(b, b.getIndexType(), more)),
        counts, row);
    return;
  }
  b.when(compare(b, arith::CmpIPredicate::ne, bits, b.i32(0)), [&] {
    auto pass = [&](int64_t part) { return b.cst(part * kMostLanes); };
    bool packed = scales && some.scales;
    b.storeVector(some.estimates, passingNumbers, pass(0));
    b.storeVector(some.bounds, passingNumbers, pass(1));
    b.storeVector(some.entries, passingWords, pass(0));
    if (packed) {
      b.storeVector(some.scales, passingWords, pass(1));
    }
    forEachBit(b, bits, [&](Value bit) {
      Value last = b.load(counts, row), place = at(row, last);
      auto move = [&](Value from, int64_t part, Value to) {
        b.store(b.load(from, b.add(pass(part), bit)), to, place);
      };
      move(passingNumbers, 0, estimates);
      move(passingNumbers, 1, bounds);
      move(passingWords, 0, entries);
      if (packed) {
        move(passingWords, 1, scales);
      }
      b.store(b.add(last, b.cst(1)), counts, row);
    });
  });
}

void CandidateList::split(Value row, Value limit, Value threshold,
                          CandidateList &to, Value toRow) {
  Value number = count(row);
  to.clear(toRow);
  // Vectors are read before what is kept of them is written in front.
  clear(row);
  Value limits = b.broadcast(limit, lanes);
  Value thresholds = b.broadcast(threshold, lanes);
  b.loop(b.cst(0), number, lanes, [&](Value i) {
    CandidateVectors some = load(row, i, lanes);
    Value live = lanesBefore(b, i, number, lanes);
    // Or no number at all.
    Value good = compare(b, arith::CmpFPredicate::UGE, some.estimates, limits);
    Value open = compare(b, arith::CmpFPredicate::UGE, some.bounds, thresholds);
    open = arith::AndIOp::create(b, open, live);
    to.append(toRow, arith::AndIOp::create(b, good, open), some);
    append(row, arith::AndIOp::create(b, flip(b, good), open), some);
  });
}

Value CandidateList::top(Value row, Value rank, bool lower) {
  Value number = count(row);
  // Behind the last: no numbers, which reach nothing.
  Value none = b.splat(std::numeric_limits<float>::quiet_NaN(), lanes);
  b.storeVector(none, estimates, at(row, number));
  auto value = [&](Value i) -> Value {
    Value estimate = b.loadVector(estimates, at(row, i), lanes);
    if (!lower) {
      return estimate;
    }
    // As far below the estimate as the bound is above.
    Value above = arith::SubFOp::create(
        b, b.loadVector(bounds, at(row, i), lanes), estimate);
    above = arith::AddFOp::create(b, above, b.splat(kTinyScore, lanes));
    return arith::SubFOp::create(b, estimate, above);
  };
  Value enough = compare(b, arith::CmpIPredicate::sge, number, rank);
  Value end = select(b, enough, number, b.cst(0));
  SmallVector<Value> range = b.loop(
      b.cst(0), end, lanes,
      ValueRange{b.splat(kInfinity, lanes), b.splat(-kInfinity, lanes)},
      [&](Value i, ValueRange before) -> SmallVector<Value> {
        Value x = value(i);
        Value less = compare(b, arith::CmpFPredicate::OLT, x, before[0]);
        Value more = compare(b, arith::CmpFPredicate::OGT, x, before[1]);
        return {select(b, less, x, before[0]), select(b, more, x, before[1])};
      });
  Value least = arith::NegFOp::create(
      b, reduceMax(b, arith::NegFOp::create(b, range[0])));
  Value near = b.add(
      rank, arith::DivUIOp::create(b, rank, b.cst(lower ? kNearScore : kNear)));
  auto words = VectorType::get({lanes}, b.getI32Type());
  return b.loop(
      b.cst(0), b.cst(kSteps), 1,
      ValueRange{least, reduceMax(b, range[1]), b.f32(-kInfinity), end},
      [&](Value, ValueRange before) -> SmallVector<Value> {
        Value half = b.f32(0.5f);
        Value middle =
            arith::AddFOp::create(b, arith::MulFOp::create(b, before[0], half),
                                  arith::MulFOp::create(b, before[1], half));
        Value limit = b.broadcast(middle, lanes);
        Value sum =
            b.loop(b.cst(0), before[3], lanes,
                   ValueRange{splatInt(b, b.getI32Type(), 0, lanes)},
                   [&](Value i, ValueRange sums) -> SmallVector<Value> {
                     Value reaches =
                         compare(b, arith::CmpFPredicate::OGE, value(i), limit);
                     return {b.sub(sums[0],
                                   arith::ExtSIOp::create(b, words, reaches))};
                   })[0];
        Value reaching = arith::IndexCastOp::create(
            b, b.getIndexType(),
            vector::ReductionOp::create(b, vector::CombiningKind::ADD, sum));
        Value many = compare(b, arith::CmpIPredicate::sge, reaching, rank);
        Value close = arith::AndIOp::create(
            b, many, compare(b, arith::CmpIPredicate::sle, reaching, near));
        return {select(b, many, middle, before[0]),
                select(b, many, before[1], middle),
                select(b, many, middle, before[2]),
                select(b, close, b.cst(0), before[3])};
      })[2];
}
