//===- GpuLimits.h - what GPUs of an architecture can hold ------*- C++ -*-===//

#ifndef FOT_PASSES_EMIT_GPULIMITS_H
#define FOT_PASSES_EMIT_GPULIMITS_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>

namespace mlir::fot {

/// What one multiprocessor holds at once.
struct GpuLimits {
  int64_t threads = 0, blocks = 0;
  int64_t sharedBytes = 0; ///< of all blocks, reserved parts included
  int64_t registers = 65536;
};

/// A product's data sheet, per second; tensor cores without sparsity.
struct GpuProduct {
  llvm::StringLiteral name;
  double bytes, floatOps; ///< of the f32 units
  double halfOps;         ///< of tensor cores, bf16 or f16, sums in f32
  double byteOps;         ///< of tensor cores, 8-bit integers
};

/// The limits of an architecture ("sm_90a" is as "sm_90"); no threads if it is
/// not known.
GpuLimits gpuLimits(llvm::StringRef architecture);

/// Products with that architecture.
llvm::ArrayRef<GpuProduct> gpuProducts(llvm::StringRef architecture);

/// How many blocks fit a multiprocessor at once, of `threads` threads with
/// `registers` each and `sharedBytes` of shared memory; 0 if not even one does.
int64_t residentBlocks(const GpuLimits &limits, int64_t threads,
                       int64_t registers, int64_t sharedBytes);

} // namespace mlir::fot

#endif
