//===- Recall.cpp - first thresholds from the last winners ----------------===//

#include "passes/LowerCPU/Kernels/Retrieve.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "runtime/include/fot/kernel_abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace mlir::fot;

/// With fewer times k entries the last winners are not worth recalling.
constexpr int64_t kRecallSize = 8;

void Retriever::recall(Value size) {
  Value winners = bank.winners();
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  Value known =
      compare(b, arith::CmpIPredicate::ne,
              LLVM::PtrToIntOp::create(b, b.getI64Type(), winners), zero);
  Value large = compare(b, arith::CmpIPredicate::sge, size,
                        b.mul(list.capacity(), b.cst(kRecallSize)));
  b.when(arith::AndIOp::create(b, known, large), [&] {
    Value entries =
        loadFrom(b, LLVM::LLVMPointerType::get(b.getContext()), winners);
    tile.forEachRow([&](Value row, Value token, Value head) {
      Value first = b.mul(b.mul(head, list.capacity()), b.cst(8));
      recallRow(row, base(row, token, head), bytePointer(b, entries, first));
    });
  });
}

/// The score of the worst of k different entries is a threshold.
void Retriever::recallRow(Value row, Value listBase, Value entries) {
  Value k = list.capacity(), size = bank.count(), zero = b.cst(0);
  auto entryAt = [&](Value i) -> Value {
    return arith::IndexCastOp::create(
        b, b.getIndexType(),
        loadFrom(b, b.getI64Type(), bytePointer(b, entries, i, 8)));
  };
  auto number = [&](Value condition) -> Value {
    return arith::ExtUIOp::create(b, b.getI32Type(), condition);
  };
  Value valid =
      b.loop(zero, k, 1, ValueRange{b.i32(1)},
             [&](Value i, ValueRange before) -> SmallVector<Value> {
               // Negative ones are large without a sign.
               Value inside =
                   compare(b, arith::CmpIPredicate::ult, entryAt(i), size);
               return {arith::AndIOp::create(b, before[0], number(inside))};
             })[0];
  b.when(compare(b, arith::CmpIPredicate::ne, valid, b.i32(0)), [&] {
    Rows keys = pointerRows(b, Value(), type.getKeyType(), shape.headDim);
    keys.prefetch = {};
    Type pointer = LLVM::LLVMPointerType::get(b.getContext());
    keys.row = [&](Value i) -> Value {
      return LLVM::IntToPtrOp::create(b, pointer, b.load(addresses, i));
    };
    b.loop(zero, k, shape.keys, [&](Value from) {
      Value n = b.min(b.sub(k, from), b.cst(shape.keys));
      b.loop(zero, n, 1, [&](Value i) {
        Value index = entryAt(b.add(from, i));
        Segment segment = bank.find(index);
        Value key =
            bank.keyRow(segment, place.group, b.sub(index, segment.first));
        b.store(LLVM::PtrToIntOp::create(b, b.getI64Type(), key), addresses, i);
      });
      tile.scoreRow(row, keys, n);
      b.loop(zero, n, 1, [&](Value i) {
        list.offer(row, listBase,
                   b.load(tile.scores, b.add(tile.scoresOf(row), i)),
                   entryAt(b.add(from, i)));
      });
    });
    list.sort(row, listBase);
    Value different =
        b.loop(b.cst(1), k, 1, ValueRange{b.i32(1)},
               [&](Value i, ValueRange before) -> SmallVector<Value> {
                 Value differs = compare(
                     b, arith::CmpIPredicate::ne, list.element(listBase, i),
                     list.element(listBase, b.sub(i, b.cst(1))));
                 return {arith::AndIOp::create(b, before[0], number(differs))};
               })[0];
    Value score = list.scoreOf(list.element(listBase, b.sub(k, b.cst(1))));
    Value is =
        arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, score, score);
    Value usable = arith::AndIOp::create(
        b, is, compare(b, arith::CmpIPredicate::ne, different, b.i32(0)));
    b.when(usable, [&] { b.store(score, thresholds, row); });
    list.clear(row);
    count(FOT_COUNT_RESCORED, k);
    countBytes(b.mul(k, b.cst(rowBytes(type.getKeyType(), type.getHeadDim()))));
  });
}
