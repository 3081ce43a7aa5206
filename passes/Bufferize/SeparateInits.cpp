//===- SeparateInits.cpp - an init of its own for every op ----------------===//

#include "passes/Bufferize/Passes.h"

namespace mlir::fot {
#define GEN_PASS_DEF_SEPARATEINITS
#include "passes/Bufferize/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

namespace {
struct SeparateInits : fot::impl::SeparateInitsBase<SeparateInits> {
  void runOnOperation() override {
    SmallVector<tensor::EmptyOp> empties;
    getOperation().walk([&](tensor::EmptyOp op) { empties.push_back(op); });
    for (tensor::EmptyOp empty : empties) {
      for (OpOperand &use : llvm::make_early_inc_range(empty->getUses())) {
        if (empty->hasOneUse()) {
          break;
        }
        OpBuilder builder(use.getOwner());
        use.set(builder.clone(*empty)->getResult(0));
        ++numCloned;
      }
    }
  }
};
} // namespace
