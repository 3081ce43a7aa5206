//===- Kernel.h - how an op's GPU code is written ---------------*- C++ -*-===//
//
// `fot-lower-to-gpu-kernels` turns each fot op on memrefs into launches of
// kernels; launches with the same op, types and attributes share a kernel. An
// emitter, one per op, says which launches an op is made of: how many blocks,
// how many threads, and what a thread does, in the LLVM, NVVM, arith and scf
// dialects.
//
// Inside a kernel every buffer is a pointer to contiguous rows, with elements
// as in LowerCPU/Kernel.h. Numbers are i32, but for the indices of memory
// entries.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_PASSES_LOWERGPU_KERNEL_H
#define FOT_PASSES_LOWERGPU_KERNEL_H

#include "dialects/FoT/FoTDialect.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

#include <array>

namespace mlir::fot {

constexpr int64_t kWarp = 32;
/// The address spaces of pointers.
constexpr unsigned kGlobalSpace = 1, kSharedSpace = 3;

/// Writes the body of one kernel. The insertion point is inside the function.
class GpuKernel : public ImplicitLocOpBuilder {
public:
  GpuKernel(LLVM::LLVMFuncOp function, Block *block, int64_t threads);

  // --- What the kernel is given.
  /// The pointer of a memref operand, or to the fot_memory of a memory.
  Value pointer(Value operand) const { return values.lookup(operand); }
  /// An index operand, i32.
  Value value(Value operand);
  /// A size of a memref operand, i32: a constant, or a kernel argument.
  Value dim(Value operand, unsigned index);
  static int64_t staticDim(Value operand, unsigned index) {
    return cast<MemRefType>(operand.getType()).getDimSize(index);
  }

  /// Device memory of the launch's op, if the launch asked for it: undefined at
  /// first, then as the op's launches before have left it.
  Value scratch() const { return scratchPointer; }

  // --- Where a thread is.
  int64_t threads() const { return numThreads; }
  int64_t warps() const { return numThreads / kWarp; }
  Value thread();
  Value lane();
  Value warp();
  /// Number of the block, along x, y or z.
  Value block(unsigned axis);

  // --- Arithmetic.
  Value i32(int64_t number);
  Value i64(int64_t number);
  Value f32(double number);
  Value add(Value a, Value b);
  Value sub(Value a, Value b);
  Value mul(Value a, Value b);
  Value add(Value a, int64_t b) { return add(a, number(b, a)); }
  Value sub(Value a, int64_t b) { return sub(a, number(b, a)); }
  Value mul(Value a, int64_t b) { return mul(a, number(b, a)); }
  /// Of numbers that are not negative.
  Value div(Value a, int64_t b);
  Value rem(Value a, int64_t b);
  Value min(Value a, Value b);
  Value max(Value a, Value b);
  Value lt(Value a, Value b);
  Value lt(Value a, int64_t b) { return lt(a, number(b, a)); }
  Value eq(Value a, Value b);
  Value eq(Value a, int64_t b) { return eq(a, number(b, a)); }
  Value both(Value a, Value b);
  Value select(Value condition, Value a, Value b);
  Value fadd(Value a, Value b);
  Value fsub(Value a, Value b);
  Value fmul(Value a, Value b);
  Value fdiv(Value a, Value b);
  Value fmax(Value a, Value b);
  Value fgt(Value a, Value b);
  Value fma(Value a, Value b, Value c);
  /// e^x by the unit for powers of two; e^-inf is 0.
  Value exp(Value x);
  Value widen(Value i32Number);  ///< to i64
  Value narrow(Value i64Number); ///< to i32
  Value toFloat(Value number);   ///< f16, bf16 or a signed integer to f32
  Value extract(Value vector, int64_t i);
  Value bitcast(Value value, Type type);
  Value intrinsic(StringRef name, Type result, ValueRange operands);

  // --- Memory. `index` counts elements, i32 or i64.
  Value at(Value pointer, Type element, Value index);
  Value load(Value pointer, Type element, Value index);
  void store(Value value, Value pointer, Value index);
  /// `lanes` consecutive elements at an index that is a multiple of `lanes`.
  Value loadVector(Value pointer, Type element, Value index, int64_t lanes);
  /// A field of a struct in global memory.
  Value loadField(Value pointer, int64_t byte, Type type);
  /// The same address, known to be in global memory.
  Value global(Value pointer);
  /// Shared memory of the block, 16-byte aligned. What is large comes from what
  /// the launch asks for, because the rest is limited to 48 KiB.
  Value shared(Type element, int64_t count);

