//===- CodedTile.cpp - many queries against coded keys --------------------===//

#include "passes/LowerCPU/Kernels/CodedTile.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;
using namespace mlir::fot;

/// Keys side by side: their 4 bytes of a group fill 64.
constexpr int64_t kSide = 16, kGroupBytes = 64;
/// Bytes of a row of codes read at a time.
constexpr int64_t kChunk = 16;
/// Sums of a query's integers, times codes of -64 to 63, that fit in i16.
constexpr int64_t kMostOfLane = 32767 / 64;

//===----------------------------------------------------------------------===//
// Layout
//===----------------------------------------------------------------------===//

CodedTile::CodedTile(KernelBuilder &b, AttentionTile &tile,
                     const TileShape &shape, MemoryType type)
    : b(b), tile(tile), shape(shape), vnni(b.level.hasVnni()),
      bits(vnni ? 8 : 7), width(codeBytes(type.getHeadDim())) {
  for (int64_t chunk = 0; chunk < width; chunk += kChunk) {
    // The last chunk starts early; groups that are seen already are left out.
    int64_t start = std::min(chunk, width - kChunk);
    for (int64_t byte = start; byte < start + kChunk; byte += 4) {
      if (int64_t fresh = std::min<int64_t>(byte + 4 - chunk, 4); fresh > 0) {
        groups.push_back({start, byte, fresh});
      }
    }
  }
  rowBlock = vnni ? 8 : 4;
  rounds = vnni ? 1 : llvm::divideCeil(groupCount(), 40);
  roundSize = llvm::alignTo(llvm::divideCeil(groupCount(), rounds), 2);
  double size = shape.headDim;
  margin = std::ldexp(size / 8 + 4 * std::sqrt(size) + 32, -24);

  int64_t rows = llvm::alignTo(shape.rows(), rowBlock);
  Type f32 = b.getF32Type(), i8 = b.getI8Type();
  integers = b.scratch(b.getI32Type(), rows * groupCount());
  start = b.scratch(b.getI32Type(), rows * rounds);
  factor = b.scratch(f32, rows);
  offset = b.scratch(f32, rows);
  norm = b.scratch(f32, rows);
  mean = b.scratch(f32, rows);
  excess = b.scratch(f32, rows);
  ratio = b.scratch(f32, 1);
  codes = b.scratch(i8, groupCount() * kGroupBytes);
  keyScale = b.scratch(f32, kSide);
  keyError = b.scratch(f32, kSide);
  linear = b.scratch(f32, 2 * width + 16);
  grouped = b.scratch(f32, 4 * groupCount());
  masks = b.scratch(i8, rows * kKeys / 8);
}

//===----------------------------------------------------------------------===//
// Queries
//===----------------------------------------------------------------------===//

static Value maximum(KernelBuilder &b, Value x, Value y) {
  return arith::MaximumFOp::create(b, x, y);
}

static Value times(KernelBuilder &b, Value x, Value y) {
  return arith::MulFOp::create(b, x, y);
}

static Value plus(KernelBuilder &b, Value x, Value y) {
  return arith::AddFOp::create(b, x, y);
}

/// The root of a sum of squares, at least that of the exact sum, and not 0.
static Value rootOf(KernelBuilder &b, Value squares) {
  Value sum = plus(b, reduceAdd(b, squares), b.f32(1e-36f));
  return times(b, math::SqrtOp::create(b, sum), b.f32(1.0f + 0x1p-14f));
}

void CodedTile::begin() {
  b.store(b.f32(0.0f), ratio, b.cst(0));
  b.loop(b.cst(0), b.cst(2 * width + 16), 8,
         [&](Value i) { b.storeVector(b.splat(0.0f, 8), linear, i); });
  tile.forEachRow([&](Value row, Value, Value) { roundRow(row); });
}

