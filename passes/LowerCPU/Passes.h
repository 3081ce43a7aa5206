//===- Passes.h - passes of the lower phase, CPU ----------------*- C++ -*-===//

#ifndef FOT_PASSES_LOWERCPU_PASSES_H
#define FOT_PASSES_LOWERCPU_PASSES_H

#include "dialects/FoT/FoTDialect.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::fot {
#define GEN_PASS_DECL
#include "passes/LowerCPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/LowerCPU/Passes.h.inc"

/// The level that a nested module is for, and what an outer module says of its
/// entry points (see fot-expand-cpu-levels).
inline constexpr llvm::StringLiteral kLevelAttr = "fot.level";
inline constexpr llvm::StringLiteral kEntriesAttr = "fot.entries";

/// Marks the nested module that is for GPUs and lists their architectures; it
/// has no level.
inline constexpr llvm::StringLiteral kGpuAttr = "fot.gpu";

/// From entry points on buffers to the LLVM dialect, for these CPU levels;
/// nothing is lowered for those that are `finished`.
/// If there are `gpu` architectures, `lowerGpu` turns the entry points of the
/// nested module that has kGpuAttr into host code and kernels.
void buildLowerCPUPipeline(OpPassManager &manager, ArrayRef<std::string> levels,
                           ArrayRef<std::string> finished = {},
                           ArrayRef<std::string> gpu = {},
                           std::unique_ptr<Pass> lowerGpu = nullptr);
} // namespace mlir::fot

#endif
