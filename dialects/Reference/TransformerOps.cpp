//===- TransformerOps.cpp - the named parts of a LLaMA block --------------===//

#include "dialects/Reference/Frame.h"

#include <cmath>

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::reference;

double reference::silu(double x) { return x / (1 + std::exp(-x)); }

void reference::rotateRow(double *row, int64_t features, const double *tableRow,
                          int64_t headDim) {
  int64_t half = headDim / 2;
  for (double *head = row; head < row + features; head += headDim) {
    for (int64_t i = 0; i < half; ++i) {
      double cosine = tableRow[i], sine = tableRow[half + i];
      double low = head[i], high = head[half + i];
      head[i] = low * cosine - high * sine;
      head[half + i] = high * cosine + low * sine;
    }
  }
}

LogicalResult reference::setActivations(Frame &frame,
                                        DestinationStyleOpInterface op,
                                        const TensorValue &numbers) {
  const TensorValue &init = frame.tensor(op.getDpsInits()[0]);
  int64_t tokens = numbers.dim(0), features = numbers.dim(1);
  bool blocks = isa<BlockType>(init.element);
  int64_t padded = blocks ? llvm::alignTo(features, 32) : features;
  if (failed(expectShape(op, "init", init, {tokens, padded}))) {
    return failure();
  }
  TensorValue result(init.element, init.shape);
  for (int64_t t = 0; t < tokens; ++t) {
    ArrayRef<double> row(numbers.row(t), features);
    if (blocks) {
      quantizeRow(row, result.row(t));
    } else {
      llvm::copy(row, result.row(t));
    }
  }
  frame.set(op->getResult(0), makeValue(std::move(result)));
  return success();
}

static LogicalResult evaluateEmbedding(Frame &frame, EmbeddingOp op) {
  const TensorValue &tokens = frame.tensor(op.getTokens());
  const TensorValue &table = frame.tensor(op.getTable());
  TensorValue result = frame.tensor(op.getInits()[0]);
  int64_t features = result.dim(1);
  if (failed(expectShape(op, "init", result, {tokens.dim(0), features}))) {
    return failure();
  }
  if (table.dim(1) < features) {
    return op.emitOpError() << "expects a table of " << features
                            << " features, found " << table.dim(1);
  }
  for (int64_t t = 0; t < tokens.dim(0); ++t) {
    int64_t token = static_cast<int64_t>(tokens.values[t]);
    if (token < 0 || token >= table.dim(0)) {
      return op.emitOpError()
             << "expects tokens within " << table.dim(0) << ", found " << token;
    }
    std::copy_n(table.row(token), features, result.row(t));
  }
  frame.set(op.getResults()[0], makeValue(std::move(result)));
  return success();
}

static LogicalResult evaluateRmsNorm(Frame &frame, RmsNormOp op) {
  TensorValue result = frame.tensor(op.getInput());
  const TensorValue &gain = frame.tensor(op.getGain());
  int64_t features = result.dim(1);
  if (failed(expectShape(op, "gain", gain, {features}))) {
    return failure();
  }
  for (int64_t t = 0; t < result.dim(0); ++t) {
    double *row = result.row(t);
    double squares = 0;
    for (int64_t i = 0; i < features; ++i) {
      squares += row[i] * row[i];
    }
    double root = std::sqrt(squares / features + op.getEps().convertToDouble());
    for (int64_t i = 0; i < features; ++i) {
      row[i] = gain.values[i] * row[i] / root;
    }
  }
  return setActivations(frame, op, result);
}

static LogicalResult evaluateRope(Frame &frame, RopeOp op) {
  TensorValue result = frame.tensor(op.getInput());
  const TensorValue &table = frame.tensor(op.getTable());
  int64_t position = frame.integer(op.getPosition());
  int64_t tokens = result.dim(0);
  if (failed(expectShape(op, "init", frame.tensor(op.getInits()[0]),
                         result.shape))) {
    return failure();
  }
  if (position < 0 || position + tokens > table.dim(0)) {
    return op.emitOpError() << "expects positions within " << table.dim(0)
                            << ", found " << position << " + " << tokens;
  }
  for (int64_t t = 0; t < tokens; ++t) {
    rotateRow(result.row(t), result.dim(1), table.row(position + t),
              op.getHeadDim());
  }
  frame.set(op.getResults()[0], makeValue(std::move(result)));
  return success();
}

static LogicalResult evaluateSwiGLU(Frame &frame, SwiGLUOp op) {
  TensorValue result = frame.tensor(op.getGate());
  const TensorValue &up = frame.tensor(op.getUp());
  if (failed(expectShape(op, "up", up, result.shape))) {
    return failure();
  }
  for (int64_t i = 0; i < result.size(); ++i) {
    result.values[i] = silu(result.values[i]) * up.values[i];
  }
  return setActivations(frame, op, result);
}

static LogicalResult evaluateLastRows(Frame &frame, LastRowsOp op) {
  const TensorValue &input = frame.tensor(op.getInput());
  TensorValue result = frame.tensor(op.getInits()[0]);
  int64_t rows = result.dim(0), tokens = input.dim(0);
  if (rows > tokens) {
    return op.emitOpError()
           << "expects at most " << tokens << " rows, found " << rows;
  }
  if (failed(expectShape(op, "init", result, {rows, input.dim(1)}))) {
    return failure();
  }
  std::copy_n(input.row(tokens - rows), result.size(), result.row({}));
  frame.set(op.getResults()[0], makeValue(std::move(result)));
  return success();
}

void reference::addTransformerOps(OpTable &table) {
  table.add(evaluateEmbedding);
  table.add(evaluateRmsNorm);
  table.add(evaluateRope);
  table.add(evaluateSwiGLU);
  table.add(evaluateLastRows);
}
