//===- NpyFile.h - numbers from and to NumPy's .npy files -------*- C++ -*-===//
//
// Arrays of f4, f8, i4 and i8, little-endian, in C order, any rank.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_DIALECTS_REFERENCE_NPYFILE_H
#define FOT_DIALECTS_REFERENCE_NPYFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <cstdint>
#include <vector>

namespace mlir::fot::reference {

enum class NpyType { F4, F8, I4, I8 };

struct NpyArray {
  NpyType type = NpyType::F8;
  llvm::SmallVector<int64_t, 4> shape; ///< empty: one number
  std::vector<double> values;          ///< row-major

  bool isInteger() const { return type == NpyType::I4 || type == NpyType::I8; }
};

/// Reads a file of version 1, 2 or 3. Errors are one sentence that names the
/// file: what was expected and what was found.
llvm::Expected<NpyArray> readNpy(llvm::StringRef path);

/// Writes a file of version 1; it appears complete or not at all.
llvm::Error writeNpy(llvm::StringRef path, const NpyArray &array);

} // namespace mlir::fot::reference

#endif