/// Writes a row's query to `grouped`.
void CodedTile::orderByGroups(Value row) {
  // Dimension by dimension: the last vector, which starts early and has zeros
  // there, goes first.
  const RowChunks &chunks = tile.chunks;
  for (int64_t c = chunks.count() - 1; c >= 0; --c) {
    b.storeVector(tile.queryPart(row, c), linear, b.cst(chunks.offsets[c]));
  }
  // By groups, lower halves of bytes before upper ones.
  Value zeros = b.splat(0.0f, 4);
  for (auto [i, group] : llvm::enumerate(groups)) {
    SmallVector<Value> halves;
    for (int64_t half = 0; half < 2; ++half) {
      Value part = b.loadVector(linear, b.cst(half * width + group.byte), 4);
      if (group.fresh < 4) {
        SmallVector<int64_t> lanes;
        for (int64_t lane = 0; lane < 4; ++lane) {
          lanes.push_back(lane < 4 - group.fresh ? 4 + lane : lane);
        }
        part = vector::ShuffleOp::create(b, part, zeros, lanes);
      }
      halves.push_back(part);
    }
    b.storeVector(concat(b, halves), grouped, b.cst(8 * i));
  }
}

/// Of two groups' numbers, those that an instruction adds up in the same lane.
static Value laneOf(KernelBuilder &b, Value vector, int64_t lane) {
  return vector::ShuffleOp::create(
      b, vector, vector,
      ArrayRef<int64_t>{2 * lane, 2 * lane + 1, 2 * lane + 4, 2 * lane + 5});
}

void CodedTile::roundRow(Value row) {
  orderByGroups(row);
  Type i32 = b.getI32Type();
  int64_t numbers = 4 * groupCount();
  auto forEachRound = [&](function_ref<void(int64_t, Value, Value)> body) {
    for (int64_t round = 0; round < rounds; ++round) {
      int64_t from = 4 * roundSize * round;
      body(round, b.cst(from), b.cst(std::min(from + 4 * roundSize, numbers)));
    }
  };

  Value none = b.splat(0.0f, 8);
  Value largest = none, squares = none, most = b.f32(0.0f);
  forEachRound([&](int64_t, Value from, Value to) {
    SmallVector<Value> found =
        b.loop(from, to, 8, ValueRange{largest, squares, none},
               [&](Value i, ValueRange before) -> SmallVector<Value> {
                 Value x = b.loadVector(grouped, i, 8);
                 Value size = math::AbsFOp::create(b, x);
                 return {maximum(b, before[0], size), b.fma(x, x, before[1]),
                         plus(b, before[2], size)};
               });
    largest = found[0];
    squares = found[1];
    for (int64_t lane : {0, 1}) {
      most = maximum(b, most, reduceAdd(b, laneOf(b, found[2], lane)));
    }
  });
  Value scale = times(b, reduceMax(b, largest), b.f32(1.0f / 127.0f));
  if (!vnni) {
    // Rounding adds at most a half to each of 2 * roundSize numbers.
    float share = (1.0f + 0x1p-14f) / float(kMostOfLane - roundSize);
    scale = maximum(b, scale, times(b, most, b.f32(share)));
  }
  scale = maximum(b, scale, b.f32(1e-30f));
  Value inverse = b.broadcast(arith::DivFOp::create(b, b.f32(1.0f), scale), 8);
  Value step = b.broadcast(arith::NegFOp::create(b, scale), 8);

  auto words = VectorType::get({8}, i32);
  Value target = b.mul(row, b.cst(groupCount()));
  Value missing = none, total = b.i32(0);
  forEachRound([&](int64_t round, Value from, Value to) {
    SmallVector<Value> found = b.loop(
        from, to, 8, ValueRange{missing, splatInt(b, i32, 0, 8)},
        [&](Value i, ValueRange before) -> SmallVector<Value> {
          Value x = b.loadVector(grouped, i, 8);
          Value whole = math::RoundEvenOp::create(b, times(b, x, inverse));
          Value number = arith::FPToSIOp::create(b, words, whole);
          Value bytes = arith::TruncIOp::create(
              b, VectorType::get({8}, b.getI8Type()), number);
          Value group = arith::ShRUIOp::create(b, i, b.cst(2));
          b.storeVector(
              vector::BitCastOp::create(b, VectorType::get({2}, i32), bytes),
              integers, b.add(target, group));
          Value rest = b.fma(whole, step, x);
          return {b.fma(rest, rest, before[0]), b.add(before[1], number)};
        });
    missing = found[0];
    // Codes count from 2^(bits - 1): take that off, per lane where sums are
    // i16.
    SmallVector<Value> sums;
    for (int64_t lane : {0, 1}) {
      sums.push_back(vector::ReductionOp::create(b, vector::CombiningKind::ADD,
                                                 laneOf(b, found[1], lane)));
      total = b.add(total, sums.back());
    }
    auto centre = [&](Value sum) {
      return b.mul(sum, b.i32(-(1 << (bits - 1))));
    };
    Value first = centre(b.add(sums[0], sums[1]));
    if (!vnni) {
      first = arith::OrIOp::create(
          b, arith::AndIOp::create(b, centre(sums[0]), b.i32(0xffff)),
          arith::ShLIOp::create(b, centre(sums[1]), b.i32(16)));
    }
    b.store(first, start, b.add(b.mul(row, b.cst(rounds)), b.cst(round)));
  });
  // A 7-bit code knows the key up to half a step, whose middle it stands for.
  Value sum = arith::SIToFPOp::create(b, b.getF32Type(), total);
  b.store(times(b, scale, b.f32(vnni ? 1.0f : 2.0f)), factor, row);
  b.store(times(b, times(b, scale, sum), b.f32(vnni ? 0.0f : 0.5f)), offset,
          row);
  Value length = rootOf(b, squares);
  b.store(length, norm, row);
  Value share = plus(b, arith::DivFOp::create(b, rootOf(b, missing), length),
                     b.f32(margin));
  b.store(maximum(b, b.load(ratio, b.cst(0)), share), ratio, b.cst(0));
}

