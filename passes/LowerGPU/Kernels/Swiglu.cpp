//===- Swiglu.cpp - fot.swiglu on a GPU: a block of threads a token -------===//

#include "passes/LowerGPU/Kernels/Blocks.h"

using namespace mlir;
using namespace mlir::fot;

FailureOr<SmallVector<GpuLaunch>> mlir::fot::gpuSwiglu(Operation *operation) {
  auto op = cast<SwiGLUOp>(operation);
  GpuLaunch launch;
  launch.threads = 256;
  launch.grid = rowGrid(op.getGate());
  launch.body = [=](GpuKernel &b) mutable {
    int64_t features = GpuKernel::staticDim(op.getGate(), 1);
    Value row = b.block(0), first = b.mul(row, features);
    storeRow(b, op.getInits()[0], row, features, [&](Value feature) {
      Value at = b.add(first, feature);
      Value gate = b.load(b.pointer(op.getGate()), b.getF32Type(), at);
      Value up = b.load(b.pointer(op.getUp()), b.getF32Type(), at);
      return b.fmul(silu(b, gate), up);
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
