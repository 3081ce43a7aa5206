//===- SealMemory.cpp - fot.seal_memory -----------------------------------===//
//
// Writes the index of a full segment (kernel_abi.h), one head an item: the
// keys' mean, and per key 4 + 4 bit codes of what is left without it, with
// bounds of what the codes leave out. All bounds are rounded up, and have room
// for the rounding of scores and of the bounds that scans make: see
// docs/retrieval.md.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/SegmentIndex.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

/// Items are heads.
static Value items(ImplicitLocOpBuilder &b, Operation *operation,
                   KernelEmitter::Dim) {
  MemoryType type = cast<SealMemoryOp>(operation).getMemory().getType();
  return arith::ConstantIndexOp::create(b, type.getSlots());
}

namespace {
/// Writes one head's block.
class BlockWriter {
public:
  BlockWriter(KernelBuilder &b, MemoryType type)
      : b(b), headDim(type.getHeadDim()), width(codeBytes(headDim)),
        chunks(headDim, b.level.lanes()), lanes(chunks.lanes),
        mean(b.scratch(b.getF32Type(), headDim)),
        codes(b.scratch(b.getI8Type(), 2 * width)),
        slack(1e-5f * std::max<int64_t>(1, headDim / 128)) {}

  void write(const SegmentIndex &index, const Rows &keys, Value count,
             Value capacity);

private:
  void writeMean(const SegmentIndex &index, const Rows &keys, Value count);
  void writeKey(const SegmentIndex &index, Value key, const Rows &keys,
                Value entry);
  void writeCodes(const SegmentIndex &index, Value entry);
  void clearEntry(const SegmentIndex &index, Value entry);

  Value zeros() { return b.splat(0.0f, lanes); }
  /// Adds squares to a sum, those of numbers that the vector before has too
  /// left out.
  Value addSquares(Value sum, Value numbers, int64_t chunk);
  Value lengthOf(Value squares) {
    return math::SqrtOp::create(b, reduceAdd(b, squares));
  }
  void storeUp(Value number, Value array, Value entry);

  KernelBuilder &b;
  int64_t headDim, width;
  RowChunks chunks;
  int64_t lanes;
  Value mean, codes;
  float slack; ///< of rounding, relative to the lengths of key and mean
};
} // namespace

Value BlockWriter::addSquares(Value sum, Value numbers, int64_t chunk) {
  if (chunks.overlap > 0 && chunk == chunks.count() - 1) {
    SmallVector<int64_t> lane(lanes);
    for (int64_t i = 0; i < lanes; ++i) {
      lane[i] = i < chunks.overlap ? lanes + i : i;
    }
    numbers = vector::ShuffleOp::create(b, numbers, zeros(), lane);
  }
  return b.fma(numbers, numbers, sum);
}

/// Bits of the smallest bf16 that is not below a number, which is not negative.
static Value roundUp(KernelBuilder &b, Value number) {
  Value bits = arith::BitcastOp::create(b, b.getI32Type(), number);
  return arith::ShRUIOp::create(b, b.add(bits, b.i32(0xffff)), b.i32(16));
}

void BlockWriter::storeUp(Value number, Value array, Value entry) {
  Value bits = arith::TruncIOp::create(b, b.getI16Type(), roundUp(b, number));
  storeTo(b, bits, bytePointer(b, array, entry, 2));
}

void BlockWriter::writeMean(const SegmentIndex &index, const Rows &keys,
                            Value count) {
  SmallVector<Value> sums(chunks.count(), zeros());
  sums = b.loop(b.cst(0), count, 1, sums, [&](Value entry, ValueRange before) {
    Value key = keys.row(entry);
    SmallVector<Value> next;
    for (auto [offset, sum] : llvm::zip_equal(chunks.offsets, before)) {
      next.push_back(
          arith::AddFOp::create(b, sum, keys.load(key, b.cst(offset), lanes)));
    }
    return next;
  });
  Value number = arith::SIToFPOp::create(
      b, b.getF32Type(), arith::IndexCastOp::create(b, b.getI64Type(), count));
  Value share =
      b.broadcast(arith::DivFOp::create(b, b.f32(1.0f), number), lanes);
  for (auto [offset, sum] : llvm::zip_equal(chunks.offsets, sums)) {
    Value numbers = arith::MulFOp::create(b, sum, share);
    // Any number will do; one that is none, or huge, would spoil all keys.
    Value usable =
        compare(b, arith::CmpFPredicate::OLT, math::AbsFOp::create(b, numbers),
                b.splat(1e14f, lanes));
    numbers = select(b, usable, numbers, zeros());
    b.storeVector(numbers, mean, b.cst(offset));
    storeTo(b, numbers, bytePointer(b, index.mean, b.cst(4 * offset)));
  }
}

