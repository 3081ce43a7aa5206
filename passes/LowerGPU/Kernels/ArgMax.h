//===- ArgMax.h - the kernel that the runtime launches ----------*- C++ -*-===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_ARGMAX_H
#define FOT_PASSES_LOWERGPU_KERNELS_ARGMAX_H

#include "passes/LowerGPU/Kernel.h"

namespace mlir::fot {

/// The body of `arg_max`: f32 rows, their size (i64), and one i32 a row for the
/// result. The runtime launches it by its name (device_abi.h), a block a row.
void gpuArgMax(GpuKernel &kernel, ValueRange arguments);

} // namespace mlir::fot

#endif
