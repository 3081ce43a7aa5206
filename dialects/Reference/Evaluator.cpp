//===- Evaluator.cpp - functions, calls and weights -----------------------===//

#include "dialects/Reference/Evaluator.h"

#include "dialects/Reference/Frame.h"
#include "passes/Support/WeightReader.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::reference;

const OpTable::Function *OpTable::lookup(Operation *op) const {
  auto found = functions.find(op->getName().getTypeID());
  return found == functions.end() ? nullptr : &found->second;
}

int64_t Frame::integer(OpFoldResult value) const {
  if (auto attribute = dyn_cast<Attribute>(value)) {
    return cast<IntegerAttr>(attribute).getInt();
  }
  return integer(cast<Value>(value));
}

SmallVector<int64_t, 4> Frame::integers(ArrayRef<OpFoldResult> folded) const {
  return llvm::map_to_vector<4>(
      folded, [&](OpFoldResult value) { return integer(value); });
}

FailureOr<SmallVector<RuntimeValue>> Frame::run(Block &block) {
  for (Operation &op : block.without_terminator()) {
    if (failed(evaluate(&op))) {
      return failure();
    }
  }
  return llvm::map_to_vector(block.getTerminator()->getOperands(),
                             [&](Value value) { return get(value); });
}

LogicalResult Frame::evaluate(Operation *op) {
  auto isBuffer = [](Type type) { return isa<BaseMemRefType>(type); };
  if (llvm::any_of(op->getOperandTypes(), isBuffer) ||
      llvm::any_of(op->getResultTypes(), isBuffer)) {
    return op->emitOpError() << "cannot be evaluated: expects tensors, found "
                                "buffers";
  }
  if (const OpTable::Function *function = services.table.lookup(op)) {
    return (*function)(*this, op);
  }
  if (isa<linalg::LinalgOp>(op)) {
    return evaluateLinalg(*this, op);
  }
  if (isa<arith::ArithDialect, math::MathDialect>(op->getDialect())) {
    return evaluateElementwise(*this, op);
  }
  return op->emitOpError() << "is not known to the reference evaluator";
}

LogicalResult reference::expectShape(Operation *op, StringRef what,
                                     const TensorValue &tensor,
                                     ArrayRef<int64_t> shape) {
  if (ArrayRef(tensor.shape) == shape) {
    return success();
  }
  return op->emitOpError() << "expects " << what << " of [" << shape
                           << "] numbers, found [" << tensor.shape << "]";
}

static LogicalResult evaluateCall(Frame &frame, func::CallOp op) {
  SmallVector<RuntimeValue> arguments = llvm::map_to_vector(
      op.getOperands(), [&](Value value) { return frame.get(value); });
  auto results = frame.services.call(op, op.getCallee(), arguments);
  if (failed(results)) {
    return failure();
  }
  for (auto [result, value] : llvm::zip_equal(op.getResults(), *results)) {
    frame.set(result, value);
  }
  return success();
}

static LogicalResult evaluateIf(Frame &frame, scf::IfOp op) {
  bool condition = frame.integer(op.getCondition()) != 0;
  if (!condition && op.getElseRegion().empty()) {
    return success();
  }
  auto values = frame.run(condition ? *op.thenBlock() : *op.elseBlock());
  if (failed(values)) {
    return failure();
  }
  for (auto [result, value] : llvm::zip_equal(op.getResults(), *values)) {
    frame.set(result, value);
  }
  return success();
}

static LogicalResult evaluateFor(Frame &frame, scf::ForOp op) {
  SmallVector<RuntimeValue> carried = llvm::map_to_vector(
      op.getInitArgs(), [&](Value value) { return frame.get(value); });
  int64_t step = frame.integer(op.getStep());
  if (step <= 0) {
    return op.emitOpError() << "expects a positive step, found " << step;
  }
  int64_t end = frame.integer(op.getUpperBound());
  for (int64_t i = frame.integer(op.getLowerBound()); i < end; i += step) {
    frame.set(op.getInductionVar(), i);
    for (auto [argument, value] :
         llvm::zip_equal(op.getRegionIterArgs(), carried)) {
      frame.set(argument, value);
    }
    auto values = frame.run(*op.getBody());
    if (failed(values)) {
      return failure();
    }
    carried = *values;
  }
  for (auto [result, value] : llvm::zip_equal(op.getResults(), carried)) {
    frame.set(result, value);
  }
  return success();
}

