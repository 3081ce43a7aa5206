//===- VectorMath.h - arithmetic on vectors in kernels ----------*- C++ -*-===//
//
// Conversions, comparisons, reductions, partial vectors and exponentials that
// several kernels write.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNELS_VECTORMATH_H
#define FOT_PASSES_LOWERCPU_KERNELS_VECTORMATH_H

#include "passes/LowerCPU/Kernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

namespace mlir::fot {

/// Scalars or vectors compared, and one of two chosen, lane by lane.
Value compare(KernelBuilder &b, arith::CmpIPredicate predicate, Value x,
              Value y);
Value compare(KernelBuilder &b, arith::CmpFPredicate predicate, Value x,
              Value y);
Value select(KernelBuilder &b, Value condition, Value yes, Value no);

/// A vector of `lanes` integers of type `element`, all `number`.
Value splatInt(KernelBuilder &b, Type element, int64_t number, int64_t lanes);

/// f32 numbers of a vector of f32, f16, bf16, i8 or i32.
Value toF32(KernelBuilder &b, Value vector);
/// A vector of f32 rounded to f32, f16 or bf16 (half to even, NaN stays NaN).
Value fromF32(KernelBuilder &b, Value vector, Type element);
/// `lanes` elements of an f32, f16 or bf16 buffer, as f32.
Value loadF32(KernelBuilder &b, Value buffer, Value index, int64_t lanes);

/// The first `count` elements from `index` of an f32 or i32 buffer, zeros in
/// the other lanes; nothing past `count` is read.
Value loadPart(KernelBuilder &b, Value buffer, Value index, int64_t count,
               int64_t lanes);
/// Stores the first `count` lanes of an f32 or i32 vector.
void storePart(KernelBuilder &b, Value vector, Value buffer, Value index,
               int64_t count);

/// Walks `size` elements: full vectors of `lanes` in a loop, then the rest.
/// The body gets an index and how many elements there are from it on, `lanes`
/// or fewer.
void forEachVector(KernelBuilder &b, int64_t size, int64_t lanes,
                   function_ref<void(Value index, int64_t count)> body);
/// The same with carried values: the body returns the next ones.
SmallVector<Value> forEachVector(
    KernelBuilder &b, int64_t size, int64_t lanes, ValueRange inits,
    function_ref<SmallVector<Value>(Value index, int64_t count, ValueRange)>
        body);

/// The vectors one after the other; their number is a power of two.
Value concat(KernelBuilder &b, ArrayRef<Value> vectors);
/// Lanes [from, from + count).
Value slice(KernelBuilder &b, Value vector, int64_t from, int64_t count);

/// The sums of 4 or 8 vectors of f32 or i32, or of 16 of i32, one lane each.
/// All are added in the same order.
Value sumEach(KernelBuilder &b, ArrayRef<Value> vectors);
/// The sum, in any order, and the largest lane of a vector of f32.
Value reduceAdd(KernelBuilder &b, Value vector);
Value reduceMax(KernelBuilder &b, Value vector);

/// exp of a vector of f32, within 2 units in the last place. Below -87.33 and
/// for -inf it is 0, above 88.72 the largest finite number; NaN stays NaN.
Value expVector(KernelBuilder &b, Value x);
/// x / (1 + exp(-x)).
Value siluVector(KernelBuilder &b, Value x);

} // namespace mlir::fot

#endif
