//===- AppendWindow.cpp - fot.append_window on a GPU ----------------------===//

#include "passes/LowerGPU/Kernels/Blocks.h"
#include "passes/LowerGPU/Kernels/Memory.h"
#include "passes/LowerGPU/Kernels/WindowRow.h"

using namespace mlir;
using namespace mlir::fot;

StoreNumber mlir::fot::storeInWindow(Value cache, Value position) {
  int64_t window = GpuKernel::staticDim(cache, 1);
  int64_t headDim = GpuKernel::staticDim(cache, 2);
  Type element = cast<MemRefType>(cache.getType()).getElementType();
  return [=](GpuKernel &b, Value number, Value token, Value feature) {
    Value head = b.div(feature, headDim), d = b.rem(feature, headDim);
    Value place = b.add(b.value(position), token);
    Value row = b.add(b.mul(head, window), place);
    b.store(fromFloat(b, number, element), b.pointer(cache),
            b.add(b.mul(row, headDim), d));
  };
}

FailureOr<SmallVector<GpuLaunch>>
mlir::fot::gpuAppendWindow(Operation *operation) {
  auto op = cast<AppendWindowOp>(operation);
  StoreNumber store = storeInWindow(op.getInits()[0], op.getPosition());
  GpuLaunch launch;
  launch.threads = 256;
  launch.grid = elementGrid(op.getInput(), launch.threads);
  launch.body = [=](GpuKernel &b) mutable {
    int64_t features = GpuKernel::staticDim(op.getInput(), 1);
    forEachElement(b, op.getInput(), [&](Value i) {
      Value number = b.load(b.pointer(op.getInput()), b.getF32Type(), i);
      store(b, number, b.div(i, features), b.rem(i, features));
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
