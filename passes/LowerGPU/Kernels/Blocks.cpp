//===- Blocks.cpp - rows of f32 and of 8-bit blocks on a GPU --------------===//

#include "passes/LowerGPU/Kernels/Blocks.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::fot;

bool mlir::fot::holdsBlocks(Value operand) {
  return isa<BlockType>(cast<MemRefType>(operand.getType()).getElementType());
}

void mlir::fot::forEachElement(GpuKernel &b, Value operand,
                               function_ref<void(Value)> body) {
  Value index = b.add(b.mul(b.block(0), b.threads()), b.thread());
  Value count = b.i32(1);
  auto type = cast<MemRefType>(operand.getType());
  for (int64_t i = 0; i < type.getRank(); ++i) {
    count = b.mul(count, b.dim(operand, i));
  }
  b.when(b.lt(index, count), [&] { body(index); });
}

void mlir::fot::storeBlock(GpuKernel &b, Value number, Value blocks,
                           Value word) {
  Type i32 = b.getI32Type(), i8 = b.getI8Type();
  // As integers, magnitudes are in the same order, and NaN is the largest.
  Value bits = b.bitcast(number, i32);
  bits = arith::AndIOp::create(b, bits, b.i32(0x7fffffff));
  Value largest = b.bitcast(b.warpMax(bits), b.getF32Type());
  Value scale = b.fdiv(largest, b.f32(127.0));
  // The quotients of a denormal scale could exceed 127.
  Value tiny = b.fgt(b.f32(1.17549435e-38f), scale);
  scale = b.select(tiny, b.f32(0.0), scale);
  Value divisor = b.select(tiny, b.f32(3.0e38f), scale);
  Value rounded = LLVM::RintOp::create(b, b.fdiv(number, divisor));
  Value q = arith::FPToSIOp::create(b, i32, rounded);
  Value sum = b.warpSum(q), lane = b.lane();
  Value bytes = b.at(blocks, i32, word);
  b.store(arith::TruncIOp::create(b, i8, q), bytes, lane);
  b.when(b.eq(lane, 0), [&] {
    b.store(scale, blocks, b.add(word, kBlockScale));
    b.store(sum, blocks, b.add(word, kBlockSum));
  });
}

void mlir::fot::storeRow(GpuKernel &b, Value out, Value row, int64_t features,
                         function_ref<Value(Value)> number) {
  Value pointer = b.pointer(out), end = b.i32(features);
  if (!holdsBlocks(out)) {
    Value first = b.mul(row, features);
    b.loop(b.thread(), end, b.i32(b.threads()), [&](Value feature) {
      b.store(number(feature), pointer, b.add(first, feature));
    });
    return;
  }
  Value first = b.mul(row, blocksOf(features) * kBlockWords);
  b.loop(b.warp(), b.i32(blocksOf(features)), b.i32(b.warps()),
         [&](Value block) {
           Value feature = b.add(b.mul(block, 32), b.lane());
           Value exists = b.lt(feature, end);
           auto given = scf::IfOp::create(b, TypeRange{b.getF32Type()}, exists,
                                          /*withElseRegion=*/true);
           {
             OpBuilder::InsertionGuard guard(b);
             b.setInsertionPointToStart(given.thenBlock());
             scf::YieldOp::create(b, number(feature));
             b.setInsertionPointToStart(given.elseBlock());
             scf::YieldOp::create(b, b.f32(0.0));
           }
           storeBlock(b, given.getResult(0), pointer,
                      b.add(first, b.mul(block, kBlockWords)));
         });
}

Value mlir::fot::silu(GpuKernel &b, Value x) {
  Value power = b.exp(b.fsub(b.f32(0.0), x));
  return b.fdiv(x, b.fadd(b.f32(1.0), power));
}
