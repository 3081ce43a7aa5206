//===- Passes.td - the passes of the fusion phase -------------------------===//
//
// In alphabetical order. Pipeline.cpp has the order in which they run.
//
//===----------------------------------------------------------------------===//

#ifndef FOT_FUSION_PASSES_TD
#define FOT_FUSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def FuseQuantizeIntoProducer : Pass<"fot-fuse-quantize-into-producer",
                                    "::mlir::func::FuncOp"> {
  let summary = "Lets the op that computes activations also round them";
  let description = [{
    A `fot.quantize` that is the only user of a `fot.rms_norm`, `fot.swiglu`,
    `fot.gated_matmul`, `fot.attention` or `fot.memory_attention` goes away;
    its producer gets the init of blocks, so that the f32 activations never
    exist in memory.

    ```mlir
    %0 = fot.rms_norm ins(%x, %gain : tensor<4x64xf32>, tensor<64xf32>)
      eps 1.0e-5 outs(%f32 : tensor<4x64xf32>) -> tensor<4x64xf32>
    %1 = fot.quantize ins(%0 : tensor<4x64xf32>)
      outs(%a8 : tensor<4x2x!fot.block<a8>>) -> tensor<4x2x!fot.block<a8>>
    // becomes
    %1 = fot.rms_norm ins(%x, %gain : tensor<4x64xf32>, tensor<64xf32>)
      eps 1.0e-5 outs(%a8 : tensor<4x2x!fot.block<a8>>)
      -> tensor<4x2x!fot.block<a8>>
    ```
  }];
  let dependentDialects = ["::mlir::fot::FoTDialect"];
  let statistics = [
    Statistic<"numFused", "num-fused", "Number of fot.quantize folded away">,
    Statistic<"numMissed", "num-missed", "Number of fot.quantize that stay">];
}

def FuseResidualIntoMatmul : Pass<"fot-fuse-residual-into-matmul",
                                  "::mlir::func::FuncOp"> {
  let summary = "Adds the residual where the product is stored";
  let description = [{
    A `linalg.add` that is the only user of a `fot.matmul` becomes the
    product's `residual`. The product may stand on either side. An addition
    without any product is no candidate.

    ```mlir
    %0 = fot.matmul ins(%x, %w : tensor<4x64xf32>, tensor<32x64xf32>)
      outs(%init : tensor<4x32xf32>) -> tensor<4x32xf32>
    %1 = linalg.add ins(%0, %r : tensor<4x32xf32>, tensor<4x32xf32>)
      outs(%sum : tensor<4x32xf32>) -> tensor<4x32xf32>
    // becomes
    %1 = fot.matmul ins(%x, %w : tensor<4x64xf32>, tensor<32x64xf32>)
      residual(%r : tensor<4x32xf32>)
      outs(%sum : tensor<4x32xf32>) -> tensor<4x32xf32>
    ```
  }];
  let dependentDialects = ["::mlir::fot::FoTDialect"];
  let statistics = [
    Statistic<"numFused", "num-fused", "Number of additions folded away">,
    Statistic<"numMissed", "num-missed",
              "Number of additions to a product that stay">];
}

