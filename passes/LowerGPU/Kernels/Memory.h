//===- Memory.h - memory banks inside GPU kernels ---------------*- C++ -*-===//
//
// Kernels see a bank as a pointer to its fot_memory (kernel_abi.h) in device
// memory: a list of segments, oldest first. Entries have numbers below 2^31.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_MEMORY_H
#define FOT_PASSES_LOWERGPU_KERNELS_MEMORY_H

#include "passes/LowerGPU/Kernel.h"

namespace mlir::fot {

/// Rows of `size` numbers of one type: a window cache's, or a bank's.
struct RowFormat {
  Type element; ///< f32, f16, bf16 or i8
  int64_t size;
  int64_t bytes() const;
};

/// The sum of the products of a row and `query`, f32 in shared memory.
Value dotRow(GpuKernel &b, const RowFormat &format, Value row, Value query);
/// Number `index` of a row, as f32; of i8 without its scale.
Value loadNumber(GpuKernel &b, const RowFormat &format, Value row, Value index);
/// The factor of all numbers of an i8 row; null for other types.
Value rowScale(GpuKernel &b, const RowFormat &format, Value row);
/// An f32 as f32, f16 or bf16, rounded to the nearest, ties to even; NaN stays
/// NaN.
Value fromFloat(GpuKernel &b, Value number, Type element);
/// Writes a row, `number(d)` for each lane's d, rounded to the nearest, ties to
/// even. All lanes of the warp must come.
void storeRowOf(GpuKernel &b, const RowFormat &format, Value row,
                function_ref<Value(Value index)> number);

/// What a window cache [heads][entries][numbers] holds.
RowFormat windowFormat(Value cache);

/// Where range `range` of `ranges` equal ones begins, of `count` entries (i32).
Value rangeBound(GpuKernel &b, Value count, Value range, int64_t ranges);

/// One fot_segment; pointers are to global memory, numbers i32.
struct GpuSegment {
  Value keys, values, count, capacity, first;
};

/// One fot_memory of a given type.
class GpuMemory {
public:
  GpuMemory(GpuKernel &b, Value pointer, MemoryType type);

  RowFormat keyFormat() const { return {type.getKeyType(), type.getHeadDim()}; }
  RowFormat valueFormat() const {
    return {type.getValueType(), type.getHeadDim()};
  }
  Value count();
  Value numSegments();
  GpuSegment segment(Value number);
  /// The last segment that begins at or before an entry.
  GpuSegment find(Value entry);
  /// Where a head's rows are among those stored; of a head without, -1.
  Value slot(Value group);
  /// Whether the head owns a memory and is not muted, i1.
  Value isHeard(Value group);
  Value keyRow(const GpuSegment &segment, Value slot, Value entry);
  Value valueRow(const GpuSegment &segment, Value slot, Value entry);

  /// Writes key and value of an entry as f32 from number `first` (i64) of two
  /// buffers on. All lanes of the warp must come.
  void copyEntry(const GpuSegment &segment, Value slot, Value entry, Value keys,
                 Value values, Value first);
  /// The same with zeros, for what is not there.
  void copyNothing(Value keys, Value values, Value first);

  /// Calls `body` with runs [from, to) of entries that lie in one segment and
  /// are all of [low, high); numbers are the bank's.
  void
  forEachRun(Value low, Value high,
             function_ref<void(const GpuSegment &, Value from, Value to)> body);
  /// The same with something carried on, for the block's threads together: runs
  /// of `count` entries from `from` on, of which some have none.
  SmallVector<Value>
  forEachRun(Value low, Value high, ValueRange carried,
             function_ref<SmallVector<Value>(const GpuSegment &, Value from,
                                             Value count, ValueRange)>
                 body);

private:
  Value row(Value data, const RowFormat &format, const GpuSegment &segment,
            Value slot, Value entry);

  GpuKernel &b;
  Value pointer;
  MemoryType type;
};

} // namespace mlir::fot

#endif
