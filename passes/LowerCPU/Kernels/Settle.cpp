//===- Settle.cpp - from candidates to the k best -------------------------===//
//
// What bounds leave possible is not read at once: nothing but codes is read for
// a while, as fast as the memory gives them. When many wait, those with the
// best estimates are read first, which say what score k entries reach, and
// most of the others are dropped unread.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/Retrieve.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "runtime/include/fot/kernel_abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

/// Entries that may wait, by coarse bounds, for all rows together and for each.
constexpr int64_t kMostOpen = 16384, kRowOpen = 8192, kLeastOpen = 512;
/// Times k that may wait by fine bounds, and how many at least and at most.
constexpr int64_t kCloseTimes = 4, kLeastClose = 512, kMostClose = 4096;
/// Times k candidates after which there is a first threshold.
constexpr int64_t kFirstTimes = 16;
/// One more in so many than k is refined first: estimates are in another order
/// than scores.
constexpr int64_t kMore = 2;
constexpr float kInfinity = std::numeric_limits<float>::infinity();

/// How many may stay in the list by fine bounds of a row.
static int64_t mostClose(std::optional<int64_t> k) {
  return std::clamp(kCloseTimes * k.value_or(kLeastClose), kLeastClose,
                    kMostClose);
}

void Retriever::addLists(std::optional<int64_t> k) {
  int64_t rows = shape.rows();
  int64_t room =
      std::clamp(kMostOpen / rows / CodedScan::kRun * CodedScan::kRun,
                 kLeastOpen, kRowOpen);
  stay = mostClose(k);
  if (scan == Scan::Int4) {
    open.emplace(b, rows, room, /*scales=*/true);
    left = b.scratch(b.getIndexType(), rows);
  }
  limits = b.scratch(b.getIndexType(), rows);
  close.emplace(b, rows, room + stay, /*scales=*/false);
  chosen.emplace(b, 1, close->room, /*scales=*/scan == Scan::Int4);
}

void Retriever::clearLists(Value row) {
  close->clear(row);
  if (open) {
    open->clear(row);
    b.store(b.cst(0), left, row);
  }
  Value first = b.mul(list.capacity(), b.cst(kFirstTimes));
  b.store(b.min(first, b.cst(mostFound())), limits, row);
}

void Retriever::appendOpen(CandidateList &to, Value row, Value live,
                           const CandidateVectors &some) {
  int64_t lanes = cast<VectorType>(live.getType()).getDimSize(0);
  Value limit = b.broadcast(b.load(thresholds, row), lanes);
  // Or no number at all.
  Value above =
      arith::CmpFOp::create(b, arith::CmpFPredicate::UGE, some.bounds, limit);
  to.append(row, arith::AndIOp::create(b, above, live), some);
}

void Retriever::settle(Value row, Value listBase, bool last) {
  b.store(b.cst(mostFound()), limits, row);
  if (!open) {
    raise(row, close->topScore(row, list.capacity()));
    return settleClose(row, listBase, last);
  }
  // Refines the best, then, of those not below the threshold that these raise,
  // the others: if they must go, or if they are so many that not much room was
  // made the last time.
  Value k = list.capacity(), infinity = b.f32(kInfinity);
  Value lowest = b.f32(-kInfinity);
  Value rank = b.add(k, arith::DivUIOp::create(b, k, b.cst(kMore)));
  Value best = open->topEstimate(row, rank);
  Value crowded = compare(b, arith::CmpIPredicate::sgt, b.load(left, row),
                          b.cst(open->room / 2));
  Value others = last ? lowest : select(b, crowded, lowest, infinity);
  b.loop(b.cst(0), b.cst(2), 1, [&](Value round) {
    Value first = compare(b, arith::CmpIPredicate::eq, round, b.cst(0));
    open->split(row, select(b, first, best, others), b.load(thresholds, row),
                *chosen, b.cst(0));
    refineChosen(row);
    raise(row, close->topScore(row, k));
    settleClose(row, listBase, last);
  });
  b.store(open->count(row), left, row);
}

/// Drops what is below the threshold. If many stay, or all must go, scores the
/// best and then the others.
void Retriever::settleClose(Value row, Value listBase, bool last) {
  Value k = list.capacity(), infinity = b.f32(kInfinity);
  Value lowest = b.f32(-kInfinity);
  b.loop(b.cst(last ? 1 : 0), b.cst(3), 1, [&](Value round) {
    auto is = [&](int64_t number) {
      return compare(b, arith::CmpIPredicate::eq, round, b.cst(number));
    };
    Value many = compare(b, arith::CmpIPredicate::sgt, close->count(row),
                         b.cst(last ? 0 : stay));
    b.when(arith::OrIOp::create(b, is(0), many), [&] {
      Value limit = select(b, is(1), close->topEstimate(row, k), lowest);
      close->split(row, select(b, is(0), infinity, limit),
                   b.load(thresholds, row), *chosen, b.cst(0));
      scoreChosen(row, listBase);
      raiseByList(row, listBase);
    });
  });
}

