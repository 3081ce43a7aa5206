//===- Attention.cpp - fot.attention --------------------------------------===//
//
// Queries of one key-value head in tiles; keys in blocks through an online
// softmax: first what needs no mask, then the window.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/AttentionOutput.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

static TileShape shapeOf(AttentionOp op) {
  return {KernelBuilder::staticDim(op.getQueries(), 0),
          KernelBuilder::staticDim(op.getQueries(), 1),
          KernelBuilder::staticDim(op.getKeys(), 0),
          KernelBuilder::staticDim(op.getKeys(), 2), op.getStrategyAttr()};
}

static Value items(ImplicitLocOpBuilder &b, Operation *operation,
                   KernelEmitter::Dim dim) {
  auto op = cast<AttentionOp>(operation);
  TileShape shape = shapeOf(op);
  return shape.items(b, dim(op.getQueries(), 0),
                     AttentionOutput::needsWhole(shape, op.getInits()[0]));
}

/// Calls the body with runs [from, from + n) of the keys [0, count).
static void forEachRun(KernelBuilder &b, const TileShape &shape, Value count,
                       function_ref<void(Value from, Value n)> body) {
  b.loop(b.cst(0), count, shape.keys, [&](Value from) {
    body(from, b.min(b.sub(count, from), b.cst(shape.keys)));
  });
}

static void joinRetrieved(KernelBuilder &b, AttentionTile &tile,
                          const TileShape &shape, AttentionOp op, Value scale) {
  Value count = b.dim(op.getRetrievedKeys(), 2);
  tile.forEachRow([&](Value row, Value token, Value head) {
    Value list = b.at(head, token, shape.heads);
    Value start = b.mul(list, count);
    forEachRun(b, shape, count, [&](Value from, Value n) {
      Value base = b.mul(b.add(start, from), b.cst(shape.headDim));
      tile.joinRow(
          row,
          bufferRows(b, b.buffer(op.getRetrievedKeys()), base, shape.headDim),
          bufferRows(b, b.buffer(op.getRetrievedValues()), base, shape.headDim),
          n, scale);
    });
  });
}

static void joinPrefix(KernelBuilder &b, AttentionTile &tile,
                       const TileShape &shape, const TilePlace &place,
                       AttentionOp op, Value scale) {
  Value count = b.dim(op.getPrefixKeys(), 1);
  Value start = b.mul(place.group, count);
  forEachRun(b, shape, count, [&](Value from, Value n) {
    Value base = b.mul(b.add(start, from), b.cst(shape.headDim));
    tile.join(
        bufferRows(b, b.buffer(op.getPrefixKeys()), base, shape.headDim),
        bufferRows(b, b.buffer(op.getPrefixValues()), base, shape.headDim), n,
        scale);
  });
}

static LogicalResult body(KernelBuilder &b, Operation *operation) {
  auto op = cast<AttentionOp>(operation);
  TileShape shape = shapeOf(op);
  Value scale = b.f32(op.getScale().convertToDouble());
  AttentionOutput output(b, shape, op.getInits()[0]);
  output.forEachTile(
      b.dim(op.getQueries(), 0), b.buffer(op.getQueries()),
      [&](AttentionTile &tile, const TilePlace &place) {
        auto heads = op.getMemoryHeads().value_or(ArrayRef<int64_t>());
        whenListed(b, heads, place.group, [&] {
          if (op.getRetrievedKeys()) {
            joinRetrieved(b, tile, shape, op, scale);
          }
          if (op.getPrefixKeys()) {
            joinPrefix(b, tile, shape, place, op, scale);
          }
        });
        joinWindow(b, tile, shape, place, windowOf(b, op), scale);
      });
  return success();
}

const KernelEmitter fot::attentionKernel = {items, body};
