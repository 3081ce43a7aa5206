//===- PanelCodes.h - codes of quantised panels on a GPU --------*- C++ -*-===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_PANELCODES_H
#define FOT_PASSES_LOWERGPU_KERNELS_PANELCODES_H

#include "passes/LowerGPU/Kernel.h"

namespace mlir::fot {

/// One code in an i32, or four in its bytes: or-ed from `pieces`, of which
/// `read` gives the bytes at an offset, i32.
Value joinPieces(GpuKernel &b, ArrayRef<PanelPiece> pieces, bool four,
                 function_ref<Value(int64_t offset)> read);

/// The same for group `first` + `group` of a panel's step, of `count` that
/// `group` may be, each thread its own. `read` takes the offset as a value.
Value joinPiecesOf(GpuKernel &b, PanelType type, int64_t first, int64_t count,
                   Value group, bool four, function_ref<Value(Value)> read);

/// Four codes in the bytes of an i32, less the panel's zero, as signed bytes.
Value signedCodes(GpuKernel &b, PanelType type, Value codes);

} // namespace mlir::fot

#endif
