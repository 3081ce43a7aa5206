//===- ScalarOps.cpp - arith and math, on numbers and elementwise ---------===//

#include "dialects/Reference/Frame.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "llvm/ADT/TypeSwitch.h"

#include <cmath>

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::reference;

static unsigned widthOf(Type type) {
  return type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
}

/// The value that `type` keeps of a 64-bit result: booleans are 0 or 1, other
/// integers are signed.
static int64_t wrap(Type type, int64_t value) {
  unsigned width = widthOf(type);
  return width == 1 ? value & 1 : llvm::SignExtend64(value, width);
}

/// The bits of an integer, as an unsigned number.
static uint64_t bitsOf(Type type, int64_t value) {
  return static_cast<uint64_t>(value) &
         llvm::maskTrailingOnes<uint64_t>(widthOf(type));
}

static bool compare(arith::CmpIPredicate predicate, Type type, int64_t a,
                    int64_t b) {
  unsigned width = widthOf(type);
  return arith::applyCmpPredicate(predicate, APInt(width, bitsOf(type, a)),
                                  APInt(width, bitsOf(type, b)));
}

/// Signed division that wraps where the hardware's would trap.
static int64_t quotient(int64_t a, int64_t b) {
  return b == -1 ? static_cast<int64_t>(-static_cast<uint64_t>(a)) : a / b;
}
static int64_t remainder(int64_t a, int64_t b) { return b == -1 ? 0 : a % b; }

/// The result of an integer op, or nothing if it is not one of those known.
static std::optional<int64_t> integerOp(Operation *op, Type type, int64_t a,
                                        int64_t b) {
  uint64_t ua = bitsOf(type, a), ub = bitsOf(type, b);
  return llvm::TypeSwitch<Operation *, std::optional<int64_t>>(op)
      .Case([&](arith::AddIOp) { return static_cast<int64_t>(ua + ub); })
      .Case([&](arith::SubIOp) { return static_cast<int64_t>(ua - ub); })
      .Case([&](arith::MulIOp) { return static_cast<int64_t>(ua * ub); })
      .Case([&](arith::DivSIOp) { return quotient(a, b); })
      .Case([&](arith::RemSIOp) { return remainder(a, b); })
      .Case([&](arith::CeilDivSIOp) {
        bool up = remainder(a, b) != 0 && (a < 0) == (b < 0);
        return quotient(a, b) + up;
      })
      .Case([&](arith::FloorDivSIOp) {
        bool down = remainder(a, b) != 0 && (a < 0) != (b < 0);
        return quotient(a, b) - down;
      })
      .Case([&](arith::DivUIOp) { return static_cast<int64_t>(ua / ub); })
      .Case([&](arith::RemUIOp) { return static_cast<int64_t>(ua % ub); })
      .Case([&](arith::CeilDivUIOp) {
        return static_cast<int64_t>(ua / ub + (ua % ub != 0));
      })
      .Case([&](arith::MinSIOp) { return std::min(a, b); })
      .Case([&](arith::MaxSIOp) { return std::max(a, b); })
      .Case([&](arith::MinUIOp) { return ua < ub ? a : b; })
      .Case([&](arith::MaxUIOp) { return ua < ub ? b : a; })
      .Case([&](arith::AndIOp) { return a & b; })
      .Case([&](arith::OrIOp) { return a | b; })
      .Case([&](arith::XOrIOp) { return a ^ b; })
      .Default([](Operation *) { return std::nullopt; });
}

static std::optional<double> floatOp(Operation *op, double a, double b) {
  return llvm::TypeSwitch<Operation *, std::optional<double>>(op)
      .Case([&](arith::AddFOp) { return a + b; })
      .Case([&](arith::SubFOp) { return a - b; })
      .Case([&](arith::MulFOp) { return a * b; })
      .Case([&](arith::DivFOp) { return a / b; })
      .Case<arith::MaximumFOp, arith::MaxNumFOp>(
          [&](auto) { return std::max(a, b); })
      .Case<arith::MinimumFOp, arith::MinNumFOp>(
          [&](auto) { return std::min(a, b); })
      .Case([&](arith::NegFOp) { return -a; })
      .Case([&](arith::ExtFOp) { return a; })
      .Case([&](math::ExpOp) { return std::exp(a); })
      .Case([&](math::SqrtOp) { return std::sqrt(a); })
      .Case([&](math::RsqrtOp) { return 1 / std::sqrt(a); })
      .Case([&](math::SinOp) { return std::sin(a); })
      .Case([&](math::CosOp) { return std::cos(a); })
      .Case([&](math::AbsFOp) { return std::fabs(a); })
      .Default([](Operation *) { return std::nullopt; });
}

