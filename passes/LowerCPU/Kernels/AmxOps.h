//===- AmxOps.h - instructions on AMX tiles ---------------------*- C++ -*-===//
//
// Tiles are registers of the thread, 0 to 7, of up to 16 rows of 64 bytes. They
// are no values in the IR: intrinsics name them by number, in program order.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_AMXOPS_H
#define FOT_PASSES_LOWERCPU_KERNELS_AMXOPS_H

#include "passes/LowerCPU/Kernel.h"

namespace mlir::fot {

/// Rows of a tile, and bytes of a row.
struct TileShape {
  int8_t tile, rows, rowBytes;
};

/// Says which shapes the tiles of this thread have, until `releaseTiles`.
void configureTiles(KernelBuilder &b, ArrayRef<TileShape> shapes);
void releaseTiles(KernelBuilder &b);

void zeroTile(KernelBuilder &b, int8_t tile);
/// Rows lie `stride` bytes apart from element `index` of `buffer` on.
void loadTile(KernelBuilder &b, int8_t tile, Value buffer, Value index,
              int64_t stride);
void storeTile(KernelBuilder &b, int8_t tile, Value buffer, Value index,
               int64_t stride);
/// sums += rows * columns, by the instruction `name`, such as "tdpbssd".
void multiplyTiles(KernelBuilder &b, StringRef name, int8_t sums, int8_t rows,
                   int8_t columns);

} // namespace mlir::fot

#endif
