//===- CheckCase.cpp - what a checked function is called with -------------===//

#include "tools/dev/fot-check/CheckCase.h"

#include "passes/Support/WeightReader.h"

#include "llvm/ADT/StringSwitch.h"

using namespace mlir;
using namespace mlir::fot;
using namespace mlir::fot::check_tool;
using namespace mlir::fot::reference;

int64_t CheckCase::maxSize() const {
  return sizes.empty() ? 1 : *llvm::max_element(sizes);
}
int64_t CheckCase::maxMemory() const {
  return memory.empty() ? 0 : *llvm::max_element(memory);
}

static LogicalResult readList(Attribute from, std::vector<int64_t> &to) {
  auto array = dyn_cast<ArrayAttr>(from);
  if (!array) {
    return failure();
  }
  for (Attribute element : array) {
    auto number = dyn_cast<IntegerAttr>(element);
    if (!number || number.getInt() < 0) {
      return failure();
    }
    to.push_back(number.getInt());
  }
  return success();
}

static LogicalResult readField(NamedAttribute field, CheckCase &to) {
  StringRef name = field.getName();
  Attribute value = field.getValue();
  auto *list = llvm::StringSwitch<std::vector<int64_t> *>(name)
                   .Case("sizes", &to.sizes)
                   .Case("scalars", &to.scalars)
                   .Case("memory", &to.memory)
                   .Case("muted", &to.muted)
                   .Default(nullptr);
  auto *number = llvm::StringSwitch<int64_t *>(name)
                     .Case("period", &to.period)
                     .Case("loud", &to.loud)
                     .Case("odd", &to.odd)
                     .Case("sealed", &to.sealed)
                     .Case("integers", &to.integers)
                     .Case("seed", &to.seed)
                     .Default(nullptr);
  if (list) {
    return readList(value, *list);
  }
  if (auto integer = dyn_cast<IntegerAttr>(value); number && integer) {
    *number = integer.getInt();
    return success(*number > 0);
  }
  auto *number64 = llvm::StringSwitch<double *>(name)
                       .Case("scale", &to.scale)
                       .Case("shift", &to.shift)
                       .Default(nullptr);
  if (auto real = dyn_cast<FloatAttr>(value); number64 && real) {
    *number64 = real.getValueAsDouble();
    return success();
  }
  if (auto text = dyn_cast<StringAttr>(value); text && name == "tolerance") {
    to.tolerance = text.str();
    return success();
  }
  return failure();
}

FailureOr<std::vector<CheckCase>>
check_tool::parseCases(func::FuncOp function) {
  std::vector<CheckCase> cases;
  Attribute attribute = function->getAttr("fot.check");
  SmallVector<Attribute> list = {attribute};
  if (auto array = dyn_cast<ArrayAttr>(attribute)) {
    list.assign(array.begin(), array.end());
  }
  for (Attribute element : list) {
    auto dictionary = dyn_cast<DictionaryAttr>(element);
    if (!dictionary) {
      return function.emitError()
             << "expects fot.check to be a dictionary or an array of them";
    }
    CheckCase checkCase;
    for (NamedAttribute field : dictionary) {
      if (failed(readField(field, checkCase))) {
        return function.emitError()
               << "expects fot.check of sizes, scalars, memory, period, "
                  "shift, loud, odd, muted, sealed, integers, scale, seed and "
                  "tolerance, found "
               << field.getName() << " = " << field.getValue();
      }
    }
    cases.push_back(std::move(checkCase));
  }
  return cases;
}

namespace {
/// Hands out a list of numbers, or its only number again and again.
class Supply {
public:
  explicit Supply(const std::vector<int64_t> &numbers, int64_t fallback = 0)
      : numbers(numbers), fallback(fallback) {}
  int64_t next() {
    if (numbers.empty()) {
      return fallback;
    }
    return numbers.size() == 1 ? numbers[0] : numbers[used++ % numbers.size()];
  }

private:
  const std::vector<int64_t> &numbers;
  int64_t fallback;
  size_t used = 0;
};
} // namespace

