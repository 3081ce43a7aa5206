//===- AmxOps.cpp - instructions on AMX tiles -----------------------------===//

#include "passes/LowerCPU/Kernels/AmxOps.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

#include <array>

using namespace mlir;
using namespace mlir::fot;

static Value tileNumber(KernelBuilder &b, int8_t tile) {
  return arith::ConstantOp::create(b, b.getI8IntegerAttr(tile));
}

static void tileIntrinsic(KernelBuilder &b, StringRef name,
                          ValueRange operands) {
  LLVM::CallIntrinsicOp::create(b, b.getStringAttr(("llvm.x86." + name).str()),
                                operands);
}

/// The address of element `index` of a buffer.
static Value addressOf(KernelBuilder &b, Value buffer, Value index) {
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  Type element = cast<MemRefType>(buffer.getType()).getElementType();
  auto toInteger = [&](Value number) -> Value {
    return arith::IndexCastOp::create(b, b.getI64Type(), number);
  };
  Value base = LLVM::IntToPtrOp::create(
      b, pointer,
      toInteger(memref::ExtractAlignedPointerAsIndexOp::create(b, buffer)));
  return LLVM::GEPOp::create(b, pointer, element, base,
                             ValueRange{toInteger(index)});
}

static void moveTile(KernelBuilder &b, StringRef name, int8_t tile,
                     Value buffer, Value index, int64_t stride) {
  Value bytes = arith::ConstantOp::create(b, b.getI64IntegerAttr(stride));
  tileIntrinsic(b, name,
                {tileNumber(b, tile), addressOf(b, buffer, index), bytes});
}

void fot::configureTiles(KernelBuilder &b, ArrayRef<TileShape> shapes) {
  // Palette 1; bytes of a row from byte 16 on, rows from byte 48 on.
  std::array<int8_t, 64> table{1};
  for (TileShape shape : shapes) {
    table[16 + 2 * shape.tile] = shape.rowBytes;
    table[48 + shape.tile] = shape.rows;
  }
  Value config = b.scratch(b.getI8Type(), 64);
  auto bytes = VectorType::get({64}, b.getI8Type());
  b.storeVector(arith::ConstantOp::create(
                    b, DenseElementsAttr::get(bytes, ArrayRef(table))),
                config, b.cst(0));
  tileIntrinsic(b, "ldtilecfg", {addressOf(b, config, b.cst(0))});
}

void fot::releaseTiles(KernelBuilder &b) {
  tileIntrinsic(b, "tilerelease", {});
}

void fot::zeroTile(KernelBuilder &b, int8_t tile) {
  tileIntrinsic(b, "tilezero", {tileNumber(b, tile)});
}

void fot::loadTile(KernelBuilder &b, int8_t tile, Value buffer, Value index,
                   int64_t stride) {
  moveTile(b, "tileloadd64", tile, buffer, index, stride);
}

void fot::storeTile(KernelBuilder &b, int8_t tile, Value buffer, Value index,
                    int64_t stride) {
  moveTile(b, "tilestored64", tile, buffer, index, stride);
}

void fot::multiplyTiles(KernelBuilder &b, StringRef name, int8_t sums,
                        int8_t rows, int8_t columns) {
  tileIntrinsic(
      b, name,
      {tileNumber(b, sums), tileNumber(b, rows), tileNumber(b, columns)});
}
