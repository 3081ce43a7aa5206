//===- OpChecks.cpp - pieces that the ops' verifiers share ----------------===//

#include "dialects/FoT/OpChecks.h"

using namespace mlir;
using namespace mlir::fot;

int64_t check::numBlocks(int64_t values) {
  return values == kAny ? kAny : llvm::divideCeil(values, BlockType::kValues);
}

LogicalResult check::rank(Operation *op, StringRef what, Value value,
                          int64_t rank) {
  int64_t found = cast<ShapedType>(value.getType()).getRank();
  if (found == rank) {
    return success();
  }
  return op->emitOpError() << "expects " << what << " of rank " << rank
                           << ", found " << value.getType();
}

static std::string describe(ArrayRef<int64_t> shape, Type element) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (int64_t size : shape) {
    if (size == check::kAny) {
      stream << "?x";
    } else {
      stream << size << "x";
    }
  }
  stream << element;
  return text;
}

LogicalResult check::shaped(Operation *op, StringRef what, Value value,
                            ArrayRef<int64_t> shape, Type element) {
  auto type = cast<ShapedType>(value.getType());
  bool fits = type.getElementType() == element &&
              type.getRank() == static_cast<int64_t>(shape.size());
  for (size_t i = 0; fits && i < shape.size(); ++i) {
    int64_t found = type.getDimSize(i);
    fits = found == kAny || shape[i] == kAny || found == shape[i];
  }
  if (fits) {
    return success();
  }
  return op->emitOpError() << "expects " << what << " to be "
                           << describe(shape, element) << ", found " << type;
}

LogicalResult check::windowCache(Operation *op, StringRef what, Value value,
                                 ArrayRef<int64_t> shape) {
  Type element = cast<ShapedType>(value.getType()).getElementType();
  bool narrow = element.isF16() || element.isBF16();
  return shaped(op, what, value, shape,
                narrow ? element : Float32Type::get(op->getContext()));
}

LogicalResult check::numInits(Operation *op, ValueRange inits, size_t count) {
  if (inits.size() == count) {
    return success();
  }
  return op->emitOpError() << "expects " << count << " inits, found "
                           << inits.size();
}

LogicalResult check::activationInit(Operation *op, Value init, int64_t tokens,
                                    int64_t features) {
  auto type = cast<ShapedType>(init.getType());
  if (auto block = dyn_cast<BlockType>(type.getElementType());
      block && block.getFormat() == Format::A8) {
    return shaped(op, "init", init, {tokens, numBlocks(features)}, block);
  }
  return shaped(op, "init", init, {tokens, features},
                Float32Type::get(op->getContext()));
}

LogicalResult check::weight(Operation *op, StringRef what, Value input,
                            Value weight, int64_t rows) {
  auto type = cast<ShapedType>(weight.getType());
  if (failed(rank(op, what, weight, 2))) {
    return failure();
  }
  Type element = type.getElementType();
  bool quantised = false;
  int64_t expectedRows = rows;
  bool panels = false;
  if (auto panel = dyn_cast<PanelType>(element)) {
    panels = true;
    quantised = panel.getDepth() > 1;
    expectedRows = rows == kAny ? kAny : llvm::divideCeil(rows, 16);
  } else if (auto block = dyn_cast<BlockType>(element)) {
    quantised = block.getFormat() != Format::A8;
    if (!quantised) {
      return op->emitOpError()
             << "expects " << what << " in a weight format, found " << type;
    }
  } else if (!isa<Float32Type, Float16Type, BFloat16Type>(element)) {
    return op->emitOpError()
           << "expects " << what
           << " of f32, f16, bf16, block or panel elements, found " << type;
  }
  int64_t depth = kAny;
  if (input) {
    auto inputType = cast<ShapedType>(input.getType());
    bool a8 = isa<BlockType>(inputType.getElementType());
    if ((a8 && !quantised) || (!a8 && quantised && panels)) {
      return op->emitOpError() << "expects " << what << " whose format fits "
                               << inputType << ", found " << type;
    }
    depth = inputType.getDimSize(1);
    if (!a8 && quantised) {
      depth = numBlocks(depth);
    }
  }
  return shaped(op, what, weight, {expectedRows, depth}, element);
}
