//===- WindowRow.h - writing into a window cache on a GPU -------*- C++ -*-===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_WINDOWROW_H
#define FOT_PASSES_LOWERGPU_KERNELS_WINDOWROW_H

#include "passes/LowerGPU/Kernel.h"

namespace mlir::fot {

/// Writes number (token, feature) of rows into a window cache, whose entry of
/// the first token is `position`, rounded to the cache's type.
StoreNumber storeInWindow(Value cache, Value position);

} // namespace mlir::fot

#endif
