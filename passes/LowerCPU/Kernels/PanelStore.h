//===- PanelStore.h - moving tiles of products to row-major rows -*- C++
//-*-===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_PANELSTORE_H
#define FOT_PASSES_LOWERCPU_KERNELS_PANELSTORE_H

#include "passes/LowerCPU/Kernels/PanelProduct.h"

namespace mlir::fot {

/// Calls `body` with how many rows of panel `panel` exist: 16, or fewer for
/// the last panel of `features` rows. Code is written for both cases if the
/// last one is not full.
void forPanelRows(KernelBuilder &b, Value panel, int64_t features,
                  function_ref<void(int64_t rows)> body);

/// Copies a tile of panel `panel` and tokens [token, token + tokens) to
/// `out[t, 16 * panel + r]`, a matrix of `features` columns, plus `residual`
/// at the same place if given. Columns past `features` are left alone.
void storePanelRows(KernelBuilder &b, Value panel, Value token, int64_t tokens,
                    const TileTarget &tile, Value out, int64_t features,
                    Value residual);

} // namespace mlir::fot

#endif
