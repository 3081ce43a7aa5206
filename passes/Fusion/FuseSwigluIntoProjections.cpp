//===- FuseSwigluIntoProjections.cpp - gate and up in one product ---------===//

#include "passes/Fusion/Attempt.h"
#include "passes/Fusion/Passes.h"

namespace mlir::fot {
#define GEN_PASS_DEF_FUSESWIGLUINTOPROJECTIONS
#include "passes/Fusion/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

/// Why the two products cannot be joined at `op`; empty if they can.
static std::string whyNot(SwiGLUOp op, MatmulOp gate, MatmulOp up) {
  if (gate == up) {
    return "gate and up are one product";
  }
  if (gate.getInput() != up.getInput()) {
    return "gate and up have different inputs";
  }
  if (gate.getWeight().getType() != up.getWeight().getType()) {
    return "gate and up have weights of different types";
  }
  if (gate.getTable() || gate.getResidual() || up.getTable() ||
      up.getResidual()) {
    return "a fot.matmul does more than the product";
  }
  for (MatmulOp matmul : {gate, up}) {
    if (std::string why = whyNotMovable(matmul, op); !why.empty()) {
      return why;
    }
  }
  if (cast<ShapedType>(op.getGate().getType()).isDynamicDim(1)) {
    return "the number of features is not static";
  }
  return "";
}

static Attempt attempt(SwiGLUOp op, RewriterBase &rewriter) {
  if (op.getResults().empty()) {
    return Attempt::irrelevant();
  }
  auto gate = op.getGate().getDefiningOp<MatmulOp>();
  auto up = op.getUp().getDefiningOp<MatmulOp>();
  if (!gate || !up) {
    return Attempt::missed("gate and up are not both a fot.matmul");
  }
  if (std::string why = whyNot(op, gate, up); !why.empty()) {
    return Attempt::missed(why);
  }
  Value init = pickInit(pickInit(op.getInits()[0], gate), up);
  uint64_t features = cast<ShapedType>(op.getGate().getType()).getDimSize(1);
  // A strategy that only one of them asks for is not one for both.
  StrategyAttr strategy = gate.getStrategyAttr() == up.getStrategyAttr()
                              ? gate.getStrategyAttr()
                              : StrategyAttr();
  auto fused = GatedMatmulOp::create(rewriter, op.getLoc(), init.getType(),
                                     gate.getInput(), gate.getWeight(),
                                     up.getWeight(), init, features, strategy);
  rewriter.replaceOp(op, fused);
  return Attempt::fused("became a fot.gated_matmul",
                        {gate.getOperation(), up.getOperation()});
}

namespace {
struct FuseSwigluIntoProjections
    : fot::impl::FuseSwigluIntoProjectionsBase<FuseSwigluIntoProjections> {
  void runOnOperation() override {
    attemptEach(getOperation(), attempt, {*this, numFused, numMissed});
  }
};
} // namespace
