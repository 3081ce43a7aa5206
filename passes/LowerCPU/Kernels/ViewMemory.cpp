//===- ViewMemory.cpp - fot.view_memory -----------------------------------===//

#include "passes/LowerCPU/Kernels/Segments.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// Items are entries.
static Value items(ImplicitLocOpBuilder &, Operation *operation,
                   KernelEmitter::Dim dim) {
  return dim(cast<ViewMemoryOp>(operation).getInits()[0], 1);
}

static LogicalResult body(KernelBuilder &b, Operation *operation) {
  auto op = cast<ViewMemoryOp>(operation);
  MemoryType type = op.getMemory().getType();
  MemoryBank bank(b, b.value(op.getMemory()), type);
  RowChunks chunks(type.getHeadDim(), b.level.lanes());
  Value count = b.dim(op.getInits()[0], 1);
  b.loop(b.begin, b.end, 1, [&](Value index) {
    Segment segment = bank.find(index);
    Value entry = b.sub(index, segment.first);
    b.loop(b.cst(0), b.cst(type.getHeads()), 1, [&](Value group) {
      Value to =
          b.mul(b.add(b.mul(group, count), index), b.cst(type.getHeadDim()));
      if (!type.ownsAll()) {
        zeroRow(b, b.buffer(op.getInits()[0]), to, chunks);
        zeroRow(b, b.buffer(op.getInits()[1]), to, chunks);
      }
      whenListed(b, type.getOwned(), group, [&] {
        loadRow(b, bank.keyRow(segment, group, entry), type.getKeyType(),
                b.buffer(op.getInits()[0]), to, chunks);
        loadRow(b, bank.valueRow(segment, group, entry), type.getValueType(),
                b.buffer(op.getInits()[1]), to, chunks);
      });
    });
  });
  return success();
}

const KernelEmitter fot::viewMemoryKernel = {items, body};
