//===- CodedScan.cpp - bounds of scores from 4- and 8-bit codes -----------===//
//
// Codes are taken apart into nibbles, unsigned bytes 0 to 15, and multiplied
// with signed bytes of the query: vpdpbusd where there is one, else vpmaddubsw,
// whose sums of 8 steps fit i16 (8 * 2 * 15 * 127 = 30480).
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/CodedScan.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::fot;

/// Entries whose bounds are made together.
constexpr int64_t kGroup = 8;
/// How many bytes ahead codes are prefetched: the CPU's own prefetching ends at
/// pages of 4 kB and leaves lines in flight unused.
constexpr int64_t kPrefetchBytes = 4096;
/// What keeps numbers of nearly nothing from vanishing when squared, and
/// products of them: far below what matters to any other.
constexpr float kTinyNorm = 1e-17f, kTinyScore = 1e-35f;

static bool hasDot(KernelBuilder &b) {
  return b.level.hasVnni() && b.level.has("avx512vl");
}

CodedScan::CodedScan(KernelBuilder &b, AttentionTile &tile,
                     const TileShape &shape, MemoryType type)
    : b(b), tile(tile), shape(shape), headDim(type.getHeadDim()) {
  int64_t width = codeBytes(headDim);
  vectorBytes = hasDot(b) && width >= 64 ? 64 : width >= 32 ? 32 : 16;
  for (int64_t offset = 0; offset + vectorBytes <= width;
       offset += vectorBytes) {
    offsets.push_back(offset);
  }
  if (int64_t rest = width % vectorBytes) {
    overlap = vectorBytes - rest;
    offsets.push_back(width - vectorBytes);
  }
  block = 1;
  for (int64_t rows : {2, 3, 4}) {
    block = shape.grain % rows == 0 ? rows : block;
  }
  int64_t rows = shape.rows(), vectors = offsets.size();
  rounded = b.scratch(b.getI8Type(), 2 * width);
  codes = b.scratch(b.getI8Type(), rows * 2 * vectors * vectorBytes);
  numbers = b.scratch(b.getF32Type(), rows * kNumbers);
  sums = b.scratch(b.getI32Type(), rows);
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

void CodedScan::begin() {
  int64_t width = codeBytes(headDim);
  Value zeros = splatInt(b, b.getI8Type(), 0, 16);
  forEachVector(b, 2 * width, 16, [&](Value index, int64_t count) {
    if (count == 16) {
      return b.storeVector(zeros, rounded, index);
    }
    for (int64_t i = 0; i < count; ++i) {
      Value zero = arith::ConstantOp::create(b, b.getI8IntegerAttr(0));
      b.store(zero, rounded, b.add(index, b.cst(i)));
    }
  });
  tile.forEachRow([&](Value row, Value, Value) {
    roundRow(row);
    arrangeCodes(row);
  });
}

/// Writes `rounded` and the numbers of a row.
void CodedScan::roundRow(Value row) {
  const RowChunks &chunks = tile.chunks;
  int64_t lanes = chunks.lanes;
  auto words = VectorType::get({lanes}, b.getI32Type());
  SmallVector<Value> query;
  for (int64_t c = 0; c < chunks.count(); ++c) {
    query.push_back(tile.queryPart(row, c));
  }
  Value top = b.splat(0.0f, lanes);
  for (Value part : query) {
    Value size = math::AbsFOp::create(b, part);
    Value more = arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, size, top);
    top = arith::SelectOp::create(b, more, size, top);
  }
  Value largest =
      lanes == 1
          ? vector::ExtractOp::create(b, top, ArrayRef<int64_t>{0}).getResult()
          : reduceMax(b, top);
  // A step that is too small to divide by, or infinite, is none: then the
  // whole query is error.
  Value step = arith::DivFOp::create(b, largest, b.f32(127.0f));
  Value usable = arith::AndIOp::create(
      b,
      arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, step, b.f32(1e-30f)),
      arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, step, b.f32(1e30f)));
  step = arith::SelectOp::create(b, usable, step, b.f32(0.0f));
  Value inverse = arith::DivFOp::create(b, b.f32(1.0f), step);
  inverse = arith::SelectOp::create(b, usable, inverse, b.f32(0.0f));
  Value factor = b.broadcast(inverse, lanes);
  Value minusStep = b.broadcast(arith::NegFOp::create(b, step), lanes);

  Value least = b.splat(-127.0f, lanes), most = b.splat(127.0f, lanes);
  Value total = splatInt(b, b.getI32Type(), 0, lanes);
  Value square = b.splat(0.0f, lanes), missing = square;
  // The last vector may hold zeros in place of numbers of the one before,
  // which is therefore written after it.
  for (int64_t c = chunks.count() - 1; c >= 0; --c) {
    Value x = query[c];
    Value code = arith::MulFOp::create(b, x, factor);
    Value above =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, code, least);
    code = arith::SelectOp::create(b, above, code, least);
    Value below =
        arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, code, most);
    code = arith::SelectOp::create(b, below, code, most);
    code = math::RoundEvenOp::create(b, code);
    Value error = b.fma(code, minusStep, x);
    square = b.fma(x, x, square);
    missing = b.fma(error, error, missing);
    Value whole = arith::FPToSIOp::create(b, words, code);
    total = b.add(total, whole);
    Value bytes = arith::TruncIOp::create(
        b, VectorType::get({lanes}, b.getI8Type()), whole);
    b.storeVector(bytes, rounded, b.cst(chunks.offsets[c]));
  }
  b.store(vector::ReductionOp::create(b, vector::CombiningKind::ADD, total),
          sums, row);
  setNumber(row, kStep, arith::MulFOp::create(b, step, b.f32(0.5f)));
  float room = 1.0f + 4e-6f * std::max<int64_t>(1, headDim / 128);
  auto norm = [&](Value squares) -> Value {
    Value root = math::SqrtOp::create(b, reduceAdd(b, squares));
    return math::FmaOp::create(b, root, b.f32(room), b.f32(kTinyNorm));
  };
  setNumber(row, kNorm, norm(square));
  setNumber(row, kError, norm(missing));
}

