//===- RetrieveMany.cpp - the best entries for many queries ---------------===//

#include "passes/LowerCPU/Kernels/RetrieveMany.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "runtime/include/fot/kernel_abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::fot;

/// Keys scored together, and keys whose bits are in one word.
constexpr int64_t kTogether = CandidateLists::kOffered, kWord = 64;
/// Entries of a row that may wait.
constexpr int64_t kRoom = CodedTile::kKeys + 2 * kTogether;

static Value toI32(KernelBuilder &b, Value index) {
  return arith::IndexCastOp::create(b, b.getI32Type(), index);
}

static Value toI64(KernelBuilder &b, Value index) {
  return arith::IndexCastOp::create(b, b.getI64Type(), index);
}

static Value toIndex(KernelBuilder &b, Value number) {
  return arith::IndexCastOp::create(b, b.getIndexType(), number);
}

ManyRetriever::ManyRetriever(KernelBuilder &b, AttentionTile &tile,
                             const TileShape &shape, MemoryType type, int64_t k,
                             bool coded, Count count)
    : b(b), tile(tile), shape(shape), type(type), k(k), count(std::move(count)),
      lists(b, shape.rows(), k) {
  if (coded) {
    codes.emplace(b, tile, shape, type);
    waiting = b.scratch(b.getI32Type(), shape.rows() * kRoom);
    counts = b.scratch(b.getI64Type(), shape.rows());
  }
}

Value ManyRetriever::waitingOf(Value row) { return b.mul(row, b.cst(kRoom)); }

//===----------------------------------------------------------------------===//
// Exact scores
//===----------------------------------------------------------------------===//

/// Scores n keys, entries of the bank from `first` on, for all rows.
void ManyRetriever::scanExact(const Rows &keys, Value first, Value n) {
  tile.score(keys, n);
  SmallVector<int32_t> order =
      llvm::to_vector(llvm::seq<int32_t>(0, kTogether));
  Value lane = arith::ConstantOp::create(b, b.getI32VectorAttr(order));
  auto bits = VectorType::get({1}, b.getI8Type());
  tile.forEachRow([&](Value row, Value, Value) {
    b.loop(b.cst(0), n, kTogether, [&](Value i) {
      Value scores =
          b.loadVector(tile.scores, b.add(tile.scoresOf(row), i), kTogether);
      Value above =
          arith::CmpFOp::create(b, arith::CmpFPredicate::UGT, scores,
                                b.broadcast(lists.threshold(row), kTogether));
      Value any = vector::ExtractOp::create(
          b, vector::BitCastOp::create(b, bits, above), ArrayRef<int64_t>{0});
      Value none = arith::ConstantOp::create(b, b.getI8IntegerAttr(0));
      Value some =
          arith::CmpIOp::create(b, arith::CmpIPredicate::ne, any, none);
      b.when(some, [&] {
        Value entries =
            b.add(b.broadcast(toI32(b, b.add(first, i)), kTogether), lane);
        lists.offer(row, scores, entries, b.sub(n, i));
      });
    });
  });
}

/// Scores the entries of the segment that wait at `place` for a row; there are
/// `live`, at most 8.
void ManyRetriever::score(const Rows &keys, Value first, Value row, Value place,
                          Value live) {
  Value last = b.add(place, b.sub(b.min(live, b.cst(kTogether)), b.cst(1)));
  Rows listed = keys;
  listed.row = [&](Value entry) {
    Value number = b.load(waiting, b.min(b.add(place, entry), last));
    return keys.row(toIndex(b, number));
  };
  Value scores = tile.scoreEight(row, listed);
  Value entries = b.add(b.loadVector(waiting, place, kTogether),
                        b.broadcast(toI32(b, first), kTogether));
  lists.offer(row, scores, entries, live);
}

void ManyRetriever::countKeys(Value number, int64_t bytes) {
  count(FOT_COUNT_KEYS, number);
  count(FOT_COUNT_BYTES, b.mul(number, b.cst(bytes)));
}

void ManyRetriever::countScored(Value number) {
  count(FOT_COUNT_RESCORED, number);
  count(FOT_COUNT_BYTES,
        b.mul(number, b.cst(rowBytes(type.getKeyType(), shape.headDim))));
}

//===----------------------------------------------------------------------===//
// Codes
//===----------------------------------------------------------------------===//

/// Appends `first` plus the number of each bit to what waits at `place`.
/// Returns the place behind it.
Value ManyRetriever::listBits(Value bits, Value first, Value place) {
  Type i64 = b.getI64Type();
  auto constant = [&](int64_t number) -> Value {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(number));
  };
  auto loop = scf::WhileOp::create(
      b, TypeRange{i64, b.getIndexType()}, ValueRange{bits, place},
      [&](OpBuilder &nested, Location, ValueRange carried) {
        OpBuilder::InsertionGuard guard(b);
        b.restoreInsertionPoint(nested.saveInsertionPoint());
        Value more = arith::CmpIOp::create(b, arith::CmpIPredicate::ne,
                                           carried[0], constant(0));
        scf::ConditionOp::create(b, more, carried);
      },
      [&](OpBuilder &nested, Location, ValueRange carried) {
        OpBuilder::InsertionGuard guard(b);
        b.restoreInsertionPoint(nested.saveInsertionPoint());
        Value bit = math::CountTrailingZerosOp::create(b, carried[0]);
        b.store(toI32(b, b.add(first, toIndex(b, bit))), waiting, carried[1]);
        Value less = b.sub(carried[0], constant(1));
        scf::YieldOp::create(
            b, ValueRange{arith::AndIOp::create(b, carried[0], less),
                          b.add(carried[1], b.cst(1))});
      });
  return loop.getResult(1);
}

