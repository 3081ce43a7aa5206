//===- Memory.cpp - memory banks inside GPU kernels -----------------------===//

#include "passes/LowerGPU/Kernels/Memory.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace mlir::fot;

// Fields of fot_memory and fot_segment.
constexpr int64_t kCount = 0, kNumSegments = 8, kSegments = 16, kMuted = 24;
constexpr int64_t kSegmentBytes = 48, kKeys = 0, kValues = 8,
                  kSegmentCount = 24, kCapacity = 32, kFirst = 40;

int64_t RowFormat::bytes() const {
  int64_t bits = element.getIntOrFloatBitWidth();
  return size * bits / 8 + (element.isInteger(8) ? 4 : 0);
}

RowFormat mlir::fot::windowFormat(Value cache) {
  return {cast<MemRefType>(cache.getType()).getElementType(),
          GpuKernel::staticDim(cache, 2)};
}

Value mlir::fot::loadNumber(GpuKernel &b, const RowFormat &format, Value row,
                            Value index) {
  return b.toFloat(b.load(row, format.element, index));
}

Value mlir::fot::rowScale(GpuKernel &b, const RowFormat &format, Value row) {
  if (!format.element.isInteger(8)) {
    return Value();
  }
  // It is not aligned.
  Value bits;
  for (int64_t i = 0; i < 4; ++i) {
    Value byte = b.load(row, b.getI8Type(), b.i32(format.size + i));
    byte = arith::ExtUIOp::create(b, b.getI32Type(), byte);
    byte = arith::ShLIOp::create(b, byte, b.i32(8 * i));
    bits = bits ? Value(arith::OrIOp::create(b, bits, byte)) : byte;
  }
  return b.bitcast(bits, b.getF32Type());
}

Value mlir::fot::dotRow(GpuKernel &b, const RowFormat &format, Value row,
                        Value query) {
  Type f32 = b.getF32Type();
  int64_t lanes = 128 / format.element.getIntOrFloatBitWidth();
  // Rows of whole 16 bytes are aligned to them, as banks and caches are.
  if (format.element.isInteger(8) || format.size % lanes != 0) {
    lanes = 1;
  }
  Value sum =
      b.loop(b.i32(0), b.i32(format.size), b.i32(lanes), {b.f32(0.0)},
             [&](Value d, ValueRange carried) {
               Value total = carried[0];
               if (lanes == 1) {
                 Value number = loadNumber(b, format, row, d);
                 return SmallVector<Value>{
                     b.fma(number, b.load(query, f32, d), total)};
               }
               Value numbers = b.loadVector(row, format.element, d, lanes);
               for (int64_t i = 0; i < lanes; ++i) {
                 Value number = b.toFloat(b.extract(numbers, i));
                 total = b.fma(number, b.load(query, f32, b.add(d, i)), total);
               }
               return SmallVector<Value>{total};
             })[0];
  Value scale = rowScale(b, format, row);
  return scale ? b.fmul(sum, scale) : sum;
}

/// Rounds to the nearest, ties to even; NaN stays NaN.
static Value roundToBf16(GpuKernel &b, Value number) {
  Type i32 = b.getI32Type(), i16 = b.getI16Type();
  Value bits = b.bitcast(number, i32);
  auto shift = [&](Value value) {
    return arith::ShRUIOp::create(b, value, b.i32(16)).getResult();
  };
  Value odd = arith::AndIOp::create(b, shift(bits), b.i32(1));
  Value rounded = shift(b.add(bits, b.add(odd, b.i32(0x7fff))));
  Value quiet = arith::OrIOp::create(b, shift(bits), b.i32(0x40));
  Value isNan =
      arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, number, number);
  Value half = arith::TruncIOp::create(b, i16, b.select(isNan, quiet, rounded));
  return b.bitcast(half, b.bf16());
}

Value mlir::fot::fromFloat(GpuKernel &b, Value number, Type element) {
  if (element.isBF16()) {
    return roundToBf16(b, number);
  }
  return element.isF16()
             ? arith::TruncFOp::create(b, element, number).getResult()
             : number;
}

void mlir::fot::storeRowOf(GpuKernel &b, const RowFormat &format, Value row,
                           function_ref<Value(Value)> number) {
  Value end = b.i32(format.size), lane = b.lane(), step = b.i32(kWarp);
  Type f32 = b.getF32Type();
  if (!format.element.isInteger(8)) {
    b.loop(lane, end, step, [&](Value d) {
      b.store(fromFloat(b, number(d), format.element), row, d);
    });
    return;
  }
  // As integers, magnitudes are in the same order.
  Value largest =
      b.loop(lane, end, step, {b.i32(0)}, [&](Value d, ValueRange carried) {
        Value bits = b.bitcast(number(d), b.getI32Type());
        bits = arith::AndIOp::create(b, bits, b.i32(0x7fffffff));
        return SmallVector<Value>{b.max(carried[0], bits)};
      })[0];
  Value scale = b.fdiv(b.bitcast(b.warpMax(largest), f32), b.f32(127.0));
  Value tiny = b.fgt(b.f32(1.17549435e-38f), scale);
  scale = b.select(tiny, b.f32(0.0), scale);
  Value divisor = b.select(tiny, b.f32(3.0e38f), scale);
  b.loop(lane, end, step, [&](Value d) {
    Value q = LLVM::RintOp::create(b, b.fdiv(number(d), divisor));
    q = arith::FPToSIOp::create(b, b.getI32Type(), q);
    b.store(arith::TruncIOp::create(b, b.getI8Type(), q), row, d);
  });
  b.when(b.lt(lane, 4), [&] {
    Value bits = b.bitcast(scale, b.getI32Type());
    Value byte = arith::ShRUIOp::create(b, bits, b.mul(lane, 8));
    b.store(arith::TruncIOp::create(b, b.getI8Type(), byte), row,
            b.add(lane, format.size));
  });
}

