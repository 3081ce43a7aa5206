//===- PartialKnn.cpp - fot.partial_knn -----------------------------------===//
//
// Items are a range of the memory and some query heads that share keys, all
// heads of a range one after the other: so also workers that get heads without
// a memory have something to do.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerCPU/Kernels/Retrieve.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;

static TileShape shapeOf(PartialKnnOp op) {
  MemoryType type = op.getMemory().getType();
  return {1, KernelBuilder::staticDim(op.getQueries(), 1), type.getHeads(),
          type.getHeadDim(), op.getStrategyAttr()};
}

static Value items(ImplicitLocOpBuilder &b, Operation *operation,
                   KernelEmitter::Dim) {
  auto op = cast<PartialKnnOp>(operation);
  int64_t splits = KernelBuilder::staticDim(op.getInits()[0], 0);
  return arith::ConstantIndexOp::create(b, splits * shapeOf(op).parts());
}

static LogicalResult body(KernelBuilder &b, Operation *operation) {
  auto op = cast<PartialKnnOp>(operation);
  TileShape shape = shapeOf(op);
  MemoryType type = op.getMemory().getType();
  MemoryBank bank(b, b.value(op.getMemory()), type);
  int64_t splits = KernelBuilder::staticDim(op.getInits()[0], 0);
  int64_t k = KernelBuilder::staticDim(op.getInits()[0], 2);
  Value scores = b.buffer(op.getInits()[0]);
  Value entries = b.buffer(op.getInits()[1]);
  Value range = b.scratch(b.getIndexType(), 1);
  // The lists are built where the entries go.
  TopKList list(b, entries, b.cst(k), shape.rows());
  auto base = [&](Value, Value, Value head) {
    Value first = b.mul(b.load(range, b.cst(0)), b.cst(shape.heads));
    return b.mul(b.add(first, head), b.cst(k));
  };
  AttentionTile tile(b, shape);
  Retriever retriever(b, tile, shape, bank, type, scanOf(op.getStrategyAttr()),
                      list, base, k);
  Value lowest = b.f32(-std::numeric_limits<float>::infinity());
  Value none = arith::ConstantOp::create(b, b.getI64IntegerAttr(-1));
  int64_t partsOfGroup = shape.parts() / shape.groups;

  b.loop(b.begin, b.end, 1, [&](Value item) {
    Value number = arith::DivUIOp::create(b, item, b.cst(shape.parts()));
    Value part = arith::RemUIOp::create(b, item, b.cst(shape.parts()));
    b.store(number, range, b.cst(0));
    TilePlace place = {b.cst(0), b.cst(1), b.mul(part, b.cst(shape.grain)),
                       arith::DivUIOp::create(b, part, b.cst(partsOfGroup))};
    auto bound = [&](Value n) -> Value {
      return arith::DivUIOp::create(b, b.mul(bank.count(), n), b.cst(splits));
    };
    tile.begin(b.buffer(op.getQueries()), place);
    retriever.begin(place);
    bank.whenHeard(place.group, [&] {
      Value from = bound(number), to = bound(b.add(number, b.cst(1)));
      retriever.recall(b.sub(to, from));
      retriever.search(from, to);
      retriever.report();
    });
    tile.forEachRow([&](Value row, Value token, Value head) {
      Value start = base(row, token, head), size = list.size(row);
      list.sort(row, start);
      b.loop(b.cst(0), size, 1, [&](Value i) {
        Value element = list.element(start, i);
        b.store(list.scoreOf(element), scores, b.add(start, i));
        b.store(list.indexOf(element), entries, b.add(start, i));
      });
      b.loop(size, b.cst(k), 1, [&](Value i) {
        b.store(lowest, scores, b.add(start, i));
        b.store(none, entries, b.add(start, i));
      });
    });
  });
  return success();
}

const KernelEmitter fot::partialKnnKernel = {items, body};
