//===- Retrieve.cpp - the k best entries of a memory ----------------------===//

#include "passes/LowerCPU/Kernels/Retrieve.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "runtime/include/fot/kernel_abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

static Value max(KernelBuilder &b, Value x, Value y) {
  return arith::MaxSIOp::create(b, x, y);
}

void fot::forEachRun(KernelBuilder &b, MemoryBank &bank, int64_t keys,
                     function_ref<void(const Segment &, Value, Value)> body) {
  bank.forEachSegment([&](const Segment &segment) {
    b.loop(b.cst(0), segment.count, keys, [&](Value from) {
      body(segment, from, b.min(b.sub(segment.count, from), b.cst(keys)));
    });
  });
}

Retriever::Retriever(KernelBuilder &b, AttentionTile &tile,
                     const TileShape &shape, MemoryBank &bank, MemoryType type,
                     Scan scan, TopKList &list, Base base,
                     std::optional<int64_t> k)
    : b(b), tile(tile), shape(shape), bank(bank), type(type), scan(scan),
      list(list), base(std::move(base)) {
  thresholds = b.scratch(b.getF32Type(), shape.rows());
  counters = b.scratch(b.getI64Type(), FOT_NUM_COUNTERS);
  if (k && shape.tokens > 1 && shape.rows() >= ManyRetriever::kLeastRows) {
    many.emplace(b, tile, shape, type, *k, scan != Scan::Exact,
                 [this](int64_t which, Value number) { count(which, number); });
    return;
  }
  if (shape.tokens == 1 || scan != Scan::Exact) {
    addresses = b.scratch(b.getI64Type(), shape.keys);
  }
  if (scan != Scan::Exact) {
    codes.emplace(b, tile, shape, type);
    addLists(k);
  }
}

void Retriever::count(int64_t which, Value number) {
  Value more = arith::IndexCastOp::create(b, b.getI64Type(), number);
  Value place = b.cst(which);
  b.store(b.add(b.load(counters, place), more), counters, place);
}

void Retriever::countBytes(Value bytes) { count(FOT_COUNT_BYTES, bytes); }

void Retriever::report() {
  Value to = bank.counters();
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  Value wanted = compare(b, arith::CmpIPredicate::ne,
                         LLVM::PtrToIntOp::create(b, b.getI64Type(), to), zero);
  b.when(wanted, [&] {
    for (int64_t i = 0; i <= FOT_COUNT_BYTES; ++i) {
      LLVM::AtomicRMWOp::create(
          b, LLVM::AtomicBinOp::add, bytePointer(b, to, b.cst(8 * i)),
          b.load(counters, b.cst(i)), LLVM::AtomicOrdering::monotonic);
    }
  });
}

void Retriever::begin(const TilePlace &where) {
  place = where;
  Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
  for (int64_t i = 0; i <= FOT_COUNT_BYTES; ++i) {
    b.store(zero, counters, b.cst(i));
  }
  tile.forEachRow([&](Value row, Value, Value) {
    list.clear(row);
    b.store(b.f32(-std::numeric_limits<float>::infinity()), thresholds, row);
    if (codes) {
      clearLists(row);
    }
  });
}

void Retriever::search(Value from, Value to) {
  if (many) {
    many->retrieve(place, bank);
    tile.forEachRow([&](Value row, Value token, Value head) {
      Value at = base(row, token, head);
      many->forEachBest(
          row, [&](Value element) { list.offerElement(row, at, element); });
    });
    return;
  }
  if (!codes) {
    return searchRange(from, to);
  }
  codes->begin();
  searchRange(from, to);
  tile.forEachRow([&](Value row, Value token, Value head) {
    settle(row, base(row, token, head), /*last=*/true);
  });
}

void Retriever::searchRange(Value from, Value to) {
  auto scan = [&](const Segment &segment, Value start, Value end) {
    if (!codes) {
      return scanExact(segment, start, end);
    }
    Value bits = LLVM::PtrToIntOp::create(b, b.getI64Type(), segment.index);
    Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
    b.when(compare(b, arith::CmpIPredicate::eq, bits, zero),
           [&] { scanExact(segment, start, end); });
    b.when(compare(b, arith::CmpIPredicate::ne, bits, zero),
           [&] { scanCoded(segment, start, end); });
  };
  bank.forEachSegment([&](const Segment &segment) {
    Value start = max(b, b.sub(from, segment.first), b.cst(0));
    Value end = b.min(segment.count, b.sub(to, segment.first));
    b.when(compare(b, arith::CmpIPredicate::slt, start, end),
           [&] { scan(segment, start, end); });
  });
}

