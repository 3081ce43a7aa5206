//===- AppendMemory.cpp - fot.append_memory on a GPU ----------------------===//
//
// A warp for each place of the window and each head with a memory.
//
//===----------------------------------------------------------------------===//

#include "passes/LowerGPU/Kernels/Memory.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace mlir::fot;

FailureOr<SmallVector<GpuLaunch>>
mlir::fot::gpuAppendMemory(Operation *operation) {
  auto op = cast<AppendMemoryOp>(operation);
  MemoryType type = op.getMemory().getType();
  GpuLaunch launch;
  launch.threads = kWarp;
  launch.grid = [=](ImplicitLocOpBuilder &b, GpuLaunch::Dim dim) mutable {
    return SmallVector<Value>{
        dim(op.getKeys(), 1),
        arith::ConstantIndexOp::create(b, type.getSlots())};
  };
  launch.body = [=](GpuKernel &b) mutable {
    Value place = b.block(0), slot = b.block(1), head = slot;
    if (!type.ownsAll()) {
      for (int64_t i = 0; i < type.getSlots(); ++i) {
        head = b.select(b.eq(slot, i), b.i32(type.getHeadOfSlot(i)), head);
      }
    }
    GpuMemory memory(b, b.pointer(op.getMemory()), type);
    b.when(b.lt(place, b.value(op.getCount())), [&] {
      Value entry = b.add(memory.count(), place);
      GpuSegment segment = memory.find(entry);
      int64_t window = GpuKernel::staticDim(op.getKeys(), 1);
      Value first = b.mul(b.add(b.mul(head, window), place), type.getHeadDim());
      auto copy = [&](Value from, const RowFormat &format, Value row) {
        storeRowOf(b, format, row, [&](Value d) {
          Type element = cast<MemRefType>(from.getType()).getElementType();
          return b.toFloat(b.load(b.pointer(from), element, b.add(first, d)));
        });
      };
      copy(op.getKeys(), memory.keyFormat(),
           memory.keyRow(segment, slot, entry));
      copy(op.getValues(), memory.valueFormat(),
           memory.valueRow(segment, slot, entry));
    });
    return success();
  };
  return SmallVector<GpuLaunch>{launch};
}
