//===- Passes.td - passes of the tile phase --------------------------------===//

#ifndef FOT_PASSES_TILING_PASSES
#define FOT_PASSES_TILING_PASSES

include "mlir/Pass/PassBase.td"

def ChooseStrategy : Pass<"fot-choose-strategy", "func::FuncOp"> {
  let summary = "says how each op is to be computed";
  let description = [{
    Writes a `#fot.strategy` to every product and attention that has none, so
    that one given in the input is obeyed. The kernels of the lower phase read
    it: tokens per register tile, panels or heads per work item, keys scored at
    a time.

    Example: `fot.matmul ... {strategy = #fot.strategy<tokens = 5, grain = 1,
    keys = 0>}`.
  }];
  let statistics = [Statistic<"numChosen", "chosen", "strategies chosen">];
  let dependentDialects = ["fot::FoTDialect"];
}

#endif // FOT_PASSES_TILING_PASSES
