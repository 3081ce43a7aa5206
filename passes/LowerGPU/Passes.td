//===- Passes.td - passes of the lower phase, GPU --------------------------===//

#ifndef FOT_PASSES_LOWERGPU_PASSES
#define FOT_PASSES_LOWERGPU_PASSES

include "mlir/Pass/PassBase.td"

def ChooseGpuStrategy : Pass<"fot-choose-gpu-strategy", "func::FuncOp"> {
  let summary = "says how attention is to be computed on a GPU";
  let description = [{
    Attention of one token reads many keys for few heads: a block of threads for
    each head would leave most of a GPU idle. `fot.gpu_splits` says into how many
    ranges the keys that there are, of the window and of a dense memory, are
    cut; a second launch joins what they gave. It does not depend on how many
    keys there are, so that all steps of decoding are launched alike.

    Queries of many tokens share keys: `fot.gpu_tile` says that a block of
    threads works for a tile of them, where there is a kernel for the head
    dimension. There `fot.gpu_splits` says how many blocks read the memory for a
    key-value head at least: where there are fewer tiles, it is cut into ranges.
    Without, or 0, the memory is read by a block for each token and head.

    `fot.knn` of one token gets `fot.gpu_splits` ranges of its memory, and
    `fot.gpu_most`: how many entries it wants at most. Without a bound, or above
    512, its memory stays in one range.

    The workspace grows by what launches of one op leave for each other, at
    `fot.gpu_scratch`, which is 256-byte aligned. Ops that have one of the
    attributes keep it. CPUs ignore them. Remarks say what was decided and why.

    Example: `fot.attention` of one token, 32 heads and a window of 2048 gets
    `fot.gpu_splits = 16`.
  }];
  let options = [
    Option<"blocks", "blocks", "int64_t", "512",
           "blocks of threads that are enough for a GPU">,
    Option<"most", "most", "int64_t", "64", "the most ranges of a head">,
    Option<"keys", "keys", "int64_t", "128",
           "the fewest keys of a full window's range">
  ];
  let statistics = [
    Statistic<"numSplit", "split", "attentions split">,
    Statistic<"numTiled", "tiled", "attentions by tiles of queries">
  ];
  let dependentDialects = ["fot::FoTDialect"];
}

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
