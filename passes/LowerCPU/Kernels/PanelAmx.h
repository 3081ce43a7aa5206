//===- PanelAmx.h - quantised products in AMX tiles -------------*- C++ -*-===//
//
// A tile product multiplies signed bytes of 16 tokens with those of 16 weight
// rows, 32 inputs at a time. A kernel that uses it configures the tiles of its
// thread once. For a run of panels it unpacks them to signed bytes and then, 16
// tokens after the other, gathers the tokens' numbers and multiplies them with
// each panel of the run. Tokens that do not fill a tile are left to vectors.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_PANELAMX_H
#define FOT_PASSES_LOWERCPU_KERNELS_PANELAMX_H

#include "passes/LowerCPU/Kernels/PanelProduct.h"

namespace mlir::fot {

/// AMX in one kernel. Where it is of no use, nothing here writes any code.
class AmxTiles {
public:
  /// For `products` with `input`, whose token tiles are `tiles`. Runs of panels
  /// are at most `run` long; shorter ones if that would take too much room.
  AmxTiles(KernelBuilder &b, Value input, ArrayRef<PanelProduct *> products,
           ArrayRef<int64_t> tiles, int64_t run);

  /// Panels of a run; 1 without AMX.
  int64_t run() const { return runPanels; }
  /// Before and after all products of the kernel.
  void begin();
  void end();
  /// Unpacks panels [first, last) of each product.
  void unpack(Value first, Value last);
  /// Gathers a token tile that is to be multiplied with unpacked panels.
  void gather(Value token, int64_t tokens);

private:
  void whenUsed(function_ref<void()> body);

  KernelBuilder &b;
  SmallVector<PanelProduct *> products;
  bool used;
  int64_t runPanels = 1;
  Value enough; ///< whether there are 16 tokens; null if it is known
};

} // namespace mlir::fot

#endif
