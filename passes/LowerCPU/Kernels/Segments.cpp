//===- Segments.cpp - memory banks inside kernels -------------------------===//

#include "passes/LowerCPU/Kernels/Segments.h"
#include "passes/LowerCPU/Kernels/SegmentIndex.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

#include "runtime/include/fot/kernel_abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/bit.h"

using namespace mlir;
using namespace mlir::fot;

// Field offsets of fot_memory and fot_segment (kernel_abi.h).
constexpr int64_t kMemoryCount = 0, kMemoryNumSegments = 8,
                  kMemorySegments = 16, kMemoryMuted = 24, kMemoryWinners = 32,
                  kMemoryCounters = 40;
constexpr int64_t kSegmentKeys = 0, kSegmentValues = 8, kSegmentIndex = 16,
                  kSegmentCount = 24, kSegmentCapacity = 32, kSegmentFirst = 40,
                  kSegmentBytes = 48;

RowChunks::RowChunks(int64_t size, int64_t maxLanes)
    : lanes(std::min<int64_t>(llvm::bit_floor(uint64_t(size)), maxLanes)) {
  for (int64_t offset = 0; offset + lanes <= size; offset += lanes) {
    offsets.push_back(offset);
  }
  if (int64_t rest = size % lanes) {
    overlap = lanes - rest;
    offsets.push_back(size - lanes);
  }
}

//===----------------------------------------------------------------------===//
// Pointers
//===----------------------------------------------------------------------===//

static Type pointerType(KernelBuilder &b) {
  return LLVM::LLVMPointerType::get(b.getContext());
}

static Value toI64(KernelBuilder &b, Value index) {
  return arith::IndexCastOp::create(b, b.getI64Type(), index);
}

/// base + index elements.
static Value elementPointer(KernelBuilder &b, Value base, Type element,
                            Value index) {
  return LLVM::GEPOp::create(b, pointerType(b), element, base,
                             ValueRange{toI64(b, index)});
}

static Value loadField(KernelBuilder &b, Value base, int64_t offset,
                       Type type) {
  Value field =
      LLVM::GEPOp::create(b, pointerType(b), b.getI8Type(), base,
                          ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(offset)});
  return LLVM::LoadOp::create(b, type, field, /*alignment=*/8);
}

static Value loadIndexField(KernelBuilder &b, Value base, int64_t offset) {
  return arith::IndexCastOp::create(b, b.getIndexType(),
                                    loadField(b, base, offset, b.getI64Type()));
}

static int64_t bytesOf(Type element) {
  return element.getIntOrFloatBitWidth() / 8;
}

int64_t fot::rowBytes(Type element, int64_t size) {
  return element.isInteger(8) ? FOT_I8_ROW_BYTES(size)
                              : size * bytesOf(element);
}

/// Pointer to row `number` of rows of `size` numbers.
static Value rowPointer(KernelBuilder &b, Value base, Type element,
                        int64_t size, Value number) {
  return elementPointer(b, base, b.getI8Type(),
                        b.mul(number, b.cst(rowBytes(element, size))));
}

/// Where the scale of a row of i8 is.
static Value scalePointer(KernelBuilder &b, Value row, int64_t size) {
  return elementPointer(b, row, b.getI8Type(), b.cst(size));
}

/// `lanes` numbers from `offset` of a row of `size` numbers, as f32.
static Value loadLanes(KernelBuilder &b, Value row, Type element, int64_t size,
                       Value offset, int64_t lanes) {
  Value numbers =
      toF32(b, LLVM::LoadOp::create(b, VectorType::get({lanes}, element),
                                    elementPointer(b, row, element, offset),
                                    static_cast<unsigned>(bytesOf(element))));
  if (!element.isInteger(8)) {
    return numbers;
  }
  Value scale =
      LLVM::LoadOp::create(b, b.getF32Type(), scalePointer(b, row, size), 1);
  return arith::MulFOp::create(b, numbers, b.broadcast(scale, lanes));
}

//===----------------------------------------------------------------------===//
// Rows
//===----------------------------------------------------------------------===//

Rows fot::bufferRows(KernelBuilder &b, Value buffer, Value base, int64_t size) {
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  int64_t numbersOfLine = kLineBytes / bytesOf(element);
  return {[&b, base, size](Value entry) { return b.at(base, entry, size); },
          [&b, buffer](Value row, Value offset, int64_t lanes) {
            return loadF32(b, buffer, b.add(row, offset), lanes);
          },
          /*narrow=*/!element.isF32(),
          [&b, buffer, base, size, numbersOfLine](Value entry) {
            Value row = b.at(base, entry, size);
            for (int64_t at = 0; at < size; at += numbersOfLine) {
              memref::PrefetchOp::create(
                  b, buffer, ValueRange{b.add(row, b.cst(at))},
                  /*isWrite=*/false, /*localityHint=*/3, /*isDataCache=*/true);
            }
          }};
}