/// Copies `rounded` to the vectors of a row: per vector of codes the bytes for
/// its lower and for its upper nibbles.
void CodedScan::arrangeCodes(Value row) {
  int64_t width = codeBytes(headDim), vectors = offsets.size();
  Value base = b.mul(row, b.cst(2 * vectors * vectorBytes));
  for (auto [v, offset] : llvm::enumerate(offsets)) {
    for (int64_t half = 0; half < 2; ++half) {
      Value bytes =
          b.loadVector(rounded, b.cst(offset + half * width), vectorBytes);
      if (overlap > 0 && int64_t(v) == vectors - 1) {
        // Numbers of the previous vector again: count them once.
        SmallVector<int8_t> mask(vectorBytes, -1);
        std::fill_n(mask.begin(), overlap, 0);
        bytes = arith::AndIOp::create(
            b, bytes,
            arith::ConstantOp::create(
                b, DenseElementsAttr::get(cast<VectorType>(bytes.getType()),
                                          ArrayRef<int8_t>(mask))));
      }
      b.storeVector(bytes, codes,
                    b.add(base, b.cst((2 * v + half) * vectorBytes)));
    }
  }
}

void CodedScan::enterSegment(const Segment &segment, Value slot) {
  parts = SegmentIndex(b, segment, slot, headDim);
  tile.score(pointerRows(b, parts.mean, b.getF32Type(), headDim), b.cst(1));
  tile.forEachRow([&](Value row, Value, Value) {
    Value mean = b.load(tile.scores, tile.scoresOf(row));
    setNumber(row, kMean, arith::AddFOp::create(b, mean, b.f32(kTinyScore)));
  });
}

