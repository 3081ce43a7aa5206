//===- Swiglu.cpp - the kernel of fot.swiglu ------------------------------===//

#include "passes/LowerCPU/Kernels/A8.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

static Value items(ImplicitLocOpBuilder &, Operation *op,
                   KernelEmitter::Dim dim) {
  return dim(cast<SwiGLUOp>(op).getGate(), 0);
}

static LogicalResult body(KernelBuilder &b, Operation *op) {
  auto swiglu = cast<SwiGLUOp>(op);
  int64_t features = KernelBuilder::staticDim(swiglu.getGate(), 1);
  Value gate = b.buffer(swiglu.getGate()), up = b.buffer(swiglu.getUp());
  Value init = swiglu.getInits()[0], out = b.buffer(init);
  bool blocks =
      isa<BlockType>(cast<MemRefType>(init.getType()).getElementType());
  b.loop(b.begin, b.end, 1, [&](Value token) {
    Value row = b.mul(token, b.cst(features));
    auto values = [&](Value index, int64_t count, int64_t lanes) -> Value {
      Value at = b.add(row, index);
      Value g = siluVector(b, loadPart(b, gate, at, count, lanes));
      return arith::MulFOp::create(b, g, loadPart(b, up, at, count, lanes));
    };
    if (blocks) {
      storeA8Row(b, features, out,
                 b.mul(token, b.cst(a8Blocks(features) * kA8Words)), values);
      return;
    }
    int64_t lanes = b.level.lanes();
    forEachVector(b, features, lanes, [&](Value index, int64_t count) {
      storePart(b, values(index, count, lanes), out, b.add(row, index), count);
    });
  });
  return success();
}

const KernelEmitter fot::swigluKernel = {items, body};
