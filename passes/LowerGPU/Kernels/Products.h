//===- Products.h - launches that multiply with a weight -------*- C++ -*-===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_PRODUCTS_H
#define FOT_PASSES_LOWERGPU_KERNELS_PRODUCTS_H

#include "passes/LowerGPU/Kernel.h"

namespace mlir::fot {

/// Activations times a packed weight of `features` rows. Both are operands of
/// one op.
struct Product {
  Value input, weight;
  int64_t features;
};

/// The launch of a product; `store` writes each number of it. Fails with a
/// diagnostic on `op` if the weight is not packed.
FailureOr<GpuLaunch> matmulLaunch(Operation *op, Product product,
                                  const StoreNumber &store);

} // namespace mlir::fot

#endif
