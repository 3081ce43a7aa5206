//===- Passes.h - running the reference evaluator ---------------*- C++ -*-===//

#ifndef FOT_DIALECTS_REFERENCE_PASSES_H
#define FOT_DIALECTS_REFERENCE_PASSES_H

#include "dialects/FoT/FoTDialect.h"

#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::fot::reference {
#define GEN_PASS_DECL
#include "dialects/Reference/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "dialects/Reference/Passes.h.inc"
} // namespace mlir::fot::reference

#endif
