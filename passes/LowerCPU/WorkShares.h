//===- WorkShares.h - which items of an op are a worker's -------*- C++ -*-===//
//
// An op is shared out evenly by itself, but for ops whose emitters tell what
// items cost: those between two barriers are one list of work, of which each
// worker gets a piece. So few and large items, like the heads of keys and of
// values, leave no worker without any while others have two.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_WORKSHARES_H
#define FOT_PASSES_LOWERCPU_WORKSHARES_H

#include "passes/LowerCPU/Kernel.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::fot {

/// The static schedule of an entry point.
class WorkShares {
public:
  explicit WorkShares(func::FuncOp entry);

  /// The first of the op's `items` that is no work of workers before `worker`,
  /// index values all. Written at the builder's place.
  Value firstItem(ImplicitLocOpBuilder &b, Operation *op, Value items,
                  Value worker, Value workers) const;

private:
  /// Where an op stands in its list.
  struct Place {
    int64_t before, perItem, total;
  };
  DenseMap<Operation *, Place> places;
};

} // namespace mlir::fot

#endif
