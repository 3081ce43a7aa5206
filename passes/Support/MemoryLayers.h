//===- MemoryLayers.h - which heads own a memory ----------------*- C++ -*-===//
//
// A memory belongs to a layer, or to some key-value heads of one. In text, of
// options and of attributes, that is `8` or `8:0+2`, 0-based.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_SUPPORT_MEMORYLAYERS_H
#define FOT_PASSES_SUPPORT_MEMORYLAYERS_H

#include "mlir/Support/LLVM.h"
#include "llvm/ADT/ArrayRef.h"

#include <optional>
#include <string>
#include <vector>

namespace mlir::fot {

struct MemoryLayer {
  int64_t layer;
  /// Key-value heads, ascending, each once; empty: all of the layer.
  std::vector<int64_t> heads;

  std::string str() const;
};

/// Reads `8` or `8:0+2`; nothing if the text is neither.
std::optional<MemoryLayer> parseMemoryLayer(llvm::StringRef text);

/// In ascending order, each layer once with all heads that any part names;
/// `kvHeads` heads are the whole layer.
std::vector<MemoryLayer> mergeMemoryLayers(llvm::ArrayRef<MemoryLayer> parts,
                                           int64_t kvHeads);

} // namespace mlir::fot

#endif