def FuseRetrievalIntoAttention : Pass<"fot-fuse-retrieval-into-attention",
                                      "::mlir::func::FuncOp"> {
  let summary = "Makes retrieval and attention one op that stores no scores";
  let description = [{
    `fot.knn` -> `fot.gather` -> `fot.attention retrieved` becomes
    `fot.memory_attention topk`, and `fot.view_memory` -> `fot.attention prefix`
    becomes `fot.memory_attention dense`. The number of entries must be known to
    be min(K, the memory's size) for a constant K, or a static K. An attention
    without retrieved keys and prefix is no candidate.

    ```mlir
    %size = fot.memory_size %mem : !fot.memory<1 x 8, f32, f32>
    %k = arith.minui %size, %c4 : index
    %scores = tensor.empty(%k) : tensor<1x2x?xf32>
    %indices = tensor.empty(%k) : tensor<1x2x?xi64>
    %entries = tensor.empty(%k) : tensor<1x2x?x8xf32>
    %found:2 = fot.knn ins(%q, %mem : tensor<1x16xf32>,
        !fot.memory<1 x 8, f32, f32>)
      outs(%scores, %indices : tensor<1x2x?xf32>, tensor<1x2x?xi64>)
      -> tensor<1x2x?xf32>, tensor<1x2x?xi64>
    %kv:2 = fot.gather ins(%found#1, %mem : tensor<1x2x?xi64>,
        !fot.memory<1 x 8, f32, f32>)
      outs(%entries, %entries : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>)
      -> tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>
    %0 = fot.attention ins(%q, %keys, %values : tensor<1x16xf32>,
        tensor<1x6x8xf32>, tensor<1x6x8xf32>) at %pos
      retrieved(%kv#0, %kv#1 : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>)
      scale 0.35 outs(%init : tensor<1x16xf32>) -> tensor<1x16xf32>
    // becomes
    %0 = fot.memory_attention topk : 4
      ins(%q, %keys, %values, %mem : tensor<1x16xf32>, tensor<1x6x8xf32>,
        tensor<1x6x8xf32>, !fot.memory<1 x 8, f32, f32>) at %pos
      scale 0.35 outs(%init : tensor<1x16xf32>) -> tensor<1x16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::fot::FoTDialect"];
  let statistics = [
    Statistic<"numFused", "num-fused", "Number of attentions fused">,
    Statistic<"numMissed", "num-missed",
              "Number of attentions with a memory that stay unfused">];
}

def FuseRopeIntoProjection : Pass<"fot-fuse-rope-into-projection",
                                  "::mlir::func::FuncOp"> {
  let summary = "Rotates queries and keys where their product is stored";
  let description = [{
    A `fot.rope` that is the only user of a `fot.matmul` becomes the product's
    `rope`. It stays where the product has other uses: a layer with a memory
    remembers its keys un-rotated.

    ```mlir
    %0 = fot.matmul ins(%x, %w : tensor<4x64xf32>, tensor<32x64xf32>)
      outs(%init : tensor<4x32xf32>) -> tensor<4x32xf32>
    %1 = fot.rope ins(%0, %table : tensor<4x32xf32>, tensor<128x16xf32>)
      at %pos head_dim 16 outs(%out : tensor<4x32xf32>) -> tensor<4x32xf32>
    // becomes
    %1 = fot.matmul ins(%x, %w : tensor<4x64xf32>, tensor<32x64xf32>)
      rope(%table : tensor<128x16xf32>) at %pos
      outs(%out : tensor<4x32xf32>) {head_dim = 16 : i64} -> tensor<4x32xf32>
    ```
  }];
  let dependentDialects = ["::mlir::fot::FoTDialect"];
  let statistics = [
    Statistic<"numFused", "num-fused", "Number of fot.rope folded away">,
    Statistic<"numMissed", "num-missed", "Number of fot.rope that stay">];
}

def FuseSwigluIntoProjections : Pass<"fot-fuse-swiglu-into-projections",
                                     "::mlir::func::FuncOp"> {
  let summary = "Computes gate and up together and joins them at once";
  let description = [{
    A `fot.swiglu` that is the only user of two `fot.matmul` of the same input
    becomes, with them, one `fot.gated_matmul`.

    ```mlir
    %0 = fot.matmul ins(%x, %gate : tensor<4x64xf32>, tensor<96x64xf32>)
      outs(%init : tensor<4x96xf32>) -> tensor<4x96xf32>
    %1 = fot.matmul ins(%x, %up : tensor<4x64xf32>, tensor<96x64xf32>)
      outs(%init : tensor<4x96xf32>) -> tensor<4x96xf32>
    %2 = fot.swiglu ins(%0, %1 : tensor<4x96xf32>, tensor<4x96xf32>)
      outs(%out : tensor<4x96xf32>) -> tensor<4x96xf32>
    // becomes
    %2 = fot.gated_matmul ins(%x, %gate, %up : tensor<4x64xf32>,
        tensor<96x64xf32>, tensor<96x64xf32>) features 96
      outs(%out : tensor<4x96xf32>) -> tensor<4x96xf32>
    ```
  }];
  let dependentDialects = ["::mlir::fot::FoTDialect"];
  let statistics = [
    Statistic<"numFused", "num-fused", "Number of fot.swiglu folded away">,
    Statistic<"numMissed", "num-missed", "Number of fot.swiglu that stay">];
}

def FuseWindowIntoProjection : Pass<"fot-fuse-window-into-projection",
                                    "::mlir::func::FuncOp"> {
  let summary = "Writes keys and values into the window where they are computed";
  let description = [{
    A `fot.append_window` of what only it uses, a `fot.matmul`, rotated or not,
    becomes with it one `fot.window_matmul`. In a layer with a memory the
    un-rotated keys go into a second cache, which becomes the op's second one.
    The products of queries, keys and values then stand side by side, and no
    worker has to wait between them.

    ```mlir
    %0 = fot.matmul ins(%x, %w : tensor<4x64xf32>, tensor<32x64xf32>)
      outs(%init : tensor<4x32xf32>) -> tensor<4x32xf32>
    %1 = fot.append_window ins(%0 : tensor<4x32xf32>) at %pos
      outs(%cache : tensor<2x512x16xf32>) -> tensor<2x512x16xf32>
    // becomes
    %rows, %1 = fot.window_matmul
      ins(%x, %w : tensor<4x64xf32>, tensor<32x64xf32>) at %pos
      outs(%init, %cache : tensor<4x32xf32>, tensor<2x512x16xf32>)
      -> tensor<4x32xf32>, tensor<2x512x16xf32>
    ```
  }];
  let dependentDialects = ["::mlir::fot::FoTDialect"];
  let statistics = [
    Statistic<"numFused", "num-fused", "Number of fot.append_window folded away">,
    Statistic<"numMissed", "num-missed",
              "Number of fot.append_window that stay">];
}

#endif // FOT_FUSION_PASSES_TD