FailureOr<RuntimeValue>
reference::evaluateScalar(Operation *op, ArrayRef<RuntimeValue> operands) {
  Type result = getElementTypeOrSelf(op->getResult(0));
  if (isa<arith::SelectOp>(op)) {
    return operands[std::get<int64_t>(operands[0]) != 0 ? 1 : 2];
  }
  Type type = getElementTypeOrSelf(op->getOperand(0));
  if (type.isIntOrIndex()) {
    int64_t a = std::get<int64_t>(operands[0]);
    int64_t b = operands.size() > 1 ? std::get<int64_t>(operands[1]) : 1;
    if (isa<arith::IndexCastOp, arith::ExtSIOp, arith::TruncIOp>(op)) {
      // Booleans are kept as 0 and 1 but extend as 0 and -1.
      int64_t wide = widthOf(type) == 1 && !isa<arith::TruncIOp>(op) ? -a : a;
      return RuntimeValue(wrap(result, wide));
    }
    if (isa<arith::IndexCastUIOp, arith::ExtUIOp>(op)) {
      return RuntimeValue(wrap(result, bitsOf(type, a)));
    }
    if (isa<arith::SIToFPOp>(op)) {
      return RuntimeValue(static_cast<double>(a));
    }
    if (isa<arith::UIToFPOp>(op)) {
      return RuntimeValue(static_cast<double>(bitsOf(type, a)));
    }
    if (auto cmp = dyn_cast<arith::CmpIOp>(op)) {
      return RuntimeValue(
          static_cast<int64_t>(compare(cmp.getPredicate(), type, a, b)));
    }
    bool divides = isa<arith::DivSIOp, arith::RemSIOp, arith::CeilDivSIOp,
                       arith::FloorDivSIOp, arith::DivUIOp, arith::RemUIOp,
                       arith::CeilDivUIOp>(op);
    if (divides && b == 0) {
      return op->emitOpError() << "expects a divisor other than 0";
    }
    if (std::optional<int64_t> value = integerOp(op, type, a, b)) {
      return RuntimeValue(wrap(result, *value));
    }
  } else if (isa<FloatType>(type)) {
    double a = std::get<double>(operands[0]);
    if (isa<arith::TruncFOp>(op)) {
      return RuntimeValue(roundTo(result, a));
    }
    if (isa<arith::FPToSIOp>(op)) {
      if (!(std::fabs(a) < 0x1p63)) {
        return op->emitOpError() << "expects a number within i64, found " << a;
      }
      return RuntimeValue(static_cast<int64_t>(a));
    }
    double b = operands.size() > 1 ? std::get<double>(operands[1]) : 0;
    if (auto cmp = dyn_cast<arith::CmpFOp>(op)) {
      return RuntimeValue(static_cast<int64_t>(arith::applyCmpPredicate(
          cmp.getPredicate(), APFloat(a), APFloat(b))));
    }
    if (std::optional<double> value = floatOp(op, a, b)) {
      return RuntimeValue(*value);
    }
  }
  return op->emitOpError() << "is not known to the reference evaluator";
}

static LogicalResult evaluateConstant(Frame &frame, arith::ConstantOp op) {
  auto number = [](Attribute attribute) -> RuntimeValue {
    if (auto real = dyn_cast<FloatAttr>(attribute)) {
      return real.getValueAsDouble();
    }
    auto integer = cast<IntegerAttr>(attribute);
    return wrap(integer.getType(), integer.getValue().getSExtValue());
  };
  if (isa<FloatAttr, IntegerAttr>(op.getValue())) {
    frame.set(op.getResult(), number(op.getValue()));
    return success();
  }
  auto dense = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!dense || !isa<RankedTensorType>(op.getType()) ||
      !dense.getElementType().isIntOrIndexOrFloat()) {
    return op.emitOpError() << "expects a number or a dense tensor";
  }
  TensorValue result(dense.getElementType(), dense.getType().getShape());
  for (auto [i, element] : llvm::enumerate(dense.getValues<Attribute>())) {
    result.values[i] = fromScalar(number(element));
  }
  frame.set(op.getResult(), makeValue(std::move(result)));
  return success();
}

LogicalResult reference::evaluateElementwise(Frame &frame, Operation *op) {
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    return evaluateConstant(frame, constant);
  }
  auto isWide = [](Type type) {
    Type element = getElementTypeOrSelf(type);
    return element.isIntOrFloat() && element.getIntOrFloatBitWidth() > 64;
  };
  if (op->getNumResults() != 1 || op->getNumOperands() == 0 ||
      llvm::any_of(op->getOperandTypes(), isWide) ||
      isWide(op->getResult(0).getType())) {
    return op->emitOpError() << "is not known to the reference evaluator";
  }
  SmallVector<RuntimeValue> operands = llvm::map_to_vector(
      op->getOperands(), [&](Value value) { return frame.get(value); });
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type) {
    FailureOr<RuntimeValue> result = evaluateScalar(op, operands);
    if (failed(result)) {
      return failure();
    }
    frame.set(op->getResult(0), *result);
    return success();
  }
  const TensorValue *first = asTensor(operands.back());
  TensorValue result(type.getElementType(), first->shape);
  for (const RuntimeValue &operand : operands) {
    if (const TensorValue *tensor = asTensor(operand)) {
      if (failed(expectShape(op, "operands", *tensor, first->shape))) {
        return failure();
      }
    }
  }
  SmallVector<RuntimeValue> elements(operands);
  for (int64_t i = 0; i < result.size(); ++i) {
    for (size_t n = 0; n < operands.size(); ++n) {
      if (const TensorValue *tensor = asTensor(operands[n])) {
        elements[n] = toScalar(tensor->element, tensor->values[i]);
      }
    }
    FailureOr<RuntimeValue> value = evaluateScalar(op, elements);
    if (failed(value)) {
      return failure();
    }
    result.values[i] = fromScalar(*value);
  }
  frame.set(op->getResult(0), makeValue(std::move(result)));
  return success();
}
