//===- PlanWorkspace.cpp - every buffer a fixed place in one workspace ----===//

#include "passes/Bufferize/BarrierPoints.h"
#include "passes/Bufferize/Passes.h"

#include "passes/Support/WeightTypes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/Support/MathExtras.h"

namespace mlir::fot {
#define GEN_PASS_DEF_PLANWORKSPACE
#include "passes/Bufferize/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

constexpr int64_t kAlignment = 64;

namespace {
/// A buffer and the ops between which it is alive. Its place is free only once
/// all workers are past its last use, or else reusing it took another barrier.
struct Interval {
  memref::AllocOp alloc;
  int64_t bytes, first, last, offset;
};

struct PlanWorkspace : fot::impl::PlanWorkspaceBase<PlanWorkspace> {
  void runOnOperation() override;

private:
  /// The largest value that an index can have, or nothing.
  std::optional<int64_t> boundOf(Value value);
  FailureOr<Interval> intervalOf(memref::AllocOp alloc,
                                 const DenseMap<Operation *, int64_t> &order);
};
} // namespace

std::optional<int64_t> PlanWorkspace::boundOf(Value value) {
  func::FuncOp function = getOperation();
  auto limit = [&](StringRef name) -> std::optional<int64_t> {
    if (auto attr = function->getAttrOfType<IntegerAttr>(name)) {
      return attr.getInt();
    }
    return std::nullopt;
  };
  IntegerAttr constant;
  if (matchPattern(value, m_Constant(&constant))) {
    return constant.getInt();
  }
  Operation *op = value.getDefiningOp();
  if (isa_and_present<memref::DimOp>(op)) {
    return limit("fot.max_tokens");
  }
  if (isa_and_present<MemorySizeOp>(op)) {
    std::optional<int64_t> bound = limit("fot.max_memory");
    if (bound) {
      // The runtime must not let a memory outgrow what was planned.
      function->setAttr("fot.memory_bound",
                        OpBuilder(function).getI64IntegerAttr(*bound));
    }
    return bound;
  }
  if (isa_and_present<arith::MinUIOp, arith::MinSIOp>(op)) {
    // A constant side decides alone, whatever the other one is bounded by.
    for (Value side : op->getOperands()) {
      IntegerAttr number;
      if (matchPattern(side, m_Constant(&number))) {
        return number.getInt();
      }
    }
    auto a = boundOf(op->getOperand(0)), b = boundOf(op->getOperand(1));
    return a && b ? std::min(*a, *b) : a ? a : b;
  }
  return std::nullopt;
}

FailureOr<Interval>
PlanWorkspace::intervalOf(memref::AllocOp alloc,
                          const DenseMap<Operation *, int64_t> &order) {
  MemRefType type = alloc.getType();
  int64_t bytes = elementBytes(type.getElementType());
  unsigned next = 0;
  for (int64_t size : type.getShape()) {
    if (ShapedType::isDynamic(size)) {
      std::optional<int64_t> bound = boundOf(alloc.getDynamicSizes()[next++]);
      if (!bound) {
        return alloc.emitError()
               << "expects a size bounded by fot.max_tokens or fot.max_memory";
      }
      size = *bound;
    }
    if (llvm::MulOverflow(bytes, size, bytes)) {
      return alloc.emitError() << "expects a buffer of less than 2^63 bytes";
    }
  }
  Interval interval{alloc,
                    static_cast<int64_t>(llvm::alignTo(bytes, kAlignment)),
                    order.lookup(alloc), order.lookup(alloc), 0};
  bool used = false;
  SmallVector<Value> views = {alloc};
  for (size_t i = 0; i < views.size(); ++i) {
    for (Operation *user : views[i].getUsers()) {
      int64_t at =
          order.lookup(alloc->getBlock()->findAncestorOpInBlock(*user));
      interval.first = used ? std::min(interval.first, at) : at;
      interval.last = std::max(interval.last, at);
      used = true;
      if (isa<ViewLikeOpInterface>(user)) {
        views.append(user->result_begin(), user->result_end());
      }
    }
  }
  return interval;
}

void PlanWorkspace::runOnOperation() {
  func::FuncOp function = getOperation();
  if (function.isExternal()) {
    return;
  }
  if (!function.getBody().hasOneBlock()) {
    function.emitError() << "expects an entry point of one block";
    return signalPassFailure();
  }
  DenseMap<Operation *, int64_t> order;
  SmallVector<memref::AllocOp> allocs;
  for (Operation &op : function.front()) {
    order[&op] = order.size();
    if (auto alloc = dyn_cast<memref::AllocOp>(op)) {
      allocs.push_back(alloc);
    }
  }
  // The last op before each barrier that is needed anyway.
  SmallVector<int64_t> regionEnds;
  for (Operation *point : findBarrierPoints(function)) {
    regionEnds.push_back(order[point] - 1);
  }
  SmallVector<Interval> intervals;
  for (memref::AllocOp alloc : allocs) {
    FailureOr<Interval> interval = intervalOf(alloc, order);
    if (failed(interval)) {
      return signalPassFailure();
    }
    auto end = llvm::lower_bound(regionEnds, interval->last);
    interval->last = end == regionEnds.end() ? int64_t(order.size()) : *end;
    intervals.push_back(*interval);
  }
  // Largest first, each at the lowest place free of overlapping lives.
  llvm::stable_sort(intervals, [](const Interval &a, const Interval &b) {
    return a.bytes > b.bytes;
  });
  int64_t total = 0;
  for (size_t i = 0; i < intervals.size(); ++i) {
    Interval &self = intervals[i];
    SmallVector<std::pair<int64_t, int64_t>> taken;
    for (size_t j = 0; j < i; ++j) {
      const Interval &other = intervals[j];
      if (other.first <= self.last && self.first <= other.last) {
        taken.push_back({other.offset, other.offset + other.bytes});
      }
    }
    llvm::sort(taken);
    for (auto [begin, end] : taken) {
      if (self.offset + self.bytes <= begin) {
        break;
      }
      self.offset = std::max(self.offset, end);
    }
    total = std::max(total, self.offset + self.bytes);
  }
  for (Interval &interval : intervals) {
    OpBuilder builder(interval.alloc);
    auto buffer = WorkspaceBufferOp::create(
        builder, interval.alloc.getLoc(), interval.alloc.getType(),
        interval.offset, interval.bytes, interval.alloc.getDynamicSizes());
    interval.alloc.replaceAllUsesWith(buffer.getResult());
    interval.alloc.erase();
  }
  function->setAttr("fot.workspace_bytes",
                    OpBuilder(function).getI64IntegerAttr(total));
  numBytes += total;
}
