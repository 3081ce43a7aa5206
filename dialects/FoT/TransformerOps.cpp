//===- TransformerOps.cpp - the named parts of a LLaMA block --------------===//

#include "dialects/FoT/OpChecks.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace mlir::fot;

LogicalResult EmbeddingOp::verify() {
  if (failed(check::numInits(*this, getInits(), 1)) ||
      failed(check::rank(*this, "init", getInits()[0], 2)) ||
      failed(check::shaped(*this, "tokens", getTokens(),
                           {check::dim(getInits()[0], 0)},
                           IntegerType::get(getContext(), 32)))) {
    return failure();
  }
  int64_t features = check::dim(getInits()[0], 1);
  if (failed(check::shaped(*this, "init", getInits()[0],
                           {check::kAny, features},
                           Float32Type::get(getContext())))) { // (C1)
    return failure();
  }
  if (failed(check::weight(*this, "table", /*input=*/{}, getTable(),
                           check::kAny))) {
    return failure();
  }
  Type element = cast<ShapedType>(getTable().getType()).getElementType();
  bool blocks =
      isa<BlockType>(element) ||
      (isa<PanelType>(element) && cast<PanelType>(element).getDepth() > 1);
  return check::shaped(
      *this, "table", getTable(),
      {check::kAny, blocks ? check::numBlocks(features) : features},
      element); // (C2)
}

/// Input `T x F` f32 and an activation init of the same sizes.
static LogicalResult verifyRowwise(Operation *op, StringRef what, Value input,
                                   ValueRange inits) {
  if (failed(check::numInits(op, inits, 1)) ||
      failed(check::rank(op, what, input, 2)) ||
      failed(check::shaped(op, what, input,
                           {check::dim(input, 0), check::dim(input, 1)},
                           Float32Type::get(op->getContext())))) {
    return failure();
  }
  return check::activationInit(op, inits[0], check::dim(input, 0),
                               check::dim(input, 1));
}

LogicalResult RmsNormOp::verify() {
  if (failed(verifyRowwise(*this, "input", getInput(), getInits())) ||
      failed(check::shaped(*this, "gain", getGain(),
                           {check::dim(getInput(), 1)},
                           Float32Type::get(getContext())))) { // (C1) (C2)
    return failure();
  }
  if (!(getEps().convertToDouble() >= 0)) { // (C3)
    return emitOpError() << "expects eps >= 0, found "
                         << getEps().convertToDouble();
  }
  return success();
}

LogicalResult RopeOp::verify() {
  Type f32 = Float32Type::get(getContext());
  if (failed(check::numInits(*this, getInits(), 1)) ||
      failed(check::rank(*this, "input", getInput(), 2))) {
    return failure();
  }
  int64_t tokens = check::dim(getInput(), 0);
  int64_t features = check::dim(getInput(), 1);
  int64_t headDim = getHeadDim();
  if (failed(
          check::shaped(*this, "input", getInput(), {tokens, features}, f32)) ||
      failed(check::shaped(*this, "init", getInits()[0], {tokens, features},
                           f32))) {
    return failure();
  }
  if (headDim <= 0 || headDim % 2 != 0 || features % headDim != 0) { // (C1)
    return emitOpError() << "expects an even head_dim that divides " << features
                         << ", found " << headDim;
  }
  return check::shaped(*this, "table", getTable(), {check::kAny, headDim},
                       f32); // (C2)
}

LogicalResult SwiGLUOp::verify() {
  if (failed(verifyRowwise(*this, "gate", getGate(), getInits()))) {
    return failure(); // (C1) (C2)
  }
  return check::shaped(*this, "up", getUp(),
                       {check::dim(getGate(), 0), check::dim(getGate(), 1)},
                       Float32Type::get(getContext()));
}

LogicalResult LastRowsOp::verify() {
  if (failed(check::numInits(*this, getInits(), 1)) ||
      failed(check::rank(*this, "input", getInput(), 2))) {
    return failure();
  }
  auto input = cast<ShapedType>(getInput().getType());
  if (failed(check::shaped(*this, "init", getInits()[0],
                           {check::kAny, input.getDimSize(1)},
                           input.getElementType()))) { // (C1)
    return failure();
  }
  int64_t rows = check::dim(getInits()[0], 0);
  int64_t tokens = input.getDimSize(0);
  if (rows != check::kAny && tokens != check::kAny && rows > tokens) {
    return emitOpError() << "expects at most " << tokens << " rows, found "
                         << rows;
  }
  return success();
}

namespace {
/// All rows of a statically sized input are the input itself.
struct FoldAllRows : OpRewritePattern<LastRowsOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(LastRowsOp op,
                                PatternRewriter &rewriter) const override {
    auto type = dyn_cast<RankedTensorType>(op.getInput().getType());
    if (!type || !type.hasStaticShape() || type != op.getInits()[0].getType()) {
      return failure();
    }
    rewriter.replaceOp(op, op.getInput());
    return success();
  }
};
} // namespace

void LastRowsOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                             MLIRContext *context) {
  patterns.add<FoldAllRows>(context);
}
