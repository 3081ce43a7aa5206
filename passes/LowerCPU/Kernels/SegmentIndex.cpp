//===- SegmentIndex.cpp - the index of a sealed segment -------------------===//

#include "passes/LowerCPU/Kernels/SegmentIndex.h"

#include "runtime/include/fot/kernel_abi.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace mlir::fot;

/// Bytes per entry in front of the codes: scale, norm, fine, coarse.
constexpr int64_t kBoundBytes = 2;

int64_t fot::codeBytes(int64_t headDim) { return FOT_CODE_BYTES(headDim); }

Value fot::bytePointer(KernelBuilder &b, Value base, Value number,
                       int64_t stride) {
  Value offset = stride == 1 ? number : b.mul(number, b.cst(stride));
  offset = arith::IndexCastOp::create(b, b.getI64Type(), offset);
  return LLVM::GEPOp::create(b, LLVM::LLVMPointerType::get(b.getContext()),
                             b.getI8Type(), base, ValueRange{offset});
}

Value fot::loadFrom(KernelBuilder &b, Type type, Value pointer) {
  return LLVM::LoadOp::create(b, type, pointer, /*alignment=*/1);
}

void fot::storeTo(KernelBuilder &b, Value value, Value pointer) {
  LLVM::StoreOp::create(b, value, pointer, /*alignment=*/1);
}

void fot::prefetch(KernelBuilder &b, Value pointer, bool nearest) {
  // Of data, for reading.
  LLVM::Prefetch::create(b, pointer, /*rw=*/0, /*hint=*/nearest ? 3 : 2,
                         /*cache=*/1);
}

SegmentIndex::SegmentIndex(KernelBuilder &b, const Segment &segment, Value slot,
                           int64_t headDim) {
  int64_t meanBytes = FOT_INDEX_BYTES(headDim, 0);
  int64_t width = codeBytes(headDim);
  Value capacity = segment.capacity;
  Value blockBytes =
      b.at(b.cst(meanBytes), capacity, 4 * kBoundBytes + 2 * width);
  mean = bytePointer(b, segment.index, b.mul(slot, blockBytes));
  scale = bytePointer(b, mean, b.cst(meanBytes));
  norm = bytePointer(b, scale, capacity, kBoundBytes);
  fine = bytePointer(b, norm, capacity, kBoundBytes);
  coarse = bytePointer(b, fine, capacity, kBoundBytes);
  high = bytePointer(b, coarse, capacity, kBoundBytes);
  low = bytePointer(b, high, capacity, width);
}

void fot::forEachBit(KernelBuilder &b, Value bits,
                     function_ref<void(Value)> body) {
  Type i32 = b.getI32Type();
  scf::WhileOp::create(
      b, TypeRange{i32}, ValueRange{bits},
      [&](OpBuilder &nested, Location, ValueRange carried) {
        OpBuilder::InsertionGuard guard(b);
        b.restoreInsertionPoint(nested.saveInsertionPoint());
        Value more = arith::CmpIOp::create(b, arith::CmpIPredicate::ne,
                                           carried[0], b.i32(0));
        scf::ConditionOp::create(b, more, carried);
      },
      [&](OpBuilder &nested, Location, ValueRange carried) {
        OpBuilder::InsertionGuard guard(b);
        b.restoreInsertionPoint(nested.saveInsertionPoint());
        Value bit = math::CountTrailingZerosOp::create(b, carried[0]);
        body(arith::IndexCastOp::create(b, b.getIndexType(), bit));
        Value less = b.sub(carried[0], b.i32(1));
        scf::YieldOp::create(
            b, ValueRange{arith::AndIOp::create(b, carried[0], less)});
      });
}
