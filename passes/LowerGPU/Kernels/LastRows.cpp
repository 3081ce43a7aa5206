//===- LastRows.cpp - fot.last_rows on a GPU ------------------------------===//

#include "passes/LowerGPU/Kernels/Blocks.h"

using namespace mlir;
using namespace mlir::fot;

FailureOr<SmallVector<GpuLaunch>> mlir::fot::gpuLastRows(Operation *operation) {
  auto op = cast<LastRowsOp>(operation);
  Value in = op.getInput(), out = op.getInits()[0];
  GpuLaunch launch;
  launch.threads = 256;
  launch.grid = rowGrid(out);
  launch.body = [=](GpuKernel &b) {
    int64_t words = GpuKernel::staticDim(out, 1);
    if (holdsBlocks(out)) {
      words *= kBlockWords;
    }
    Value skipped = b.sub(b.dim(in, 0), b.dim(out, 0));
    Value to = b.mul(b.block(0), words);
    Value from = b.mul(b.add(b.block(0), skipped), words);
    b.loop(b.thread(), b.i32(words), b.i32(b.threads()), [&](Value word) {
      Value bits = b.load(b.pointer(in), b.getI32Type(), b.add(from, word));
      b.store(bits, b.pointer(out), b.add(to, word));
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
