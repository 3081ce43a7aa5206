//===- Blocks.h - rows of f32 and of 8-bit blocks on a GPU ------*- C++ -*-===//
//
// A warp rounds 32 numbers, one a lane, to a `!fot.block<a8>`: d = max|x| /
// 127, q = round-half-even(x / d), and the sum of the q, as
// LowerCPU/Kernels/A8.h.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_BLOCKS_H
#define FOT_PASSES_LOWERGPU_KERNELS_BLOCKS_H

#include "passes/LowerGPU/Kernel.h"

namespace mlir::fot {

/// i32 words of a block of 8-bit activations, and where its parts are.
constexpr int64_t kBlockWords = 10, kBlockScale = 8, kBlockSum = 9;

inline int64_t blocksOf(int64_t features) { return (features + 31) / 32; }
/// Whether a memref operand holds a8 blocks.
bool holdsBlocks(Value operand);

/// Runs the body for this thread's element of `operand`, if there is one; the
/// launch has elementGrid().
void forEachElement(GpuKernel &b, Value operand,
                    function_ref<void(Value index)> body);

/// Rounds the warp's 32 numbers to the block at word `word` of `blocks`. All
/// lanes must come.
void storeBlock(GpuKernel &b, Value number, Value blocks, Value word);

/// Writes row `row` of `features` numbers to `out`, as f32 or as blocks,
/// whichever it holds. All threads of the block must come; `number` computes
/// one number, of a feature that exists, and has no warp or block operations.
void storeRow(GpuKernel &b, Value out, Value row, int64_t features,
              function_ref<Value(Value feature)> number);

/// x / (1 + e^-x).
Value silu(GpuKernel &b, Value x);

} // namespace mlir::fot

#endif