void fot::prefetchRow(KernelBuilder &b, Value pointer, Type element,
                      int64_t size) {
  for (int64_t at = 0; at < rowBytes(element, size); at += kLineBytes) {
    prefetch(b, bytePointer(b, pointer, b.cst(at)));
  }
}

Rows fot::pointerRows(KernelBuilder &b, Value base, Type element,
                      int64_t size) {
  return {[&b, base, element, size](Value entry) {
            return rowPointer(b, base, element, size, entry);
          },
          [&b, element, size](Value row, Value offset, int64_t lanes) {
            return loadLanes(b, row, element, size, offset, lanes);
          },
          !element.isF32(),
          [&b, base, element, size](Value entry) {
            prefetchRow(b, rowPointer(b, base, element, size, entry), element,
                        size);
          }};
}

/// A row as signed bytes and their scale, which is 0 rather than denormal.
static void storeBytes(KernelBuilder &b, Value buffer, Value from,
                       Value pointer, const RowChunks &chunks) {
  SmallVector<Value> parts;
  Value largest;
  for (int64_t offset : chunks.offsets) {
    parts.push_back(
        loadF32(b, buffer, b.add(from, b.cst(offset)), chunks.lanes));
    Value size = math::AbsFOp::create(b, parts.back());
    largest = largest ? arith::MaximumFOp::create(b, largest, size) : size;
  }
  Value top =
      vector::ReductionOp::create(b, vector::CombiningKind::MAXIMUMF, largest);
  Value scale = arith::DivFOp::create(b, top, b.f32(127.0f));
  // The quotients of a denormal scale could exceed 127.
  Value tiny = arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, scale,
                                     b.f32(1.17549435e-38f));
  scale = arith::SelectOp::create(b, tiny, b.f32(0.0f), scale);
  Value divisor = b.broadcast(
      arith::SelectOp::create(b, tiny, b.f32(3.0e38f), scale), chunks.lanes);
  auto words = VectorType::get({chunks.lanes}, b.getI32Type());
  auto bytes = VectorType::get({chunks.lanes}, b.getI8Type());
  for (auto [part, offset] : llvm::zip_equal(parts, chunks.offsets)) {
    Value q =
        math::RoundEvenOp::create(b, arith::DivFOp::create(b, part, divisor));
    q = arith::TruncIOp::create(b, bytes, arith::FPToSIOp::create(b, words, q));
    LLVM::StoreOp::create(
        b, q, elementPointer(b, pointer, b.getI8Type(), b.cst(offset)), 1);
  }
  LLVM::StoreOp::create(b, scale, scalePointer(b, pointer, chunks.size()), 1);
}

void fot::storeRow(KernelBuilder &b, Value buffer, Value from, Value pointer,
                   Type element, const RowChunks &chunks) {
  if (element.isInteger(8)) {
    return storeBytes(b, buffer, from, pointer, chunks);
  }
  for (int64_t offset : chunks.offsets) {
    Value numbers =
        loadF32(b, buffer, b.add(from, b.cst(offset)), chunks.lanes);
    LLVM::StoreOp::create(b, fromF32(b, numbers, element),
                          elementPointer(b, pointer, element, b.cst(offset)),
                          static_cast<unsigned>(bytesOf(element)));
  }
}

void fot::loadRow(KernelBuilder &b, Value pointer, Type element, Value buffer,
                  Value to, const RowChunks &chunks) {
  for (int64_t offset : chunks.offsets) {
    Value numbers = loadLanes(b, pointer, element, chunks.size(), b.cst(offset),
                              chunks.lanes);
    b.storeVector(numbers, buffer, b.add(to, b.cst(offset)));
  }
}

void fot::zeroRow(KernelBuilder &b, Value buffer, Value to,
                  const RowChunks &chunks) {
  for (int64_t offset : chunks.offsets) {
    b.storeVector(b.splat(0.0f, chunks.lanes), buffer,
                  b.add(to, b.cst(offset)));
  }
}

//===----------------------------------------------------------------------===//
// MemoryBank
//===----------------------------------------------------------------------===//

Value MemoryBank::winners() {
  return loadField(b, pointer, kMemoryWinners, pointerType(b));
}

Value MemoryBank::counters() {
  return loadField(b, pointer, kMemoryCounters, pointerType(b));
}

Value MemoryBank::count() { return loadIndexField(b, pointer, kMemoryCount); }

Segment MemoryBank::segment(Value number) {
  Value list = loadField(b, pointer, kMemorySegments, pointerType(b));
  Value base = elementPointer(b, list, b.getI8Type(),
                              b.mul(number, b.cst(kSegmentBytes)));
  return {loadField(b, base, kSegmentKeys, pointerType(b)),
          loadField(b, base, kSegmentValues, pointerType(b)),
          loadField(b, base, kSegmentIndex, pointerType(b)),
          loadIndexField(b, base, kSegmentCount),
          loadIndexField(b, base, kSegmentCapacity),
          loadIndexField(b, base, kSegmentFirst)};
}