struct Evaluator::State {
  State(ModuleOp module, const EvaluatorOptions &options)
      : module(module), reader(options.weightDirectory) {}

  FailureOr<SmallVector<RuntimeValue>> call(Operation *at, StringRef name,
                                            ArrayRef<RuntimeValue> arguments);
  std::shared_ptr<const TensorValue> weight(Operation *at, StringRef name);

  ModuleOp module;
  WeightReader reader;
  llvm::StringMap<std::shared_ptr<const TensorValue>> weights;
  Services services;
  int depth = 0;
};

FailureOr<SmallVector<RuntimeValue>>
Evaluator::State::call(Operation *at, StringRef name,
                       ArrayRef<RuntimeValue> arguments) {
  constexpr int kMaxDepth = 64;
  auto function = module.lookupSymbol<func::FuncOp>(name);
  if (!function || function.isExternal()) {
    return at->emitError() << "expects a function '" << name
                           << "' with a body, found none";
  }
  if (depth >= kMaxDepth) {
    return at->emitError() << "expects at most " << kMaxDepth
                           << " calls within each other";
  }
  if (!llvm::hasSingleElement(function.getBody())) {
    return function.emitError() << "expects a single block";
  }
  if (arguments.size() != function.getNumArguments()) {
    return function.emitError() << "expects " << function.getNumArguments()
                                << " arguments, found " << arguments.size();
  }
  Frame frame(services);
  for (auto [index, argument] : llvm::enumerate(function.getArguments())) {
    std::string why;
    if (failed(fits(argument.getType(), arguments[index], why))) {
      return function.emitError() << "argument " << index << " " << why;
    }
    frame.set(argument, arguments[index]);
  }
  ++depth;
  auto results = frame.run(function.getBody().front());
  --depth;
  return results;
}

std::shared_ptr<const TensorValue> Evaluator::State::weight(Operation *at,
                                                            StringRef name) {
  std::shared_ptr<const TensorValue> &cached = weights[name];
  if (cached) {
    return cached;
  }
  auto op = module.lookupSymbol<WeightOp>(name);
  WeightShape shape = getWeightShape(op);
  RankedTensorType type = op.getLogicalTensorType();
  auto tensor =
      std::make_shared<TensorValue>(type.getElementType(), numberShape(type));
  std::vector<float> row(shape.cols);
  for (int64_t r = 0; r < shape.rows; ++r) {
    if (llvm::Error error = reader.readRows(op, r, r + 1, row.data())) {
      at->emitOpError() << "cannot be evaluated: "
                        << llvm::toString(std::move(error));
      return nullptr;
    }
    llvm::copy(row, tensor->values.begin() + r * shape.cols);
  }
  return cached = tensor;
}

Evaluator::Evaluator(ModuleOp module, EvaluatorOptions options)
    : state(std::make_unique<State>(module, options)) {
  OpTable &table = state->services.table;
  addAttentionOps(table);
  addMemoryOps(table);
  addProductOps(table);
  addTransformerOps(table);
  addTensorOps(table);
  table.add(evaluateCall);
  table.add(evaluateIf);
  table.add(evaluateFor);
  // Set with the loop point, before the body runs.
  table.add(+[](Frame &, linalg::IndexOp) { return success(); });
  state->services.weight = [this](Operation *op, StringRef name) {
    return state->weight(op, name);
  };
  state->services.call = [this](Operation *op, StringRef name,
                                ArrayRef<RuntimeValue> arguments) {
    return state->call(op, name, arguments);
  };
}

Evaluator::~Evaluator() = default;

FailureOr<SmallVector<RuntimeValue>>
Evaluator::call(StringRef function, ArrayRef<RuntimeValue> arguments) {
  return state->call(state->module, function, arguments);
}