static TensorValue makeTensor(RankedTensorType type, Supply &sizes,
                              const CheckCase &checkCase, uint64_t seed) {
  SmallVector<int64_t> shape(type.getShape());
  for (int64_t &size : shape) {
    size = ShapedType::isDynamic(size) ? sizes.next() : size;
  }
  Type element = type.getElementType();
  TensorValue tensor(element,
                     numberShape(RankedTensorType::get(shape, element)));
  for (int64_t i = 0; i < tensor.size(); ++i) {
    double number = randomNormal(seed, i, 1);
    tensor.values[i] =
        element.isIntOrIndex()
            ? static_cast<double>(static_cast<int64_t>(std::abs(number) * 1e6) %
                                  checkCase.integers)
            : roundTo(element, number * checkCase.scale);
    if (isa<BlockType>(element)) {
      tensor.values[i] = static_cast<float>(number * checkCase.scale);
    }
  }
  if (isa<BlockType>(element)) {
    int64_t features = tensor.shape.back();
    for (int64_t i = 0; i < tensor.size(); i += features) {
      std::vector<double> row(tensor.values.begin() + i,
                              tensor.values.begin() + i + features);
      quantizeRow(row, tensor.values.data() + i);
    }
  }
  return tensor;
}

/// What now and then stands in place of a key.
static void makeOdd(MutableArrayRef<double> key, int64_t number) {
  double bad = number % 4 == 1   ? 1e-40
               : number % 4 == 2 ? 1e30
               : number % 4 == 3 ? std::nan("")
                                 : 0;
  std::fill(key.begin(), key.end(), number % 4 < 2 ? bad : 0.0);
  key[number % key.size()] = bad;
}

static MemoryValue makeRandomMemory(MemoryType type, int64_t entries,
                                    const CheckCase &checkCase, uint64_t seed) {
  int64_t headDim = type.getHeadDim();
  int64_t period = checkCase.period > 0 ? checkCase.period : entries;
  std::vector<double> keys, values;
  for (int64_t g = 0; g < type.getSlots(); ++g) {
    for (int64_t i = 0; i < entries; ++i) {
      double scale = checkCase.scale * (i < checkCase.loud ? 4 : 1);
      for (int64_t d = 0; d < headDim; ++d) {
        uint64_t index = (g * entries + i % period) * headDim + d;
        double shared =
            randomNormal(seed + 77, g * headDim + d, checkCase.shift);
        keys.push_back(shared + randomNormal(seed, 2 * index, scale));
        values.push_back(randomNormal(seed, 2 * index + 1, checkCase.scale));
      }
      if (checkCase.odd > 0 && i % checkCase.odd == checkCase.odd - 1) {
        makeOdd(MutableArrayRef(keys).take_back(headDim), i / checkCase.odd);
      }
    }
  }
  return makeMemory(type, entries, keys, values);
}

FailureOr<SmallVector<RuntimeValue>>
check_tool::makeArguments(func::FuncOp function, const CheckCase &checkCase) {
  SmallVector<RuntimeValue> arguments;
  Supply sizes(checkCase.sizes, 1), scalars(checkCase.scalars),
      memory(checkCase.memory);
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    uint64_t seed = checkCase.seed * 1000003 + i;
    if (auto tensorType = dyn_cast<RankedTensorType>(type)) {
      auto block = dyn_cast<BlockType>(tensorType.getElementType());
      bool plain = tensorType.getElementType().isIntOrFloat() ||
                   (block && block.getFormat() == Format::A8);
      if (plain) {
        arguments.push_back(
            makeValue(makeTensor(tensorType, sizes, checkCase, seed)));
        continue;
      }
    } else if (auto memoryType = dyn_cast<MemoryType>(type)) {
      arguments.push_back(makeValue(
          makeRandomMemory(memoryType, memory.next(), checkCase, seed)));
      continue;
    } else if (type.isIndex()) {
      arguments.push_back(scalars.next());
      continue;
    }
    return function.emitError()
           << "expects arguments that are index, memories, or tensors of "
              "numbers or a8 blocks, found "
           << type << "; weights come from fot.weight";
  }
  return arguments;
}
