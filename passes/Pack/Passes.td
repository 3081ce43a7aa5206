//===- Passes.td - passes of the pack phase --------------------------------===//

#ifndef FOT_PASSES_PACK_PASSES
#define FOT_PASSES_PACK_PASSES

include "mlir/Pass/PassBase.td"

def AssignWeightOffsets : Pass<"fot-assign-weight-offsets", "ModuleOp"> {
  let summary = "places the weights in the weights segment";
  let description = [{
    In the order in which the module declares them, each at a multiple of 64.

    Example: `fot.weight @a : tensor<8xf32> from ...` becomes
    `fot.weight @a : tensor<8xf32> from ... at 0`.
  }];
  let statistics = [Statistic<"numBytes", "bytes", "bytes of weights">];
  let dependentDialects = ["fot::FoTDialect"];
}

def PackWeights : Pass<"fot-pack-weights", "ModuleOp"> {
  let summary = "gives matrices the layout that the kernels read";
  let description = [{
    A matrix used only by products and embeddings becomes panels of 16 rows
    (docs/weight-layouts.md); the plain type is kept as the logical type. The
    numbers are re-arranged when the artifact is written. Other weights keep
    their layout.

    Example: `tensor<576x18x!fot.block<q4_1>>` becomes
    `tensor<36x18x!fot.panel<q4_1 x 16>>`.
  }];
  let statistics = [Statistic<"numPacked", "packed", "weights packed">];
  let dependentDialects = ["fot::FoTDialect"];
}

#endif // FOT_PASSES_PACK_PASSES
