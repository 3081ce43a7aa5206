//===- AttentionTile.cpp - some queries against some keys -----------------===//

#include "passes/LowerCPU/Kernels/AttentionTile.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

/// Below every logit; finite, so that differences are numbers.
constexpr float kLowest = std::numeric_limits<float>::lowest();
/// How many rows ahead a decode step prefetches keys and values. More of them
/// push out of the first cache what is about to be read.
constexpr int64_t kPrefetchRows = 8;
/// Keys for one row are read one after the other, as memory is fastest, if they
/// have no more vectors.
constexpr int64_t kMostUnrolled = 32;

//===----------------------------------------------------------------------===//
// AttentionTile: queries
//===----------------------------------------------------------------------===//

/// Rows of a register tile: few enough that sums of 4 keys stay in registers,
/// and as little padding as possible.
static int64_t chooseBlock(int64_t rows, int64_t lanes) {
  int64_t best = 1;
  for (int64_t block : {2, 3, 4}) {
    if (block <= rows && (block < 4 || lanes == 16) &&
        llvm::alignTo(rows, block) <= llvm::alignTo(rows, best) + block / 3) {
      best = block;
    }
  }
  return best;
}

AttentionTile::AttentionTile(KernelBuilder &b, const TileShape &shape)
    : chunks(shape.headDim, b.level.lanes()), b(b), shape(shape) {
  block = chooseBlock(shape.rows(), b.level.lanes());
  paddedRows = llvm::alignTo(shape.rows(), block);
  pitch = chunks.count() * chunks.lanes;
  Type f32 = b.getF32Type();
  queries = b.scratch(f32, paddedRows * pitch);
  sums = b.scratch(f32, paddedRows * pitch);
  largest = b.scratch(f32, paddedRows);
  total = b.scratch(f32, paddedRows);
  shrinks = b.scratch(f32, paddedRows);
  grows = b.scratch(f32, paddedRows);
  scores = b.scratch(f32, paddedRows * shape.keys + 16);
}

void AttentionTile::begin(Value source, const TilePlace &where) {
  place = where;
  liveRows = shape.tokens == 1 ? b.cst(shape.grain)
                               : b.mul(place.liveTokens, b.cst(shape.grain));
  int64_t lanes = chunks.lanes;
  Value zeros = b.splat(0.0f, lanes);
  forEachRow([&](Value row, Value token, Value head) {
    Value from =
        b.at(b.mul(token, b.cst(shape.features())), head, shape.headDim);
    Value to = b.mul(row, b.cst(pitch));
    for (auto [c, offset] : llvm::enumerate(chunks.offsets)) {
      Value part = b.loadVector(source, b.add(from, b.cst(offset)), lanes);
      if (offset != int64_t(c) * lanes) {
        // Numbers of the previous vector again: count them once.
        SmallVector<int64_t> lane(lanes);
        for (int64_t i = 0; i < lanes; ++i) {
          lane[i] = i < chunks.overlap ? lanes + i : i;
        }
        part = vector::ShuffleOp::create(b, part, zeros, lane);
      }
      b.storeVector(part, queries, b.add(to, b.cst(c * lanes)));
    }
  });
  if (block > 1) {
    Value padded = b.min(b.add(liveRows, b.cst(block - 1)), b.cst(paddedRows));
    b.loop(b.mul(liveRows, b.cst(pitch)), b.mul(padded, b.cst(pitch)), lanes,
           [&](Value i) { b.storeVector(zeros, queries, i); });
  }
  b.loop(b.cst(0), b.cst(paddedRows), 1, [&](Value row) {
    b.store(b.f32(kLowest), largest, row);
    b.store(b.f32(0.0f), total, row);
    b.store(b.f32(0.0f), shrinks, row);
    b.store(b.f32(0.0f), grows, row);
  });
  b.loop(b.cst(0), b.cst(paddedRows * pitch), lanes,
         [&](Value i) { b.storeVector(zeros, sums, i); });
}

void AttentionTile::forEachRow(function_ref<void(Value, Value, Value)> body) {
  b.loop(b.cst(0), place.liveTokens, 1, [&](Value token) {
    b.loop(b.cst(0), b.cst(shape.grain), 1, [&](Value head) {
      body(b.add(b.mul(token, b.cst(shape.grain)), head),
           b.add(place.firstToken, token), b.add(place.firstHead, head));
    });
  });
}

//===----------------------------------------------------------------------===//
// AttentionTile: inner products
//===----------------------------------------------------------------------===//

