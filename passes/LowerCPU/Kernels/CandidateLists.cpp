//===- CandidateLists.cpp - the best entries of many queries --------------===//

#include "passes/LowerCPU/Kernels/CandidateLists.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
/// Elements of a vector of i64.
constexpr int64_t kFew = 4;

static Value integer(KernelBuilder &b, int64_t number) {
  return arith::ConstantOp::create(b, b.getI64IntegerAttr(number));
}

static Value greater(KernelBuilder &b, Value x, Value y) {
  return compare(b, arith::CmpIPredicate::sgt, x, y);
}

static Value toIndex(KernelBuilder &b, Value number) {
  return arith::IndexCastOp::create(b, b.getIndexType(), number);
}

CandidateLists::CandidateLists(KernelBuilder &b, int64_t rows, int64_t k)
    : b(b), k(k), room(k + std::max<int64_t>(k / 2, 32)),
      pitch(llvm::alignTo(room + kOffered + kFew, 8)) {
  Type i64 = b.getI64Type();
  elements = b.scratch(i64, rows * pitch);
  counts = b.scratch(i64, rows);
  floors = b.scratch(i64, rows);
  fresh = b.scratch(i64, kOffered);
}

void CandidateLists::begin(Value rows) {
  b.loop(b.cst(0), rows, 1, [&](Value row) {
    b.store(integer(b, 0), counts, row);
    b.store(integer(b, kLeast), floors, row);
  });
}

Value CandidateLists::threshold(Value row) {
  return TopKList::scoreOf(b, b.load(floors, row));
}

void CandidateLists::offer(Value row, Value scores, Value entries, Value live) {
  Type i32 = b.getI32Type();
  auto longs = VectorType::get({kOffered}, b.getI64Type());
  auto word = [&](int32_t number) {
    return splatInt(b, i32, number, kOffered);
  };
  // TopKList::pack for vectors.
  scores = arith::AddFOp::create(b, scores, b.splat(0.0f, kOffered));
  Value nan =
      arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, scores, scores);
  Value bits =
      vector::BitCastOp::create(b, VectorType::get({kOffered}, i32), scores);
  bits = select(b, nan, word(-1), bits);
  Value sign = arith::ShRSIOp::create(b, bits, word(31));
  Value high = arith::XOrIOp::create(
      b, bits, arith::AndIOp::create(b, sign, word(0x7fffffff)));
  SmallVector<int32_t> numbers =
      llvm::to_vector(llvm::seq<int32_t>(0, kOffered));
  Value lane = arith::ConstantOp::create(b, b.getI32VectorAttr(numbers));
  Value exists =
      compare(b, arith::CmpIPredicate::slt, lane,
              b.broadcast(arith::IndexCastOp::create(b, i32, live), kOffered));
  // An element that does not exist is the least: no list takes it.
  high = select(b, exists, high, word(std::numeric_limits<int32_t>::min()));
  Value low =
      select(b, exists, arith::XOrIOp::create(b, entries, word(-1)), word(0));
  Value element = arith::OrIOp::create(
      b,
      arith::ShLIOp::create(b, arith::ExtUIOp::create(b, longs, high),
                            splatInt(b, b.getI64Type(), 32, kOffered)),
      arith::ExtUIOp::create(b, longs, low));
  b.storeVector(element, fresh, b.cst(0));

  Value start = base(row), floor = b.load(floors, row);
  Value count = toIndex(b, b.load(counts, row));
  for (int64_t i = 0; i < kOffered; ++i) {
    Value next = b.load(fresh, b.cst(i));
    b.store(next, elements, b.add(start, count));
    Value enters = greater(b, next, floor);
    count =
        b.add(count, arith::IndexCastUIOp::create(b, b.getIndexType(), enters));
  }
  b.store(arith::IndexCastOp::create(b, b.getI64Type(), count), counts, row);
  b.when(greater(b, count, b.cst(room)), [&] { keepBest(row); });
}

