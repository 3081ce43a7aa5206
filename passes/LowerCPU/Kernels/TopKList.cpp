//===- TopKList.cpp - the k best entries of a memory ----------------------===//

#include "passes/LowerCPU/Kernels/TopKList.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

static Value integer(KernelBuilder &b, int64_t number) {
  return arith::ConstantOp::create(b, b.getI64IntegerAttr(number));
}

/// Maps f32 bits to i32 in the same order, and back.
static Value flipNegative(KernelBuilder &b, Value bits) {
  Value sign = arith::ShRSIOp::create(b, bits, b.i32(31));
  return arith::XOrIOp::create(
      b, bits, arith::AndIOp::create(b, sign, b.i32(0x7fffffff)));
}

Value TopKList::pack(Value score, Value index) {
  // Adding 0 makes one zero of the two.
  score = arith::AddFOp::create(b, score, b.f32(0.0f));
  Value nan = arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, score, score);
  Value bits = arith::BitcastOp::create(b, b.getI32Type(), score);
  // The last of all in this order, and a NaN again when mapped back.
  bits = arith::SelectOp::create(b, nan, b.i32(-1), bits);
  Value high = arith::ExtSIOp::create(b, b.getI64Type(), flipNegative(b, bits));
  Value number = arith::IndexCastOp::create(b, b.getI64Type(), index);
  return arith::OrIOp::create(b, arith::ShLIOp::create(b, high, integer(b, 32)),
                              b.sub(integer(b, 0xffffffff), number));
}

Value TopKList::scoreOf(KernelBuilder &b, Value element) {
  Value high = arith::TruncIOp::create(
      b, b.getI32Type(), arith::ShRSIOp::create(b, element, integer(b, 32)));
  return arith::BitcastOp::create(b, b.getF32Type(), flipNegative(b, high));
}

Value TopKList::indexOf(Value element) {
  Value mask = integer(b, 0xffffffff);
  return b.sub(mask, arith::AndIOp::create(b, element, mask));
}

/// A loop that carries a position: `step` gives the next one and whether to go
/// there. Returns the last.
static Value walk(KernelBuilder &b, Value start,
                  function_ref<std::pair<Value, Value>(Value)> step) {
  auto loop = scf::WhileOp::create(
      b, TypeRange{b.getIndexType()}, ValueRange{start},
      [&](OpBuilder &nested, Location, ValueRange carried) {
        OpBuilder::InsertionGuard guard(b);
        b.restoreInsertionPoint(nested.saveInsertionPoint());
        auto [next, more] = step(carried[0]);
        scf::ConditionOp::create(
            b, more,
            ValueRange{arith::SelectOp::create(b, more, next, carried[0])});
      },
      [&](OpBuilder &nested, Location, ValueRange carried) {
        OpBuilder::InsertionGuard guard(b);
        b.restoreInsertionPoint(nested.saveInsertionPoint());
        scf::YieldOp::create(b, carried);
      });
  return loop.getResult(0);
}

void TopKList::siftDown(Value base, Value size, Value fresh) {
  Value last = b.sub(size, b.cst(1));
  Value hole = walk(b, b.cst(0), [&](Value at) -> std::pair<Value, Value> {
    Value left = b.add(b.add(at, at), b.cst(1));
    Value exists = compare(b, arith::CmpIPredicate::slt, left, size);
    // The worse child; without a child, any element does for the next lines.
    left = b.min(left, last);
    Value right = b.min(b.add(left, b.cst(1)), last);
    Value l = element(base, left), r = element(base, right);
    Value rightWorse = compare(b, arith::CmpIPredicate::slt, r, l);
    Value child = arith::SelectOp::create(b, rightWorse, right, left);
    Value worse = b.min(l, r);
    Value descend = arith::AndIOp::create(
        b, exists, compare(b, arith::CmpIPredicate::slt, worse, fresh));
    // Without it the loop ends and the place is overwritten.
    b.store(worse, elements, b.add(base, at));
    return {child, descend};
  });
  b.store(fresh, elements, b.add(base, hole));
}

void TopKList::siftUp(Value base, Value hole, Value fresh) {
  hole = walk(b, hole, [&](Value at) -> std::pair<Value, Value> {
    // The root is its own parent.
    Value parent = arith::ShRSIOp::create(
        b, arith::MaxSIOp::create(b, b.sub(at, b.cst(1)), b.cst(0)), b.cst(1));
    Value inside = compare(b, arith::CmpIPredicate::sgt, at, b.cst(0));
    Value above = element(base, parent);
    Value climb = arith::AndIOp::create(
        b, inside, compare(b, arith::CmpIPredicate::slt, fresh, above));
    b.store(above, elements, b.add(base, at));
    return {parent, climb};
  });
  b.store(fresh, elements, b.add(base, hole));
}

void TopKList::offer(Value row, Value base, Value score, Value index) {
  offerElement(row, base, pack(score, index));
}

void TopKList::offerElement(Value row, Value base, Value fresh) {
  Value size = b.load(sizes, row), most = b.load(wanted, b.cst(0));
  Value room = compare(b, arith::CmpIPredicate::slt, size, most);
  b.when(room, [&] {
    siftUp(base, size, fresh);
    b.store(b.add(size, b.cst(1)), sizes, row);
  });
  Value full = compare(b, arith::CmpIPredicate::sge, size, most);
  Value better =
      compare(b, arith::CmpIPredicate::sgt, fresh, element(base, b.cst(0)));
  b.when(arith::AndIOp::create(b, full, better),
         [&] { siftDown(base, size, fresh); });
}

Value TopKList::full(Value row) {
  return compare(b, arith::CmpIPredicate::sge, b.load(sizes, row),
                 b.load(wanted, b.cst(0)));
}

Value TopKList::entrance(Value row, Value base) {
  // The next number above the root's score: one that only equals it is younger.
  Value high = arith::TruncIOp::create(
      b, b.getI32Type(),
      arith::ShRSIOp::create(b, element(base, b.cst(0)), integer(b, 32)));
  Value above = arith::BitcastOp::create(
      b, b.getF32Type(), flipNegative(b, b.add(high, b.i32(1))));
  Value lowest = b.f32(-std::numeric_limits<float>::infinity());
  Value usable =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, above, lowest);
  return arith::SelectOp::create(b, arith::AndIOp::create(b, full(row), usable),
                                 above, lowest);
}

void TopKList::sort(Value row, Value base) {
  Value size = b.load(sizes, row);
  // The worst of what is left goes to its end.
  b.loop(b.cst(1), size, 1, [&](Value done) {
    Value last = b.sub(size, done);
    Value moved = element(base, last);
    b.store(element(base, b.cst(0)), elements, b.add(base, last));
    siftDown(base, last, moved);
  });
}
