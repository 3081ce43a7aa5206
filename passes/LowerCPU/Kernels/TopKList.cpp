//===- TopKList.cpp - the k best entries of a memory ----------------------===//

#include "passes/LowerCPU/Kernels/TopKList.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

static Value compare(KernelBuilder &b, arith::CmpIPredicate predicate, Value x,
                     Value y) {
  return arith::CmpIOp::create(b, predicate, x, y);
}

static Value toI64(KernelBuilder &b, Value index) {
  return arith::IndexCastOp::create(b, b.getI64Type(), index);
}

/// A loop that carries a position: `step` gives the next one and whether there
/// is one. Returns the last.
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

/// `condition ? value() : otherwise`, where `value` needs the condition.
static Value evaluateIf(KernelBuilder &b, Value condition, Value otherwise,
                        function_ref<Value()> value) {
  auto ifOp = scf::IfOp::create(b, TypeRange{otherwise.getType()}, condition,
                                /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(ifOp.thenBlock());
  scf::YieldOp::create(b, ValueRange{value()});
  b.setInsertionPointToStart(ifOp.elseBlock());
  scf::YieldOp::create(b, ValueRange{otherwise});
  return ifOp.getResult(0);
}

static Value falseValue(KernelBuilder &b) {
  return arith::ConstantOp::create(b, b.getBoolAttr(false));
}

Value TopKList::isWorse(Value score, Value index, Value than, Value thanIndex) {
  Value less = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, score, than);
  Value equal =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, score, than);
  Value younger = compare(b, arith::CmpIPredicate::sgt, index, thanIndex);
  return arith::OrIOp::create(b, less,
                              arith::AndIOp::create(b, equal, younger));
}

void TopKList::put(Value base, Value at, Value score, Value index) {
  Value where = b.add(base, at);
  b.store(score, scores, where);
  b.store(index, indices, where);
}

void TopKList::move(Value base, Value from, Value to) {
  Value where = b.add(base, from);
  put(base, to, b.load(scores, where), b.load(indices, where));
}

void TopKList::siftDown(Value base, Value size, Value score, Value index) {
  Value last = b.sub(size, b.cst(1));
  Value hole = walk(b, b.cst(0), [&](Value at) -> std::pair<Value, Value> {
    Value left = b.add(b.add(at, at), b.cst(1));
    Value exists = compare(b, arith::CmpIPredicate::slt, left, size);
    // The worse child; without a child, any element does for the next lines.
    left = b.min(left, last);
    Value right = b.min(b.add(left, b.cst(1)), last);
    Value l = b.add(base, left), r = b.add(base, right);
    Value rightWorse = isWorse(b.load(scores, r), b.load(indices, r),
                               b.load(scores, l), b.load(indices, l));
    Value child = arith::SelectOp::create(b, rightWorse, right, left);
    Value c = b.add(base, child);
    Value descend = arith::AndIOp::create(
        b, exists,
        isWorse(b.load(scores, c), b.load(indices, c), score, index));
    b.when(descend, [&] { move(base, child, at); });
    return {child, descend};
  });
  put(base, hole, score, index);
}

void TopKList::siftUp(Value base, Value hole, Value score, Value index) {
  hole = walk(b, hole, [&](Value at) -> std::pair<Value, Value> {
    Value inside = compare(b, arith::CmpIPredicate::sgt, at, b.cst(0));
    // Of the root, the root itself: no pair is worse than itself.
    Value parent = arith::ShRSIOp::create(b, b.sub(at, b.cst(1)), b.cst(1));
    Value climb = evaluateIf(b, inside, falseValue(b), [&] {
      Value p = b.add(base, parent);
      return isWorse(score, index, b.load(scores, p), b.load(indices, p));
    });
    b.when(climb, [&] { move(base, parent, at); });
    return {parent, climb};
  });
  put(base, hole, score, index);
}

void TopKList::offer(Value base, Value offered, Value from, Value n,
                     Value first) {
  // While there is room, all enter.
  Value room = arith::MaxSIOp::create(b, b.sub(k, first), b.cst(0));
  Value entering = b.min(room, n);
  b.loop(b.cst(0), entering, 1, [&](Value i) {
    Value index = b.add(first, i);
    siftUp(base, index, b.load(offered, b.add(from, i)), toI64(b, index));
  });
  // Then those above the root: tested in vectors, as few are.
  int64_t lanes = b.level.lanes();
  Type bits = VectorType::get({1}, b.getIntegerType(lanes));
  b.loop(entering, n, lanes, [&](Value i) {
    Value root = b.broadcast(b.load(scores, base), lanes);
    Value above = arith::CmpFOp::create(
        b, arith::CmpFPredicate::OGT,
        b.loadVector(offered, b.add(from, i), lanes), root);
    Value mask = vector::ExtractOp::create(
        b, vector::BitCastOp::create(b, bits, above), ArrayRef<int64_t>{0});
    Value zero =
        arith::ConstantOp::create(b, b.getIntegerAttr(mask.getType(), 0));
    b.when(compare(b, arith::CmpIPredicate::ne, mask, zero), [&] {
      b.loop(i, b.min(b.add(i, b.cst(lanes)), n), 1, [&](Value j) {
        Value score = b.load(offered, b.add(from, j));
        Value enters = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT,
                                             score, b.load(scores, base));
        b.when(enters,
               [&] { siftDown(base, k, score, toI64(b, b.add(first, j))); });
      });
    });
  });
}

void TopKList::sort(Value base, Value size) {
  // The worst of what is left goes to its end.
  b.loop(b.cst(1), size, 1, [&](Value done) {
    Value last = b.sub(size, done);
    Value where = b.add(base, last);
    Value score = b.load(scores, where), index = b.load(indices, where);
    move(base, b.cst(0), last);
    siftDown(base, last, score, index);
  });
}

void fot::forEachRun(KernelBuilder &b, MemoryBank &bank, int64_t keys,
                     function_ref<void(const Segment &, Value, Value)> body) {
  bank.forEachSegment([&](const Segment &segment) {
    b.loop(b.cst(0), segment.count, keys, [&](Value from) {
      body(segment, from, b.min(b.sub(segment.count, from), b.cst(keys)));
    });
  });
}

void fot::retrieve(
    KernelBuilder &b, AttentionTile &tile, const TileShape &shape,
    const TilePlace &place, MemoryBank &bank, MemoryType type, TopKList &list,
    function_ref<Value(Value row, Value token, Value head)> base) {
  forEachRun(
      b, bank, shape.keys, [&](const Segment &segment, Value from, Value n) {
        Value keys = bank.keyRow(segment, place.group, from);
        tile.score(pointerRows(b, keys, type.getKeyType(), shape.headDim), n);
        Value first = b.add(segment.first, from);
        tile.forEachRow([&](Value row, Value token, Value head) {
          list.offer(base(row, token, head), tile.scores, tile.scoresOf(row), n,
                     first);
        });
      });
}
