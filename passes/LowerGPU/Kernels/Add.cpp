//===- Add.cpp - linalg.add on a GPU --------------------------------------===//

#include "passes/LowerGPU/Kernels/Blocks.h"

using namespace mlir;
using namespace mlir::fot;

FailureOr<SmallVector<GpuLaunch>> mlir::fot::gpuAdd(Operation *op) {
  Value out = op->getOperand(2);
  if (!cast<MemRefType>(out.getType()).getElementType().isF32()) {
    return op->emitOpError() << "expects f32 for a GPU kernel";
  }
  GpuLaunch launch;
  launch.threads = 256;
  launch.grid = elementGrid(out, launch.threads);
  launch.body = [=](GpuKernel &b) {
    forEachElement(b, out, [&](Value i) {
      Value sum =
          b.fadd(b.load(b.pointer(op->getOperand(0)), b.getF32Type(), i),
                 b.load(b.pointer(op->getOperand(1)), b.getF32Type(), i));
      b.store(sum, b.pointer(out), i);
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
