//===- Retrieval.h - scanning a memory for one query on a GPU ---*- C++ -*-===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_RETRIEVAL_H
#define FOT_PASSES_LOWERGPU_KERNELS_RETRIEVAL_H

#include "passes/LowerGPU/Kernels/Memory.h"
#include "passes/LowerGPU/Kernels/TopK.h"

namespace mlir::fot {

/// Offers the entries [low, high) of a head's memory to a list, a key a thread.
/// `query` is f32 in shared memory.
void scanMemory(GpuKernel &b, GpuMemory &memory, GpuTopK &list, Value query,
                Value slot, Value low, Value high);

} // namespace mlir::fot

#endif
