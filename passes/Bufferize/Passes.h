//===- Passes.h - passes of the bufferize phase -----------------*- C++ -*-===//

#ifndef FOT_PASSES_BUFFERIZE_PASSES_H
#define FOT_PASSES_BUFFERIZE_PASSES_H

#include "dialects/FoT/FoTDialect.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Pass/Pass.h"

namespace mlir::fot {
#define GEN_PASS_DECL
#include "passes/Bufferize/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/Bufferize/Passes.h.inc"

/// From entry points on tensors to entry points on planned buffers.
void buildBufferizePipeline(OpPassManager &manager);
} // namespace mlir::fot

#endif
