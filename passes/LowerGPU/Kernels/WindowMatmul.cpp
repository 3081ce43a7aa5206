//===- WindowMatmul.cpp - fot.window_matmul on a GPU ----------------------===//
//
// The product's launch writes the caches too, but for the one of rotated rows:
// a second launch rotates what the first wrote.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/Products.h"
#include "passes/LowerGPU/Kernels/Rope.h"
#include "passes/LowerGPU/Kernels/WindowRow.h"

using namespace mlir;
using namespace mlir::fot;

FailureOr<SmallVector<GpuLaunch>>
mlir::fot::gpuWindowMatmul(Operation *operation) {
  auto op = cast<WindowMatmulOp>(operation);
  Value rows = op.getRows(), first = op.getCaches()[0];
  bool rotates = bool(op.getTable());
  SmallVector<StoreNumber> stores = {storeInRows(rows)};
  for (Value cache : op.getCaches().drop_front(rotates ? 1 : 0)) {
    stores.push_back(storeInWindow(cache, op.getPosition()));
  }
  auto store = [=](GpuKernel &b, Value number, Value token, Value feature) {
    for (const StoreNumber &each : stores) {
      each(b, number, token, feature);
    }
  };
  FailureOr<GpuLaunch> launch = matmulLaunch(
      op, {op.getInput(), op.getWeight(), GpuKernel::staticDim(rows, 1)},
      store);
  if (failed(launch)) {
    return failure();
  }
  SmallVector<GpuLaunch> launches{*launch};
  if (rotates) {
    launches.push_back(ropeLaunch({rows, op.getTable(), op.getPosition(),
                                   Value(), GpuKernel::staticDim(first, 2)},
                                  storeInWindow(first, op.getPosition())));
    launches.back().costs = {.window = false, .memory = false, .others = false};
  }
  return launches;
}
