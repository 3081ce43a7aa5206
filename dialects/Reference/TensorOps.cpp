//===- TensorOps.cpp - creating, slicing and reshaping tensors ------------===//

#include "dialects/Reference/Frame.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

#include <limits>

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::reference;

static bool isBlocks(Type type) {
  return isa<BlockType>(cast<ShapedType>(type).getElementType());
}

/// Sizes of `type` in numbers, from sizes as the IR counts them.
static SmallVector<int64_t, 4> inNumbers(Type type,
                                         SmallVector<int64_t, 4> sizes) {
  if (isBlocks(type) && !sizes.empty()) {
    sizes.back() *= BlockType::kValues;
  }
  return sizes;
}

static LogicalResult evaluateEmpty(Frame &frame, tensor::EmptyOp op) {
  SmallVector<int64_t, 4> sizes = frame.integers(op.getMixedSizes());
  if (llvm::any_of(sizes, [](int64_t size) { return size < 0; })) {
    return op.emitOpError()
           << "expects sizes of at least 0, found [" << sizes << "]";
  }
  RankedTensorType type = op.getType();
  // Whoever reads these numbers before they are written should notice.
  double unset = type.getElementType().isIntOrIndex()
                     ? -1
                     : std::numeric_limits<double>::quiet_NaN();
  frame.set(op.getResult(),
            makeValue(TensorValue(type.getElementType(), inNumbers(type, sizes),
                                  unset)));
  return success();
}

static LogicalResult evaluateDim(Frame &frame, tensor::DimOp op) {
  auto type = cast<RankedTensorType>(op.getSource().getType());
  int64_t index = frame.integer(op.getIndex());
  if (index < 0 || index >= type.getRank()) {
    return op.emitOpError() << "expects a dimension within " << type.getRank()
                            << ", found " << index;
  }
  int64_t size = type.getDimSize(index);
  if (size == ShapedType::kDynamic) {
    size = frame.tensor(op.getSource()).dim(index);
    if (isBlocks(type) && index + 1 == type.getRank()) {
      size /= BlockType::kValues;
    }
  }
  frame.set(op.getResult(), size);
  return success();
}

static LogicalResult evaluateCast(Frame &frame, tensor::CastOp op) {
  const RuntimeValue &source = frame.get(op.getSource());
  std::string why;
  if (failed(fits(op.getType(), source, why))) {
    return op.emitOpError() << why;
  }
  frame.set(op.getResult(), RuntimeValue(source));
  return success();
}

namespace {
/// A rectangular part of a tensor, in numbers.
struct Slice {
  SmallVector<int64_t, 4> offsets, sizes, strides;

  LogicalResult verify(Operation *op, const TensorValue &tensor) const {
    for (size_t i = 0; i < sizes.size(); ++i) {
      int64_t last = offsets[i] + (sizes[i] - 1) * strides[i];
      if (sizes[i] < 0 || offsets[i] < 0 || strides[i] < 1 ||
          (sizes[i] > 0 && last >= tensor.dim(i))) {
        return op->emitOpError()
               << "expects a slice within [" << tensor.shape
               << "], found offsets [" << offsets << "], sizes [" << sizes
               << "] and strides [" << strides << "]";
      }
    }
    return success();
  }

  /// Calls `visit` with the position in the whole tensor of each number of the
  /// slice, in order.
  template <typename Visit>
  void forEach(ArrayRef<int64_t> shape, Visit visit) const {
    int64_t count = ShapedType::getNumElements(sizes);
    for (int64_t n = 0; n < count; ++n) {
      int64_t rest = n, position = 0, pitch = 1;
      for (size_t i = sizes.size(); i-- > 0;) {
        position += (offsets[i] + rest % sizes[i] * strides[i]) * pitch;
        rest /= sizes[i];
        pitch *= shape[i];
      }
      visit(position);
    }
  }
};
} // namespace

template <typename OpTy>
static FailureOr<Slice> sliceOf(Frame &frame, OpTy op, Type whole) {
  Slice slice{frame.integers(op.getMixedOffsets()),
              frame.integers(op.getMixedSizes()),
              frame.integers(op.getMixedStrides())};
  if (isBlocks(whole)) {
    if (slice.strides.back() != 1) {
      return op.emitOpError() << "expects blocks with stride 1";
    }
    slice.offsets.back() *= BlockType::kValues;
    slice.sizes.back() *= BlockType::kValues;
  }
  return slice;
}

