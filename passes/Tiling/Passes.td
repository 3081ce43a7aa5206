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
    a time. Remarks say what was chosen and why, and for retrievals the bytes per
    key that the cost model expects of each scan.

    Example: `fot.matmul ... {strategy = #fot.strategy<tokens = 5, grain = 1,
    keys = 0>}`.
  }];
  let options = [Option<"scan", "scan", "std::string", "\"\"",
                        "What retrievals read first: exact, int8 or int4; "
                        "empty: what costs least">];
  let statistics = [Statistic<"numChosen", "chosen", "strategies chosen">];
  let dependentDialects = ["fot::FoTDialect"];
}

def SplitAttention : Pass<"fot-split-attention", "func::FuncOp"> {
  let summary = "cuts one token's attention into blocks of the window";
  let description = [{
    The attention of one token over few key-value heads gets what it joins from
    a `fot.partial_attention` over blocks of as many entries as the strategy
    scores at a time. Workers share the blocks: with 3 heads and 2 workers, one
    would wait for the other otherwise. The blocks are joined in their order, as
    without the split, so the result has the same bits.

    Example: `fot.attention ins(...) at %p scale 0.125 outs(%o) {strategy =
    #fot.strategy<..., keys = 64>}` with a window of 2048 becomes
    `%parts = fot.partial_attention of 64 ins(...) at %p scale 0.125 outs(...)`
    of `32 x H x (D + 2)` and `fot.attention ... parts(%parts of 64 : ...)`.
  }];
  let options = [Option<"fewHeads", "few-heads", "int64_t", "16",
                        "key-value heads that are enough without a split">];
  let statistics = [Statistic<"numSplit", "split", "attentions split">];
  let dependentDialects = ["fot::FoTDialect", "tensor::TensorDialect"];
}

def SplitRetrieval : Pass<"fot-split-retrieval", "func::FuncOp"> {
  let summary = "cuts one token's retrieval into ranges of the memory";
  let description = [{
    A `fot.memory_attention topk` of one token whose strategy says `splits = s`
    with s > 1 gets its winners from a `fot.partial_knn` over s ranges of the
    memory, which workers share: with few heads there would be too little to
    share otherwise. The winners are joined exactly.

    Example: `fot.memory_attention topk : 8 ins(...) at %p scale 0.125 outs(%o)
    {strategy = #fot.strategy<..., splits = 6>}` becomes
    `%s:2 = fot.partial_knn ins(%q, %m) outs(...)` of `6 x H x 8` and
    `fot.memory_attention ... partial(%s#0, %s#1) ...`.
  }];
  let statistics = [Statistic<"numSplit", "split", "retrievals split">];
  let dependentDialects = ["fot::FoTDialect", "tensor::TensorDialect"];
}

#endif // FOT_PASSES_TILING_PASSES