/// Scans the entries [from, from + n) of a segment; `first` is the number in
/// the bank of its entry 0.
void ManyRetriever::scanCoded(const Rows &keys, Value first, Value from,
                              Value n) {
  codes->survivors(from, n);
  Value all = arith::ConstantOp::create(b, b.getI64IntegerAttr(-1));
  tile.forEachRow([&](Value row, Value, Value) {
    Value base = waitingOf(row);
    Value end = b.loop(b.cst(0), n, kWord,
                       ValueRange{b.add(base, toIndex(b, b.load(counts, row)))},
                       [&](Value i, ValueRange before) -> SmallVector<Value> {
                         // No bits for entries that do not exist.
                         Value rest = b.min(b.sub(n, i), b.cst(kWord));
                         Value live = arith::ShRUIOp::create(
                             b, all, toI64(b, b.sub(b.cst(kWord), rest)));
                         Value word = arith::ShRUIOp::create(b, i, b.cst(6));
                         Value bits = arith::AndIOp::create(
                             b, codes->survivorsOf(row, word), live);
                         return {listBits(bits, b.add(from, i), before[0])};
                       })[0];
    Value number = b.sub(end, base);
    Value full = arith::AndIOp::create(b, number, b.cst(-kTogether));
    b.loop(b.cst(0), full, kTogether, [&](Value i) {
      score(keys, first, row, b.add(base, i), b.cst(kTogether));
    });
    Value some =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, full, b.cst(0));
    b.when(some, [&] {
      countScored(full);
      b.storeVector(b.loadVector(waiting, b.add(base, full), kTogether),
                    waiting, base);
      codes->setThreshold(row, lists.threshold(row));
    });
    b.store(toI64(b, b.sub(number, full)), counts, row);
  });
}

/// Scores what still waits.
void ManyRetriever::finishSegment(const Rows &keys, Value first) {
  tile.forEachRow([&](Value row, Value, Value) {
    Value number = toIndex(b, b.load(counts, row));
    Value some =
        arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, number, b.cst(0));
    b.when(some, [&] {
      countScored(number);
      score(keys, first, row, waitingOf(row), number);
    });
  });
}

void ManyRetriever::retrieve(const TilePlace &place, MemoryBank &bank) {
  lists.begin(tile.numLiveRows());
  if (codes) {
    codes->begin();
  }
  bank.forEachSegment([&](const Segment &segment) {
    auto keysFrom = [&](Value entry) {
      return pointerRows(b, bank.keyRow(segment, place.group, entry),
                         type.getKeyType(), shape.headDim);
    };
    auto scanFirst = [&](Value end) {
      b.loop(b.cst(0), end, shape.keys, [&](Value from) {
        scanExact(keysFrom(from), b.add(segment.first, from),
                  b.min(b.sub(end, from), b.cst(shape.keys)));
      });
      countKeys(end, rowBytes(type.getKeyType(), shape.headDim));
    };
    if (!codes) {
      scanFirst(segment.count);
      return;
    }
    Value null = LLVM::ZeroOp::create(b, segment.index.getType());
    Value sealed =
        LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::ne, segment.index, null);
    // The bank's first entries are scored as they are: without a threshold all
    // would survive.
    Value warm =
        b.sub(b.cst(llvm::alignTo(2 * k, 256) + kWord - 1), segment.first);
    warm = arith::AndIOp::create(b, arith::MaxSIOp::create(b, warm, b.cst(0)),
                                 b.cst(-kWord));
    Value begin = arith::SelectOp::create(b, sealed, b.min(warm, segment.count),
                                          segment.count);
    scanFirst(begin);
    Value some = arith::AndIOp::create(
        b, sealed,
        arith::CmpIOp::create(b, arith::CmpIPredicate::slt, begin,
                              segment.count));
    b.when(some, [&] {
      codes->enterSegment(segment, bank.slot(place.group));
      tile.forEachRow([&](Value row, Value, Value) {
        codes->setThreshold(row, lists.threshold(row));
        b.store(arith::ConstantOp::create(b, b.getI64IntegerAttr(0)), counts,
                row);
      });
      Rows keys = keysFrom(b.cst(0));
      b.loop(begin, segment.count, CodedTile::kKeys, [&](Value from) {
        Value n = b.min(b.sub(segment.count, from), b.cst(CodedTile::kKeys));
        scanCoded(keys, segment.first, from, n);
      });
      finishSegment(keys, segment.first);
      // Scale, norm, fine bound and both planes of the codes.
      countKeys(b.sub(segment.count, begin), 6 + 2 * codeBytes(shape.headDim));
    });
  });
}
