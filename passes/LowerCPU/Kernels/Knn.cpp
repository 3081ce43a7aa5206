//===- Knn.cpp - fot.knn --------------------------------------------------===//

#include "passes/LowerCPU/Kernels/Retrieve.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

static TileShape shapeOf(KnnOp op) {
  MemoryType type = op.getMemory().getType();
  return {KernelBuilder::staticDim(op.getQueries(), 0),
          KernelBuilder::staticDim(op.getQueries(), 1), type.getHeads(),
          type.getHeadDim(), op.getStrategyAttr()};
}

static Value items(ImplicitLocOpBuilder &b, Operation *operation,
                   KernelEmitter::Dim dim) {
  auto op = cast<KnnOp>(operation);
  return shapeOf(op).items(b, dim(op.getQueries(), 0), /*whole=*/false);
}

/// What heads without a memory retrieve.
static void fillMissing(KernelBuilder &b, AttentionTile &tile, Value indices,
                        Value scores, Value k,
                        function_ref<Value(Value, Value, Value)> base) {
  Value none = arith::ConstantOp::create(b, b.getI64IntegerAttr(-1));
  tile.forEachRow([&](Value row, Value token, Value head) {
    Value start = base(row, token, head);
    b.loop(b.cst(0), k, 1, [&](Value i) {
      b.store(b.f32(-std::numeric_limits<float>::infinity()), scores,
              b.add(start, i));
      b.store(none, indices, b.add(start, i));
    });
  });
}

static LogicalResult body(KernelBuilder &b, Operation *operation) {
  auto op = cast<KnnOp>(operation);
  TileShape shape = shapeOf(op);
  MemoryType type = op.getMemory().getType();
  MemoryBank bank(b, b.value(op.getMemory()), type);
  Value k = b.dim(op.getInits()[0], 2);
  Value scores = b.buffer(op.getInits()[0]);
  Value indices = b.buffer(op.getInits()[1]);
  // The lists are built where the indices go.
  TopKList list(b, indices, k, shape.rows());
  auto base = [&](Value, Value token, Value head) {
    return b.mul(b.at(head, token, shape.heads), k);
  };
  // Without room for an entry there is no root to compare with.
  Value any = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, k, b.cst(0));
  b.when(any, [&] {
    AttentionTile tile(b, shape);
    Retriever retriever(b, tile, shape, bank, type,
                        scanOf(op.getStrategyAttr()), list, base);
    forEachTile(
        b, shape, b.dim(op.getQueries(), 0), [&](const TilePlace &place) {
          tile.begin(b.buffer(op.getQueries()), place);
          if (!type.ownsAll()) {
            fillMissing(b, tile, indices, scores, k, base);
          }
          whenListed(b, type.getOwned(), place.group, [&] {
            retriever.begin(place);
            retriever.search(b.cst(0), bank.count());
            tile.forEachRow([&](Value row, Value token, Value head) {
              Value start = base(row, token, head);
              list.sort(row, start);
              b.loop(b.cst(0), list.size(row), 1, [&](Value i) {
                Value element = list.element(start, i);
                b.store(list.scoreOf(element), scores, b.add(start, i));
                b.store(list.indexOf(element), indices, b.add(start, i));
              });
            });
          });
        });
  });
  return success();
}

const KernelEmitter fot::knnKernel = {items, body};
