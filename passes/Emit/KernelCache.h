//===- KernelCache.h - objects of kernels compiled before -------*- C++ -*-===//
//
// Kernels depend on shapes, types and strategies, not on weights, so a model
// compiled again, or another of the same family, has mostly kernels that were
// compiled before. Their objects are kept in a folder under what they are made
// of: the hash of their LLVM IR before optimisation and of the CPU level. GPU
// kernels are kept so too, as PTX and as what ptxas makes of it, and the code
// of whole CPU levels (FinishedLevels.h).
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_EMIT_KERNELCACHE_H
#define FOT_PASSES_EMIT_KERNELCACHE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>
#include <string>

namespace mlir::fot {

class KernelCache {
public:
  /// A cache that keeps nothing.
  KernelCache() = default;
  /// Keeps objects in `folder`, which is made when the first comes.
  explicit KernelCache(llvm::StringRef folder) : folder(folder.str()) {}
  /// The one in the user's cache folder; keeps nothing where there is none.
  static KernelCache ofUser();

  bool keepsSomething() const { return !folder.empty(); }
  /// A key for what is made of `parts` and of nothing else.
  static std::string keyOf(llvm::ArrayRef<llvm::StringRef> parts);

  /// The object kept under `key` (hexadecimal digits), if it is intact.
  std::optional<std::string> find(llvm::StringRef key) const;
  /// Keeps an object. Where that is impossible nothing happens.
  void keep(llvm::StringRef key, llvm::StringRef object) const;
  /// Drops what was not used for longest until the folder is small enough.
  void prune() const;

private:
  std::string pathOf(llvm::StringRef key) const;

  std::string folder; ///< empty: nothing is kept
};

} // namespace mlir::fot

#endif
