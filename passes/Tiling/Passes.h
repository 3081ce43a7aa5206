//===- Passes.h - passes of the tile phase ----------------------*- C++ -*-===//

#ifndef FOT_PASSES_TILING_PASSES_H
#define FOT_PASSES_TILING_PASSES_H

#include "dialects/FoT/FoTDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace mlir::fot {
#define GEN_PASS_DECL
#include "passes/Tiling/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Tiling/Passes.h.inc"

} // namespace mlir::fot

#endif
