//===- Passes.h - passes of the pack phase ----------------------*- C++ -*-===//

#ifndef FOT_PASSES_PACK_PASSES_H
#define FOT_PASSES_PACK_PASSES_H

#include "dialects/FoT/FoTDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::fot {
#define GEN_PASS_DECL
#include "passes/Pack/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Pack/Passes.h.inc"

/// Packs the weights and places them.
void buildPackPipeline(OpPassManager &manager);
} // namespace mlir::fot

#endif
