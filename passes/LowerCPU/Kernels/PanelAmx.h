//===- PanelAmx.h - quantised products in AMX tiles -------------*- C++ -*-===//
//
// A tile product multiplies signed bytes of 16 tokens with those of 16 weight
// rows, 32 inputs at a time. A kernel that uses it configures the tiles of its
// thread once, unpacks each panel to signed bytes once for all tokens, and
// leaves the tokens that do not fill a tile to vectors.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_PANELAMX_H
#define FOT_PASSES_LOWERCPU_KERNELS_PANELAMX_H

#include "passes/LowerCPU/Kernels/PanelProduct.h"

namespace mlir::fot {

/// AMX in one kernel. Where it is of no use, nothing here writes any code.
class AmxTiles {
public:
  /// For products with `input`, whose token tiles are `tiles`.
  AmxTiles(KernelBuilder &b, Value input, ArrayRef<int64_t> tiles);

  bool isUsed() const { return used; }
  /// Takes room on the stack for the codes of `panels` panels of `product`.
  void reserve(PanelProduct &product, int64_t panels);
  /// Before and after all products of the kernel.
  void begin();
  void end();
  /// Unpacks panels [first, last); emitPanelTile finds them from then on.
  void unpack(PanelProduct &product, Value first, Value last);

private:
  void whenUsed(function_ref<void()> body);

  KernelBuilder &b;
  bool used;
  Value enough; ///< whether there are 16 tokens; null if it is known
};

} // namespace mlir::fot

#endif
