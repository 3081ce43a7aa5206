//===- FuseRopeIntoProjection.cpp - rotate where the product is stored ----===//

#include "passes/Fusion/Attempt.h"
#include "passes/Fusion/Passes.h"

namespace mlir::fot {
#define GEN_PASS_DEF_FUSEROPEINTOPROJECTION
#include "passes/Fusion/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

static Attempt attempt(RopeOp op, RewriterBase &rewriter) {
  if (op.getResults().empty()) {
    return Attempt::irrelevant();
  }
  auto matmul = op.getInput().getDefiningOp<MatmulOp>();
  if (!matmul) {
    return Attempt::missed("its input is not a fot.matmul");
  }
  if (matmul.getTable()) {
    return Attempt::missed("fot.matmul already rotates its product");
  }
  if (matmul.getResidual()) {
    return Attempt::missed(
        "fot.matmul adds a residual, which comes after rope");
  }
  if (std::string why = whyNotMovable(matmul, op); !why.empty()) {
    return Attempt::missed(why);
  }
  Value init = pickInit(op.getInits()[0], matmul);
  auto fused = MatmulOp::create(
      rewriter, op.getLoc(), init.getType(), matmul.getInput(),
      matmul.getWeight(), /*residual=*/Value(), op.getTable(), op.getPosition(),
      init, op.getHeadDimAttr(), matmul.getStrategyAttr());
  rewriter.replaceOp(op, fused);
  return Attempt::fused("fot.matmul rotates its product",
                        matmul.getOperation());
}

namespace {
struct FuseRopeIntoProjection
    : fot::impl::FuseRopeIntoProjectionBase<FuseRopeIntoProjection> {
  void runOnOperation() override {
    attemptEach(getOperation(), attempt, {*this, numFused, numMissed});
  }
};
} // namespace
