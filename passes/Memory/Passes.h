//===- Passes.h - passes of the memory phase --------------------*- C++ -*-===//

#ifndef FOT_PASSES_MEMORY_PASSES_H
#define FOT_PASSES_MEMORY_PASSES_H

#include "dialects/FoT/FoTDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::fot {
#define GEN_PASS_DECL
#include "passes/Memory/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Memory/Passes.h.inc"

/// The attribute by which fot-assign-memory marks an attention.
inline constexpr llvm::StringLiteral kMemoryAttr = "fot.memory";
} // namespace mlir::fot

#endif
