//===- TensorCores.h - which products tensor cores compute ------*- C++ -*-===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_TENSORCORES_H
#define FOT_PASSES_LOWERGPU_KERNELS_TENSORCORES_H

#include "passes/LowerGPU/Kernels/HalfTile.h"
#include "passes/LowerGPU/Kernels/MmaTile.h"

namespace mlir::fot {

/// Whether a product is one for tensor cores: prefill with 8-bit blocks and
/// quantised weights, or with f32 and 16-bit weights.
inline bool fitsTensorCores(Value input, Value weight) {
  return MmaTile::fits(input, weight) || HalfTile::fits(input, weight);
}

/// MmaTile::multiply or HalfTile::multiply, whose results are alike.
inline SmallVector<SmallVector<Value>>
multiplyOnTensorCores(GpuKernel &b, Value input,
                      ArrayRef<MmaTile::Panel> panels, Value token) {
  return MmaTile::fits(input, panels[0].weight)
             ? MmaTile(b, input, panels).multiply(token)
             : HalfTile(b, input, panels).multiply(token);
}

} // namespace mlir::fot

#endif
