//===- LinalgOps.cpp - any linalg op, by its maps and its body ------------===//

#include "dialects/Reference/Frame.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::reference;

/// The sizes of the loops: some operand has a dimension along each of them.
static FailureOr<SmallVector<int64_t, 4>>
loopSizes(linalg::LinalgOp op, ArrayRef<int64_t> operandSizes) {
  AffineMap map = op.getShapesToLoopsMap();
  if (!map) {
    return op.emitOpError() << "expects loops that operands have sizes for";
  }
  return map.compose(operandSizes);
}

/// Position of the element of `tensor` that `map` selects at a loop point, or a
/// negative number if it lies outside.
static int64_t positionAt(AffineMap map, ArrayRef<int64_t> point,
                          const TensorValue &tensor) {
  int64_t position = 0;
  for (auto [i, index] : llvm::enumerate(map.compose(point))) {
    if (index < 0 || index >= tensor.dim(i)) {
      return -1;
    }
    position = position * tensor.dim(i) + index;
  }
  return position;
}

/// Moves to the next point of the loops; false after the last.
static bool advance(SmallVectorImpl<int64_t> &point, ArrayRef<int64_t> sizes) {
  for (size_t i = sizes.size(); i-- > 0;) {
    if (++point[i] < sizes[i]) {
      return true;
    }
    point[i] = 0;
  }
  return false;
}

LogicalResult reference::evaluateLinalg(Frame &frame, Operation *operation) {
  auto op = cast<linalg::LinalgOp>(operation);
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  // Inputs as they are, outputs as copies to be updated; scalars have no sizes.
  SmallVector<TensorValue> tensors;
  SmallVector<int64_t> sizes;
  for (Value operand : op->getOperands()) {
    const RuntimeValue &value = frame.get(operand);
    if (const TensorValue *tensor = asTensor(value)) {
      tensors.push_back(*tensor);
    } else {
      tensors.push_back(TensorValue(operand.getType(), {}, fromScalar(value)));
    }
    llvm::append_range(sizes, tensors.back().shape);
  }
  FailureOr<SmallVector<int64_t, 4>> loops = loopSizes(op, sizes);
  if (failed(loops)) {
    return failure();
  }
  size_t numInputs = op.getNumDpsInputs();
  SmallVector<int64_t> point(loops->size(), 0), positions(tensors.size());
  bool more = !llvm::is_contained(*loops, 0);
  while (more) {
    for (size_t i = 0; i < tensors.size(); ++i) {
      positions[i] = positionAt(maps[i], point, tensors[i]);
      if (positions[i] < 0) {
        return op.emitOpError() << "expects operands of fitting sizes, found ["
                                << tensors[i].shape << "] for operand " << i;
      }
      frame.set(op.getBlock()->getArgument(i),
                toScalar(tensors[i].element, tensors[i].values[positions[i]]));
    }
    for (linalg::IndexOp index : op.getBlock()->getOps<linalg::IndexOp>()) {
      frame.set(index.getResult(), point[index.getDim()]);
    }
    auto yielded = frame.run(*op.getBlock());
    if (failed(yielded)) {
      return failure();
    }
    for (auto [i, value] : llvm::enumerate(*yielded)) {
      tensors[numInputs + i].values[positions[numInputs + i]] =
          fromScalar(value);
    }
    more = advance(point, *loops);
  }
  for (auto [i, result] : llvm::enumerate(op->getResults())) {
    frame.set(result, makeValue(std::move(tensors[numInputs + i])));
  }
  return success();
}
