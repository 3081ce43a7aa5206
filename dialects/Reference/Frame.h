//===- Frame.h - the values of one call, and the table of ops ---*- C++ -*-===//
//
// Internal to the reference evaluator. Each family of ops adds its evaluation
// functions to the table; they read operands from the frame and set results.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_DIALECTS_REFERENCE_FRAME_H
#define FOT_DIALECTS_REFERENCE_FRAME_H

#include "dialects/Reference/Values.h"

#include <functional>

namespace mlir::fot::reference {

class Frame;

/// How each kind of op is evaluated.
class OpTable {
public:
  using Function = std::function<LogicalResult(Frame &, Operation *)>;

  template <typename OpTy> void add(LogicalResult (*evaluate)(Frame &, OpTy)) {
    functions[TypeID::get<OpTy>()] = [evaluate](Frame &frame, Operation *op) {
      return evaluate(frame, cast<OpTy>(op));
    };
  }
  /// The function of `op`, or null.
  const Function *lookup(Operation *op) const;

private:
  DenseMap<TypeID, Function> functions;
};

void addAttentionOps(OpTable &table);
void addMemoryOps(OpTable &table);
void addProductOps(OpTable &table);
void addTransformerOps(OpTable &table);
void addTensorOps(OpTable &table);

/// What the frames of an evaluation share.
struct Services {
  OpTable table;
  /// The logical value of a weight; null after a diagnostic at `op`.
  std::function<std::shared_ptr<const TensorValue>(Operation *op, StringRef)>
      weight;
  /// Calls another function.
  std::function<FailureOr<SmallVector<RuntimeValue>>(
      Operation *op, StringRef function, ArrayRef<RuntimeValue> arguments)>
      call;
};

/// The values of one function call.
class Frame {
public:
  explicit Frame(Services &services) : services(services) {}

  Services &services;

  void set(Value value, RuntimeValue runtimeValue) {
    values[value] = std::move(runtimeValue);
  }
  const RuntimeValue &get(Value value) const {
    return values.find(value)->second;
  }
  const TensorValue &tensor(Value value) const { return *asTensor(get(value)); }
  const MemoryValue &memory(Value value) const { return *asMemory(get(value)); }
  int64_t integer(Value value) const { return std::get<int64_t>(get(value)); }
  /// A constant of the attribute, or the operand.
  int64_t integer(OpFoldResult value) const;
  SmallVector<int64_t, 4> integers(ArrayRef<OpFoldResult> values) const;

  /// Evaluates the ops of `block` up to its terminator, and returns the values
  /// that the terminator passes on.
  FailureOr<SmallVector<RuntimeValue>> run(Block &block);

private:
  LogicalResult evaluate(Operation *op);

  DenseMap<Value, RuntimeValue> values;
};

/// A diagnostic at `op` unless `tensor` has exactly these sizes, in numbers.
LogicalResult expectShape(Operation *op, StringRef what,
                          const TensorValue &tensor, ArrayRef<int64_t> shape);

/// Evaluates an arith or math op on scalars: the op's operand types stand for
/// their elements. Fails with a diagnostic at the op.
FailureOr<RuntimeValue> evaluateScalar(Operation *op,
                                       ArrayRef<RuntimeValue> operands);

/// Evaluates an elementwise arith or math op, on scalars or tensors.
LogicalResult evaluateElementwise(Frame &frame, Operation *op);

/// Evaluates any linalg op on tensors by its maps and its body.
LogicalResult evaluateLinalg(Frame &frame, Operation *op);

/// Rotates the heads of `row` by the table's row for `position`: half-split
/// pairs (i, i + D/2) of each head.
void rotateRow(double *row, int64_t features, const double *tableRow,
               int64_t headDim);

/// The cache with the rows of `input` written from `position` on, rounded to
/// its type; fails with a diagnostic at `op` if they do not fit.
FailureOr<TensorValue> appendRows(Operation *op, const TensorValue &input,
                                  TensorValue cache, int64_t position);

/// Sets the result of `op` to `numbers` [tokens, features], rounded to a8
/// blocks if the init has them.
LogicalResult setActivations(Frame &frame, DestinationStyleOpInterface op,
                             const TensorValue &numbers);

/// x / (1 + exp(-x)).
double silu(double x);

} // namespace mlir::fot::reference

#endif
