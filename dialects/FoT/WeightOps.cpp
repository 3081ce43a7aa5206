//===- WeightOps.cpp - weights and the products that read them ------------===//

#include "dialects/FoT/OpChecks.h"

using namespace mlir;
using namespace mlir::fot;

LogicalResult WeightOp::verify() {
  for (Type type : {getType(), getLogicalType().value_or(getType())}) {
    auto tensor = dyn_cast<RankedTensorType>(type); // (C1)
    auto block =
        tensor ? dyn_cast<BlockType>(tensor.getElementType()) : BlockType();
    if (!tensor || !tensor.hasStaticShape() ||
        (block && block.getFormat() == Format::A8) ||
        !isa<Float32Type, Float16Type, BFloat16Type, BlockType, PanelType>(
            tensor.getElementType())) {
      return emitOpError() << "expects a static tensor of f32, f16, bf16, "
                              "block or panel elements, found "
                           << type;
    }
  }
  if (!isa<SourceAttr, RopeTableAttr, RandomAttr, DenseElementsAttr>(
          getOrigin())) { // (C2)
    return emitOpError() << "expects a #fot.source, #fot.rope_table, "
                            "#fot.random or dense origin, found "
                         << getOrigin();
  }
  return success();
}

LogicalResult
LoadWeightOp::verifySymbolUses(SymbolTableCollection &symbolTable) {
  auto weight = symbolTable.lookupNearestSymbolFrom<WeightOp>(getOperation(),
                                                              getWeightAttr());
  if (!weight) { // (C1)
    return emitOpError() << "expects a fot.weight named " << getWeightAttr();
  }
  auto expected = weight.getTensorType();
  auto found = cast<ShapedType>(getType());
  if (expected.getShape() != found.getShape() ||
      expected.getElementType() != found.getElementType()) { // (C2)
    return emitOpError() << "expects the weight's type " << expected
                         << ", found " << found;
  }
  return success();
}

LogicalResult QuantizeOp::verify() {
  if (failed(check::numInits(*this, getInits(), 1)) ||
      failed(check::rank(*this, "input", getInput(), 2))) {
    return failure();
  }
  Type f32 = Float32Type::get(getContext());
  int64_t tokens = check::dim(getInput(), 0);
  int64_t features = check::dim(getInput(), 1);
  if (failed(
          check::shaped(*this, "input", getInput(), {tokens, features}, f32))) {
    return failure();
  }
  return check::shaped(*this, "init", getInits()[0],
                       {tokens, check::numBlocks(features)},
                       BlockType::get(getContext(), Format::A8)); // (C1)
}

/// (C1) of the products: f32 or a8 activations of rank 2.
static LogicalResult verifyActivations(Operation *op, Value input) {
  if (failed(check::rank(op, "input", input, 2))) {
    return failure();
  }
  Type element = cast<ShapedType>(input.getType()).getElementType();
  auto block = dyn_cast<BlockType>(element);
  if (element.isF32() || (block && block.getFormat() == Format::A8)) {
    return success();
  }
  return op->emitOpError() << "expects f32 or a8 input, found "
                           << input.getType();
}

LogicalResult MatmulOp::verify() {
  if (failed(check::numInits(*this, getInits(), 1)) ||
      failed(verifyActivations(*this, getInput())) ||
      failed(check::rank(*this, "init", getInits()[0], 2))) {
    return failure();
  }
  Type f32 = Float32Type::get(getContext());
  Value init = getInits()[0];
  int64_t tokens = check::dim(getInput(), 0);
  int64_t features = check::dim(init, 1);
  if (failed(check::shaped(*this, "init", init, {tokens, features}, f32)) ||
      failed(check::weight(*this, "weight", getInput(), getWeight(),
                           features))) { // (C1) (C2) (C3)
    return failure();
  }
  if (getResidual() && failed(check::shaped(*this, "residual", getResidual(),
                                            {tokens, features}, f32))) {
    return failure(); // (C4)
  }
  if (!getTable() != !getPosition() || !getTable() != !getHeadDim()) { // (C5)
    return emitOpError() << "expects table, position and head_dim together";
  }
  if (getTable()) {
    int64_t headDim = *getHeadDim();
    if (headDim <= 0 || headDim % 2 != 0 || features % headDim != 0) {
      return emitOpError() << "expects an even head_dim that divides "
                           << features << ", found " << headDim;
    }
    return check::shaped(*this, "table", getTable(), {check::kAny, headDim},
                         f32);
  }
  return success();
}

LogicalResult WindowMatmulOp::verify() {
  size_t inits = getInits().size();
  if (inits != 2 && inits != 3) { // (C2)
    return emitOpError() << "expects rows and one or two caches, found "
                         << inits << " inits";
  }
  if (failed(verifyActivations(*this, getInput())) ||
      failed(check::rank(*this, "first cache", getCaches()[0], 3))) {
    return failure();
  }
  Type f32 = Float32Type::get(getContext());
  int64_t heads = check::dim(getCaches()[0], 0);
  int64_t headDim = check::dim(getCaches()[0], 2);
  if (heads == check::kAny || headDim == check::kAny) {
    return emitOpError() << "expects static heads and head dimension, found "
                         << getCaches()[0].getType();
  }
  int64_t features = heads * headDim;
  if (failed(check::shaped(*this, "rows", getRows(),
                           {check::dim(getInput(), 0), features}, f32)) ||
      failed(check::weight(*this, "weight", getInput(), getWeight(),
                           features))) { // (C1)
    return failure();
  }
  for (Value cache : getCaches()) {
    if (failed(check::windowCache(
            *this, "cache", cache,
            {heads, check::dim(getCaches()[0], 1), headDim}))) {
      return failure();
    }
  }
  if (!getTable()) {
    return success();
  }
  if (headDim % 2 != 0) { // (C3)
    return emitOpError() << "expects an even head dimension for rope, found "
                         << headDim;
  }
  return check::shaped(*this, "table", getTable(), {check::kAny, headDim}, f32);
}

LogicalResult GatedMatmulOp::verify() {
  if (failed(check::numInits(*this, getInits(), 1)) ||
      failed(verifyActivations(*this, getInput()))) {
    return failure();
  }
  int64_t features = getFeatures();
  if (getGate().getType() != getUp().getType()) { // (C1)
    return emitOpError() << "expects gate and up of one type, found "
                         << getGate().getType() << " and " << getUp().getType();
  }
  if (failed(check::weight(*this, "gate", getInput(), getGate(), features))) {
    return failure();
  }
  return check::activationInit(*this, getInits()[0], check::dim(getInput(), 0),
                               features); // (C2)
}
