//===- Retrieval.h - scanning a memory for one query on a GPU ---*- C++ -*-===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_RETRIEVAL_H
#define FOT_PASSES_LOWERGPU_KERNELS_RETRIEVAL_H

#include "passes/LowerGPU/Kernels/Memory.h"
#include "passes/LowerGPU/Kernels/TopK.h"

namespace mlir::fot {

/// Offers the entries [low, high) of a head's memory to a list, a key a thread;
/// not those that `isWanted` says no to, if given. `query` is f32 in shared
/// memory.
void scanMemory(
    GpuKernel &b, GpuMemory &memory, GpuTopK &list, Value query, Value slot,
    Value low, Value high,
    function_ref<Value(Value score, Value entry)> isWanted = nullptr);

/// The most entries wanted of a `fot.knn` whose memory is cut into ranges
/// (kGpuSplitsAttr, kGpuMostAttr), and the bytes of scratch memory that takes.
constexpr int64_t kMaxSplitKnn = 512;
int64_t knnScratchBytes(KnnOp op);

} // namespace mlir::fot

#endif