/// Inner products of `numRows` rows with keys [j, j + numKeys), a vector per
/// row; keys past `last`, if it is given, are replaced by it.
SmallVector<Value> AttentionTile::innerProducts(const Rows &keys, Value row,
                                                int64_t numRows, Value j,
                                                int64_t numKeys, Value last) {
  SmallVector<Value> handles;
  for (int64_t i = 0; i < numKeys; ++i) {
    Value entry = b.add(j, b.cst(i));
    handles.push_back(keys.row(last ? b.min(entry, last) : entry));
  }
  int64_t lanes = chunks.lanes;
  Value base = b.mul(row, b.cst(pitch));
  auto step = [&](Value keyOffset, Value queryOffset, ValueRange before) {
    SmallVector<Value> parts, next;
    for (int64_t r = 0; r < numRows; ++r) {
      parts.push_back(b.loadVector(
          queries, b.add(b.add(base, b.cst(r * pitch)), queryOffset), lanes));
    }
    for (int64_t i = 0; i < numKeys; ++i) {
      Value key = keys.load(handles[i], keyOffset, lanes);
      for (int64_t r = 0; r < numRows; ++r) {
        next.push_back(b.fma(key, parts[r], before[i * numRows + r]));
      }
    }
    return next;
  };
  int64_t full = chunks.count() - (chunks.overlap ? 1 : 0);
  SmallVector<Value> sums(numRows * numKeys, b.splat(0.0f, lanes));
  if (numRows == 1 && chunks.count() <= kMostUnrolled) {
    for (int64_t i = 0; i < numKeys; ++i) {
      for (auto [c, offset] : llvm::enumerate(chunks.offsets)) {
        Value part =
            b.loadVector(queries, b.add(base, b.cst(c * lanes)), lanes);
        sums[i] =
            b.fma(keys.load(handles[i], b.cst(offset), lanes), part, sums[i]);
      }
    }
    return {sumEach(b, sums)};
  }
  sums = b.loop(b.cst(0), b.cst(full * lanes), lanes, sums,
                [&](Value offset, ValueRange before) {
                  return step(offset, offset, before);
                });
  if (chunks.overlap) {
    sums = step(b.cst(chunks.offsets.back()), b.cst(full * lanes), sums);
  }
  SmallVector<Value> results;
  for (int64_t r = 0; r < numRows; ++r) {
    SmallVector<Value> ofRow;
    for (int64_t i = 0; i < numKeys; ++i) {
      ofRow.push_back(sums[i * numRows + r]);
    }
    results.push_back(sumEach(b, ofRow));
  }
  return results;
}

void AttentionTile::scoreBlock(const Rows &keys, Value row, int64_t numRows,
                               Value j, int64_t numKeys, Value last) {
  SmallVector<Value> results =
      innerProducts(keys, row, numRows, j, numKeys, last);
  for (auto [r, ofRow] : llvm::enumerate(results)) {
    b.storeVector(ofRow, scores, b.add(scoresOf(b.add(row, b.cst(r))), j));
  }
}

void AttentionTile::scoreRows(const Rows &keys, Value from, Value to,
                              int64_t numRows, Value n) {
  int64_t numKeys = numRows == 1 ? 8 : 4;
  auto scoreKeys = [&](Value j, Value last) {
    b.loop(from, to, numRows, [&](Value row) {
      scoreBlock(keys, row, numRows, j, numKeys, last);
    });
  };
  Value full = arith::AndIOp::create(b, n, b.cst(-numKeys));
  b.loop(b.cst(0), full, numKeys, [&](Value j) {
    // Several rows are read side by side, which no CPU foresees: prefetch
    // the next ones. With many tokens the work is elsewhere.
    for (int64_t i = 0; keys.prefetch && shape.tokens == 1 && i < numKeys;
         ++i) {
      keys.prefetch(b.add(j, b.cst(kPrefetchRows + i)));
    }
    scoreKeys(j, Value());
  });
  Value last = b.sub(n, b.cst(1));
  b.loop(full, n, numKeys, [&](Value j) { scoreKeys(j, last); });
}

Rows AttentionTile::widen(const Rows &rows, Value n) {
  if (!rows.narrow || shape.rows() < 4 * block) {
    return rows;
  }
  if (!wide) {
    wide = b.scratch(b.getF32Type(), shape.keys * shape.headDim);
  }
  Rows result = bufferRows(b, wide, b.cst(0), shape.headDim);
  result.prefetch = {};
  b.loop(b.cst(0), n, 1, [&](Value j) {
    Value from = rows.row(j), to = result.row(j);
    for (int64_t offset : chunks.offsets) {
      b.storeVector(rows.load(from, b.cst(offset), chunks.lanes), wide,
                    b.add(to, b.cst(offset)));
    }
  });
  return result;
}

void AttentionTile::score(const Rows &keys, Value n) {
  scoreRows(widen(keys, n), b.cst(0), liveRows, block, n);
}

//===----------------------------------------------------------------------===//
// AttentionTile: softmax
//===----------------------------------------------------------------------===//