//===----------------------------------------------------------------------===//
// Bounds
//===----------------------------------------------------------------------===//

/// A key's codes as unsigned bytes, in the order of a row of `this->codes`.
SmallVector<Value> CodedScan::nibbles(Value pointer) {
  auto bytes = VectorType::get({vectorBytes}, b.getI8Type());
  auto pairs = VectorType::get({vectorBytes / 2}, b.getI16Type());
  Value mask = splatInt(b, b.getI8Type(), 15, vectorBytes);
  Value four = splatInt(b, b.getI16Type(), 4, vectorBytes / 2);
  SmallVector<Value> result;
  for (int64_t offset : offsets) {
    Value both = loadFrom(b, bytes, bytePointer(b, pointer, b.cst(offset)));
    Value upper = vector::BitCastOp::create(b, pairs, both);
    upper = arith::ShRUIOp::create(b, upper, four);
    upper = vector::BitCastOp::create(b, bytes, upper);
    result.push_back(arith::AndIOp::create(b, both, mask));
    result.push_back(arith::AndIOp::create(b, upper, mask));
  }
  return result;
}

/// A vector of i32 whose lanes add up to `factor` times the product of nibbles
/// with the codes of a row.
Value CodedScan::product(ArrayRef<Value> nibbles, Value row, int16_t factor) {
  int64_t lanes = vectorBytes / 4;
  auto words = VectorType::get({lanes}, b.getI32Type());
  auto pairs = VectorType::get({vectorBytes / 2}, b.getI16Type());
  Value base = b.mul(row, b.cst(int64_t(nibbles.size()) * vectorBytes));
  auto code = [&](int64_t i) {
    return b.loadVector(codes, b.add(base, b.cst(i * vectorBytes)),
                        vectorBytes);
  };
  Value sum;
  if (hasDot(b)) {
    StringRef name = vectorBytes == 64   ? "llvm.x86.avx512.vpdpbusd.512"
                     : vectorBytes == 32 ? "llvm.x86.avx512.vpdpbusd.256"
                                         : "llvm.x86.avx512.vpdpbusd.128";
    sum = splatInt(b, b.getI32Type(), 0, lanes);
    for (auto [i, nibble] : llvm::enumerate(nibbles)) {
      sum = b.intrinsic(name, words, {sum, nibble, code(i)});
    }
    return b.mul(sum, splatInt(b, b.getI32Type(), factor, lanes));
  }
  bool wide = vectorBytes == 32;
  StringRef multiply =
      wide ? "llvm.x86.avx2.pmadd.ub.sw" : "llvm.x86.ssse3.pmadd.ub.sw.128";
  StringRef widen = wide ? "llvm.x86.avx2.pmadd.wd" : "llvm.x86.sse2.pmadd.wd";
  Value factors = splatInt(b, b.getI16Type(), factor, vectorBytes / 2);
  constexpr size_t kSteps = 8;
  for (size_t from = 0; from < nibbles.size(); from += kSteps) {
    Value part;
    for (size_t i = from; i < std::min(from + kSteps, nibbles.size()); ++i) {
      Value products = b.intrinsic(multiply, pairs, {nibbles[i], code(i)});
      part = part ? b.add(part, products) : products;
    }
    part = b.intrinsic(widen, words, {part, factors});
    sum = sum ? b.add(sum, part) : part;
  }
  return sum;
}

/// Numbers of 8 entries of an array of bf16.
Value CodedScan::eightNumbers(Value array, ArrayRef<Value> entries,
                              bool adjacent) {
  auto type = VectorType::get({kGroup}, b.getBF16Type());
  if (adjacent) {
    return toF32(b, loadFrom(b, type, bytePointer(b, array, entries[0], 2)));
  }
  SmallVector<Value> bits;
  for (Value entry : entries) {
    bits.push_back(
        loadFrom(b, b.getI16Type(), bytePointer(b, array, entry, 2)));
  }
  Value all = vector::FromElementsOp::create(
      b, VectorType::get({kGroup}, b.getI16Type()), bits);
  return toF32(b, vector::BitCastOp::create(b, type, all));
}

