//===- Quantize.cpp - fot.quantize on a GPU: a block of threads a token ---===//

#include "passes/LowerGPU/Kernels/Blocks.h"

using namespace mlir;
using namespace mlir::fot;

FailureOr<SmallVector<GpuLaunch>> mlir::fot::gpuQuantize(Operation *operation) {
  auto op = cast<QuantizeOp>(operation);
  GpuLaunch launch;
  launch.threads = 256;
  launch.grid = rowGrid(op.getInput());
  launch.body = [=](GpuKernel &b) mutable {
    int64_t features = GpuKernel::staticDim(op.getInput(), 1);
    Value row = b.block(0), first = b.mul(row, features);
    storeRow(b, op.getInits()[0], row, features, [&](Value feature) {
      return b.load(b.pointer(op.getInput()), b.getF32Type(),
                    b.add(first, feature));
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