void MemoryBank::forEachSegment(function_ref<void(const Segment &)> body) {
  Value number = loadIndexField(b, pointer, kMemoryNumSegments);
  b.loop(b.cst(0), number, 1, [&](Value i) { body(segment(i)); });
}

Segment MemoryBank::find(Value index) {
  // The last segment that begins at or before the index, by bisection.
  Value list = loadField(b, pointer, kMemorySegments, pointerType(b));
  Value end = loadIndexField(b, pointer, kMemoryNumSegments);
  Type type = b.getIndexType();
  auto search = scf::WhileOp::create(
      b, TypeRange{type, type}, ValueRange{b.cst(0), end},
      [&](OpBuilder &nested, Location, ValueRange range) {
        OpBuilder::InsertionGuard guard(b);
        b.restoreInsertionPoint(nested.saveInsertionPoint());
        Value more = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt,
                                           b.sub(range[1], range[0]), b.cst(1));
        scf::ConditionOp::create(b, more, range);
      },
      [&](OpBuilder &nested, Location, ValueRange range) {
        OpBuilder::InsertionGuard guard(b);
        b.restoreInsertionPoint(nested.saveInsertionPoint());
        Value middle =
            arith::ShRUIOp::create(b, b.add(range[0], range[1]), b.cst(1));
        Value base = elementPointer(b, list, b.getI8Type(),
                                    b.mul(middle, b.cst(kSegmentBytes)));
        Value first = loadIndexField(b, base, kSegmentFirst);
        Value below =
            arith::CmpIOp::create(b, arith::CmpIPredicate::sle, first, index);
        scf::YieldOp::create(
            b, ValueRange{arith::SelectOp::create(b, below, middle, range[0]),
                          arith::SelectOp::create(b, below, range[1], middle)});
      });
  return segment(search.getResult(0));
}

void fot::whenListed(KernelBuilder &b, ArrayRef<int64_t> heads, Value group,
                     function_ref<void()> body) {
  if (heads.empty()) {
    return body();
  }
  Value listed;
  for (int64_t head : heads) {
    Value same =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, group, b.cst(head));
    listed = listed ? arith::OrIOp::create(b, listed, same) : same;
  }
  b.when(listed, body);
}

void MemoryBank::whenHeard(Value group, function_ref<void()> body) {
  whenListed(b, type.getOwned(), group, [&] {
    Value muted = loadField(b, pointer, kMemoryMuted, pointerType(b));
    Value zero = arith::ConstantOp::create(b, b.getI64IntegerAttr(0));
    Value given = arith::CmpIOp::create(
        b, arith::CmpIPredicate::ne,
        LLVM::PtrToIntOp::create(b, b.getI64Type(), muted), zero);
    Type byte = b.getI8Type();
    auto silent = scf::IfOp::create(
        b, given,
        [&](OpBuilder &nested, Location) {
          OpBuilder::InsertionGuard guard(b);
          b.restoreInsertionPoint(nested.saveInsertionPoint());
          Value flag = LLVM::LoadOp::create(
              b, byte, elementPointer(b, muted, byte, group), 1);
          scf::YieldOp::create(b, flag);
        },
        [&](OpBuilder &nested, Location) {
          OpBuilder::InsertionGuard guard(b);
          b.restoreInsertionPoint(nested.saveInsertionPoint());
          Value none = arith::ConstantOp::create(b, b.getIntegerAttr(byte, 0));
          scf::YieldOp::create(b, none);
        });
    Value none = arith::ConstantOp::create(b, b.getIntegerAttr(byte, 0));
    b.when(arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                 silent.getResult(0), none),
           body);
  });
}

Value MemoryBank::slot(Value group) {
  if (type.ownsAll()) {
    return group;
  }
  Value slot = b.cst(-1);
  for (auto [i, head] : llvm::enumerate(type.getOwned())) {
    Value same =
        arith::CmpIOp::create(b, arith::CmpIPredicate::eq, group, b.cst(head));
    slot = arith::SelectOp::create(b, same, b.cst(i), slot);
  }
  return slot;
}

Value MemoryBank::row(Value data, Type element, const Segment &segment,
                      Value group, Value entry) {
  Value number = b.add(b.mul(slot(group), segment.capacity), entry);
  return rowPointer(b, data, element, type.getHeadDim(), number);
}

Value MemoryBank::keyRow(const Segment &segment, Value group, Value entry) {
  return row(segment.keys, type.getKeyType(), segment, group, entry);
}

Value MemoryBank::valueRow(const Segment &segment, Value group, Value entry) {
  return row(segment.values, type.getValueType(), segment, group, entry);
}
