//===- Passes.td - passes of the lower phase, CPU --------------------------===//

#ifndef FOT_PASSES_LOWERCPU_PASSES
#define FOT_PASSES_LOWERCPU_PASSES

include "mlir/Pass/PassBase.td"

def AddBestDecode : Pass<"fot-add-best-decode", "ModuleOp"> {
  let summary = "adds a form of decode that finds the best token";
  let description = [{
    Who always takes the best token needs no logits. A CPU level gets a copy of
    `decode`, named `decode_best`, in which the product that writes the logits
    is marked `fot.best`: it keeps the largest number of each 256 tokens and
    leaves that and the token's id where the logits would be
    (runtime/include/fot/kernel_abi.h). Modules for GPUs are left alone: there
    a kernel behind the entry point finds the best token.

    Example:
    ```mlir
    fot.matmul ins(%x, %w : ...) outs(%logits : memref<1x49152xf32>)
    // becomes, in a copy named @decode_best
    fot.matmul ins(%x, %w : ...) outs(%logits : memref<1x49152xf32>) {fot.best}
    ```
  }];
  let statistics = [Statistic<"numCopies", "copies", "forms of decode added">];
  let dependentDialects = ["fot::FoTDialect", "func::FuncDialect"];
}

def ApproximateMath : Pass<"fot-approximate-math"> {
  let summary = "expands exponentials into polynomials";
  let description = [{
    Code segments link against nothing, so `math.exp` on vectors becomes a
    polynomial of about 1 ulp error (MLIR's approximation patterns).
  }];
  let dependentDialects = ["math::MathDialect", "vector::VectorDialect",
                           "arith::ArithDialect"];
}

def ExpandCpuLevels : Pass<"fot-expand-cpu-levels", "ModuleOp"> {
  let summary = "makes one copy of the entry points per CPU level";
  let description = [{
    The entry points move into one nested module per level, which the rest of
    the phase lowers side by side; the outer module keeps the weights and, in
    `fot.entries`, what the runtime must know of each entry point.

    Example: `func.func @decode(...)` becomes
    `module @"x86-64-v3" attributes {fot.level = "x86-64-v3"} { func.func @decode }`.
  }];
  let options = [ListOption<"levels", "levels", "std::string", "CPU levels">,
    ListOption<"finished", "finished", "std::string",
               "those of the levels whose code is there already: their modules "
               "stay empty">,
    ListOption<"gpu", "gpu", "std::string",
               "GPU architectures that another module, marked fot.gpu, is "
               "for">];
  let dependentDialects = ["fot::FoTDialect", "func::FuncDialect"];
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
  let options = [Option<"level", "level", "std::string", "\"\"",
                        "CPU level to write code for; empty: the module's "
                        "fot.level">];
  let statistics = [
    Statistic<"numKernels", "kernels", "kernels written">,
    Statistic<"numCalls", "calls", "ops lowered to calls">
  ];
  let dependentDialects = ["LLVM::LLVMDialect", "scf::SCFDialect",
    "vector::VectorDialect", "arith::ArithDialect", "math::MathDialect",
    "memref::MemRefDialect", "func::FuncDialect"];
}

#endif // FOT_PASSES_LOWERCPU_PASSES
