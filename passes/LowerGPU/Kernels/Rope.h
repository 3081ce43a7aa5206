//===- Rope.h - rotating rows on a GPU --------------------------*- C++ -*-===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_ROPE_H
#define FOT_PASSES_LOWERGPU_KERNELS_ROPE_H

#include "passes/LowerGPU/Kernel.h"

namespace mlir::fot {

/// What fot.rope does, from `in` to `out`, which may be the same, plus
/// `residual` if it is not null. All are operands of one op.
struct RopeOperands {
  Value in, out, table, position, residual;
  int64_t headDim;
};

/// A launch with a thread for each pair.
GpuLaunch ropeLaunch(const RopeOperands &operands);

} // namespace mlir::fot

#endif
