//===- Retrieve.cpp - the k best entries of a memory ----------------------===//

#include "passes/LowerCPU/Kernels/Retrieve.h"

#include "runtime/include/fot/kernel_abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

/// So many waiting entries are worked off together: enough that what was
/// prefetched for the first has arrived, few enough that the threshold rises
/// early.
constexpr int64_t kBatch = 64;
/// A run of which a larger part than 1 / this needs its low bits is read whole.
constexpr int64_t kDensePart = 4;

static Value compare(KernelBuilder &b, arith::CmpIPredicate predicate, Value x,
                     Value y) {
  return arith::CmpIOp::create(b, predicate, x, y);
}

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
  if (shape.tokens == 1) {
    addresses = b.scratch(b.getI64Type(), shape.keys);
  }
  if (scan != Scan::Exact) {
    codes.emplace(b, tile, shape, type);
    // Each may have a batch but for one entry when another list's come.
    int64_t room = kBatch + shape.keys;
    coarse = scan == Scan::Int4 ? waiting(room) : Waiting{};
    pending = waiting(kBatch + shape.keys + room);
  }
}

Retriever::Waiting Retriever::waiting(int64_t room) {
  return {b.scratch(b.getI32Type(), shape.rows() * room),
          b.scratch(b.getIndexType(), shape.rows()), room};
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
    return searchRange(from, to, Value());
  }
  codes->begin();
  searchSampled(from, to,
                [&](Value sampling) { searchRange(from, to, sampling); });
}

void Retriever::searchRange(Value from, Value to, Value sampling) {
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
    b.when(compare(b, arith::CmpIPredicate::slt, start, end), [&] {
      if (!sampling) {
        return scan(segment, start, end);
      }
      forEachSampleRun(b.sub(from, segment.first), start, end, sampling,
                       [&](Value at, Value last) { scan(segment, at, last); });
    });
  });
}

//===----------------------------------------------------------------------===//
// Scores against thresholds
//===----------------------------------------------------------------------===//

void Retriever::raise(Value row, Value base) {
  Value now = b.load(thresholds, row), next = list.entrance(row, base);
  Value more = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, next, now);
  b.store(arith::SelectOp::create(b, more, next, now), thresholds, row);
}

void Retriever::forEachAbove(Value row, Value n, Value skipped,
                             function_ref<void(Value)> body,
                             function_ref<void()> after) {
  int64_t lanes = b.level.lanes();
  Type i32 = b.getI32Type();
  Type bitsType = VectorType::get({1}, b.getIntegerType(lanes));
  Value start = tile.scoresOf(row);
  auto belowBits = [&](Value number) -> Value {
    // Ones in the first lanes, as many as `number` says.
    number = b.min(max(b, number, b.cst(0)), b.cst(lanes));
    Value shift = arith::IndexCastOp::create(b, i32, number);
    return b.sub(arith::ShLIOp::create(b, b.i32(1), shift), b.i32(1));
  };
  b.loop(b.cst(0), n, lanes, [&](Value j) {
    Value limit = b.broadcast(b.load(thresholds, row), lanes);
    // Or no number at all.
    Value above = arith::CmpFOp::create(
        b, arith::CmpFPredicate::UGE,
        b.loadVector(tile.scores, b.add(start, j), lanes), limit);
    Value mask = vector::ExtractOp::create(
        b, vector::BitCastOp::create(b, bitsType, above), ArrayRef<int64_t>{0});
    mask = arith::ExtUIOp::create(b, i32, mask);
    b.when(compare(b, arith::CmpIPredicate::ne, mask, b.i32(0)), [&] {
      Value wanted = arith::AndIOp::create(b, mask, belowBits(b.sub(n, j)));
      if (skipped) {
        Value early = belowBits(b.sub(skipped, j));
        wanted = arith::AndIOp::create(
            b, wanted, arith::XOrIOp::create(b, early, b.i32(-1)));
      }
      forEachBit(b, wanted, [&](Value bit) { body(b.add(j, bit)); });
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
          row, n, Value(),
          [&](Value j) {
            Value score = b.load(tile.scores, b.add(tile.scoresOf(row), j));
            list.offer(row, at, score, b.add(first, j));
          },
          [&] { raise(row, at); });
    });
  });
  Value number = b.sub(end, start);
  count(FOT_COUNT_KEYS, number);
  countBytes(b.mul(number, b.cst(bytes)));
}

