// Typed access to the metadata of a parsed GGUF file. Bounds were checked when
// it was parsed.
#include "passes/Import/Checkpoint/Gguf.h"

#include "llvm/ADT/bit.h"
#include "llvm/Support/Endian.h"

#include <limits>

namespace mlir::fot {

namespace endian = llvm::support::endian;

const GgufFile::Value *GgufFile::find(llvm::StringRef key) const {
  auto it = values.find(key);
  return it == values.end() ? nullptr : &it->second;
}

std::optional<int64_t> GgufFile::integerAt(GgufValueType type,
                                           uint64_t offset) const {
  const char *at = buffer->getBufferStart() + offset;
  switch (type) {
  case GgufValueType::U8:
    return static_cast<uint8_t>(*at);
  case GgufValueType::I8:
    return static_cast<int8_t>(*at);
  case GgufValueType::U16:
    return endian::read16le(at);
  case GgufValueType::I16:
    return static_cast<int16_t>(endian::read16le(at));
  case GgufValueType::U32:
    return endian::read32le(at);
  case GgufValueType::I32:
    return static_cast<int32_t>(endian::read32le(at));
  case GgufValueType::I64:
    return static_cast<int64_t>(endian::read64le(at));
  case GgufValueType::U64: {
    uint64_t value = endian::read64le(at);
    if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return std::nullopt;
    }
    return static_cast<int64_t>(value);
  }
  default:
    return std::nullopt;
  }
}

std::optional<double> GgufFile::doubleAt(GgufValueType type,
                                         uint64_t offset) const {
  const char *at = buffer->getBufferStart() + offset;
  if (type == GgufValueType::F32) {
    return llvm::bit_cast<float>(endian::read32le(at));
  }
  if (type == GgufValueType::F64) {
    return llvm::bit_cast<double>(endian::read64le(at));
  }
  if (std::optional<int64_t> integer = integerAt(type, offset)) {
    return static_cast<double>(*integer);
  }
  return std::nullopt;
}

std::optional<llvm::StringRef> GgufFile::getString(llvm::StringRef key) const {
  const Value *value = find(key);
  if (!value || value->type != GgufValueType::String) {
    return std::nullopt;
  }
  const char *at = buffer->getBufferStart() + value->offset;
  return llvm::StringRef(at + 8, endian::read64le(at));
}

std::optional<bool> GgufFile::getBool(llvm::StringRef key) const {
  const Value *value = find(key);
  if (!value || value->type != GgufValueType::Bool) {
    return std::nullopt;
  }
  return buffer->getBufferStart()[value->offset] != 0;
}

std::optional<int64_t> GgufFile::getInteger(llvm::StringRef key) const {
  const Value *value = find(key);
  return value ? integerAt(value->type, value->offset) : std::nullopt;
}

std::optional<uint32_t> GgufFile::getU32(llvm::StringRef key) const {
  std::optional<int64_t> value = getInteger(key);
  if (!value || *value < 0 || *value > std::numeric_limits<uint32_t>::max()) {
    return std::nullopt;
  }
  return static_cast<uint32_t>(*value);
}

std::optional<double> GgufFile::getDouble(llvm::StringRef key) const {
  const Value *value = find(key);
  return value ? doubleAt(value->type, value->offset) : std::nullopt;
}

std::optional<uint64_t> GgufFile::arraySize(llvm::StringRef key) const {
  const Value *value = find(key);
  if (!value || value->type != GgufValueType::Array) {
    return std::nullopt;
  }
  return value->count;
}

std::optional<std::vector<llvm::StringRef>>
GgufFile::getArrayOfStrings(llvm::StringRef key) const {
  const Value *value = find(key);
  if (!value || value->type != GgufValueType::Array ||
      value->element != GgufValueType::String) {
    return std::nullopt;
  }
  std::vector<llvm::StringRef> strings;
  strings.reserve(value->count);
  const char *at = buffer->getBufferStart() + value->offset;
  for (uint64_t i = 0; i < value->count; ++i) {
    strings.emplace_back(at + 8, endian::read64le(at));
    at += 8 + strings.back().size();
  }
  return strings;
}

/// Bytes of one element of an array of numbers; 0 for anything else.
static uint64_t numberBytes(GgufValueType type) {
  switch (type) {
  case GgufValueType::U8:
  case GgufValueType::I8:
    return 1;
  case GgufValueType::U16:
  case GgufValueType::I16:
    return 2;
  case GgufValueType::U32:
  case GgufValueType::I32:
  case GgufValueType::F32:
    return 4;
  case GgufValueType::U64:
  case GgufValueType::I64:
  case GgufValueType::F64:
    return 8;
  default:
    return 0;
  }
}

std::optional<std::vector<int64_t>>
GgufFile::getArrayOfIntegers(llvm::StringRef key) const {
  const Value *value = find(key);
  if (!value || value->type != GgufValueType::Array) {
    return std::nullopt;
  }
  uint64_t each = numberBytes(value->element);
  if (!each) {
    return std::nullopt;
  }
  std::vector<int64_t> numbers;
  numbers.reserve(value->count);
  for (uint64_t i = 0; i < value->count; ++i) {
    auto number = integerAt(value->element, value->offset + i * each);
    if (!number) {
      return std::nullopt;
    }
    numbers.push_back(*number);
  }
  return numbers;
}

std::optional<std::vector<float>>
GgufFile::getArrayOfFloats(llvm::StringRef key) const {
  const Value *value = find(key);
  if (!value || value->type != GgufValueType::Array) {
    return std::nullopt;
  }
  uint64_t each = numberBytes(value->element);
  if (!each) {
    return std::nullopt;
  }
  std::vector<float> numbers;
  numbers.reserve(value->count);
  for (uint64_t i = 0; i < value->count; ++i) {
    auto number = doubleAt(value->element, value->offset + i * each);
    if (!number) {
      return std::nullopt;
    }
    numbers.push_back(static_cast<float>(*number));
  }
  return numbers;
}

} // namespace mlir::fot
