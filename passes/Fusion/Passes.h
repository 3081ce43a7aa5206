//===- Passes.h - the passes of the fusion phase ----------------*- C++ -*-===//
//
// Passes.td says what each does; Pipeline.h runs them in order.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_FUSION_PASSES_H
#define FOT_PASSES_FUSION_PASSES_H

#include "dialects/FoT/FoTDialect.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::fot {

#define GEN_PASS_DECL
#include "passes/Fusion/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Fusion/Passes.h.inc"

} // namespace mlir::fot

#endif
