//===- Passes.td - passes of the lower phase, GPU --------------------------===//

#ifndef FOT_PASSES_LOWERGPU_PASSES
#define FOT_PASSES_LOWERGPU_PASSES

include "mlir/Pass/PassBase.td"

def LowerToGpuKernels : Pass<"fot-lower-to-gpu-kernels", "ModuleOp"> {
  let summary = "turns fot ops on buffers into GPU kernels and launches of them";
  let description = [{
    In a module that is marked `fot.gpu`, each entry point becomes a function of
    the device ABI (runtime/include/fot/device_abi.h): for each op it asks the
    host table for one or more launches. The kernels are functions of a nested
    module, whose `fot.kernels` lists them by number. Launches alike in types and
    attributes share a kernel. Barriers between workers go away: launches happen
    in order. Other modules stay as they are.

    Example:
    ```mlir
    func.func @decode(%x: memref<1x64xf32>, ...) { fot.rms_norm ins(%x, ...) }
    // becomes
    module @kernels attributes {fot.kernels = ["rms_norm_0"]} {
      llvm.func @rms_norm_0(%x: !llvm.ptr, ...) attributes {nvvm.kernel} }
    func.func @decode(%call: !llvm.ptr, %worker: i32, %workers: i32) -> i32 {
      ... llvm.call %launch(%context, %c0, %shape, %arguments) }
    ```
  }];
  let statistics = [
    Statistic<"numKernels", "kernels", "kernels written">,
    Statistic<"numLaunches", "launches", "launches written">
  ];
  let dependentDialects = ["LLVM::LLVMDialect", "NVVM::NVVMDialect",
    "scf::SCFDialect", "vector::VectorDialect", "arith::ArithDialect",
    "func::FuncDialect"];
}

#endif // FOT_PASSES_LOWERGPU_PASSES
