//===- Gather.cpp - fot.gather --------------------------------------------===//

#include "passes/LowerCPU/Kernels/Segments.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

/// Items are (token, head) pairs.
static Value items(ImplicitLocOpBuilder &b, Operation *operation,
                   KernelEmitter::Dim dim) {
  auto op = cast<GatherOp>(operation);
  return arith::MulIOp::create(b, dim(op.getIndices(), 0),
                               dim(op.getIndices(), 1));
}

static LogicalResult body(KernelBuilder &b, Operation *operation) {
  auto op = cast<GatherOp>(operation);
  MemoryType type = op.getMemory().getType();
  MemoryBank bank(b, b.value(op.getMemory()), type);
  RowChunks chunks(type.getHeadDim(), b.level.lanes());
  Value k = b.dim(op.getIndices(), 2), heads = b.dim(op.getIndices(), 1);
  Value shared = arith::DivUIOp::create(b, heads, b.cst(type.getHeads()));
  b.loop(b.begin, b.end, 1, [&](Value item) {
    Value head = arith::RemUIOp::create(b, item, heads);
    Value group = arith::DivUIOp::create(b, head, shared);
    b.loop(b.cst(0), k, 1, [&](Value i) {
      Value number = b.add(b.mul(item, k), i);
      Value index = arith::IndexCastOp::create(
          b, b.getIndexType(), b.load(b.buffer(op.getIndices()), number));
      Value to = b.mul(number, b.cst(type.getHeadDim()));
      if (!type.ownsAll()) {
        zeroRow(b, b.buffer(op.getInits()[0]), to, chunks);
        zeroRow(b, b.buffer(op.getInits()[1]), to, chunks);
      }
      whenListed(b, type.getOwned(), group, [&] {
        Segment segment = bank.find(index);
        Value entry = b.sub(index, segment.first);
        loadRow(b, bank.keyRow(segment, group, entry), type.getKeyType(),
                b.buffer(op.getInits()[0]), to, chunks);
        loadRow(b, bank.valueRow(segment, group, entry), type.getValueType(),
                b.buffer(op.getInits()[1]), to, chunks);
      });
    });
  });
  return success();
}

const KernelEmitter fot::gatherKernel = {items, body};
