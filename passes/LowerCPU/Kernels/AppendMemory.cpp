//===- AppendMemory.cpp - fot.append_memory -------------------------------===//

#include "passes/LowerCPU/Kernels/Segments.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// Items are the window's places; the entries among them are shared out evenly.
static Value items(ImplicitLocOpBuilder &, Operation *operation,
                   KernelEmitter::Dim dim) {
  return dim(cast<AppendMemoryOp>(operation).getKeys(), 1);
}

static LogicalResult body(KernelBuilder &b, Operation *operation) {
  auto op = cast<AppendMemoryOp>(operation);
  MemoryType type = op.getMemory().getType();
  MemoryBank bank(b, b.value(op.getMemory()), type);
  RowChunks chunks(type.getHeadDim(), b.level.lanes());
  Value capacity = b.dim(op.getKeys(), 1), count = b.value(op.getCount());
  Value size = bank.count();
  auto share = [&](Value place) {
    return arith::DivUIOp::create(b, b.mul(place, count), capacity);
  };
  b.loop(share(b.begin), share(b.end), 1, [&](Value i) {
    Value index = b.add(size, i);
    Segment segment = bank.find(index);
    Value entry = b.sub(index, segment.first);
    b.loop(b.cst(0), b.cst(type.getHeads()), 1, [&](Value group) {
      whenListed(b, type.getOwned(), group, [&] {
        Value from =
            b.mul(b.add(b.mul(group, capacity), i), b.cst(type.getHeadDim()));
        storeRow(b, b.buffer(op.getKeys()), from,
                 bank.keyRow(segment, group, entry), type.getKeyType(), chunks);
        storeRow(b, b.buffer(op.getValues()), from,
                 bank.valueRow(segment, group, entry), type.getValueType(),
                 chunks);
      });
    });
  });
  return success();
}

const KernelEmitter fot::appendMemoryKernel = {items, body};
