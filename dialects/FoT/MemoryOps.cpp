//===- MemoryOps.cpp - window caches and memories -------------------------===//

#include "dialects/FoT/OpChecks.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::fot;

void MemorySizeOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  effects.emplace_back(MemoryEffects::Read::get(), &getMemoryMutable());
}

void SealMemoryOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  effects.emplace_back(MemoryEffects::Write::get(), &getMemoryMutable());
}

void AppendMemoryOp::getEffects(
    SmallVectorImpl<SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  effects.emplace_back(MemoryEffects::Write::get(), &getMemoryMutable());
  for (OpOperand *operand : {&getKeysMutable(), &getValuesMutable()}) {
    if (isa<MemRefType>(operand->get().getType())) {
      effects.emplace_back(MemoryEffects::Read::get(), operand);
    }
  }
}

namespace {
/// The size of a memory just created is 0.
struct FoldEmptySize : OpRewritePattern<MemorySizeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(MemorySizeOp op,
                                PatternRewriter &rewriter) const override {
    if (!op.getMemory().getDefiningOp<CreateMemoryOp>()) {
      return failure();
    }
    rewriter.replaceOpWithNewOp<arith::ConstantIndexOp>(op, 0);
    return success();
  }
};
} // namespace

void MemorySizeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                               MLIRContext *context) {
  patterns.add<FoldEmptySize>(context);
}

LogicalResult AppendMemoryOp::verify() {
  MemoryType memory = getMemory().getType();
  SmallVector<int64_t> shape = {memory.getHeads(), check::kAny,
                                memory.getHeadDim()};
  if (failed(check::windowCache(*this, "keys", getKeys(), shape))) {
    return failure(); // (C1)
  }
  shape[1] = check::dim(getKeys(), 1);
  return check::windowCache(*this, "values", getValues(), shape);
}

LogicalResult ViewMemoryOp::verify() {
  MemoryType memory = getMemory().getType();
  if (failed(check::numInits(*this, getInits(), 2))) {
    return failure();
  }
  for (Value init : getInits()) { // (C1)
    if (failed(
            check::shaped(*this, "init", init,
                          {memory.getHeads(), check::kAny, memory.getHeadDim()},
                          Float32Type::get(getContext())))) {
      return failure();
    }
  }
  return success();
}

LogicalResult AppendWindowOp::verify() {
  Type f32 = Float32Type::get(getContext());
  if (failed(check::numInits(*this, getInits(), 1)) ||
      failed(check::rank(*this, "init", getInits()[0], 3))) {
    return failure();
  }
  int64_t heads = check::dim(getInits()[0], 0);
  int64_t headDim = check::dim(getInits()[0], 2);
  int64_t features = heads == check::kAny || headDim == check::kAny
                         ? check::kAny
                         : heads * headDim;
  if (failed(check::shaped(*this, "input", getInput(), {check::kAny, features},
                           f32))) { // (C1)
    return failure();
  }
  return check::windowCache(*this, "init", getInits()[0],
                            {heads, check::kAny, headDim});
}
