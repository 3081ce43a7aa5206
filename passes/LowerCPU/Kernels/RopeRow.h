//===- RopeRow.h - rotating one head of one token ---------------*- C++ -*-===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_ROPEROW_H
#define FOT_PASSES_LOWERCPU_KERNELS_ROPEROW_H

#include "passes/LowerCPU/Kernel.h"

namespace mlir::fot {

/// A row of f32 within a flat memref.
struct Row {
  Value buffer, index;
};

/// Rotates the pairs (i, i + headDim / 2) of `in` by the angles of `table`
/// (cosines, then sines), adds `residual` if given, and writes `out`. In and
/// out may be the same row.
void rotateHead(KernelBuilder &b, Row in, Row out, Row table, int64_t headDim,
                std::optional<Row> residual = std::nullopt);

} // namespace mlir::fot

#endif
