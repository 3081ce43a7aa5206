//===- ProductRows.h - rows of products ------------------------*- C++ -*-===//
//
// What fot.matmul and fot.window_matmul share: each panel meets all tokens
// before the next one is read, so that weights come from memory once; with AMX
// a few panels do so together.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_PRODUCTROWS_H
#define FOT_PASSES_LOWERCPU_KERNELS_PRODUCTROWS_H

#include "passes/LowerCPU/Kernels/PanelAmx.h"
#include "passes/LowerCPU/Kernels/PanelProduct.h"

namespace mlir::fot {

/// Panels that one work item covers: the strategy's grain, or more, so that
/// items end where multiples of `unit` features do.
int64_t panelsPerItem(std::optional<StrategyAttr> strategy, int64_t unit);

/// The items of a product of `panels` panels each; one costs what it reads of
/// the packed `weight`.
Work productWork(Value weight, int64_t panels);

/// Code that writes the product of panels with all tokens of an input to rows
/// of `features` numbers, plus those of `residual` if it is not null.
class ProductRows {
public:
  ProductRows(KernelBuilder &b, PanelProduct &product, Value input,
              std::optional<StrategyAttr> strategy, Value out, int64_t features,
              Value residual = {});

  /// Panels [from, to).
  void compute(Value from, Value to);
  /// After all products of the kernel.
  void end() { amx.end(); }

private:
  KernelBuilder &b;
  PanelProduct &product;
  Value input, out, residual;
  int64_t features;
  SmallVector<int64_t> tiles;
  TileTarget target;
  AmxTiles amx;
};

} // namespace mlir::fot

#endif
