//===- InsertBarriers.cpp - where workers depend on each other ------------===//

#include "passes/Bufferize/BarrierPoints.h"
#include "passes/Bufferize/Passes.h"

namespace mlir::fot {
#define GEN_PASS_DEF_INSERTBARRIERS
#include "passes/Bufferize/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

namespace {
struct InsertBarriers : fot::impl::InsertBarriersBase<InsertBarriers> {
  void runOnOperation() override {
    if (getOperation().isExternal()) {
      return;
    }
    for (Operation *op : findBarrierPoints(getOperation())) {
      OpBuilder builder(op);
      BarrierOp::create(builder, op->getLoc());
      ++numBarriers;
    }
  }
};
} // namespace
