//===- Rope.h - rotating rows on a GPU --------------------------*- C++ -*-===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_ROPE_H
#define FOT_PASSES_LOWERGPU_KERNELS_ROPE_H

#include "passes/LowerGPU/Kernel.h"

namespace mlir::fot {

/// What fot.rope does with the rows `in`, plus `residual` if it is not null.
/// All are operands of one op.
struct RopeOperands {
  Value in, table, position, residual;
  int64_t headDim;
};

/// A launch with a thread for each pair, which gives both numbers to `store`
/// once it has read them.
GpuLaunch ropeLaunch(const RopeOperands &operands, const StoreNumber &store);
/// Writes number (token, feature) of the rows `out`.
StoreNumber storeInRows(Value out);

} // namespace mlir::fot

#endif
