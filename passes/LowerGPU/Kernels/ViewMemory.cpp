//===- ViewMemory.cpp - fot.view_memory on a GPU --------------------------===//
//
// As many blocks of threads for each key-value head, however many entries there
// are; a warp an entry.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/Memory.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

constexpr int64_t kBlocks = 64;

FailureOr<SmallVector<GpuLaunch>>
mlir::fot::gpuViewMemory(Operation *operation) {
  auto op = cast<ViewMemoryOp>(operation);
  MemoryType type = op.getMemory().getType();
  GpuLaunch launch;
  launch.grid = [=](ImplicitLocOpBuilder &b, GpuLaunch::Dim) {
    return SmallVector<Value>{
        arith::ConstantIndexOp::create(b, kBlocks),
        arith::ConstantIndexOp::create(b, type.getHeads())};
  };
  launch.body = [=](GpuKernel &b) mutable {
    Value keys = b.pointer(op.getInits()[0]);
    Value values = b.pointer(op.getInits()[1]);
    GpuMemory memory(b, b.pointer(op.getMemory()), type);
    Value group = b.block(1), slot = memory.slot(group);
    Value count = b.dim(op.getInits()[0], 1);
    Value warp = b.add(b.mul(b.block(0), b.warps()), b.warp());
    Value step = b.i32(kBlocks * b.warps());
    Value row = b.mul(b.widen(group), b.widen(count));
    auto firstOf = [&](Value entry) {
      return b.mul(b.add(row, b.widen(entry)), type.getHeadDim());
    };
    Value owned = b.lt(b.i32(-1), slot);
    b.when(owned, [&] {
      memory.forEachRun(b.i32(0), count,
                        [&](const GpuSegment &segment, Value from, Value to) {
                          b.loop(b.add(from, warp), to, step, [&](Value entry) {
                            memory.copyEntry(segment, slot, entry, keys, values,
                                             firstOf(entry));
                          });
                        });
    });
    b.when(b.eq(owned, 0), [&] {
      b.loop(warp, count, step, [&](Value entry) {
        memory.copyNothing(keys, values, firstOf(entry));
      });
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
