//===- FuseQuantizeIntoProducer.cpp - round where activations are made ----===//

#include "passes/Fusion/Attempt.h"
#include "passes/Fusion/Passes.h"

namespace mlir::fot {
#define GEN_PASS_DEF_FUSEQUANTIZEINTOPRODUCER
#include "passes/Fusion/Passes.h.inc"
} // namespace mlir::fot

using namespace mlir;
using namespace mlir::fot;

static Attempt attempt(QuantizeOp op, RewriterBase &rewriter) {
  if (op.getResults().empty()) {
    return Attempt::irrelevant();
  }
  Operation *producer = op.getInput().getDefiningOp();
  if (!producer) {
    return Attempt::missed("its input is an argument");
  }
  StringRef name = producer->getName().getStringRef();
  if (!isa<RmsNormOp, SwiGLUOp, GatedMatmulOp, AttentionOp, MemoryAttentionOp>(
          producer)) {
    return Attempt::missed(name + " cannot write blocks");
  }
  if (std::string why = whyNotMovable(producer, op); !why.empty()) {
    return Attempt::missed(why);
  }
  auto attention = dyn_cast<MemoryAttentionOp>(producer);
  if (attention && isAppendedBefore(attention.getMemory(), op)) {
    return Attempt::missed("the memory grows between " + name +
                           " and its rounding");
  }
  Operation *fused = rewriter.clone(*producer);
  rewriter.modifyOpInPlace(fused, [&] {
    cast<DestinationStyleOpInterface>(fused).setDpsInitOperand(
        0, op.getInits()[0]);
    fused->getResult(0).setType(op.getInits()[0].getType());
  });
  rewriter.replaceOp(op, fused->getResults());
  return Attempt::fused(name + " writes blocks", producer);
}

namespace {
struct FuseQuantizeIntoProducer
    : fot::impl::FuseQuantizeIntoProducerBase<FuseQuantizeIntoProducer> {
  void runOnOperation() override {
    attemptEach(getOperation(), attempt, {*this, numFused, numMissed});
  }
};
} // namespace
