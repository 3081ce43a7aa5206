//===- TileStages.h - rows on their way to tensor cores ---------*- C++ -*-===//
//
// Rows of keys, or of keys and values, come into shared memory by `cp.async`,
// a step of some rows while the one before is multiplied. They lie there so
// that `ldmatrix` meets no bank twice, with zeros behind their ends up to 32
// bytes. Rows of i8 are widened there, keys to f16 and values to bf16, which
// hold all codes; their scales are left beside.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNELS_TILESTAGES_H
#define FOT_PASSES_LOWERGPU_KERNELS_TILESTAGES_H

#include "passes/LowerGPU/Kernels/Memory.h"

namespace mlir::fot {

class TileStages {
public:
  /// One kind of rows.
  struct Rows {
    RowFormat format;
    Type element;     ///< what tensor cores get: f16, bf16 or f32
    int64_t bytes;    ///< of a row, of whole 32 bytes of `element`
    int64_t pitch;    ///< from row to row of `element`
    int64_t rawPitch; ///< from row to row as they arrive
    bool isWidened() const { return format.element.isInteger(8); }
    int64_t size() const { return element.getIntOrFloatBitWidth() / 8; }
  };
  /// Whether rows can come.
  static bool fits(const RowFormat &format);

  /// For steps of at most `most` rows, a power of two.
  TileStages(GpuKernel &b, ArrayRef<RowFormat> formats, int64_t most);

  /// Rows of a step, a multiple of 16.
  int64_t step() const { return stepRows; }
  const Rows &rows(unsigned kind) const { return kinds[kind]; }

  /// Runs over `count` rows (i32, alike in all threads) from `first`, an
  /// address in global memory for each kind. All threads must come; has
  /// barriers. `body` gets the number of the step and what is carried on.
  SmallVector<Value>
  run(ValueRange first, Value count, ValueRange carried,
      function_ref<SmallVector<Value>(Value step, ValueRange)> body);
  /// In the body: the step's rows, in shared memory.
  Value base(unsigned kind, Value step);
  /// In the body: the scale of a row of the step, of i8.
  Value scale(unsigned kind, Value step, Value row);
  /// All shared memory of 16-bit and f32 rows, when no run is on its way.
  Value memory() const { return stages; }

private:
  Value raw(unsigned kind, Value step);
  void clearPadding();
  void copy(ValueRange first, Value count, Value step);
  void widen(unsigned kind, Value step);

  GpuKernel &b;
  SmallVector<Rows> kinds;
  int64_t stepRows;
  /// Shared: [2][kinds][stepRows] as rows arrive; and [stepRows] of what is
  /// widened, or null.
  Value stages;
  SmallVector<Value> widened;
};

} // namespace mlir::fot

#endif
