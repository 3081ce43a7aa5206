//===- PanelCodes.cpp - codes of quantised panels, in vectors -------------===//

#include "passes/LowerCPU/Kernels/PanelCodes.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

Value PanelCodes::group(int64_t group, int64_t part) {
  auto bytes = VectorType::get({width}, b.getI8Type());
  auto pairs = VectorType::get({width / 2}, b.getI16Type());
  Value result;
  for (PanelPiece piece : product.type.getPieces(group)) {
    int64_t offset = piece.offset + part * width;
    Value &w = loaded[offset];
    if (!w) {
      w = b.loadVector(product.weights, b.add(at, b.cst(offset)), width);
    }
    Value code = w;
    if (piece.shift) {
      // There are no shifts of bytes; the mask takes the neighbour's bits off.
      code = vector::BitCastOp::create(b, pairs, code);
      code = arith::ShRUIOp::create(
          b, code, splatInt(b, b.getI16Type(), piece.shift, width / 2));
      code = vector::BitCastOp::create(b, bytes, code);
    }
    if (piece.mask != 0xff) {
      code = arith::AndIOp::create(
          b, code, splatInt(b, b.getI8Type(), piece.mask, width));
    }
    result = result ? arith::OrIOp::create(b, result, code).getResult() : code;
  }
  return result;
}

Value fot::addWithinFours(KernelBuilder &b, Value words, Type element) {
  auto type = cast<VectorType>(words.getType());
  int64_t lanes = type.getDimSize(0);
  auto added =
      VectorType::get({element.isInteger(16) ? 2 * lanes : lanes}, element);
  for (int64_t distance : {1, 2}) {
    SmallVector<int64_t> other;
    for (int64_t lane = 0; lane < lanes; ++lane) {
      other.push_back(lane ^ distance);
    }
    Value moved = vector::ShuffleOp::create(b, words, words, other);
    Value sum = b.add(vector::BitCastOp::create(b, added, words),
                      vector::BitCastOp::create(b, added, moved));
    words = vector::BitCastOp::create(b, type, sum);
  }
  return words;
}

Value fot::broadcastLane(KernelBuilder &b, Value vector, int64_t lane,
                         int64_t lanes) {
  return vector::ShuffleOp::create(b, vector, vector,
                                   SmallVector<int64_t>(lanes, lane));
}

Value fot::sumOfBlock(KernelBuilder &b, const PanelProduct &product, Value x0,
                      int64_t lanes) {
  Type f32 = b.getF32Type();
  Value sum = b.load(product.input, b.add(x0, b.cst(kA8Sum)));
  Value scale = b.load(product.input, b.add(x0, b.cst(kA8Scale)));
  Value total = arith::MulFOp::create(b, arith::SIToFPOp::create(b, f32, sum),
                                      arith::BitcastOp::create(b, f32, scale));
  return b.broadcast(total, lanes);
}
