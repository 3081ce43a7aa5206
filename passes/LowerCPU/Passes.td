//===- Passes.td - passes of the lower phase, CPU --------------------------===//

#ifndef FOT_PASSES_LOWERCPU_PASSES
#define FOT_PASSES_LOWERCPU_PASSES

include "mlir/Pass/PassBase.td"

def ApproximateMath : Pass<"fot-approximate-math"> {
  let summary = "expands exponentials into polynomials";
  let description = [{
    Code segments link against nothing, so `math.exp` on vectors becomes a
    polynomial of about 1 ulp error (MLIR's approximation patterns).
  }];
  let dependentDialects = ["math::MathDialect", "vector::VectorDialect",
                           "arith::ArithDialect"];
}

def LowerToKernels : Pass<"fot-lower-to-kernels", "ModuleOp"> {
  let summary = "turns fot ops on buffers into kernels and calls of them";
  let description = [{
    Each entry point becomes a function of the kernel ABI
    (runtime/include/fot/kernel_abi.h): it loads its arguments from the call,
    and calls, for each op, a kernel with this worker's share of the op's work
    items. Ops alike in types and attributes share one kernel.

    Example:
    ```mlir
    func.func @decode(%x: memref<1x64xf32>, ...) { fot.rms_norm ins(%x, ...) }
    // becomes
    func.func private @rms_norm_0(%x: memref<..xf32>, ..., %begin: index, %end: index)
    func.func @decode(%call: !llvm.ptr, %worker: i32, %workers: i32) -> i32 {
      ... call @rms_norm_0(...) }
    ```
  }];
  let options = [Option<"level", "level", "std::string", "\"x86-64-v3\"",
                        "CPU level to write code for">];
  let statistics = [
    Statistic<"numKernels", "kernels", "kernels written">,
    Statistic<"numCalls", "calls", "ops lowered to calls">
  ];
  let dependentDialects = ["LLVM::LLVMDialect", "scf::SCFDialect",
    "vector::VectorDialect", "arith::ArithDialect", "math::MathDialect",
    "memref::MemRefDialect", "func::FuncDialect"];
}

#endif // FOT_PASSES_LOWERCPU_PASSES
