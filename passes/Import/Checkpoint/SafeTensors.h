// One safetensors file: a JSON table of named tensors over a block of bytes.
#ifndef FOT_PASSES_IMPORT_CHECKPOINT_SAFETENSORS_H
#define FOT_PASSES_IMPORT_CHECKPOINT_SAFETENSORS_H

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cstdint>
#include <memory>
#include <string>

namespace mlir::fot {

/// One entry of the table; its bytes are in bounds and overlap no other's.
struct SafeTensor {
  std::string dtype; ///< as written: "F32", "I64", ...
  llvm::SmallVector<int64_t, 2> shape;
  uint64_t offset = 0; ///< from the start of the file
  uint64_t bytes = 0;
};

/// A mapped, completely checked file.
class SafeTensorsFile {
public:
  static llvm::Expected<std::unique_ptr<SafeTensorsFile>>
  open(llvm::StringRef path);
  /// The same, over bytes already in memory; `buffer`'s identifier names it.
  static llvm::Expected<std::unique_ptr<SafeTensorsFile>>
  parse(std::unique_ptr<llvm::MemoryBuffer> buffer);

  llvm::StringRef path() const { return buffer->getBufferIdentifier(); }
  const llvm::StringMap<SafeTensor> &tensors() const { return table; }
  /// The entry of this name, or null.
  const SafeTensor *find(llvm::StringRef name) const;
  llvm::ArrayRef<uint8_t> data(const SafeTensor &tensor) const;

private:
  std::unique_ptr<llvm::MemoryBuffer> buffer;
  llvm::StringMap<SafeTensor> table;
};

} // namespace mlir::fot

#endif
