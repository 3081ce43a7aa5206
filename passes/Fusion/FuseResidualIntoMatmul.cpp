//===- FuseResidualIntoMatmul.cpp - add where the product is stored -------===//

#include "passes/Fusion/Attempt.h"
#include "passes/Fusion/Passes.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace mlir::fot {
#define GEN_PASS_DEF_FUSERESIDUALINTOMATMUL
#include "passes/Fusion/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// Why the product `matmul` cannot take `residual` in at `op`; empty if it can.
static std::string whyNot(MatmulOp matmul, Value residual, linalg::AddOp op) {
  if (residual.getDefiningOp() == matmul) {
    return "the product is added to itself";
  }
  if (matmul.getResidual()) {
    return "fot.matmul already has a residual";
  }
  if (matmul.getTable()) {
    return "fot.matmul rotates its product";
  }
  return whyNotMovable(matmul, op);
}

static Attempt attempt(linalg::AddOp op, RewriterBase &rewriter) {
  if (!op.hasPureTensorSemantics()) {
    return Attempt::irrelevant();
  }
  Attempt result;
  // With a product on both sides, the first that can takes the other in.
  for (unsigned side : {0, 1}) {
    auto matmul = op.getInputs()[side].getDefiningOp<MatmulOp>();
    if (!matmul) {
      continue;
    }
    Value residual = op.getInputs()[1 - side];
    if (std::string why = whyNot(matmul, residual, op); !why.empty()) {
      if (result.kind == Attempt::Irrelevant) {
        result = Attempt::missed(why);
      }
      continue;
    }
    Value init = pickInit(op.getOutputs()[0], matmul);
    auto fused = MatmulOp::create(
        rewriter, op.getLoc(), init.getType(), matmul.getInput(),
        matmul.getWeight(), residual, /*table=*/Value(), /*position=*/Value(),
        init, /*head_dim=*/IntegerAttr(), matmul.getStrategyAttr());
    rewriter.replaceOp(op, fused);
    return Attempt::fused("fot.matmul adds the residual",
                          matmul.getOperation());
  }
  return result;
}

namespace {
struct FuseResidualIntoMatmul
    : fot::impl::FuseResidualIntoMatmulBase<FuseResidualIntoMatmul> {
  void runOnOperation() override {
    attemptEach(getOperation(), attempt, {*this, numFused, numMissed});
  }
};
} // namespace