/// Bounds of `numRows` rows for 8 entries, to the scores from `to` on.
void CodedScan::boundRows(Value row, Value to, ArrayRef<Value> entries,
                          bool fine, int64_t numRows, bool adjacent) {
  int64_t width = codeBytes(headDim);
  SmallVector<SmallVector<Value>> products(numRows);
  for (Value entry : entries) {
    SmallVector<Value> high = nibbles(bytePointer(b, parts.high, entry, width));
    SmallVector<Value> low;
    if (fine) {
      low = nibbles(bytePointer(b, parts.low, entry, width));
    }
    // In half steps: 2 * (16 high + low).
    for (int64_t r = 0; r < numRows; ++r) {
      Value number = b.add(row, b.cst(r));
      Value sum = product(high, number, 32);
      products[r].push_back(fine ? b.add(sum, product(low, number, 2)) : sum);
    }
  }
  Value scale = eightNumbers(parts.scale, entries, adjacent);
  Value norm = eightNumbers(parts.norm, entries, adjacent);
  Value rest =
      eightNumbers(fine ? parts.fine : parts.coarse, entries, adjacent);
  for (int64_t r = 0; r < numRows; ++r) {
    Value at = b.add(row, b.cst(r));
    auto all = [&](int64_t which) {
      return b.broadcast(number(at, which), kGroup);
    };
    // Minus what codes stand for at 0: 128, or 120.5 of a coarse one.
    Value offset = b.mul(b.load(sums, at), b.i32(fine ? -256 : -241));
    Value sum = b.add(sumEach(b, products[r]), b.broadcast(offset, kGroup));
    Value bound = b.fma(
        toF32(b, sum), arith::MulFOp::create(b, scale, all(kStep)), all(kMean));
    bound = b.fma(rest, all(kNorm), bound);
    bound = b.fma(norm, all(kError), bound);
    b.storeVector(bound, tile.scores, b.add(tile.scoresOf(at), to));
  }
}

/// Prefetches the codes of a group some groups after the one of `entry`.
void CodedScan::prefetchCodes(Value plane, Value entry) {
  int64_t width = codeBytes(headDim);
  Value codes = bytePointer(b, plane, entry, width);
  for (int64_t at = 0; at < kGroup * width; at += kLineBytes) {
    prefetch(b, bytePointer(b, codes, b.cst(kPrefetchBytes + at)));
  }
}

void CodedScan::boundRun(Value from, Value n, bool fine) {
  b.loop(b.cst(0), n, kGroup, [&](Value j) {
    SmallVector<Value> entries;
    for (int64_t i = 0; i < kGroup; ++i) {
      entries.push_back(b.add(b.add(from, j), b.cst(i)));
    }
    prefetchCodes(parts.high, entries[0]);
    if (fine) {
      prefetchCodes(parts.low, entries[0]);
    }
    if (shape.rows() == block) {
      boundRows(b.cst(0), j, entries, fine, block, /*adjacent=*/true);
      return;
    }
    b.loop(b.cst(0), tile.numLiveRows(), block, [&](Value row) {
      boundRows(row, j, entries, fine, block, /*adjacent=*/true);
    });
  });
}

void CodedScan::listedBounds(Value row, Value entries, Value at, Value n) {
  Value last = b.sub(n, b.cst(1));
  b.loop(b.cst(0), n, kGroup, [&](Value j) {
    SmallVector<Value> listed;
    for (int64_t i = 0; i < kGroup; ++i) {
      Value place = b.add(at, b.min(b.add(j, b.cst(i)), last));
      listed.push_back(arith::IndexCastOp::create(b, b.getIndexType(),
                                                  b.load(entries, place)));
    }
    boundRows(row, j, listed, /*fine=*/true, 1, /*adjacent=*/false);
  });
}