//===----------------------------------------------------------------------===//
// Segments
//===----------------------------------------------------------------------===//

void CodedTile::enterSegment(const Segment &segment, Value slot) {
  index = SegmentIndex(b, segment, slot, shape.headDim);
  const RowChunks &chunks = tile.chunks;
  Rows means = pointerRows(b, index.mean, b.getF32Type(), shape.headDim);
  Value none = b.splat(0.0f, chunks.lanes), squares = none;
  auto meanPart = [&](int64_t offset) {
    return means.load(index.mean, b.cst(offset), chunks.lanes);
  };
  for (int64_t offset : chunks.offsets) {
    squares = b.fma(meanPart(offset), meanPart(offset), squares);
  }
  Value error = times(b, rootOf(b, squares), b.f32(2 * margin));
  tile.forEachRow([&](Value row, Value, Value) {
    Value sum = none;
    for (auto [c, offset] : llvm::enumerate(chunks.offsets)) {
      sum = b.fma(tile.queryPart(row, c), meanPart(offset), sum);
    }
    b.store(plus(b, times(b, b.load(norm, row), error), reduceAdd(b, sum)),
            mean, row);
  });
}

void CodedTile::setThreshold(Value row, Value threshold) {
  b.store(arith::SubFOp::create(b, b.load(mean, row), threshold), excess, row);
}

/// Scales of 16 keys, and what |query| is multiplied with in the bound.
void CodedTile::loadBounds(Value key) {
  int64_t lanes = vnni ? 16 : 8;
  Value share = b.broadcast(b.load(ratio, b.cst(0)), lanes);
  // What 7 bits leave open of each number is half a step.
  float halves = vnni ? 0.0f : 0.5001f * std::sqrt(float(shape.headDim));
  for (int64_t i = 0; i < kSide; i += lanes) {
    auto load = [&](Value part) {
      return toF32(b, loadFrom(b, VectorType::get({lanes}, b.getBF16Type()),
                               bytePointer(b, part, b.add(key, b.cst(i)), 2)));
    };
    Value scale = load(index.scale);
    Value open = times(b, scale, b.splat(halves, lanes));
    Value error = plus(b, load(index.fine), open);
    b.storeVector(scale, keyScale, b.cst(i));
    b.storeVector(b.fma(plus(b, load(index.norm), open), share, error),
                  keyError, b.cst(i));
  }
}

