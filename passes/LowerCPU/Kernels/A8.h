//===- A8.h - writing blocks of 8-bit activations ---------------*- C++ -*-===//
//
// How kernels round f32 numbers to `!fot.block<a8>`: d = max|x| / 127,
// q = round-half-even(x / d), and the sum of the q. Blocks whose d would be
// denormal are zeros; a block that holds NaN or infinity gets such a d.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_A8_H
#define FOT_PASSES_LOWERCPU_KERNELS_A8_H

#include "passes/LowerCPU/Kernel.h"

namespace mlir::fot {

/// Blocks that hold `features` numbers.
inline int64_t a8Blocks(int64_t features) { return (features + 31) / 32; }

/// Rounds 32 f32, given as vectors of the same lanes, to the block that starts
/// at word `word` of `blocks` (memref of i32).
void storeA8Block(KernelBuilder &b, ArrayRef<Value> values, Value blocks,
                  Value word);

/// Rounds a row of `features` numbers to the blocks from word `word` on.
/// `values` computes `lanes` numbers from feature `index` on, of which `count`
/// exist; the other lanes must be 0.
void storeA8Row(
    KernelBuilder &b, int64_t features, Value blocks, Value word,
    function_ref<Value(Value index, int64_t count, int64_t lanes)> values);

} // namespace mlir::fot

#endif
