//===- BarrierPoints.cpp - where workers depend on each other -------------===//

#include "passes/Bufferize/BarrierPoints.h"

#include "dialects/FoT/FoTDialect.h"

#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;
using namespace mlir::fot;

namespace {
/// Bytes [begin, end) of the workspace (no base), or all of one argument or
/// allocation.
struct Extent {
  Value base;
  int64_t begin, end;

  bool overlaps(const Extent &other) const {
    return base == other.base && begin < other.end && other.begin < end;
  }
};
} // namespace

static Extent regionOf(Value value) {
  while (auto view = value.getDefiningOp<ViewLikeOpInterface>()) {
    value = view.getViewSource();
  }
  if (auto buffer = value.getDefiningOp<WorkspaceBufferOp>()) {
    int64_t offset = buffer.getOffset(), bytes = buffer.getBytes();
    return {Value(), offset, offset + bytes};
  }
  while (auto append = value.getDefiningOp<AppendMemoryOp>()) {
    value = append.getMemory();
  }
  return {value, 0, 1};
}

static bool overlapsAny(ArrayRef<Extent> pending, ArrayRef<Extent> regions) {
  return llvm::any_of(pending, [&](const Extent &a) {
    return llvm::any_of(regions,
                        [&](const Extent &b) { return a.overlaps(b); });
  });
}

SmallVector<Operation *> mlir::fot::findBarrierPoints(func::FuncOp entry) {
  SmallVector<Operation *> points;
  SmallVector<Extent> pendingReads, pendingWrites;
  for (Operation &op : entry.front()) {
    if (isa<BarrierOp>(op)) {
      pendingReads.clear();
      pendingWrites.clear();
      continue;
    }
    auto effects = dyn_cast<MemoryEffectOpInterface>(op);
    if (!effects || isa<MemorySizeOp>(op)) {
      continue;
    }
    SmallVector<MemoryEffects::EffectInstance> instances;
    effects.getEffects(instances);
    SmallVector<Extent> reads, writes;
    for (const auto &effect : instances) {
      if (!effect.getValue() ||
          !isa<MemoryEffects::Read, MemoryEffects::Write>(effect.getEffect())) {
        continue;
      }
      auto &regions =
          isa<MemoryEffects::Write>(effect.getEffect()) ? writes : reads;
      regions.push_back(regionOf(effect.getValue()));
    }
    // A DPS op may be listed as reading what it only writes; harmless, since
    // writes conflict with everything anyway.
    if (overlapsAny(pendingWrites, reads) ||
        overlapsAny(pendingWrites, writes) ||
        overlapsAny(pendingReads, writes)) {
      points.push_back(&op);
      pendingReads.clear();
      pendingWrites.clear();
    }
    pendingReads.append(reads);
    pendingWrites.append(writes);
  }
  return points;
}
