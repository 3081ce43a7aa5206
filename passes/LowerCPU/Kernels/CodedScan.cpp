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
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::fot;

/// How many bytes ahead codes are prefetched: the CPU's own prefetching ends at
/// pages of 4 kB and leaves lines in flight unused.
constexpr int64_t kPrefetchBytes = 4096;
/// The same of entries of a list.
constexpr int64_t kPrefetchListed = 32;
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
  // As many as a vector has lanes, if their sums are not too many.
  group = block == 1 ? b.level.lanes() : 8;
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
  first = segment.first;
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
    return factor == 1 ? sum
                       : b.mul(sum, splatInt(b, b.getI32Type(), factor, lanes));
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

/// Numbers of `count` entries from `entry` on of an array of bf16.
Value CodedScan::adjacentNumbers(Value array, Value entry, int64_t count) {
  auto type = VectorType::get({count}, b.getBF16Type());
  return toF32(b, loadFrom(b, type, bytePointer(b, array, entry, 2)));
}

/// The same of entries here and there.
Value CodedScan::listedNumbers(Value array, ArrayRef<Value> entries) {
  auto count = static_cast<int64_t>(entries.size());
  SmallVector<Value> bits;
  for (Value entry : entries) {
    bits.push_back(
        loadFrom(b, b.getI16Type(), bytePointer(b, array, entry, 2)));
  }
  Value all = vector::FromElementsOp::create(
      b, VectorType::get({count}, b.getI16Type()), bits);
  return toF32(b, vector::BitCastOp::create(
                      b, VectorType::get({count}, b.getBF16Type()), all));
}

/// What is known of entries of which an estimate and the lengths in a bound
/// are.
CandidateVectors CodedScan::bound(Value row, Value entries, Value estimate,
                                  Value rest, Value norm, Value scales) {
  int64_t count = cast<VectorType>(estimate.getType()).getDimSize(0);
  Value bound = b.fma(rest, numberOfRow(row, kNorm, count), estimate);
  bound = b.fma(norm, numberOfRow(row, kError, count), bound);
  return {entries, estimate, bound, scales};
}

/// Keeps prefetches on both sides of what computes `value` there: LLVM takes
/// them for free and puts them all together.
static void stayInOrder(KernelBuilder &b, Value value) {
  LLVM::InlineAsmOp::create(
      b, /*resultTypes=*/TypeRange(), value, /*asm_string=*/"",
      /*constraints=*/b.level.hasAvx512() ? "v" : "x",
      /*has_side_effects=*/true, /*is_align_stack=*/false,
      LLVM::TailCallKind::None, LLVM::AsmDialectAttr(), ArrayAttr());
}

/// Estimates and bounds of `numRows` rows for a group of entries, the first of
/// which is `at`.
void CodedScan::boundRows(Value row, Value at, Value live,
                          ArrayRef<Value> entries, bool fine, int64_t numRows,
                          Sink sink) {
  int64_t width = codeBytes(headDim);
  Type i32 = b.getI32Type();
  SmallVector<SmallVector<Value>> products(numRows);
  for (auto [i, entry] : llvm::enumerate(entries)) {
    prefetchCodes(parts.high, at, i);
    SmallVector<Value> high = nibbles(bytePointer(b, parts.high, entry, width));
    SmallVector<Value> low;
    if (fine) {
      prefetchCodes(parts.low, at, i);
      low = nibbles(bytePointer(b, parts.low, entry, width));
    }
    for (int64_t r = 0; r < numRows; ++r) {
      Value number = b.add(row, b.cst(r));
      Value sum = product(high, number, fine ? 16 : 1);
      products[r].push_back(fine ? b.add(sum, product(low, number, 1)) : sum);
    }
    stayInOrder(b, products.back().back());
  }
  Value scale = adjacentNumbers(parts.scale, at, group);
  Value norm = adjacentNumbers(parts.norm, at, group);
  Value rest = adjacentNumbers(fine ? parts.fine : parts.coarse, at, group);
  auto words = VectorType::get({group}, i32);
  Value scales = arith::OrIOp::create(
      b, vector::BitCastOp::create(b, words, scale),
      arith::ShRUIOp::create(b, vector::BitCastOp::create(b, words, norm),
                             splatInt(b, i32, 16, group)));
  SmallVector<int32_t> numbers = llvm::to_vector(llvm::seq<int32_t>(0, group));
  Value listed = b.add(
      arith::ConstantOp::create(b, b.getI32VectorAttr(numbers)),
      b.broadcast(arith::IndexCastOp::create(b, i32, b.add(first, at)), group));
  // In half steps: 2 * (16 high + low).
  Value factor = splatInt(b, i32, fine ? 2 : 32, group);
  for (int64_t r = 0; r < numRows; ++r) {
    Value number = b.add(row, b.cst(r));
    // Minus what codes stand for at 0: 128, or 120.5 of a coarse one.
    Value offset = b.mul(b.load(sums, number), b.i32(fine ? -256 : -241));
    Value sum = b.add(b.mul(sumEach(b, products[r]), factor),
                      b.broadcast(offset, group));
    Value steps =
        arith::MulFOp::create(b, scale, numberOfRow(number, kStep, group));
    Value estimate =
        b.fma(toF32(b, sum), steps, numberOfRow(number, kMean, group));
    sink(number, live, bound(number, listed, estimate, rest, norm, scales));
  }
}

