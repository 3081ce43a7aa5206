//===- Values.cpp - what the reference evaluator computes with ------------===//

#include "dialects/Reference/Values.h"

#include "llvm/Support/Format.h"

#include <cmath>

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::reference;

TensorValue::TensorValue(Type element, ArrayRef<int64_t> sizes, double fill)
    : element(element), shape(sizes) {
  values.assign(ShapedType::getNumElements(sizes), fill);
}

int64_t TensorValue::rowOffset(ArrayRef<int64_t> leading) const {
  int64_t index = 0;
  for (size_t i = 0; i < leading.size(); ++i) {
    index = index * shape[i] + leading[i];
  }
  for (size_t i = leading.size(); i < shape.size(); ++i) {
    index *= shape[i];
  }
  return index;
}

const TensorValue *reference::asTensor(const RuntimeValue &value) {
  auto *tensor = std::get_if<std::shared_ptr<const TensorValue>>(&value);
  return tensor ? tensor->get() : nullptr;
}

const MemoryValue *reference::asMemory(const RuntimeValue &value) {
  auto *memory = std::get_if<std::shared_ptr<const MemoryValue>>(&value);
  return memory ? memory->get() : nullptr;
}

double reference::roundTo(Type type, double value) {
  auto floatType = dyn_cast<FloatType>(type);
  if (!floatType || type.isF64()) {
    return value;
  }
  bool inexact;
  APFloat rounded(value);
  rounded.convert(floatType.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                  &inexact);
  return rounded.convertToDouble();
}

RuntimeValue reference::toScalar(Type element, double number) {
  if (element.isIntOrIndex()) {
    return static_cast<int64_t>(number);
  }
  return number;
}

double reference::fromScalar(const RuntimeValue &scalar) {
  if (const int64_t *integer = std::get_if<int64_t>(&scalar)) {
    return static_cast<double>(*integer);
  }
  return std::get<double>(scalar);
}

SmallVector<int64_t, 4> reference::numberShape(ShapedType type) {
  SmallVector<int64_t, 4> shape(type.getShape());
  if (isa<BlockType>(type.getElementType()) && !shape.empty() &&
      shape.back() != ShapedType::kDynamic) {
    shape.back() *= BlockType::kValues;
  }
  return shape;
}

float reference::quantizeBytes(ArrayRef<double> row, int8_t *quants) {
  float largest = 0;
  for (double number : row) {
    largest = std::max(largest, std::fabs(static_cast<float>(number)));
  }
  float scale = largest / 127.0f;
  if (scale < std::numeric_limits<float>::min()) {
    scale = 0;
  }
  for (double number : row) {
    float steps = std::nearbyint(static_cast<float>(number) / scale);
    // NaN of a zero or infinite row.
    *quants++ = static_cast<int8_t>(
        std::isnan(steps) ? 0 : std::clamp(steps, -127.0f, 127.0f));
  }
  return scale;
}

void reference::roundRow(Type type, MutableArrayRef<double> row) {
  if (!type.isInteger(8)) {
    for (double &number : row) {
      number = roundTo(type, number);
    }
    return;
  }
  std::vector<int8_t> quants(row.size());
  double scale = quantizeBytes(row, quants.data());
  for (auto [number, quant] : llvm::zip_equal(row, quants)) {
    number = scale * quant;
  }
}

MemoryValue reference::makeMemory(MemoryType type, int64_t size,
                                  ArrayRef<double> keys,
                                  ArrayRef<double> values) {
  MemoryValue memory;
  memory.type = type;
  memory.size = size;
  memory.keys = keys;
  memory.values = values;
  for (int64_t i = 0; i < type.getSlots() * size; ++i) {
    int64_t from = i * type.getHeadDim(), count = type.getHeadDim();
    roundRow(type.getKeyType(),
             MutableArrayRef(memory.keys).slice(from, count));
    roundRow(type.getValueType(),
             MutableArrayRef(memory.values).slice(from, count));
  }
  return memory;
}