/// Turns the inner products of a row into weights of the keys [0, n), 0 from
/// `visible` on.
AttentionTile::Part AttentionTile::softmax(Value row, Value visible, Value n,
                                           Value scale) {
  int64_t lanes = b.level.lanes();
  SmallVector<int32_t> numbers = llvm::to_vector(llvm::seq<int32_t>(0, lanes));
  Value lane = arith::ConstantOp::create(b, b.getI32VectorAttr(numbers));
  Value limit = b.broadcast(
      arith::IndexCastOp::create(b, b.getI32Type(), visible), lanes);
  Value factor = b.broadcast(scale, lanes);
  Value start = scoresOf(row);
  Value lowest = b.splat(kLowest, lanes);

  auto logits = [&](Value j, Value &seen) -> Value {
    Value number = b.add(
        lane,
        b.broadcast(arith::IndexCastOp::create(b, b.getI32Type(), j), lanes));
    seen = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, number, limit);
    return arith::MulFOp::create(
        b, b.loadVector(scores, b.add(start, j), lanes), factor);
  };
  Value top = b.loop(b.cst(0), n, lanes, ValueRange{lowest},
                     [&](Value j, ValueRange before) -> SmallVector<Value> {
                       Value seen, x = logits(j, seen);
                       x = arith::SelectOp::create(b, seen, x, lowest);
                       Value more = arith::CmpFOp::create(
                           b, arith::CmpFPredicate::OGT, x, before[0]);
                       return {arith::SelectOp::create(b, more, x, before[0])};
                     })[0];
  Value highest = reduceMax(b, top);
  Value zeros = b.splat(0.0f, lanes);
  Value peak = b.broadcast(highest, lanes);
  Value sum = b.loop(b.cst(0), n, lanes, ValueRange{zeros},
                     [&](Value j, ValueRange carried) -> SmallVector<Value> {
                       Value seen, x = logits(j, seen);
                       x = expVector(b, arith::SubFOp::create(b, x, peak));
                       x = arith::SelectOp::create(b, seen, x, zeros);
                       b.storeVector(x, scores, b.add(start, j));
                       return {arith::AddFOp::create(b, carried[0], x)};
                     })[0];
  return {highest, reduceAdd(b, sum)};
}

/// Corrects a row's maximum and total, and says how its sums follow.
void AttentionTile::grow(Value row, const Part &part) {
  Value before = b.load(largest, row);
  Value now = arith::SelectOp::create(
      b,
      arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, part.largest, before),
      part.largest, before);
  Value both = b.broadcast(arith::SubFOp::create(b, before, now), 4);
  both =
      vector::InsertOp::create(b, arith::SubFOp::create(b, part.largest, now),
                               both, ArrayRef<int64_t>{1});
  both = expVector(b, both);
  Value shrink = vector::ExtractOp::create(b, both, ArrayRef<int64_t>{0});
  Value grow = vector::ExtractOp::create(b, both, ArrayRef<int64_t>{1});
  Value shrunk = arith::MulFOp::create(b, b.load(total, row), shrink);
  b.store(now, largest, row);
  Value grown = arith::MulFOp::create(b, part.total, grow);
  b.store(arith::AddFOp::create(b, shrunk, grown), total, row);
  b.store(shrink, shrinks, row);
  b.store(grow, grows, row);
}

void AttentionTile::addToSum(Value row, int64_t c, Value sum) {
  Value at = b.add(b.mul(row, b.cst(pitch)), b.cst(c * chunks.lanes));
  Value shrink = b.broadcast(b.load(shrinks, row), chunks.lanes);
  Value grow = b.broadcast(b.load(grows, row), chunks.lanes);
  Value shrunk =
      arith::MulFOp::create(b, b.loadVector(sums, at, chunks.lanes), shrink);
  b.storeVector(b.fma(sum, grow, shrunk), sums, at);
}

/// Sums of the values [0, n), weighted, of the rows [from, to).
void AttentionTile::weigh(const Rows &values, Value from, Value to,
                          int64_t numRows, Value n, Sink sink) {
  // Vectors of a row whose sums stay in registers together. The others wait,
  // so that what is read of the values stays in the cache for all rows.
  int64_t most = numRows == 1 ? 8 : 4;
  int64_t passes = llvm::divideCeil(chunks.count(), most);
  for (int64_t pass = 0; pass < passes; ++pass) {
    int64_t first = chunks.count() * pass / passes;
    int64_t end = chunks.count() * (pass + 1) / passes;
    b.loop(from, to, numRows, [&](Value row) {
      weighBlock(values, row, numRows, first, end, n, sink);
    });
  }
}

