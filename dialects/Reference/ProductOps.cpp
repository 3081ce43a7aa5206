//===- ProductOps.cpp - weights and the products that read them -----------===//

#include "dialects/Reference/Frame.h"

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::reference;

static LogicalResult evaluateLoad(Frame &frame, LoadWeightOp op) {
  auto weight = frame.services.weight(op, op.getWeight());
  if (!weight) {
    return failure();
  }
  frame.set(op.getResult(), weight);
  return success();
}

/// input * weight^T, `features` output features. Either may have zeros after
/// the last input feature, to fill a block.
static FailureOr<TensorValue> multiply(Operation *op, const TensorValue &input,
                                       const TensorValue &weight,
                                       int64_t features) {
  int64_t depth = std::min(input.dim(1), weight.dim(1));
  int64_t padded = std::max(input.dim(1), weight.dim(1));
  bool blocks = isa<BlockType>(input.element) || isa<BlockType>(weight.element);
  if (padded != depth &&
      !(blocks && padded == static_cast<int64_t>(llvm::alignTo(depth, 32)))) {
    return op->emitOpError() << "expects a weight for " << input.dim(1)
                             << " input features, found " << weight.dim(1);
  }
  if (weight.dim(0) != features) {
    return op->emitOpError() << "expects a weight of " << features
                             << " rows, found " << weight.dim(0);
  }
  TensorValue result(Float32Type::get(op->getContext()),
                     {input.dim(0), features});
  for (int64_t t = 0; t < input.dim(0); ++t) {
    for (int64_t n = 0; n < features; ++n) {
      double sum = 0;
      for (int64_t k = 0; k < depth; ++k) {
        sum += input.row(t)[k] * weight.row(n)[k];
      }
      result.row(t)[n] = sum;
    }
  }
  return result;
}

/// Rotates row t by the angles of `position + t`.
static LogicalResult rotateRows(Operation *op, TensorValue &rows,
                                const TensorValue &table, int64_t position,
                                int64_t headDim) {
  int64_t tokens = rows.dim(0);
  if (position < 0 || position + tokens > table.dim(0)) {
    return op->emitOpError() << "expects positions within " << table.dim(0)
                             << ", found " << position << " + " << tokens;
  }
  for (int64_t t = 0; t < tokens; ++t) {
    rotateRow(rows.row(t), rows.dim(1), table.row(position + t), headDim);
  }
  return success();
}

static LogicalResult evaluateMatmul(Frame &frame, MatmulOp op) {
  const TensorValue &init = frame.tensor(op.getInits()[0]);
  FailureOr<TensorValue> product =
      multiply(op, frame.tensor(op.getInput()), frame.tensor(op.getWeight()),
               init.dim(1));
  if (failed(product) ||
      failed(expectShape(op, "init", init, product->shape))) {
    return failure();
  }
  if (op.getTable() &&
      failed(rotateRows(op, *product, frame.tensor(op.getTable()),
                        frame.integer(op.getPosition()), *op.getHeadDim()))) {
    return failure();
  }
  if (op.getResidual()) {
    const TensorValue &residual = frame.tensor(op.getResidual());
    if (failed(expectShape(op, "residual", residual, product->shape))) {
      return failure();
    }
    for (int64_t i = 0; i < product->size(); ++i) {
      product->values[i] += residual.values[i];
    }
  }
  frame.set(op.getResults()[0], makeValue(std::move(*product)));
  return success();
}

static LogicalResult evaluateWindowMatmul(Frame &frame, WindowMatmulOp op) {
  const TensorValue &init = frame.tensor(op.getRows());
  int64_t position = frame.integer(op.getPosition());
  FailureOr<TensorValue> rows =
      multiply(op, frame.tensor(op.getInput()), frame.tensor(op.getWeight()),
               init.dim(1));
  if (failed(rows) || failed(expectShape(op, "rows", init, rows->shape))) {
    return failure();
  }
  TensorValue rotated = *rows;
  if (op.getTable() &&
      failed(rotateRows(op, rotated, frame.tensor(op.getTable()), position,
                        frame.tensor(op.getCaches()[0]).dim(2)))) {
    return failure();
  }
  for (auto [i, cache] : llvm::enumerate(op.getCaches())) {
    FailureOr<TensorValue> filled =
        appendRows(op, i == 0 ? rotated : *rows, frame.tensor(cache), position);
    if (failed(filled)) {
      return failure();
    }
    frame.set(op.getResults()[1 + i], makeValue(std::move(*filled)));
  }
  frame.set(op.getResults()[0], makeValue(std::move(*rows)));
  return success();
}

static LogicalResult evaluateGatedMatmul(Frame &frame, GatedMatmulOp op) {
  const TensorValue &input = frame.tensor(op.getInput());
  int64_t features = op.getFeatures();
  FailureOr<TensorValue> gate =
      multiply(op, input, frame.tensor(op.getGate()), features);
  FailureOr<TensorValue> up =
      multiply(op, input, frame.tensor(op.getUp()), features);
  if (failed(gate) || failed(up)) {
    return failure();
  }
  for (int64_t i = 0; i < gate->size(); ++i) {
    gate->values[i] = silu(gate->values[i]) * up->values[i];
  }
  return setActivations(frame, op, *gate);
}

static LogicalResult evaluateQuantize(Frame &frame, QuantizeOp op) {
  return setActivations(frame, op, frame.tensor(op.getInput()));
}

void reference::addProductOps(OpTable &table) {
  table.add(evaluateLoad);
  table.add(evaluateMatmul);
  table.add(evaluateWindowMatmul);
  table.add(evaluateGatedMatmul);
  table.add(evaluateQuantize);
}
