// The GGUF container, versions 2 and 3, little-endian: typed metadata and a
// table of tensors. Nothing here knows about models; see GgufCheckpoint.cpp.
#ifndef FOT_PASSES_IMPORT_CHECKPOINT_GGUF_H
#define FOT_PASSES_IMPORT_CHECKPOINT_GGUF_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mlir::fot {

/// GGUF's numbering of metadata types.
enum class GgufValueType : uint32_t {
  U8 = 0,
  I8 = 1,
  U16 = 2,
  I16 = 3,
  U32 = 4,
  I32 = 5,
  F32 = 6,
  Bool = 7,
  String = 8,
  Array = 9,
  U64 = 10,
  I64 = 11,
  F64 = 12,
};

/// One entry of the tensor table; in bounds of the file, if its type is one
/// whose size is known.
struct GgufTensor {
  std::string name;
  uint32_t ggmlType = 0;
  llvm::SmallVector<int64_t, 4> shape; ///< slowest first: [out, in]
  uint64_t offset = 0;                 ///< from the start of the file
  uint64_t bytes = 0; ///< 0 if the type is not one that we read
};

/// A mapped, completely checked GGUF file. The getters return nothing when the
/// key is absent or its value has another type; integers of any width and
/// signedness convert when the value fits. Strings borrow from the file.
class GgufFile {
public:
  static llvm::Expected<std::unique_ptr<GgufFile>> open(llvm::StringRef path);
  /// The same, over bytes already in memory; `buffer`'s identifier names it.
  static llvm::Expected<std::unique_ptr<GgufFile>>
  parse(std::unique_ptr<llvm::MemoryBuffer> buffer);

  llvm::StringRef path() const { return buffer->getBufferIdentifier(); }
  uint32_t version() const { return formatVersion; }

  bool has(llvm::StringRef key) const { return values.contains(key); }
  std::optional<llvm::StringRef> getString(llvm::StringRef key) const;
  std::optional<bool> getBool(llvm::StringRef key) const;
  std::optional<uint32_t> getU32(llvm::StringRef key) const;
  std::optional<int64_t> getInteger(llvm::StringRef key) const;
  /// Floats, and integers converted to double.
  std::optional<double> getDouble(llvm::StringRef key) const;
  std::optional<std::vector<llvm::StringRef>>
  getArrayOfStrings(llvm::StringRef key) const;
  std::optional<std::vector<int64_t>>
  getArrayOfIntegers(llvm::StringRef key) const;
  std::optional<std::vector<float>> getArrayOfFloats(llvm::StringRef key) const;
  /// Number of elements of an array of any type.
  std::optional<uint64_t> arraySize(llvm::StringRef key) const;
  /// All keys, in the order of the file.
  llvm::ArrayRef<std::string> keys() const { return keyOrder; }

  llvm::ArrayRef<GgufTensor> tensors() const { return table; }
  llvm::ArrayRef<uint8_t> data(const GgufTensor &tensor) const;

private:
  friend class GgufParser;
  /// A value's place: scalars and strings at `offset`; of an array the first
  /// element is at `offset`, and there are `count`.
  struct Value {
    GgufValueType type = GgufValueType::U8;
    GgufValueType element = GgufValueType::U8;
    uint64_t offset = 0;
    uint64_t count = 0;
  };
  const Value *find(llvm::StringRef key) const;
  std::optional<int64_t> integerAt(GgufValueType type, uint64_t offset) const;
  std::optional<double> doubleAt(GgufValueType type, uint64_t offset) const;

  std::unique_ptr<llvm::MemoryBuffer> buffer;
  uint32_t formatVersion = 0;
  llvm::StringMap<Value> values;
  std::vector<std::string> keyOrder;
  std::vector<GgufTensor> table;
};

} // namespace mlir::fot

#endif
