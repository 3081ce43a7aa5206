//===- Quantize.cpp - the kernel of fot.quantize --------------------------===//

#include "passes/LowerCPU/Kernels/A8.h"
#include "passes/LowerCPU/Kernels/VectorMath.h"

using namespace mlir;
using namespace mlir::fot;

static Value items(ImplicitLocOpBuilder &, Operation *op,
                   KernelEmitter::Dim dim) {
  return dim(cast<QuantizeOp>(op).getInput(), 0);
}

static LogicalResult body(KernelBuilder &b, Operation *op) {
  auto quantize = cast<QuantizeOp>(op);
  int64_t features = KernelBuilder::staticDim(quantize.getInput(), 1);
  Value in = b.buffer(quantize.getInput());
  Value out = b.buffer(quantize.getInits()[0]);
  b.loop(b.begin, b.end, 1, [&](Value token) {
    Value row = b.mul(token, b.cst(features));
    Value word = b.mul(token, b.cst(a8Blocks(features) * kA8Words));
    storeA8Row(b, features, out, word,
               [&](Value index, int64_t count, int64_t lanes) {
                 return loadPart(b, in, b.add(row, index), count, lanes);
               });
  });
  return success();
}

const KernelEmitter fot::quantizeKernel = {items, body};
