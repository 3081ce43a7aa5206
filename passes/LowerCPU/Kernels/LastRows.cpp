//===- LastRows.cpp - the kernel of fot.last_rows -------------------------===//

#include "passes/LowerCPU/Kernel.h"

using namespace mlir;
using namespace mlir::fot;

static Value items(ImplicitLocOpBuilder &, Operation *op,
                   KernelEmitter::Dim dim) {
  return dim(cast<LastRowsOp>(op).getInits()[0], 0);
}

static LogicalResult body(KernelBuilder &b, Operation *op) {
  auto lastRows = cast<LastRowsOp>(op);
  Value input = lastRows.getInput(), init = lastRows.getInits()[0];
  Value in = b.buffer(input), out = b.buffer(init);
  auto type = cast<MemRefType>(input.getType());
  auto block = dyn_cast<BlockType>(type.getElementType());
  if (block && block.getFormat() != Format::A8) {
    return op->emitOpError() << "cannot copy rows of " << type;
  }
  int64_t width = type.getDimSize(1) * (block ? kA8Words : 1);
  Value skipped = b.mul(b.sub(b.dim(input, 0), b.dim(init, 0)), b.cst(width));
  Value from = b.mul(b.begin, b.cst(width));
  Value to = b.mul(b.end, b.cst(width));

  // The rows are one run: vectors first, then what is left.
  int64_t lanes = b.level.lanes();
  Value rest = arith::RemUIOp::create(b, b.sub(to, from), b.cst(lanes));
  Value full = b.sub(to, rest);
  b.loop(from, full, lanes, [&](Value i) {
    b.storeVector(b.loadVector(in, b.add(i, skipped), lanes), out, i);
  });
  b.loop(full, to, 1,
         [&](Value i) { b.store(b.load(in, b.add(i, skipped)), out, i); });
  return success();
}

const KernelEmitter fot::lastRowsKernel = {items, body};