/// How many of the elements, after which there is room for a vector of the
/// least, are above `pivot`; i64.
Value CandidateLists::countAbove(Value base, Value count, Value pivot) {
  auto type = VectorType::get({kFew}, b.getI64Type());
  Value limit = b.broadcast(pivot, kFew);
  Value sum = b.loop(
      b.cst(0), count, kFew, ValueRange{splatInt(b, b.getI64Type(), 0, kFew)},
      [&](Value i, ValueRange before) -> SmallVector<Value> {
        Value above =
            greater(b, b.loadVector(elements, b.add(base, i), kFew), limit);
        return {b.sub(before[0], arith::ExtSIOp::create(b, type, above))};
      })[0];
  return vector::ReductionOp::create(b, vector::CombiningKind::ADD, sum);
}

/// Finds a number that just k elements are above, by bisection, and drops the
/// others; the rest keep their order.
void CandidateLists::keepBest(Value row) {
  Type i64 = b.getI64Type();
  Value start = base(row), count = toIndex(b, b.load(counts, row));
  Value least = splatInt(b, i64, kLeast, kFew);
  b.storeVector(least, elements, b.add(start, count));
  Value best = b.loop(
      b.cst(0), count, kFew, ValueRange{least},
      [&](Value i, ValueRange before) -> SmallVector<Value> {
        return {arith::MaxSIOp::create(
            b, b.loadVector(elements, b.add(start, i), kFew), before[0])};
      })[0];
  Value top =
      vector::ReductionOp::create(b, vector::CombiningKind::MAXSI, best);
  // More than k are above the first number, less than k above the second.
  auto search = scf::WhileOp::create(
      b, TypeRange{i64, i64, i64}, ValueRange{b.load(floors, row), top, top},
      [&](OpBuilder &nested, Location, ValueRange range) {
        OpBuilder::InsertionGuard guard(b);
        b.restoreInsertionPoint(nested.saveInsertionPoint());
        Value both = arith::AndIOp::create(b, range[0], range[1]);
        Value one = arith::XOrIOp::create(b, range[0], range[1]);
        Value middle =
            b.add(both, arith::ShRSIOp::create(b, one, integer(b, 1)));
        Value above = countAbove(start, count, middle);
        Value more = greater(b, above, integer(b, k));
        Value done = arith::OrIOp::create(
            b, compare(b, arith::CmpIPredicate::eq, above, integer(b, k)),
            compare(b, arith::CmpIPredicate::eq, middle, range[0]));
        Value goOn = arith::XOrIOp::create(
            b, done,
            arith::ConstantOp::create(b, b.getIntegerAttr(b.getI1Type(), 1)));
        scf::ConditionOp::create(b, goOn,
                                 ValueRange{select(b, more, middle, range[0]),
                                            select(b, more, range[1], middle),
                                            middle});
      },
      [&](OpBuilder &nested, Location, ValueRange range) {
        OpBuilder::InsertionGuard guard(b);
        b.restoreInsertionPoint(nested.saveInsertionPoint());
        scf::YieldOp::create(b, range);
      });
  Value pivot = search.getResult(2);
  SmallVector<Value> kept = b.loop(
      b.cst(0), count, 1,
      ValueRange{b.cst(0), integer(b, std::numeric_limits<int64_t>::max())},
      [&](Value i, ValueRange before) -> SmallVector<Value> {
        Value element = b.load(elements, b.add(start, i));
        Value keep = greater(b, element, pivot);
        b.store(element, elements, b.add(start, before[0]));
        Value worst = arith::MinSIOp::create(b, before[1], element);
        return {b.add(before[0],
                      arith::IndexCastUIOp::create(b, b.getIndexType(), keep)),
                select(b, keep, worst, before[1])};
      });
  b.store(arith::IndexCastOp::create(b, i64, kept[0]), counts, row);
  b.store(kept[1], floors, row);
}

void CandidateLists::forEachBest(Value row, function_ref<void(Value)> body) {
  b.when(greater(b, toIndex(b, b.load(counts, row)), b.cst(k)),
         [&] { keepBest(row); });
  Value start = base(row);
  b.loop(b.cst(0), toIndex(b, b.load(counts, row)), 1,
         [&](Value i) { body(b.load(elements, b.add(start, i))); });
}
