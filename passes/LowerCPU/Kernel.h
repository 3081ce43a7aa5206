//===- Kernel.h - how an op's code is written -------------------*- C++ -*-===//
//
// `fot-lower-to-kernels` turns each fot op on memrefs into a call of a kernel:
// a function that computes the work items [begin, end) of the op. Kernels with
// the same op, types and attributes are written once. An emitter, one per op,
// says how many items there are and writes the body, with vector, scf, memref,
// arith, math and LLVM dialect ops.
//
// Inside a kernel every buffer is a flat memref with contiguous rows:
//
//   tensor elements            | flat memref of
//   ---------------------------|----------------------------------------
//   f32, f16, bf16, i32, i64   | the same
//   !fot.block<a8>             | i32: 10 per block, 8 of quantised bytes,
//                              |      the scale's bits (f32), the sum
//   !fot.panel<..>             | i8: PanelType::getBytes() per step
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERCPU_KERNEL_H
#define FOT_PASSES_LOWERCPU_KERNEL_H

#include "dialects/FoT/FoTDialect.h"
#include "passes/LowerCPU/CpuLevel.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace mlir::fot {

/// What memory is read in: prefetches are of so many bytes.
constexpr int64_t kLineBytes = 64;

/// i32 words of one block of 8-bit activations, and where its parts are.
constexpr int64_t kA8Words = 10, kA8Scale = 8, kA8Sum = 9;

/// On a product: it is to keep the best tokens and write no numbers
/// (fot-add-best-decode).
inline constexpr llvm::StringLiteral kBestAttr = "fot.best";

/// Writes the body of one kernel. The insertion point is inside the function.
class KernelBuilder : public ImplicitLocOpBuilder {
public:
  KernelBuilder(Location loc, OpBuilder::InsertPoint point,
                MLIRContext *context, const CpuLevel &level)
      : ImplicitLocOpBuilder(loc, context), level(level) {
    restoreInsertionPoint(point);
  }

  const CpuLevel &level;
  /// The work items of this call, index values.
  Value begin, end;

  /// The flat memref of a memref operand of the op.
  Value buffer(Value operand) const { return values.lookup(operand); }
  /// An index operand, or, for a memory operand, the !llvm.ptr to its
  /// fot_memory (kernel_abi.h).
  Value value(Value operand) const { return values.lookup(operand); }
  /// A size of a memref operand: a constant, or a kernel argument.
  Value dim(Value operand, unsigned index);
  /// The static size, or ShapedType::kDynamic.
  static int64_t staticDim(Value operand, unsigned index) {
    return cast<MemRefType>(operand.getType()).getDimSize(index);
  }

  Value cst(int64_t number) {
    return arith::ConstantIndexOp::create(*this, number);
  }
  Value f32(float number);
  Value i32(int32_t number);
  /// A vector of `lanes` f32, all `number`.
  Value splat(float number, int64_t lanes);
  Value add(Value a, Value b) { return arith::AddIOp::create(*this, a, b); }
  Value sub(Value a, Value b) { return arith::SubIOp::create(*this, a, b); }
  Value mul(Value a, Value b) { return arith::MulIOp::create(*this, a, b); }
  /// base + index * stride, index arithmetic.
  Value at(Value base, Value index, int64_t stride);
  Value min(Value a, Value b) { return arith::MinSIOp::create(*this, a, b); }

  Value load(Value buffer, Value index) {
    return memref::LoadOp::create(*this, buffer, index);
  }
  void store(Value value, Value buffer, Value index) {
    memref::StoreOp::create(*this, value, buffer, index);
  }
  /// `lanes` consecutive elements, no alignment needed.
  Value loadVector(Value buffer, Value index, int64_t lanes);
  void storeVector(Value vector, Value buffer, Value index);
  Value broadcast(Value scalar, int64_t lanes);
  Value fma(Value a, Value b, Value c) {
    return vector::FMAOp::create(*this, a, b, c);
  }
  /// Calls an LLVM intrinsic, e.g. "llvm.x86.avx2.pmadd.ub.sw".
  Value intrinsic(StringRef name, Type result, ValueRange operands);

  /// A loop from `from` to `to` by `step` with loop-carried `inits`; the body
  /// gets the index and the carried values and returns the next ones. Returns
  /// the final ones.
  SmallVector<Value>
  loop(Value from, Value to, int64_t step, ValueRange inits,
       function_ref<SmallVector<Value>(Value, ValueRange)> body);
  void loop(Value from, Value to, int64_t step, function_ref<void(Value)> body);
  /// if (condition) body.
  void when(Value condition, function_ref<void()> body);

  /// Stack memory of the kernel, allocated once at its entry.
  Value scratch(Type element, int64_t count);

private:
  friend class KernelTable;
  DenseMap<Value, Value> values;
  DenseMap<std::pair<Value, unsigned>, Value> dims;
};

/// The items of an op, and what each costs beside those of other ops.
struct Work {
  int64_t items, perItem;
};

/// Writes the code of one kind of op.
struct KernelEmitter {
  /// How many work items the op has; written where the kernel is called. `dim`
  /// gives sizes of the op's operands there.
  using Dim = function_ref<Value(Value operand, unsigned index)>;
  Value (*items)(ImplicitLocOpBuilder &builder, Operation *op, Dim dim);
  /// The kernel's body. Fails with a diagnostic on the op if this form of it
  /// cannot be compiled.
  LogicalResult (*body)(KernelBuilder &builder, Operation *op);
  /// Null, or what makes workers share the op out together with others of its
  /// kind that no barrier parts it from (WorkShares.h).
  Work (*work)(Operation *op) = nullptr;
};

/// The emitter of an op, or null.
const KernelEmitter *lookupKernelEmitter(OperationName name);

// One per file in passes/LowerCPU/Kernels/.
extern const KernelEmitter addKernel; // linalg.add
extern const KernelEmitter appendMemoryKernel;
extern const KernelEmitter appendWindowKernel;
extern const KernelEmitter attentionKernel;
extern const KernelEmitter embeddingKernel;
extern const KernelEmitter gatedMatmulKernel;
extern const KernelEmitter gatherKernel;
extern const KernelEmitter knnKernel;
extern const KernelEmitter lastRowsKernel;
extern const KernelEmitter matmulKernel;
extern const KernelEmitter memoryAttentionKernel;
extern const KernelEmitter partialAttentionKernel;
extern const KernelEmitter partialKnnKernel;
extern const KernelEmitter quantizeKernel;
extern const KernelEmitter rmsNormKernel;
extern const KernelEmitter ropeKernel;
extern const KernelEmitter sealMemoryKernel;
extern const KernelEmitter swigluKernel;
extern const KernelEmitter viewMemoryKernel;
extern const KernelEmitter windowMatmulKernel;

} // namespace mlir::fot

#endif