void BlockWriter::writeKey(const SegmentIndex &index, Value key,
                           const Rows &keys, Value entry) {
  Type i8 = b.getI8Type(), i32 = b.getI32Type();
  auto words = VectorType::get({lanes}, i32);
  auto bytes = VectorType::get({lanes}, i8);
  SmallVector<Value> rest;
  Value keySquares = zeros(), meanSquares = zeros(), top = zeros();
  for (auto [c, offset] : llvm::enumerate(chunks.offsets)) {
    Value numbers = keys.load(key, b.cst(offset), lanes);
    Value center = b.loadVector(mean, b.cst(offset), lanes);
    keySquares = addSquares(keySquares, numbers, c);
    meanSquares = addSquares(meanSquares, center, c);
    rest.push_back(arith::SubFOp::create(b, numbers, center));
    Value size = math::AbsFOp::create(b, rest.back());
    top =
        select(b, compare(b, arith::CmpFPredicate::OGT, size, top), size, top);
  }
  Value largest =
      lanes == 1
          ? vector::ExtractOp::create(b, top, ArrayRef<int64_t>{0}).getResult()
          : reduceMax(b, top);
  // Keys that are no numbers, or huge, have no bound: scans keep them. Too
  // small ones have no codes, all of them is left out.
  Value keyLength = lengthOf(keySquares);
  Value safe = compare(b, arith::CmpFPredicate::OLT, keyLength, b.f32(1e15f));
  Value step = arith::DivFOp::create(b, largest, b.f32(127.0f));
  step = arith::BitcastOp::create(
      b, b.getF32Type(), arith::ShLIOp::create(b, roundUp(b, step), b.i32(16)));
  Value usable = arith::AndIOp::create(
      b, safe, compare(b, arith::CmpFPredicate::OGT, step, b.f32(1e-30f)));
  step = select(b, usable, step, b.f32(0.0f));
  Value inverse = select(b, usable, arith::DivFOp::create(b, b.f32(1.0f), step),
                         b.f32(0.0f));

  Value factor = b.broadcast(inverse, lanes), steps = b.broadcast(step, lanes);
  Value least = b.splat(-127.0f, lanes), most = b.splat(127.0f, lanes);
  Value fineSquares = zeros(), coarseSquares = zeros();
  Value fineKey = zeros(), coarseKey = zeros();
  for (auto [c, offset] : llvm::enumerate(chunks.offsets)) {
    Value code = arith::MulFOp::create(b, rest[c], factor);
    code = select(b, compare(b, arith::CmpFPredicate::OGT, code, least), code,
                  least);
    code = select(b, compare(b, arith::CmpFPredicate::OLT, code, most), code,
                  most);
    code = math::RoundEvenOp::create(b, code);
    Value whole = b.add(arith::FPToSIOp::create(b, words, code),
                        splatInt(b, i32, 128, lanes));
    b.storeVector(arith::TruncIOp::create(b, bytes, whole), codes,
                  b.cst(offset));
    Value fine = arith::MulFOp::create(b, code, steps);
    Value upper =
        arith::AndIOp::create(b, whole, splatInt(b, i32, 0xf0, lanes));
    Value coarse = arith::AddFOp::create(b, toF32(b, upper),
                                         b.splat(7.5f - 128.0f, lanes));
    coarse = arith::MulFOp::create(b, coarse, steps);
    fineKey = addSquares(fineKey, fine, c);
    coarseKey = addSquares(coarseKey, coarse, c);
    fineSquares =
        addSquares(fineSquares, arith::SubFOp::create(b, rest[c], fine), c);
    coarseSquares =
        addSquares(coarseSquares, arith::SubFOp::create(b, rest[c], coarse), c);
  }
  storeUp(step, index.scale, entry);

  // What keeps squares of nearly nothing from vanishing.
  Value tiny = b.f32(1e-17f);
  Value infinite = b.f32(std::numeric_limits<float>::infinity());
  Value room = math::FmaOp::create(
      b, arith::AddFOp::create(b, keyLength, lengthOf(meanSquares)),
      b.f32(slack), tiny);
  auto storeRest = [&](Value squares, Value array) {
    Value bound = arith::AddFOp::create(b, lengthOf(squares), room);
    storeUp(select(b, safe, bound, infinite), array, entry);
  };
  storeRest(fineSquares, index.fine);
  storeRest(coarseSquares, index.coarse);
  Value more = compare(b, arith::CmpFPredicate::OGT, reduceAdd(b, fineKey),
                       reduceAdd(b, coarseKey));
  Value norm =
      math::FmaOp::create(b, lengthOf(select(b, more, fineKey, coarseKey)),
                          b.f32(1.0f + slack), tiny);
  storeUp(select(b, safe, norm, b.f32(0.0f)), index.norm, entry);
}

