//===- ValueFiles.cpp - values from and to files and command lines --------===//

#include "dialects/Reference/ValueFiles.h"

#include "dialects/Reference/NpyFile.h"

#include "mlir/Support/DebugStringHelper.h"

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::reference;

static llvm::Error fail(const llvm::Twine &text) {
  return llvm::createStringError(text);
}

/// The file's numbers as numbers of the element type.
static llvm::Expected<std::vector<double>>
convert(StringRef path, const NpyArray &array, Type element) {
  if (element.isIntOrIndex() != array.isInteger() ||
      !(element.isIntOrIndex() || isa<FloatType>(element))) {
    return fail("expects numbers of " + debugString(element) + " in '" + path +
                "', found " + (array.isInteger() ? "integers" : "floats"));
  }
  std::vector<double> values = array.values;
  unsigned width = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  for (double &value : values) {
    if (element.isIntOrIndex() && width < 64 &&
        !llvm::isIntN(width, static_cast<int64_t>(value))) {
      return fail("expects numbers of " + debugString(element) + " in '" +
                  path + "', found " + llvm::Twine(int64_t(value)));
    }
    value = roundTo(element, value);
  }
  return values;
}

static llvm::Expected<RuntimeValue> readMemory(MemoryType type,
                                               StringRef text) {
  if (text == "empty") {
    return makeValue(makeMemory(type, 0, {}, {}));
  }
  auto [keyPath, valuePath] = text.split('+');
  if (valuePath.empty()) {
    return fail("expects KEYS.npy+VALUES.npy or 'empty' for " +
                debugString(type) + ", found '" + text + "'");
  }
  std::vector<double> numbers[2];
  int64_t size = 0;
  for (int i = 0; i < 2; ++i) {
    StringRef path = i == 0 ? keyPath : valuePath;
    llvm::Expected<NpyArray> array = readNpy(path);
    if (!array) {
      return array.takeError();
    }
    if (i == 0 && array->shape.size() == 3) {
      size = array->shape[1];
    }
    if (array->shape !=
        ArrayRef<int64_t>{type.getSlots(), size, type.getHeadDim()}) {
      return fail("expects " + llvm::Twine(type.getSlots()) + " x entries x " +
                  llvm::Twine(type.getHeadDim()) + " numbers in '" + path +
                  "', the same for keys and values, found [" +
                  llvm::join(llvm::map_range(
                                 array->shape,
                                 [](int64_t n) { return std::to_string(n); }),
                             ", ") +
                  "]");
    }
    auto converted = convert(path, *array, Float64Type::get(type.getContext()));
    if (!converted) {
      return converted.takeError();
    }
    numbers[i] = std::move(*converted);
  }
  return makeValue(makeMemory(type, size, numbers[0], numbers[1]));
}

llvm::Expected<RuntimeValue> reference::readValue(Type type, StringRef text) {
  if (auto memory = dyn_cast<MemoryType>(type)) {
    return readMemory(memory, text);
  }
  if (!text.ends_with(".npy")) {
    int64_t integer;
    double real;
    if (type.isIntOrIndex() && !text.getAsInteger(10, integer)) {
      return RuntimeValue(integer);
    }
    if (isa<FloatType>(type) && !text.getAsDouble(real)) {
      return RuntimeValue(roundTo(type, real));
    }
    return fail("expects a .npy file or a number for " + debugString(type) +
                ", found '" + text + "'");
  }
  llvm::Expected<NpyArray> array = readNpy(text);
  if (!array) {
    return array.takeError();
  }
  auto values = convert(text, *array, getElementTypeOrSelf(type));
  if (!values) {
    return values.takeError();
  }
  if (isa<RankedTensorType>(type)) {
    TensorValue tensor(getElementTypeOrSelf(type), array->shape);
    tensor.values = std::move(*values);
    return makeValue(std::move(tensor));
  }
  if (!array->shape.empty()) {
    return fail("expects one number in '" + text + "' for " +
                debugString(type) + ", found an array");
  }
  return toScalar(type, values->front());
}

/// The type of file that holds all numbers of `element`.
static NpyType fileType(Type element) {
  if (element.isIntOrIndex()) {
    bool narrow = !element.isIndex() && element.getIntOrFloatBitWidth() <= 32;
    return narrow ? NpyType::I4 : NpyType::I8;
  }
  return element.isF64() ? NpyType::F8 : NpyType::F4;
}

llvm::Error reference::writeValue(Type type, const RuntimeValue &value,
                                  StringRef text) {
  NpyArray array;
  if (const MemoryValue *memory = asMemory(value)) {
    auto [keyPath, valuePath] = text.split('+');
    if (valuePath.empty()) {
      return fail("expects KEYS.npy+VALUES.npy for " + debugString(type) +
                  ", found '" + text + "'");
    }
    array.type = NpyType::F4;
    array.shape = {memory->type.getSlots(), memory->size,
                   memory->type.getHeadDim()};
    array.values = memory->keys;
    if (llvm::Error error = writeNpy(keyPath, array)) {
      return error;
    }
    array.values = memory->values;
    return writeNpy(valuePath, array);
  }
  if (const TensorValue *tensor = asTensor(value)) {
    array.type = fileType(tensor->element);
    array.shape = tensor->shape;
    array.values = tensor->values;
  } else {
    array.type = fileType(type);
    array.values = {fromScalar(value)};
  }
  return writeNpy(text, array);
}
