//===- Rope.cpp - the kernel of fot.rope ----------------------------------===//

#include "passes/LowerCPU/Kernels/RopeRow.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

void fot::rotateHead(KernelBuilder &b, Row in, Row out, Row table,
                     int64_t headDim, std::optional<Row> residual) {
  int64_t half = headDim / 2, lanes = b.level.lanes();
  forEachVector(b, half, lanes, [&](Value i, int64_t count) {
    auto load = [&](Row row, int64_t ahead) {
      Value at = b.add(b.add(row.index, i), b.cst(ahead));
      return loadPart(b, row.buffer, at, count, lanes);
    };
    auto store = [&](Value value, int64_t ahead) {
      if (residual) {
        value = arith::AddFOp::create(b, value, load(*residual, ahead));
      }
      Value at = b.add(b.add(out.index, i), b.cst(ahead));
      storePart(b, value, out.buffer, at, count);
    };
    Value first = load(in, 0), second = load(in, half);
    Value cosine = load(table, 0), sine = load(table, half);
    Value low = arith::MulFOp::create(b, first, cosine);
    low = b.fma(arith::NegFOp::create(b, second), sine, low);
    Value high = arith::MulFOp::create(b, second, cosine);
    high = b.fma(first, sine, high);
    store(low, 0);
    store(high, half);
  });
}

static Value items(ImplicitLocOpBuilder &, Operation *op,
                   KernelEmitter::Dim dim) {
  return dim(cast<RopeOp>(op).getInput(), 0);
}

static LogicalResult body(KernelBuilder &b, Operation *op) {
  auto rope = cast<RopeOp>(op);
  int64_t features = KernelBuilder::staticDim(rope.getInput(), 1);
  int64_t headDim = rope.getHeadDim();
  Value in = b.buffer(rope.getInput()), out = b.buffer(rope.getInits()[0]);
  Value table = b.buffer(rope.getTable());
  Value position = b.value(rope.getPosition());
  b.loop(b.begin, b.end, 1, [&](Value token) {
    Value angles = b.mul(b.add(position, token), b.cst(headDim));
    Value row = b.mul(token, b.cst(features));
    b.loop(row, b.add(row, b.cst(features)), headDim, [&](Value head) {
      rotateHead(b, {in, head}, {out, head}, {table, angles}, headDim);
    });
  });
  return success();
}

const KernelEmitter fot::ropeKernel = {items, body};