  // --- Control.
  SmallVector<Value>
  loop(Value from, Value to, Value step, ValueRange inits,
       function_ref<SmallVector<Value>(Value, ValueRange)> body);
  Operation *loop(Value from, Value to, Value step,
                  function_ref<void(Value)> body);
  /// Has it stay a loop, which `ptxas` would unroll.
  static void keepLoop(Operation *loop);
  void when(Value condition, function_ref<void()> body);

  // --- Threads together. All threads of the warp, or of the block, must come.
  void barrier();
  /// Of the warp alone.
  void warpBarrier();
  Value shuffleXor(Value value, int64_t mask);
  Value shuffleFrom(Value value, Value lane);
  /// Over the 32 lanes; all get the result.
  Value warpSum(Value value);
  Value warpMax(Value value);
  /// Over the block's threads; all get the result. Has barriers.
  Value blockSum(Value value);

  Type ptr(unsigned space = 0);
  FloatType bf16() { return getBF16Type(); }

private:
  friend class GpuKernelTable;
  Value number(int64_t number, Value like);
  Value reduceWarp(Value value, function_ref<Value(Value, Value)> join);

  Value declareShared(Type type, LLVM::Linkage linkage, const Twine &suffix);

  LLVM::LLVMFuncOp function;
  int64_t numThreads, numShared = 0;
  int64_t launchBytes = 0; ///< of shared memory, to be asked for
  Value scratchPointer;
  DenseMap<Value, Value> values;
  DenseMap<std::pair<Value, unsigned>, Value> dims;
};

/// Which of its op's costs (RegionCosts.h) a launch has in reports: those of
/// keys of the window or the memory, or all others.
struct GpuCosts {
  bool window = true, memory = true, others = true;
};

/// How often a launch reads the keys that it has costs for: `times` for each
/// `tokens` of a call; 0 if it reads none.
struct GpuReads {
  int64_t tokens = 1, times = 0;
};

/// One launch of an op. The functions are called before the op is erased.
struct GpuLaunch {
  using Dim = function_ref<Value(Value operand, unsigned index)>;
  /// Threads of a block, a multiple of 32.
  int64_t threads = 128;
  /// Threads of the kernel that a multiprocessor has registers for: 128
  /// for each of 512.
  int64_t residentThreads = 512;
  /// Whether the kernel takes GpuKernel::scratch(); `fot-choose-gpu-strategy`
  /// has room made for it.
  bool takesScratch = false;
  GpuCosts costs;
  GpuReads reads;
  /// Blocks along x, y, z, as index values of the host's code; `dim` gives
  /// sizes of the op's operands there.
  std::function<SmallVector<Value>(ImplicitLocOpBuilder &, Dim)> grid;
  std::function<LogicalResult(GpuKernel &)> body;
};

/// Code that writes number (token, feature), i32 both, of rows.
using StoreNumber =
    std::function<void(GpuKernel &b, Value number, Value token, Value feature)>;

/// The launches of one kind of op, in order. Fails with a diagnostic if this
/// form of it cannot be compiled for a GPU.
using GpuEmitter = FailureOr<SmallVector<GpuLaunch>> (*)(Operation *op);

/// The emitter of an op, or null.
GpuEmitter lookupGpuEmitter(OperationName name);

// One per file in passes/LowerGPU/Kernels/.
FailureOr<SmallVector<GpuLaunch>> gpuAdd(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuAppendMemory(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuAppendWindow(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuAttention(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuEmbedding(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuGatedMatmul(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuGather(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuKnn(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuLastRows(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuMatmul(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuMemoryAttention(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuPartialKnn(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuQuantize(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuRmsNorm(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuRope(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuSealMemory(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuSwiglu(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuViewMemory(Operation *op);
FailureOr<SmallVector<GpuLaunch>> gpuWindowMatmul(Operation *op);

/// One element a thread: blocks of `threads` over the elements of `operand`.
std::function<SmallVector<Value>(ImplicitLocOpBuilder &, GpuLaunch::Dim)>
elementGrid(Value operand, int64_t threads);
/// One block a row of `operand` (its first dimension), by `perRow` along y.
std::function<SmallVector<Value>(ImplicitLocOpBuilder &, GpuLaunch::Dim)>
rowGrid(Value operand, int64_t perRow = 1);

} // namespace mlir::fot

#endif
