//===- Segments.h - memory banks inside kernels -----------------*- C++ -*-===//
//
// Kernels see a memory bank as a pointer to its fot_memory (kernel_abi.h): a
// list of segments, oldest first. Here are loops over them, the search for an
// entry, and vector loads and stores of rows in the bank's types.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_SEGMENTS_H
#define FOT_PASSES_LOWERCPU_KERNELS_SEGMENTS_H

#include "passes/LowerCPU/Kernel.h"

#include <functional>

namespace mlir::fot {

/// How vectors cover a row of `size` numbers without leaving it: `lanes` each,
/// from `offsets`. When the size is no multiple, the last vector starts early
/// and repeats `overlap` numbers of the one before.
struct RowChunks {
  RowChunks(int64_t size, int64_t maxLanes);

  int64_t lanes;
  int64_t overlap = 0;
  SmallVector<int64_t> offsets;
  int64_t count() const { return offsets.size(); }
  /// Numbers of a row.
  int64_t size() const { return offsets.back() + lanes; }
};

/// Rows of equal length, addressed by entry number; read as f32.
struct Rows {
  /// A handle of the row of an entry.
  std::function<Value(Value entry)> row;
  /// `lanes` numbers from `offset` (index) of a row, as f32.
  std::function<Value(Value row, Value offset, int64_t lanes)> load;
  /// Whether loading converts.
  bool narrow = false;
  /// Prefetches the row of an entry, which may be past the last; null
  /// where entries do not follow each other there.
  std::function<void(Value entry)> prefetch = {};
};

/// Rows of `size` f32 in a flat memref; entry 0 is at element `base`.
Rows bufferRows(KernelBuilder &b, Value buffer, Value base, int64_t size);
/// Rows of `size` numbers of a memory's type `element` behind a pointer to
/// entry 0.
Rows pointerRows(KernelBuilder &b, Value base, Type element, int64_t size);

/// Prefetches a row of `size` numbers of a memory's type.
void prefetchRow(KernelBuilder &b, Value pointer, Type element, int64_t size);

/// One fot_segment; pointers are !llvm.ptr, numbers index.
struct Segment {
  Value keys, values;
  Value index; ///< null unless the segment is sealed
  Value count, capacity, first;
};

/// One fot_memory of a given type.
class MemoryBank {
public:
  MemoryBank(KernelBuilder &b, Value pointer, MemoryType type)
      : b(b), pointer(pointer), type(type) {}

  /// How many entries it has.
  Value count();
  /// Pointers to the fot_winners and the counters, or null.
  Value winners();
  Value counters();
  /// Runs the body if the key-value head owns a memory and is not muted.
  void whenHeard(Value group, function_ref<void()> body);
  void forEachSegment(function_ref<void(const Segment &)> body);
  /// The segment whose entries [first, first + capacity) include `index`.
  Segment find(Value index);
  /// Where a head's rows are among those stored, or, of a head that owns no
  /// memory, -1; index values.
  Value slot(Value group);
  /// Pointers to the key or value row of an entry of a segment; the head must
  /// own a memory.
  Value keyRow(const Segment &segment, Value group, Value entry);
  Value valueRow(const Segment &segment, Value group, Value entry);

  /// The segment of this number in the list.
  Segment segment(Value number);

private:
  Value row(Value data, Type element, const Segment &segment, Value group,
            Value entry);

  KernelBuilder &b;
  Value pointer;
  MemoryType type;
};

/// Runs the body if `group` is among the `heads`; an empty list has them all.
void whenListed(KernelBuilder &b, ArrayRef<int64_t> heads, Value group,
                function_ref<void()> body);
/// Bytes of a row of `size` numbers in a memory (kernel_abi.h).
int64_t rowBytes(Type element, int64_t size);
/// Copies a row of memref elements, from `from`, to a pointer to a row of
/// `element`s, which round to the nearest, ties to even.
void storeRow(KernelBuilder &b, Value buffer, Value from, Value pointer,
              Type element, const RowChunks &chunks);
/// Copies a row behind a pointer to f32 elements of a memref at `to`.
void loadRow(KernelBuilder &b, Value pointer, Type element, Value buffer,
             Value to, const RowChunks &chunks);
/// Zeros for a row of f32 at `to`.
void zeroRow(KernelBuilder &b, Value buffer, Value to, const RowChunks &chunks);

} // namespace mlir::fot

#endif
