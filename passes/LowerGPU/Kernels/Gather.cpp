//===- Gather.cpp - fot.gather on a GPU -----------------------------------===//
//
// A block of threads for each token and head, a warp an entry.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/Memory.h"

using namespace mlir;
using namespace mlir::fot;

FailureOr<SmallVector<GpuLaunch>> mlir::fot::gpuGather(Operation *operation) {
  auto op = cast<GatherOp>(operation);
  int64_t heads = GpuKernel::staticDim(op.getIndices(), 1);
  GpuLaunch launch;
  launch.grid = rowGrid(op.getIndices(), heads);
  launch.body = [=](GpuKernel &b) mutable {
    MemoryType type = op.getMemory().getType();
    Value indices = b.pointer(op.getIndices());
    Value keys = b.pointer(op.getInits()[0]);
    Value values = b.pointer(op.getInits()[1]);
    Value token = b.block(0), head = b.block(1);
    GpuMemory memory(b, b.pointer(op.getMemory()), type);
    Value slot = memory.slot(b.div(head, heads / type.getHeads()));
    Value owned = b.lt(b.i32(-1), slot);
    Value k = b.dim(op.getIndices(), 2);
    Value list = b.mul(b.widen(b.add(b.mul(token, heads), head)), b.widen(k));
    b.loop(b.warp(), k, b.i32(b.warps()), [&](Value i) {
      Value number = b.add(list, b.widen(i));
      Value entry = b.narrow(b.load(indices, b.getI64Type(), number));
      Value exists = b.both(owned, b.lt(b.i32(-1), entry));
      Value first = b.mul(number, type.getHeadDim());
      b.when(exists, [&] {
        memory.copyEntry(memory.find(entry), slot, entry, keys, values, first);
      });
      b.when(b.eq(exists, 0), [&] { memory.copyNothing(keys, values, first); });
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
