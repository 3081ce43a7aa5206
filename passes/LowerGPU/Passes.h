//===- Passes.h - passes of the lower phase, GPU ----------------*- C++ -*-===//

#ifndef FOT_PASSES_LOWERGPU_PASSES_H
#define FOT_PASSES_LOWERGPU_PASSES_H

#include "dialects/FoT/FoTDialect.h"
#include "passes/LowerCPU/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir::fot {
#define GEN_PASS_DECL
#include "passes/LowerGPU/Passes.h.inc"

#define GEN_PASS_REGISTRATION
#include "passes/LowerGPU/Passes.h.inc"

/// On the module of kernels: their names, by number.
inline constexpr llvm::StringLiteral kKernelsAttr = "fot.kernels";
/// On a kernel: bytes of shared memory that launches ask for.
inline constexpr llvm::StringLiteral kSharedAttr = "fot.shared";
/// On a kernel: for each entry point nine numbers, its launches and what all of
/// them move and compute, as the numbers of RegionCost.
inline constexpr llvm::StringLiteral kLaunchesAttr = "fot.launches";
/// On an op: ranges of keys that one token's attention is cut into, each for a
/// block of threads. Without it, or 1: it is not. Where kGpuTileAttr is: blocks
/// of threads that read the memory for a key-value head, if there are not more
/// tiles. Without it, or 0: tiles do not read the memory.
inline constexpr llvm::StringLiteral kGpuSplitsAttr = "fot.gpu_splits";
/// On a `fot.knn` with kGpuSplitsAttr: the most entries that a call wants.
inline constexpr llvm::StringLiteral kGpuMostAttr = "fot.gpu_most";
/// On an op of many tokens: a block of threads works for a tile of queries that
/// share keys.
inline constexpr llvm::StringLiteral kGpuTileAttr = "fot.gpu_tile";
/// On an entry point: where in the workspace launches of one op leave something
/// for each other.
inline constexpr llvm::StringLiteral kGpuScratchAttr = "fot.gpu_scratch";
/// On a kernel: the numbers of GpuReads, if it reads keys.
inline constexpr llvm::StringLiteral kKeyReadsAttr = "fot.key_reads";
/// On a kernel: what its op is called in reports.
inline constexpr llvm::StringLiteral kTitleAttr = "fot.title";
} // namespace mlir::fot

#endif