//===----------------------------------------------------------------------===//
// Sealed segments
//===----------------------------------------------------------------------===//

void Retriever::push(const Waiting &to, Value row, Value entry) {
  Value number = b.load(to.counts, row);
  b.store(arith::IndexCastOp::create(b, b.getI32Type(), entry), to.entries,
          b.add(firstOf(to, row), number));
  b.store(b.add(number, b.cst(1)), to.counts, row);
}

/// Lets those of a row's n scores wait that are not below its threshold.
void Retriever::collect(Value row, Value n, Value skipped, const Waiting &to,
                        function_ref<Value(Value)> entry,
                        function_ref<void(Value)> prefetchNext) {
  forEachAbove(row, n, skipped, [&](Value j) {
    Value number = entry(j);
    prefetchNext(number);
    push(to, row, number);
  });
}

void Retriever::prefetchKey(const Segment &segment, Value entry) {
  prefetchRow(b, bank.keyRow(segment, place.group, entry), type.getKeyType(),
              type.getHeadDim());
}

/// Collects keys by the fine bounds of a run.
void Retriever::collectRows(const Segment &segment, Value from, Value n,
                            Value skipped) {
  codes->bounds(from, n);
  tile.forEachRow([&](Value row, Value, Value) {
    collect(
        row, n, skipped, pending, [&](Value j) { return b.add(from, j); },
        [&](Value entry) { prefetchKey(segment, entry); });
  });
}

/// The same by the coarse bounds, where they say enough.
void Retriever::scanCoarse(const Segment &segment, Value from, Value n,
                           Value skipped) {
  int64_t width = codeBytes(type.getHeadDim());
  codes->coarseBounds(from, n);
  Value total = b.scratch(b.getIndexType(), 1), zero = b.cst(0);
  Value before = b.scratch(b.getIndexType(), shape.rows());
  b.store(zero, total, zero);
  tile.forEachRow([&](Value row, Value, Value) {
    Value old = b.load(coarse.counts, row);
    b.store(old, before, row);
    collect(
        row, n, skipped, coarse, [&](Value j) { return b.add(from, j); },
        [&](Value entry) {
          Value low = bytePointer(b, codes->index().low, entry, width);
          prefetch(b, low);
          if (width % kLineBytes != 0) {
            prefetch(b, bytePointer(b, low, b.cst(width - 1)));
          }
        });
    Value more = b.sub(b.load(coarse.counts, row), old);
    b.store(b.add(b.load(total, zero), more), total, zero);
  });
  Value all = shape.tokens == 1 ? b.mul(n, b.cst(shape.grain))
                                : b.mul(n, tile.numLiveRows());
  Value dense = compare(b, arith::CmpIPredicate::sgt,
                        b.mul(b.load(total, zero), b.cst(kDensePart)), all);
  b.when(dense, [&] {
    // Older ones first: among equal scores they win.
    tile.forEachRow([&](Value row, Value, Value) {
      b.store(b.load(before, row), coarse.counts, row);
      refine(segment, row);
    });
    collectRows(segment, from, n, skipped);
    count(FOT_COUNT_REFINED, n);
    countBytes(b.mul(n, b.cst(width + 2)));
  });
}

