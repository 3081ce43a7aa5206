//===- SegmentIndex.h - the index of a sealed segment -----------*- C++ -*-===//
//
// Where the parts of a head's index block are (kernel_abi.h), and memory
// behind pointers.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_SEGMENTINDEX_H
#define FOT_PASSES_LOWERCPU_KERNELS_SEGMENTINDEX_H

#include "passes/LowerCPU/Kernels/Segments.h"

namespace mlir::fot {

/// Pointers to the parts of one head's block.
struct SegmentIndex {
  SegmentIndex() = default;
  /// The block of a slot: a head's number among those the bank stores.
  SegmentIndex(KernelBuilder &b, const Segment &segment, Value slot,
               int64_t headDim);

  Value mean;                      ///< f32
  Value scale, norm, fine, coarse; ///< bf16, one per entry
  Value high, low;                 ///< codeBytes() per entry
};

/// Bytes of the codes of one key in one plane.
int64_t codeBytes(int64_t headDim);

/// `base` + `number` * `stride` bytes; `number` is an index.
Value bytePointer(KernelBuilder &b, Value base, Value number,
                  int64_t stride = 1);
/// Loads and stores without any alignment.
Value loadFrom(KernelBuilder &b, Type type, Value pointer);
void storeTo(KernelBuilder &b, Value value, Value pointer);
/// Prefetches the cache line at a pointer, for the nearest cache or for the
/// second.
void prefetch(KernelBuilder &b, Value pointer, bool nearest = true);

/// Calls the body with the number (index) of each bit of an i32, lowest first.
void forEachBit(KernelBuilder &b, Value bits, function_ref<void(Value)> body);

} // namespace mlir::fot

#endif