static LogicalResult evaluateExtractSlice(Frame &frame,
                                          tensor::ExtractSliceOp op) {
  const TensorValue &source = frame.tensor(op.getSource());
  FailureOr<Slice> slice = sliceOf(frame, op, op.getSourceType());
  if (failed(slice) || failed(slice->verify(op, source))) {
    return failure();
  }
  llvm::SmallBitVector dropped = op.getDroppedDims();
  SmallVector<int64_t, 4> shape;
  for (size_t i = 0; i < slice->sizes.size(); ++i) {
    if (!dropped.test(i)) {
      shape.push_back(slice->sizes[i]);
    }
  }
  TensorValue result(source.element, shape);
  auto next = result.values.begin();
  slice->forEach(source.shape,
                 [&](int64_t position) { *next++ = source.values[position]; });
  frame.set(op.getResult(), makeValue(std::move(result)));
  return success();
}

static LogicalResult evaluateInsertSlice(Frame &frame,
                                         tensor::InsertSliceOp op) {
  const TensorValue &source = frame.tensor(op.getSource());
  TensorValue result = frame.tensor(op.getDest());
  FailureOr<Slice> slice = sliceOf(frame, op, op.getDestType());
  if (failed(slice) || failed(slice->verify(op, result))) {
    return failure();
  }
  if (source.size() != ShapedType::getNumElements(slice->sizes)) {
    return op.emitOpError() << "expects a source of [" << slice->sizes
                            << "] numbers, found [" << source.shape << "]";
  }
  auto next = source.values.begin();
  slice->forEach(result.shape,
                 [&](int64_t position) { result.values[position] = *next++; });
  frame.set(op.getResult(), makeValue(std::move(result)));
  return success();
}

/// The same numbers in another shape.
static LogicalResult setReshaped(Frame &frame, Operation *op,
                                 SmallVector<int64_t, 4> shape) {
  TensorValue result = frame.tensor(op->getOperand(0));
  if (ShapedType::getNumElements(shape) != result.size()) {
    return op->emitOpError() << "expects sizes for " << result.size()
                             << " numbers, found [" << shape << "]";
  }
  result.shape = std::move(shape);
  frame.set(op->getResult(0), makeValue(std::move(result)));
  return success();
}

static LogicalResult evaluateExpand(Frame &frame, tensor::ExpandShapeOp op) {
  return setReshaped(
      frame, op,
      inNumbers(op.getType(), frame.integers(op.getMixedOutputShape())));
}

static LogicalResult evaluateCollapse(Frame &frame,
                                      tensor::CollapseShapeOp op) {
  const TensorValue &source = frame.tensor(op.getSrc());
  SmallVector<int64_t, 4> shape;
  for (ReassociationIndicesRef group : op.getReassociationIndices()) {
    int64_t size = 1;
    for (int64_t i : group) {
      size *= source.dim(i);
    }
    shape.push_back(size);
  }
  return setReshaped(frame, op, std::move(shape));
}

static LogicalResult evaluateExtract(Frame &frame, tensor::ExtractOp op) {
  const TensorValue &source = frame.tensor(op.getTensor());
  int64_t position = 0;
  for (auto [i, index] : llvm::enumerate(op.getIndices())) {
    int64_t at = frame.integer(index);
    if (at < 0 || at >= source.dim(i)) {
      return op.emitOpError()
             << "expects indices within [" << source.shape << "], found " << at;
    }
    position = position * source.dim(i) + at;
  }
  frame.set(op.getResult(), toScalar(source.element, source.values[position]));
  return success();
}

static LogicalResult evaluateFromElements(Frame &frame,
                                          tensor::FromElementsOp op) {
  TensorValue result(op.getType().getElementType(), op.getType().getShape());
  for (auto [i, element] : llvm::enumerate(op.getElements())) {
    result.values[i] = fromScalar(frame.get(element));
  }
  frame.set(op.getResult(), makeValue(std::move(result)));
  return success();
}

static LogicalResult evaluateSplat(Frame &frame, tensor::SplatOp op) {
  SmallVector<int64_t, 4> sizes;
  unsigned next = 0;
  for (int64_t size : op.getType().getShape()) {
    sizes.push_back(size == ShapedType::kDynamic
                        ? frame.integer(op.getDynamicSizes()[next++])
                        : size);
  }
  frame.set(op.getResult(),
            makeValue(TensorValue(op.getType().getElementType(), sizes,
                                  fromScalar(frame.get(op.getInput())))));
  return success();
}

void reference::addTensorOps(OpTable &table) {
  table.add(evaluateEmpty);
  table.add(evaluateDim);
  table.add(evaluateCast);
  table.add(evaluateExtractSlice);
  table.add(evaluateInsertSlice);
  table.add(evaluateExpand);
  table.add(evaluateCollapse);
  table.add(evaluateExtract);
  table.add(evaluateFromElements);
  table.add(evaluateSplat);
}