A8Block reference::quantizeBlock(ArrayRef<double> numbers) {
  float block[BlockType::kValues] = {};
  float largest = 0;
  for (auto [i, number] : llvm::enumerate(numbers)) {
    block[i] = static_cast<float>(number);
    largest = std::max(largest, std::fabs(block[i]));
  }
  A8Block result{{}, largest / 127.0f, 0};
  for (int i = 0; i < BlockType::kValues && result.scale != 0; ++i) {
    float steps = std::nearbyint(block[i] / result.scale);
    // NaN of an infinite block, and the overshoot of a denormal scale.
    result.quants[i] = static_cast<int8_t>(
        std::isnan(steps) ? 0 : std::clamp(steps, -127.0f, 127.0f));
    result.sum += result.quants[i];
  }
  return result;
}

void reference::quantizeRow(ArrayRef<double> row, double *dst) {
  while (!row.empty()) {
    ArrayRef<double> numbers = row.take_front(BlockType::kValues);
    A8Block block = quantizeBlock(numbers);
    for (int8_t quant : block.quants) {
      *dst++ = static_cast<double>(block.scale) * quant;
    }
    row = row.drop_front(numbers.size());
  }
}

static void printShape(raw_ostream &stream, ArrayRef<int64_t> shape) {
  stream << "[";
  llvm::interleaveComma(shape, stream);
  stream << "]";
}

LogicalResult reference::fits(Type type, const RuntimeValue &value,
                              std::string &why) {
  llvm::raw_string_ostream stream(why);
  if (auto tensorType = dyn_cast<RankedTensorType>(type)) {
    const TensorValue *tensor = asTensor(value);
    if (!tensor) {
      stream << "expects " << type << ", found no tensor";
      return failure();
    }
    if (isa<PanelType>(tensorType.getElementType())) {
      return success();
    }
    SmallVector<int64_t, 4> expected = numberShape(tensorType);
    bool same = expected.size() == tensor->shape.size();
    for (size_t i = 0; same && i < expected.size(); ++i) {
      same = expected[i] == ShapedType::kDynamic ||
             expected[i] == tensor->shape[i];
    }
    if (!same) {
      stream << "expects " << type << ", found a tensor of ";
      printShape(stream, tensor->shape);
      stream << " numbers";
    }
    return success(same);
  }
  if (auto memoryType = dyn_cast<MemoryType>(type)) {
    const MemoryValue *memory = asMemory(value);
    if (!memory || memory->type != memoryType) {
      stream << "expects a " << type;
      return failure();
    }
    return success();
  }
  bool ok = isa<FloatType>(type)
                ? std::holds_alternative<double>(value)
                : type.isIntOrIndex() && std::holds_alternative<int64_t>(value);
  if (!ok) {
    stream << "expects a value of type " << type;
  }
  return success(ok);
}

static void printNumber(raw_ostream &stream, double number) {
  stream << llvm::format("%.7g", number == 0 ? 0.0 : number);
}

/// Nested brackets around the numbers from `next` on.
static void printNested(raw_ostream &stream, ArrayRef<int64_t> shape,
                        const double *&next) {
  if (shape.empty()) {
    printNumber(stream, *next++);
    return;
  }
  stream << "[";
  for (int64_t i = 0; i < shape[0]; ++i) {
    stream << (i ? ", " : "");
    printNested(stream, shape.drop_front(), next);
  }
  stream << "]";
}

void reference::print(raw_ostream &stream, Type type,
                      const RuntimeValue &value) {
  if (const TensorValue *tensor = asTensor(value)) {
    const double *next = tensor->values.data();
    if (isa<BlockType, PanelType>(tensor->element)) {
      stream << type << " = ";
    } else {
      stream << RankedTensorType::get(tensor->shape, tensor->element) << " = ";
    }
    printNested(stream, tensor->shape, next);
  } else if (const MemoryValue *memory = asMemory(value)) {
    SmallVector<int64_t, 3> shape = {memory->type.getSlots(), memory->size,
                                     memory->type.getHeadDim()};
    const double *keys = memory->keys.data();
    const double *values = memory->values.data();
    stream << type << " = keys ";
    printNested(stream, shape, keys);
    stream << " values ";
    printNested(stream, shape, values);
  } else {
    stream << type << " = ";
    if (const int64_t *integer = std::get_if<int64_t>(&value)) {
      stream << *integer;
    } else {
      printNumber(stream, std::get<double>(value));
    }
  }
}