//===----------------------------------------------------------------------===//
// Scores against thresholds
//===----------------------------------------------------------------------===//

void Retriever::raise(Value row, Value score) {
  Value now = b.load(thresholds, row);
  Value more = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, score, now);
  b.store(arith::SelectOp::create(b, more, score, now), thresholds, row);
}

void Retriever::raiseByList(Value row, Value base) {
  if (!codes) {
    return raise(row, list.entrance(row, base));
  }
  // Older entries than those in the list may wait, which win among equals: all
  // that reach the worst score are of interest.
  b.when(list.full(row),
         [&] { raise(row, list.scoreOf(list.element(base, b.cst(0)))); });
}

void Retriever::forEachAbove(Value row, Value n, function_ref<void(Value)> body,
                             function_ref<void()> after) {
  int64_t lanes = b.level.lanes();
  Value start = tile.scoresOf(row);
  b.loop(b.cst(0), n, lanes, [&](Value j) {
    Value limit = b.broadcast(b.load(thresholds, row), lanes);
    // Or no number at all.
    Value above = arith::CmpFOp::create(
        b, arith::CmpFPredicate::UGE,
        b.loadVector(tile.scores, b.add(start, j), lanes), limit);
    above = arith::AndIOp::create(b, above, lanesBefore(b, j, n, lanes));
    Value mask = bitsOf(b, above);
    b.when(compare(b, arith::CmpIPredicate::ne, mask, b.i32(0)), [&] {
      forEachBit(b, mask, [&](Value bit) { body(b.add(j, bit)); });
      if (after) {
        after();
      }
    });
  });
}

void Retriever::scanExact(const Segment &segment, Value start, Value end) {
  int64_t bytes = rowBytes(type.getKeyType(), type.getHeadDim());
  b.loop(start, end, shape.keys, [&](Value from) {
    Value n = b.min(b.sub(end, from), b.cst(shape.keys));
    Value keys = bank.keyRow(segment, place.group, from);
    tile.score(pointerRows(b, keys, type.getKeyType(), shape.headDim), n);
    Value first = b.add(segment.first, from);
    tile.forEachRow([&](Value row, Value token, Value head) {
      Value at = base(row, token, head);
      forEachAbove(
          row, n,
          [&](Value j) {
            Value score = b.load(tile.scores, b.add(tile.scoresOf(row), j));
            list.offer(row, at, score, b.add(first, j));
          },
          [&] { raiseByList(row, at); });
    });
  });
  Value number = b.sub(end, start);
  count(FOT_COUNT_KEYS, number);
  countBytes(b.mul(number, b.cst(bytes)));
}

//===----------------------------------------------------------------------===//
// Sealed segments
//===----------------------------------------------------------------------===//

void Retriever::scanCoded(const Segment &segment, Value start, Value end) {
  int64_t width = codeBytes(type.getHeadDim());
  CandidateList &found = open ? *open : *close;
  codes->enterSegment(segment, bank.slot(place.group));
  Value aligned = arith::AndIOp::create(b, start, b.cst(-16));
  b.loop(aligned, end, CodedScan::kRun, [&](Value from) {
    codes->scanRun(from, start, end, /*fine=*/!open,
                   [&](Value row, Value live, const CandidateVectors &some) {
                     appendOpen(found, row, live, some);
                   });
    tile.forEachRow([&](Value row, Value token, Value head) {
      Value full = compare(b, arith::CmpIPredicate::sgt, found.count(row),
                           b.load(limits, row));
      b.when(full,
             [&] { settle(row, base(row, token, head), /*last=*/false); });
    });
  });
  Value number = b.sub(end, start);
  count(FOT_COUNT_KEYS, number);
  countBytes(b.mul(number, b.cst(open ? width + 6 : 2 * width + 6)));
}