Value mlir::fot::rangeBound(GpuKernel &b, Value count, Value range,
                            int64_t ranges) {
  return b.narrow(b.div(b.mul(b.widen(count), b.widen(range)), ranges));
}

GpuMemory::GpuMemory(GpuKernel &b, Value pointer, MemoryType type)
    : b(b), pointer(b.global(pointer)), type(type) {}

Value GpuMemory::count() {
  return b.narrow(b.loadField(pointer, kCount, b.getI64Type()));
}

Value GpuMemory::numSegments() {
  return b.narrow(b.loadField(pointer, kNumSegments, b.getI64Type()));
}

GpuSegment GpuMemory::segment(Value number) {
  Value list = b.global(b.loadField(pointer, kSegments, b.ptr()));
  Value at = b.at(list, b.getI8Type(), b.mul(number, kSegmentBytes));
  auto place = [&](int64_t field) {
    return b.global(b.loadField(at, field, b.ptr()));
  };
  auto size = [&](int64_t field) {
    return b.narrow(b.loadField(at, field, b.getI64Type()));
  };
  return {place(kKeys), place(kValues), size(kSegmentCount), size(kCapacity),
          size(kFirst)};
}

GpuSegment GpuMemory::find(Value entry) {
  Value found = b.loop(b.i32(1), numSegments(), b.i32(1), {b.i32(0)},
                       [&](Value number, ValueRange carried) {
                         Value first = segment(number).first;
                         return SmallVector<Value>{
                             b.select(b.lt(entry, first), carried[0], number)};
                       })[0];
  return segment(found);
}

Value GpuMemory::slot(Value group) {
  if (type.ownsAll()) {
    return group;
  }
  Value slot = b.i32(-1);
  for (auto [number, head] : llvm::enumerate(type.getOwned())) {
    slot = b.select(b.eq(group, head), b.i32(number), slot);
  }
  return slot;
}

Value GpuMemory::isHeard(Value group) {
  Value owned = b.lt(b.i32(-1), slot(group));
  Value muted = b.loadField(pointer, kMuted, b.ptr());
  Value given = LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::ne, muted,
                                     LLVM::ZeroOp::create(b, b.ptr()));
  auto silent = scf::IfOp::create(b, TypeRange{b.getI8Type()}, given,
                                  /*withElseRegion=*/true);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(silent.thenBlock());
    scf::YieldOp::create(b, b.load(b.global(muted), b.getI8Type(), group));
    b.setInsertionPointToStart(silent.elseBlock());
    scf::YieldOp::create(
        b, Value(arith::ConstantOp::create(b, b.getI8IntegerAttr(0))));
  }
  return b.both(owned, b.eq(silent.getResult(0), 0));
}

Value GpuMemory::row(Value data, const RowFormat &format,
                     const GpuSegment &segment, Value slot, Value entry) {
  Value number = b.add(b.mul(b.widen(slot), b.widen(segment.capacity)),
                       b.widen(b.sub(entry, segment.first)));
  return b.at(data, b.getI8Type(), b.mul(number, format.bytes()));
}

Value GpuMemory::keyRow(const GpuSegment &segment, Value slot, Value entry) {
  return row(segment.keys, keyFormat(), segment, slot, entry);
}

Value GpuMemory::valueRow(const GpuSegment &segment, Value slot, Value entry) {
  return row(segment.values, valueFormat(), segment, slot, entry);
}

/// Writes numbers of a row, `number(d)` for each lane's d.
static void storeFloats(GpuKernel &b, Value to, Value first, int64_t size,
                        function_ref<Value(Value)> number) {
  b.loop(b.lane(), b.i32(size), b.i32(kWarp),
         [&](Value d) { b.store(number(d), to, b.add(first, b.widen(d))); });
}

void GpuMemory::copyEntry(const GpuSegment &segment, Value slot, Value entry,
                          Value keys, Value values, Value first) {
  auto copy = [&](const RowFormat &format, Value row, Value to) {
    Value scale = rowScale(b, format, row);
    storeFloats(b, to, first, format.size, [&](Value d) {
      Value number = loadNumber(b, format, row, d);
      return scale ? b.fmul(number, scale) : number;
    });
  };
  copy(keyFormat(), keyRow(segment, slot, entry), keys);
  copy(valueFormat(), valueRow(segment, slot, entry), values);
}

void GpuMemory::copyNothing(Value keys, Value values, Value first) {
  for (Value to : {keys, values}) {
    storeFloats(b, to, first, type.getHeadDim(),
                [&](Value) { return b.f32(0.0); });
  }
}

void GpuMemory::forEachRun(
    Value low, Value high,
    function_ref<void(const GpuSegment &, Value, Value)> body) {
  b.loop(b.i32(0), numSegments(), b.i32(1), [&](Value number) {
    GpuSegment part = segment(number);
    Value from = b.max(low, part.first);
    Value to = b.min(high, b.add(part.first, part.count));
    b.when(b.lt(from, to), [&] { body(part, from, to); });
  });
}

SmallVector<Value>
GpuMemory::forEachRun(Value low, Value high, ValueRange carried,
                      function_ref<SmallVector<Value>(const GpuSegment &, Value,
                                                      Value, ValueRange)>
                          body) {
  return b.loop(b.i32(0), numSegments(), b.i32(1), carried,
                [&](Value number, ValueRange carried) {
                  GpuSegment part = segment(number);
                  Value from = b.max(low, part.first);
                  Value to = b.min(high, b.add(part.first, part.count));
                  Value count = b.max(b.sub(to, from), b.i32(0));
                  return body(part, from, count, carried);
                });
}