/// Calls the body with those of the chosen entries that are in one segment, for
/// each.
void Retriever::forEachSlice(
    function_ref<void(const Segment &, Value, Value)> body) {
  Value number = chosen->count(b.cst(0));
  Type type = b.getIndexType();
  auto whileLoop = [&](ValueRange inits, function_ref<Value(ValueRange)> more,
                       function_ref<SmallVector<Value>(ValueRange)> next) {
    return scf::WhileOp::create(
        b, SmallVector<Type>(inits.size(), type), inits,
        [&](OpBuilder &nested, Location, ValueRange carried) {
          OpBuilder::InsertionGuard guard(b);
          b.restoreInsertionPoint(nested.saveInsertionPoint());
          scf::ConditionOp::create(b, more(carried), carried);
        },
        [&](OpBuilder &nested, Location, ValueRange carried) {
          OpBuilder::InsertionGuard guard(b);
          b.restoreInsertionPoint(nested.saveInsertionPoint());
          scf::YieldOp::create(b, next(carried));
        });
  };
  auto less = [&](Value x, Value y) {
    return compare(b, arith::CmpIPredicate::slt, x, y);
  };
  whileLoop(
      b.cst(0), [&](ValueRange at) { return less(at[0], number); },
      [&](ValueRange at) -> SmallVector<Value> {
        Segment segment = bank.find(chosen->entry(b.cst(0), at[0]));
        Value limit = b.add(segment.first, segment.capacity);
        // The first entry of another segment, by bisection.
        auto search = whileLoop(
            {at[0], number},
            [&](ValueRange range) { return less(range[0], range[1]); },
            [&](ValueRange range) -> SmallVector<Value> {
              Value middle = arith::ShRUIOp::create(
                  b, b.add(range[0], range[1]), b.cst(1));
              Value inside = less(chosen->entry(b.cst(0), middle), limit);
              return {select(b, inside, b.add(middle, b.cst(1)), range[0]),
                      select(b, inside, range[1], middle)};
            });
        Value end = search.getResult(0);
        body(segment, at[0], end);
        return {end};
      });
}

/// Reads the low bits of the chosen entries.
void Retriever::refineChosen(Value row) {
  Value slot = bank.slot(place.group);
  forEachSlice([&](const Segment &segment, Value from, Value to) {
    codes->prefetchFirst(segment, slot, *chosen, from, to);
  });
  forEachSlice([&](const Segment &segment, Value from, Value to) {
    codes->refine(segment, slot, row, *chosen, from, to,
                  [&](Value, Value live, const CandidateVectors &some) {
                    appendOpen(*close, row, live, some);
                  });
  });
  Value number = chosen->count(b.cst(0));
  count(FOT_COUNT_REFINED, number);
  countBytes(b.mul(number, b.cst(codeBytes(type.getHeadDim()) + 2)));
}

/// Scores the chosen entries and offers them to a row's list.
void Retriever::scoreChosen(Value row, Value listBase) {
  Value number = chosen->count(b.cst(0));
  Rows keys = pointerRows(b, Value(), type.getKeyType(), shape.headDim);
  keys.prefetch = {};
  keys.row = [&](Value i) -> Value {
    return LLVM::IntToPtrOp::create(
        b, LLVM::LLVMPointerType::get(b.getContext()), b.load(addresses, i));
  };
  b.loop(b.cst(0), number, shape.keys, [&](Value from) {
    Value n = b.min(b.sub(number, from), b.cst(shape.keys));
    auto entry = [&](Value i) {
      return chosen->entry(b.cst(0), b.add(from, i));
    };
    b.loop(b.cst(0), n, 1, [&](Value i) {
      Value index = entry(i);
      Segment segment = bank.find(index);
      Value key =
          bank.keyRow(segment, place.group, b.sub(index, segment.first));
      prefetchRow(b, key, type.getKeyType(), type.getHeadDim());
      b.store(LLVM::PtrToIntOp::create(b, b.getI64Type(), key), addresses, i);
    });
    tile.scoreRow(row, keys, n);
    forEachAbove(row, n, [&](Value j) {
      Value score = b.load(tile.scores, b.add(tile.scoresOf(row), j));
      list.offer(row, listBase, score, entry(j));
    });
  });
  count(FOT_COUNT_RESCORED, number);
  countBytes(
      b.mul(number, b.cst(rowBytes(type.getKeyType(), type.getHeadDim()))));
}
