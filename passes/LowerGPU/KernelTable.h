//===- KernelTable.h - the GPU kernels of a module --------------*- C++ -*-===//

#ifndef FOT_PASSES_LOWERGPU_KERNELTABLE_H
#define FOT_PASSES_LOWERGPU_KERNELTABLE_H

#include "passes/LowerGPU/Kernel.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace mlir::fot {

/// Most arguments of a kernel.
constexpr int64_t kMostArguments = 32;

/// The kernels of a module, one per distinct launch.
class GpuKernelTable {
public:
  explicit GpuKernelTable(ModuleOp module) : module(module) {}

  /// The number of the kernel of the `number`th launch of `op`, written on
  /// first use.
  FailureOr<unsigned> get(Operation *op, unsigned number,
                          const GpuLaunch &launch);
  /// Adds a kernel that is no op's.
  void add(StringRef name, ArrayRef<Type> inputs, int64_t threads,
           function_ref<void(GpuKernel &, ValueRange)> body);
  ArrayRef<Attribute> names() const { return kernelNames; }
  /// Bytes of shared memory that launches of a kernel ask for.
  int64_t sharedBytes(unsigned number) const { return shared[number]; }
  /// Notes on the kernel that `entry` launches it for a part of `op`, for
  /// reports.
  void count(unsigned number, StringRef entry, Operation *op,
             const GpuLaunch &launch);

private:
  static std::string key(Operation *op, unsigned number);
  LLVM::LLVMFuncOp declare(StringRef name, ArrayRef<Type> inputs,
                           int64_t threads);
  LogicalResult write(Operation *op, StringRef name, const GpuLaunch &launch);

  ModuleOp module;
  llvm::StringMap<unsigned> numbers;
  SmallVector<Attribute> kernelNames;
  SmallVector<int64_t> shared;
};

} // namespace mlir::fot

#endif