/// Of 8 keys the 4-byte words at `byte`, `byte` + 4, ... of their rows, keys
/// side by side: 4 vectors of 8 i32.
SmallVector<Value> CodedTile::transposed(Value plane, Value key, int64_t byte) {
  auto words = VectorType::get({4}, b.getI32Type());
  SmallVector<Value> rows;
  for (int64_t i = 0; i < 8; ++i) {
    Value row = bytePointer(b, plane, b.add(key, b.cst(i)), width);
    rows.push_back(loadFrom(b, words, bytePointer(b, row, b.cst(byte))));
  }
  SmallVector<Value> pairs;
  for (int64_t i = 0; i < 4; ++i) {
    pairs.push_back(concat(b, {rows[i], rows[i + 4]}));
  }
  auto shuffle = [&](Value x, Value y, ArrayRef<int64_t> lanes) -> Value {
    return vector::ShuffleOp::create(b, x, y, lanes);
  };
  // As the CPU's unpack instructions do it.
  const int64_t low[] = {0, 8, 1, 9, 4, 12, 5, 13};
  const int64_t high[] = {2, 10, 3, 11, 6, 14, 7, 15};
  const int64_t low2[] = {0, 1, 8, 9, 4, 5, 12, 13};
  const int64_t high2[] = {2, 3, 10, 11, 6, 7, 14, 15};
  Value a = shuffle(pairs[0], pairs[1], low);
  Value c = shuffle(pairs[2], pairs[3], low);
  Value d = shuffle(pairs[0], pairs[1], high);
  Value e = shuffle(pairs[2], pairs[3], high);
  return {shuffle(a, c, low2), shuffle(a, c, high2), shuffle(d, e, low2),
          shuffle(d, e, high2)};
}

/// Lays out the codes of 16 keys: per group 4 bytes of each.
void CodedTile::unpack(Value key) {
  Type i32 = b.getI32Type();
  // The upper `bits` bits of codes 16 high + low, one half of each byte.
  int64_t dropped = 8 - bits;
  auto bitsOf = [&](Value x, int64_t shift, int64_t mask) -> Value {
    if (shift > 0) {
      x = arith::ShRUIOp::create(b, x, splatInt(b, i32, shift, 8));
    } else if (shift < 0) {
      x = arith::ShLIOp::create(b, x, splatInt(b, i32, -shift, 8));
    }
    return arith::AndIOp::create(
        b, x, splatInt(b, i32, int32_t(mask * 0x01010101), 8));
  };
  int64_t highMask = 0xf0 >> dropped, lowMask = 0x0f >> dropped;
  b.loop(b.cst(0), b.cst(2), 1, [&](Value side) {
    Value first = b.add(key, b.mul(side, b.cst(8)));
    Value place = b.mul(side, b.cst(kGroupBytes / 2));
    SmallVector<Value> high, low;
    int64_t chunk = -1;
    for (auto [i, group] : llvm::enumerate(groups)) {
      if (group.chunk != chunk) {
        chunk = group.chunk;
        high = transposed(index.high, first, chunk);
        low = transposed(index.low, first, chunk);
      }
      int64_t word = (group.byte - chunk) / 4;
      for (int64_t half = 0; half < 2; ++half) {
        Value code = arith::OrIOp::create(
            b, bitsOf(high[word], 4 * half - 4 + dropped, highMask),
            bitsOf(low[word], 4 * half + dropped, lowMask));
        b.storeVector(vector::BitCastOp::create(
                          b, VectorType::get({32}, b.getI8Type()), code),
                      codes, b.add(place, b.cst((2 * i + half) * kGroupBytes)));
      }
    }
  });
}

//===----------------------------------------------------------------------===//
// Products
//===----------------------------------------------------------------------===//

/// Sums of the codes of 16 keys times a block of rows' integers: per row two
/// vectors of 8 i32.
SmallVector<Value> CodedTile::productsAvx2(Value row) {
  auto bytes = VectorType::get({32}, b.getI8Type());
  auto pairs = VectorType::get({16}, b.getI16Type());
  auto words = VectorType::get({8}, b.getI32Type());
  Value base = b.mul(row, b.cst(groupCount()));
  SmallVector<Value> sums;
  for (int64_t round = 0; round < rounds; ++round) {
    int64_t from = round * roundSize;
    int64_t to = std::min(from + roundSize, groupCount());
    SmallVector<Value> part;
    for (int64_t r = 0; r < rowBlock; ++r) {
      Value place = b.add(b.mul(row, b.cst(rounds)), b.cst(r * rounds + round));
      Value first = vector::BitCastOp::create(
          b, pairs, b.broadcast(b.load(start, place), 8));
      part.append(2, first);
    }
    part = b.loop(
        b.cst(from), b.cst(to), 2, part, [&](Value group, ValueRange before) {
          SmallVector<Value> next(before);
          for (int64_t second = 0; second < 2; ++second) {
            Value at = b.add(b.mul(group, b.cst(kGroupBytes)),
                             b.cst(second * kGroupBytes));
            Value keys[] = {b.loadVector(codes, at, 32),
                            b.loadVector(codes, b.add(at, b.cst(32)), 32)};
            for (int64_t r = 0; r < rowBlock; ++r) {
              Value query =
                  b.load(integers, b.add(b.add(base, group),
                                         b.cst(r * groupCount() + second)));
              query =
                  vector::BitCastOp::create(b, bytes, b.broadcast(query, 8));
              for (int64_t side = 0; side < 2; ++side) {
                Value &sum = next[2 * r + side];
                sum = b.add(sum, b.intrinsic("llvm.x86.avx2.pmadd.ub.sw", pairs,
                                             {keys[side], query}));
              }
            }
          }
          return next;
        });
    for (auto [i, sum] : llvm::enumerate(part)) {
      sum = b.intrinsic("llvm.x86.avx2.pmadd.wd", words,
                        {sum, splatInt(b, b.getI16Type(), 1, 16)});
      if (round == 0) {
        sums.push_back(sum);
      } else {
        sums[i] = b.add(sums[i], sum);
      }
    }
  }
  return sums;
}

