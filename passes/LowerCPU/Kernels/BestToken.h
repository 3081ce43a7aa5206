//===- BestToken.h - products that keep their largest number ----*- C++ -*-===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_BESTTOKEN_H
#define FOT_PASSES_LOWERCPU_KERNELS_BESTTOKEN_H

#include "passes/LowerCPU/Kernels/PanelProduct.h"

namespace mlir::fot {

/// Work items of such a product of `features` rows.
int64_t bestTokenItems(int64_t features);

/// Writes the kernel's body: the product with the only token, and into `out`
/// (flat memref of f32) for each item a pair, see FOT_DECODE_BEST in
/// kernel_abi.h.
void emitBestTokens(KernelBuilder &b, const PanelProduct &product, Value out,
                    int64_t features);

} // namespace mlir::fot

#endif
