//===- TileStages.cpp - rows on their way to tensor cores -----------------===//

#include "passes/LowerGPU/Kernels/TileStages.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace mlir::fot;

/// Bytes that the rows of one kind and step have room for.
constexpr int64_t kMostBytes = 9216;

bool TileStages::fits(const RowFormat &format) {
  // Copies are of 4 bytes at least.
  return format.bytes() % 4 == 0;
}

TileStages::TileStages(GpuKernel &b, ArrayRef<RowFormat> formats, int64_t most)
    : b(b), stepRows(most) {
  int64_t rawBytes = 0;
  for (auto [number, format] : llvm::enumerate(formats)) {
    Rows rows;
    rows.format = format;
    rows.element = format.element;
    if (rows.isWidened()) {
      rows.element = number == 0 ? b.getF16Type() : b.getBF16Type();
    }
    rows.bytes = llvm::alignTo(format.size * rows.size(), 32);
    // An odd multiple of 16 bytes: rows lie in different banks.
    rows.pitch = rows.bytes + 16;
    rows.rawPitch =
        rows.isWidened() ? llvm::alignTo(format.bytes(), 16) : rows.pitch;
    kinds.push_back(rows);
    rawBytes += rows.rawPitch;
    stepRows = std::min<int64_t>(
        stepRows, llvm::bit_floor<uint64_t>(kMostBytes / rows.pitch));
  }
  stages = b.shared(b.getI8Type(), 2 * stepRows * rawBytes);
  for (const Rows &rows : kinds) {
    widened.push_back(rows.isWidened()
                          ? b.shared(b.getI8Type(), stepRows * rows.pitch)
                          : Value());
  }
  clearPadding();
}

/// Zeroes what is multiplied behind the rows' ends.
void TileStages::clearPadding() {
  for (unsigned kind = 0; kind < kinds.size(); ++kind) {
    const Rows &rows = kinds[kind];
    int64_t used = rows.format.size * rows.size();
    int64_t words = (rows.bytes - used) / 4;
    if (words == 0) {
      continue;
    }
    SmallVector<Value> places = {widened[kind]};
    if (!rows.isWidened()) {
      places = {raw(kind, b.i32(0)), raw(kind, b.i32(1))};
    }
    b.loop(b.thread(), b.i32(stepRows * words), b.i32(b.threads()),
           [&](Value i) {
             Value at = b.add(b.mul(b.div(i, words), rows.pitch / 4),
                              b.add(b.rem(i, words), used / 4));
             for (Value place : places) {
               b.store(b.i32(0), place, at);
             }
           });
  }
}

/// Where a step's rows arrive.
Value TileStages::raw(unsigned kind, Value step) {
  int64_t before = 0, all = 0;
  for (auto [number, rows] : llvm::enumerate(kinds)) {
    before += number < kind ? stepRows * rows.rawPitch : 0;
    all += stepRows * rows.rawPitch;
  }
  return b.at(stages, b.getI8Type(), b.add(b.mul(b.rem(step, 2), all), before));
}

Value TileStages::base(unsigned kind, Value step) {
  return kinds[kind].isWidened() ? widened[kind] : raw(kind, step);
}

Value TileStages::scale(unsigned kind, Value step, Value row) {
  const Rows &rows = kinds[kind];
  Value place = b.add(b.mul(row, rows.rawPitch), rows.format.size);
  Value at = b.at(raw(kind, step), b.getI8Type(), place);
  return b.load(at, b.getF32Type(), b.i32(0));
}