/// Prefetches what entry `number` of a group, the first of which is `at`, has
/// of the codes some groups later: here and there among the arithmetic, as
/// only so many lines can be in flight.
void CodedScan::prefetchCodes(Value plane, Value at, int64_t number) {
  int64_t width = codeBytes(headDim);
  Value codes = bytePointer(b, plane, at, width);
  int64_t end = (number + 1) * width;
  for (int64_t line = llvm::alignTo(number * width, kLineBytes); line < end;
       line += kLineBytes) {
    prefetch(b, bytePointer(b, codes, b.cst(kPrefetchBytes + line)),
             /*nearest=*/false);
  }
}

void CodedScan::scanRun(Value from, Value start, Value end, bool fine,
                        Sink sink) {
  Value last = b.min(b.add(from, b.cst(kRun)), end);
  b.loop(from, last, group, [&](Value at) {
    SmallVector<Value> entries;
    for (int64_t i = 0; i < group; ++i) {
      entries.push_back(b.add(at, b.cst(i)));
    }
    Value early = lanesBefore(b, at, start, group);
    // Of those before the end, not those before the start.
    Value live = arith::CmpIOp::create(b, arith::CmpIPredicate::ugt,
                                       lanesBefore(b, at, end, group), early);
    if (shape.rows() == block) {
      boundRows(b.cst(0), at, live, entries, fine, block, sink);
      return;
    }
    b.loop(b.cst(0), tile.numLiveRows(), block, [&](Value row) {
      boundRows(row, at, live, entries, fine, block, sink);
    });
  });
}

//===----------------------------------------------------------------------===//
// Entries of a list
//===----------------------------------------------------------------------===//

void CodedScan::prefetchListed(const SegmentIndex &index, Value entry) {
  int64_t width = codeBytes(headDim);
  Value low = bytePointer(b, index.low, entry, width);
  prefetch(b, low);
  if (width % kLineBytes != 0) {
    prefetch(b, bytePointer(b, low, b.cst(width - 1)));
  }
  prefetch(b, bytePointer(b, index.fine, entry, 2));
}

void CodedScan::prefetchFirst(const Segment &segment, Value slot,
                              CandidateList &list, Value from, Value to) {
  SegmentIndex index(b, segment, slot, headDim);
  Value end = b.min(b.add(from, b.cst(kPrefetchListed)), to);
  b.loop(from, end, 1, [&](Value place) {
    prefetchListed(index, b.sub(list.entry(b.cst(0), place), segment.first));
  });
}

void CodedScan::refine(const Segment &segment, Value slot, Value row,
                       CandidateList &list, Value from, Value to, Sink sink) {
  int64_t width = codeBytes(headDim), lanes = b.level.lanes();
  Type i32 = b.getI32Type();
  SegmentIndex index(b, segment, slot, headDim);
  Value last = b.sub(to, b.cst(1));
  b.loop(from, to, lanes, [&](Value at) {
    auto entry = [&](int64_t number) {
      Value place = b.min(b.add(at, b.cst(number)), last);
      return b.sub(list.entry(b.cst(0), place), segment.first);
    };
    SmallVector<Value> products, listed;
    for (int64_t i = 0; i < lanes; ++i) {
      prefetchListed(index, entry(kPrefetchListed + i));
      listed.push_back(entry(i));
      Value low = bytePointer(b, index.low, listed.back(), width);
      products.push_back(product(nibbles(low), row, 1));
    }
    CandidateVectors known = list.load(b.cst(0), at, lanes);
    auto words = [&](int64_t number) {
      return splatInt(b, i32, number, lanes);
    };
    auto numbers = VectorType::get({lanes}, b.getF32Type());
    Value scale = vector::BitCastOp::create(
        b, numbers,
        arith::AndIOp::create(b, known.scales, words(int32_t(0xffff0000))));
    Value norm = vector::BitCastOp::create(
        b, numbers, arith::ShLIOp::create(b, known.scales, words(16)));
    // In half steps, beyond those of the coarse key: 2 * low - 15.
    Value offset = b.mul(b.load(sums, row), b.i32(-15));
    Value sum = b.add(b.mul(sumEach(b, products), words(2)),
                      b.broadcast(offset, lanes));
    Value steps =
        arith::MulFOp::create(b, scale, numberOfRow(row, kStep, lanes));
    Value estimate = b.fma(toF32(b, sum), steps, known.estimates);
    sink(row, lanesBefore(b, at, to, lanes),
         bound(row, known.entries, estimate, listedNumbers(index.fine, listed),
               norm, known.scales));
  });
}