/// Takes the codes apart into the two planes.
void BlockWriter::writeCodes(const SegmentIndex &index, Value entry) {
  Type i8 = b.getI8Type();
  Value high = bytePointer(b, index.high, entry, width);
  Value low = bytePointer(b, index.low, entry, width);
  // Of 16 bytes; the last ones again where the width is no multiple.
  for (int64_t at = 0; at < width; at += 16) {
    int64_t from = std::min(at, width - 16);
    auto constant = [&](int64_t number) { return splatInt(b, i8, number, 16); };
    Value first = b.loadVector(codes, b.cst(from), 16);
    Value second = b.loadVector(codes, b.cst(from + width), 16);
    Value upper =
        arith::OrIOp::create(b, arith::ShRUIOp::create(b, first, constant(4)),
                             arith::AndIOp::create(b, second, constant(0xf0)));
    Value lower =
        arith::OrIOp::create(b, arith::AndIOp::create(b, first, constant(15)),
                             arith::ShLIOp::create(b, second, constant(4)));
    storeTo(b, upper, bytePointer(b, high, b.cst(from)));
    storeTo(b, lower, bytePointer(b, low, b.cst(from)));
  }
}

/// An entry that does not exist; files have it.
void BlockWriter::clearEntry(const SegmentIndex &index, Value entry) {
  Value zero = arith::ConstantOp::create(b, b.getI16IntegerAttr(0));
  for (Value array : {index.scale, index.norm, index.fine, index.coarse}) {
    storeTo(b, zero, bytePointer(b, array, entry, 2));
  }
  Value byte = arith::ConstantOp::create(b, b.getI8IntegerAttr(0));
  for (Value plane : {index.high, index.low}) {
    Value row = bytePointer(b, plane, entry, width);
    b.loop(b.cst(0), b.cst(width), 1,
           [&](Value i) { storeTo(b, byte, bytePointer(b, row, i)); });
  }
}

void BlockWriter::write(const SegmentIndex &index, const Rows &keys,
                        Value count, Value capacity) {
  Value byte = arith::ConstantOp::create(b, b.getI8IntegerAttr(0));
  b.loop(b.cst(0), b.cst(2 * width), 1,
         [&](Value i) { b.store(byte, codes, i); });
  writeMean(index, keys, count);
  b.loop(b.cst(0), count, 1, [&](Value entry) {
    writeKey(index, keys.row(entry), keys, entry);
    writeCodes(index, entry);
  });
  b.loop(count, capacity, 1, [&](Value entry) { clearEntry(index, entry); });
}

static LogicalResult body(KernelBuilder &b, Operation *operation) {
  auto op = cast<SealMemoryOp>(operation);
  MemoryType type = op.getMemory().getType();
  MemoryBank bank(b, b.value(op.getMemory()), type);
  Segment segment = bank.segment(b.value(op.getSegment()));
  BlockWriter writer(b, type);
  b.loop(b.begin, b.end, 1, [&](Value slot) {
    SegmentIndex index(b, segment, slot, type.getHeadDim());
    auto rowsFrom = [&](Value base) {
      return pointerRows(b, base, type.getKeyType(), type.getHeadDim());
    };
    Value keys = rowsFrom(segment.keys).row(b.mul(slot, segment.capacity));
    writer.write(index, rowsFrom(keys), segment.count, segment.capacity);
  });
  return success();
}

const KernelEmitter fot::sealMemoryKernel = {items, body};
