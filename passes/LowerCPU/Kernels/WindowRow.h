//===- WindowRow.h - writing rows of a window cache -------------*- C++ -*-===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_WINDOWROW_H
#define FOT_PASSES_LOWERCPU_KERNELS_WINDOWROW_H

#include "passes/LowerCPU/Kernels/Segments.h"

namespace mlir::fot {

/// Code that writes `size` numbers of a head at a time to a window cache: all
/// of them, or a part.
class WindowRows {
public:
  WindowRows(KernelBuilder &b, Value cache, int64_t size);

  /// Numbers of f32 from `from` on become features [feature, feature + size)
  /// of entry `place`, rounded to the cache's type.
  void store(Value buffer, Value from, Value place, Value feature);

private:
  KernelBuilder &b;
  Value cache;
  Type element;
  int64_t headDim;
  Value capacity;
  RowChunks chunks;
};

} // namespace mlir::fot

#endif