/// Asks for a step's rows, if there are some. All threads ask for their share
/// and form a group. Rows behind the last are that one once more.
void TileStages::copy(ValueRange first, Value count, Value step) {
  Type i8 = b.getI8Type();
  Value from = b.mul(step, stepRows), last = b.sub(count, 1);
  b.when(b.lt(from, count), [&] {
    for (unsigned kind = 0; kind < kinds.size(); ++kind) {
      const Rows &rows = kinds[kind];
      int64_t bytes = rows.format.bytes();
      int64_t piece = bytes % 16 == 0 ? 16 : bytes % 8 == 0 ? 8 : 4;
      auto modifier = piece == 16 ? NVVM::LoadCacheModifierKind::CG
                                  : NVVM::LoadCacheModifierKind::CA;
      int64_t pieces = bytes / piece;
      Value to = raw(kind, step);
      b.loop(b.thread(), b.i32(stepRows * pieces), b.i32(b.threads()),
             [&](Value i) {
               Value number = b.div(i, pieces);
               Value place = b.mul(b.rem(i, pieces), piece);
               Value row = b.widen(b.min(b.add(from, number), last));
               Value source = b.add(b.mul(row, bytes), b.widen(place));
               Value target = b.add(b.mul(number, rows.rawPitch), place);
               NVVM::CpAsyncOp::create(b, b.at(to, i8, target),
                                       b.at(first[kind], i8, source), piece,
                                       modifier, Value());
             });
    }
  });
  NVVM::CpAsyncCommitGroupOp::create(b);
}

/// Four codes as two registers of two numbers each.
static Value widenWord(GpuKernel &b, Value word, Type element) {
  Type i32 = b.getI32Type();
  SmallVector<Value> registers;
  for (int64_t first : {0, 2}) {
    Value codes[2];
    for (int64_t i = 0; i < 2; ++i) {
      Value up = arith::ShLIOp::create(b, word, b.i32(24 - 8 * (first + i)));
      codes[i] = b.toFloat(arith::ShRSIOp::create(b, up, b.i32(24)));
    }
    if (element.isBF16()) {
      // No code has more digits than a bf16, the upper half of an f32.
      Value low =
          arith::ShRUIOp::create(b, b.bitcast(codes[0], i32), b.i32(16));
      registers.push_back(
          arith::OrIOp::create(b, low, b.bitcast(codes[1], i32)));
      continue;
    }
    Value low = arith::TruncFOp::create(b, element, codes[0]);
    Value high = arith::TruncFOp::create(b, element, codes[1]);
    auto type = VectorType::get({2}, element);
    registers.push_back(b.bitcast(
        vector::FromElementsOp::create(b, type, ValueRange{low, high}), i32));
  }
  return vector::FromElementsOp::create(b, VectorType::get({2}, i32),
                                        registers);
}

void TileStages::widen(unsigned kind, Value step) {
  const Rows &rows = kinds[kind];
  int64_t words = rows.format.size / 4;
  Value from = raw(kind, step);
  Operation *loop = b.loop(
      b.thread(), b.i32(stepRows * words), b.i32(b.threads()), [&](Value i) {
        Value row = b.div(i, words), word = b.rem(i, words);
        Value codes = b.load(from, b.getI32Type(),
                             b.add(b.mul(row, rows.rawPitch / 4), word));
        Value at = b.add(b.mul(row, rows.pitch / 4), b.mul(word, 2));
        LLVM::StoreOp::create(b, widenWord(b, codes, rows.element),
                              b.at(widened[kind], b.getI32Type(), at),
                              /*alignment=*/8);
      });
  // Registers are for queries and sums.
  GpuKernel::keepLoop(loop);
}

SmallVector<Value>
TileStages::run(ValueRange first, Value count, ValueRange carried,
                function_ref<SmallVector<Value>(Value step, ValueRange)> body) {
  // Whoever used the stages before has done so.
  b.barrier();
  copy(first, count, b.i32(0));
  Value steps = b.div(b.add(count, stepRows - 1), stepRows);
  bool widens =
      llvm::any_of(kinds, [](auto &rows) { return rows.isWidened(); });
  return b.loop(b.i32(0), steps, b.i32(1), carried,
                [&](Value step, ValueRange carried) {
                  // This step has arrived, and whoever used the other stage
                  // has done so.
                  NVVM::CpAsyncWaitGroupOp::create(b, 0);
                  b.barrier();
                  copy(first, count, b.add(step, 1));
                  for (unsigned kind = 0; kind < kinds.size(); ++kind) {
                    if (kinds[kind].isWidened()) {
                      widen(kind, step);
                    }
                  }
                  if (widens) {
                    b.barrier();
                  }
                  return body(step, carried);
                });
}