/// The same for the chunks [first, end) of `numRows` rows.
void AttentionTile::weighBlock(const Rows &values, Value row, int64_t numRows,
                               int64_t first, int64_t end, Value n, Sink sink) {
  int64_t lanes = chunks.lanes;
  SmallVector<Value> numbers, weights;
  for (int64_t r = 0; r < numRows; ++r) {
    numbers.push_back(b.add(row, b.cst(r)));
    weights.push_back(scoresOf(numbers[r]));
  }
  SmallVector<Value> carried(numRows * (end - first), b.splat(0.0f, lanes));
  carried = b.loop(b.cst(0), n, 1, carried, [&](Value j, ValueRange before) {
    Value handle = values.row(j);
    if (first == 0 && values.prefetch && shape.tokens == 1) {
      values.prefetch(b.add(j, b.cst(kPrefetchRows)));
    }
    SmallVector<Value> factors, next(before);
    for (int64_t r = 0; r < numRows; ++r) {
      factors.push_back(
          b.broadcast(b.load(scores, b.add(weights[r], j)), lanes));
    }
    for (int64_t c = first; c < end; ++c) {
      Value value = values.load(handle, b.cst(chunks.offsets[c]), lanes);
      for (int64_t r = 0; r < numRows; ++r) {
        Value &sum = next[r * (end - first) + c - first];
        sum = b.fma(value, factors[r], sum);
      }
    }
    return next;
  });
  for (int64_t r = 0; r < numRows; ++r) {
    for (int64_t c = first; c < end; ++c) {
      sink(numbers[r], c, carried[r * (end - first) + c - first]);
    }
  }
}

void AttentionTile::join(const Rows &keys, const Rows &values, Value n,
                         Value scale, const Visible &visible) {
  score(keys, n);
  b.loop(b.cst(0), place.liveTokens, 1, [&](Value token) {
    Value seen = visible ? visible(token) : n;
    b.loop(b.cst(0), b.cst(shape.grain), 1, [&](Value head) {
      Value row = b.add(b.mul(token, b.cst(shape.grain)), head);
      grow(row, softmax(row, seen, n, scale));
    });
  });
  weigh(widen(values, n), b.cst(0), liveRows, block, n,
        [&](Value row, int64_t c, Value sum) { addToSum(row, c, sum); });
}

void AttentionTile::joinRow(Value row, const Rows &keys, const Rows &values,
                            Value n, Value scale) {
  scoreRow(row, keys, n);
  joinScored(row, values, n, scale);
}

void AttentionTile::joinScored(Value row, const Rows &values, Value n,
                               Value scale) {
  grow(row, softmax(row, n, n, scale));
  weigh(values, row, b.add(row, b.cst(1)), 1, n,
        [&](Value each, int64_t c, Value sum) { addToSum(each, c, sum); });
}

void AttentionTile::storePart(const Rows &keys, const Rows &values, Value n,
                              Value scale, Value parts, Position position) {
  score(keys, n);
  forEachRow([&](Value row, Value token, Value head) {
    Part part = softmax(row, n, n, scale);
    Value at = b.add(position(token, head), b.cst(shape.headDim));
    b.store(part.largest, parts, at);
    b.store(part.total, parts, b.add(at, b.cst(1)));
  });
  auto storeSum = [&](Value row, int64_t c, Value sum) {
    Value head = b.add(place.firstHead, row);
    b.storeVector(
        sum, parts,
        b.add(position(place.firstToken, head), b.cst(chunks.offsets[c])));
  };
  weigh(values, b.cst(0), liveRows, block, n,
        [&](Value row, int64_t c, Value sum) {
          if (paddedRows == shape.rows()) {
            return storeSum(row, c, sum);
          }
          b.when(arith::CmpIOp::create(b, arith::CmpIPredicate::ult, row,
                                       liveRows),
                 [&] { storeSum(row, c, sum); });
        });
}

void AttentionTile::joinPart(Value row, Value parts, Value at) {
  Value behind = b.add(at, b.cst(shape.headDim));
  grow(row, {b.load(parts, behind), b.load(parts, b.add(behind, b.cst(1)))});
  for (auto [c, offset] : llvm::enumerate(chunks.offsets)) {
    addToSum(row, c,
             b.loadVector(parts, b.add(at, b.cst(offset)), chunks.lanes));
  }
}

void AttentionTile::store(Value buffer, Position position) {
  forEachRow([&](Value row, Value token, Value head) {
    Value to = position(token, head);
    Value from = b.mul(row, b.cst(pitch));
    Value inverse =
        b.broadcast(arith::DivFOp::create(b, b.f32(1.0f), b.load(total, row)),
                    chunks.lanes);
    for (auto [c, offset] : llvm::enumerate(chunks.offsets)) {
      Value sum = b.loadVector(sums, b.add(from, b.cst(c * chunks.lanes)),
                               chunks.lanes);
      b.storeVector(arith::MulFOp::create(b, sum, inverse), buffer,
                    b.add(to, b.cst(offset)));
    }
  });
}
