//===- ProductRows.h - rows of products ------------------------*- C++ -*-===//
//
// What fot.matmul and fot.window_matmul share: each panel meets all tokens
// before the next one is read, so that weights come from memory once; with AMX
// a few panels do so together.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_PRODUCTROWS_H
#define FOT_PASSES_LOWERCPU_KERNELS_PRODUCTROWS_H

#include "passes/LowerCPU/Kernels/PanelProduct.h"

namespace mlir::fot {

/// Panels that one work item covers: the strategy's grain, or more, so that
/// items end where multiples of `unit` features do.
int64_t panelsPerItem(std::optional<StrategyAttr> strategy, int64_t unit);

/// The items of a product of `panels` panels each; one costs what it reads of
/// the packed `weight`.
Work productWork(Value weight, int64_t panels);

/// What items [begin, end) of a kernel are: panels, and features of rows.
struct PanelRange {
  Value firstPanel, endPanel, firstFeature, endFeature;

  PanelRange(KernelBuilder &b, const PanelProduct &product,
             int64_t panelsPerItem, int64_t features);
};

/// Rows of `features` numbers, and what is added to them, if not null.
struct RowTarget {
  Value out;
  int64_t features;
  Value residual = {};
};

/// Writes the products of a range of panels with all tokens of `input`.
void emitProductRows(KernelBuilder &b, PanelProduct &product, Value input,
                     std::optional<StrategyAttr> strategy,
                     const PanelRange &range, const RowTarget &target);

} // namespace mlir::fot

#endif
