//===- AppendWindow.cpp - fot.append_window on a GPU ----------------------===//

#include "passes/LowerGPU/Kernels/Blocks.h"
#include "passes/LowerGPU/Kernels/Memory.h"

using namespace mlir;
using namespace mlir::fot;

FailureOr<SmallVector<GpuLaunch>>
mlir::fot::gpuAppendWindow(Operation *operation) {
  auto op = cast<AppendWindowOp>(operation);
  GpuLaunch launch;
  launch.threads = 256;
  launch.grid = elementGrid(op.getInput(), launch.threads);
  launch.body = [=](GpuKernel &b) mutable {
    Value cache = op.getInits()[0];
    int64_t features = GpuKernel::staticDim(op.getInput(), 1);
    int64_t window = GpuKernel::staticDim(cache, 1);
    int64_t headDim = GpuKernel::staticDim(cache, 2);
    Type element = cast<MemRefType>(cache.getType()).getElementType();
    forEachElement(b, op.getInput(), [&](Value i) {
      Value token = b.div(i, features), feature = b.rem(i, features);
      Value head = b.div(feature, headDim), d = b.rem(feature, headDim);
      Value place = b.add(b.value(op.getPosition()), token);
      Value row = b.add(b.mul(head, window), place);
      Value number = b.load(b.pointer(op.getInput()), b.getF32Type(), i);
      b.store(fromFloat(b, number, element), b.pointer(cache),
              b.add(b.mul(row, headDim), d));
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