void Retriever::scanCoded(const Segment &segment, Value start, Value end) {
  int64_t width = codeBytes(type.getHeadDim());
  bool inTwo = scan == Scan::Int4;
  Value slot = bank.slot(place.group), zero = b.cst(0);
  codes->enterSegment(segment, slot);
  tile.forEachRow([&](Value row, Value, Value) {
    b.store(zero, pending.counts, row);
    if (inTwo) {
      b.store(zero, coarse.counts, row);
    }
  });
  auto whenMany = [&](const Waiting &list, Value row, Value least,
                      function_ref<void()> body) {
    Value many =
        compare(b, arith::CmpIPredicate::sge, b.load(list.counts, row), least);
    b.when(many, body);
  };
  Value aligned = arith::AndIOp::create(b, start, b.cst(-8));
  b.loop(aligned, end, shape.keys, [&](Value from) {
    Value rest = b.sub(end, from), n = b.min(rest, b.cst(shape.keys));
    Value skipped = b.sub(start, from);
    if (inTwo) {
      scanCoarse(segment, from, n, skipped);
    } else {
      collectRows(segment, from, n, skipped);
    }
    // After the last run, whatever waits.
    Value last = compare(b, arith::CmpIPredicate::sle, rest, b.cst(shape.keys));
    Value least = arith::SelectOp::create(b, last, b.cst(1), b.cst(kBatch));
    tile.forEachRow([&](Value row, Value token, Value head) {
      if (inTwo) {
        whenMany(coarse, row, least, [&] { refine(segment, row); });
      }
      whenMany(pending, row, least,
               [&] { rescore(segment, row, base(row, token, head)); });
    });
  });
  Value number = b.sub(end, start);
  count(FOT_COUNT_KEYS, number);
  countBytes(b.mul(number, b.cst(inTwo ? width + 6 : 2 * width + 6)));
}

/// Reads the low bits of a row's waiting entries.
void Retriever::refine(const Segment &segment, Value row) {
  Value number = b.load(coarse.counts, row), first = firstOf(coarse, row);
  b.loop(b.cst(0), number, shape.keys, [&](Value from) {
    Value n = b.min(b.sub(number, from), b.cst(shape.keys));
    Value at = b.add(first, from);
    codes->listedBounds(row, coarse.entries, at, n);
    collect(
        row, n, Value(), pending,
        [&](Value j) -> Value {
          return arith::IndexCastOp::create(
              b, b.getIndexType(), b.load(coarse.entries, b.add(at, j)));
        },
        [&](Value entry) { prefetchKey(segment, entry); });
  });
  b.store(b.cst(0), coarse.counts, row);
  count(FOT_COUNT_REFINED, number);
  countBytes(b.mul(number, b.cst(codeBytes(type.getHeadDim()) + 2)));
}

/// Scores a row's waiting keys and offers them to its list.
void Retriever::rescore(const Segment &segment, Value row, Value listBase) {
  Value number = b.load(pending.counts, row), first = firstOf(pending, row);
  auto entryAt = [&](Value place) -> Value {
    return arith::IndexCastOp::create(b, b.getIndexType(),
                                      b.load(pending.entries, place));
  };
  Rows keys = pointerRows(b, Value(), type.getKeyType(), shape.headDim);
  keys.prefetch = {};
  b.loop(b.cst(0), number, shape.keys, [&](Value from) {
    Value n = b.min(b.sub(number, from), b.cst(shape.keys));
    Value at = b.add(first, from);
    keys.row = [&](Value i) {
      return bank.keyRow(segment, place.group, entryAt(b.add(at, i)));
    };
    tile.scoreRow(row, keys, n);
    forEachAbove(row, n, Value(), [&](Value j) {
      Value score = b.load(tile.scores, b.add(tile.scoresOf(row), j));
      list.offer(row, listBase, score,
                 b.add(segment.first, entryAt(b.add(at, j))));
    });
    raise(row, listBase);
  });
  b.store(b.cst(0), pending.counts, row);
  count(FOT_COUNT_RESCORED, number);
  countBytes(
      b.mul(number, b.cst(rowBytes(type.getKeyType(), type.getHeadDim()))));
}
