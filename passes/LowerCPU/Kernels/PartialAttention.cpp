//===- PartialAttention.cpp - fot.partial_attention -----------------------===//
//
// Items are some query heads that share keys, and one of equal ranges of the
// blocks that the query sees.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/AttentionTile.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// Ranges of a window: enough for many workers.
constexpr int64_t kRanges = 16;

static TileShape shapeOf(PartialAttentionOp op) {
  return {1, KernelBuilder::staticDim(op.getQueries(), 1),
          KernelBuilder::staticDim(op.getKeys(), 0),
          KernelBuilder::staticDim(op.getKeys(), 2), op.getStrategyAttr()};
}

static Value items(ImplicitLocOpBuilder &b, Operation *operation,
                   KernelEmitter::Dim) {
  TileShape shape = shapeOf(cast<PartialAttentionOp>(operation));
  return arith::ConstantIndexOp::create(b, shape.parts() * kRanges);
}

static LogicalResult body(KernelBuilder &b, Operation *operation) {
  auto op = cast<PartialAttentionOp>(operation);
  TileShape shape = shapeOf(op);
  shape.keys = op.getBlock();
  if (shape.keys % 16 != 0) {
    return op.emitOpError() << "has blocks of " << shape.keys
                            << ", the CPU kernel takes multiples of 16";
  }
  Value scale = b.f32(op.getScale().convertToDouble());
  Value visible = b.add(b.value(op.getPosition()), b.cst(1));
  Value blocks = arith::CeilDivUIOp::create(b, visible, b.cst(shape.keys));
  Value capacity = b.dim(op.getKeys(), 1);
  int64_t partsOfGroup = shape.parts() / shape.groups;
  AttentionTile tile(b, shape);

  b.loop(b.begin, b.end, 1, [&](Value item) {
    Value part = arith::DivUIOp::create(b, item, b.cst(kRanges));
    Value range = arith::RemUIOp::create(b, item, b.cst(kRanges));
    TilePlace place = {b.cst(0), b.cst(1), b.mul(part, b.cst(shape.grain)),
                       arith::DivUIOp::create(b, part, b.cst(partsOfGroup))};
    auto bound = [&](Value n) -> Value {
      return arith::DivUIOp::create(b, b.mul(blocks, n), b.cst(kRanges));
    };
    Value from = bound(range), to = bound(b.add(range, b.cst(1)));
    b.when(arith::CmpIOp::create(b, arith::CmpIPredicate::ult, from, to), [&] {
      tile.begin(b.buffer(op.getQueries()), place);
      b.loop(from, to, 1, [&](Value number) {
        Value first = b.mul(number, b.cst(shape.keys));
        Value n = b.min(b.sub(visible, first), b.cst(shape.keys));
        Value base = b.mul(b.add(b.mul(place.group, capacity), first),
                           b.cst(shape.headDim));
        tile.storePart(
            bufferRows(b, b.buffer(op.getKeys()), base, shape.headDim),
            bufferRows(b, b.buffer(op.getValues()), base, shape.headDim), n,
            scale, b.buffer(op.getInits()[0]), [&](Value, Value head) {
              return b.mul(b.at(head, number, shape.heads),
                           b.cst(shape.headDim + 2));
            });
      });
    });
  });
  return success();
}

const KernelEmitter fot::partialAttentionKernel = {items, body};
