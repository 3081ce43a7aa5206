//===- BarrierPoints.h - where workers depend on each other -----*- C++ -*-===//

#ifndef FOT_PASSES_BUFFERIZE_BARRIERPOINTS_H
#define FOT_PASSES_BUFFERIZE_BARRIERPOINTS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace mlir::fot {

/// The ops of an entry point before which all workers must have come so far,
/// in order: each reads or writes what was written since the last of them, or
/// writes what was read. Ops that have a barrier before them are not among
/// them. Buffers are told apart by their places in the workspace, or, before
/// these are planned, by their allocation.
SmallVector<Operation *> findBarrierPoints(func::FuncOp entry);

} // namespace mlir::fot

#endif