/// The same with one vector of 16 i32 per row.
SmallVector<Value> CodedTile::productsVnni(Value row) {
  auto bytes = VectorType::get({64}, b.getI8Type());
  auto words = VectorType::get({16}, b.getI32Type());
  Value base = b.mul(row, b.cst(groupCount()));
  SmallVector<Value> sums;
  for (int64_t r = 0; r < rowBlock; ++r) {
    sums.push_back(b.broadcast(b.load(start, b.add(row, b.cst(r))), 16));
  }
  return b.loop(
      b.cst(0), b.cst(groupCount()), 1, sums,
      [&](Value group, ValueRange before) {
        SmallVector<Value> next;
        Value keys = b.loadVector(codes, b.mul(group, b.cst(kGroupBytes)), 64);
        for (int64_t r = 0; r < rowBlock; ++r) {
          Value query = b.load(
              integers, b.add(b.add(base, group), b.cst(r * groupCount())));
          query = vector::BitCastOp::create(b, bytes, b.broadcast(query, 16));
          next.push_back(b.intrinsic("llvm.x86.avx512.vpdpbusd.512", words,
                                     {before[r], keys, query}));
        }
        return next;
      });
}

/// Sets the bits of 16 keys, from `byte` of a row's on, for a block of rows.
void CodedTile::test(ArrayRef<Value> sums, Value row, Value byte) {
  int64_t lanes = vnni ? 16 : 8, vectors = kSide / lanes;
  auto bits = VectorType::get({lanes / 8}, b.getI8Type());
  for (auto [i, sum] : llvm::enumerate(sums)) {
    Value number = b.add(row, b.cst(i / vectors));
    Value key = b.cst(i % vectors * lanes);
    auto ofRow = [&](Value buffer) {
      return b.broadcast(b.load(buffer, number), lanes);
    };
    Value bound =
        b.fma(ofRow(norm), b.loadVector(keyError, key, lanes), ofRow(excess));
    bound = b.fma(b.loadVector(keyScale, key, lanes),
                  b.fma(toF32(b, sum), ofRow(factor), ofRow(offset)), bound);
    Value above = arith::CmpFOp::create(b, arith::CmpFPredicate::UGT, bound,
                                        b.splat(0.0f, lanes));
    b.storeVector(vector::BitCastOp::create(b, bits, above), masks,
                  b.add(b.add(b.mul(number, b.cst(kKeys / 8)), byte),
                        b.cst(i % vectors * (lanes / 8))));
  }
}

void CodedTile::survivors(Value from, Value n) {
  b.loop(b.cst(0), n, kSide, [&](Value key) {
    Value place = b.add(from, key);
    unpack(place);
    loadBounds(place);
    Value byte = arith::ShRUIOp::create(b, key, b.cst(3));
    b.loop(b.cst(0), tile.numLiveRows(), rowBlock, [&](Value row) {
      test(vnni ? productsVnni(row) : productsAvx2(row), row, byte);
    });
  });
}

Value CodedTile::survivorsOf(Value row, Value word) {
  Value bytes = b.loadVector(
      masks, b.add(b.mul(row, b.cst(kKeys / 8)), b.mul(word, b.cst(8))), 8);
  return vector::ExtractOp::create(
      b,
      vector::BitCastOp::create(b, VectorType::get({1}, b.getI64Type()), bytes),
      ArrayRef<int64_t>{0});
}
