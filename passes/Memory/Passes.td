//===- Passes.td - passes of the memory phase ------------------------------===//

#ifndef FOT_PASSES_MEMORY_PASSES
#define FOT_PASSES_MEMORY_PASSES

include "mlir/Pass/PassBase.td"

def AssignMemory : Pass<"fot-assign-memory", "ModuleOp"> {
  let summary = "says which layers own a memory";
  let description = [{
    Marks the attention ops of the given layers with `fot.memory`. A remark for
    each layer says whether it owns a memory, and by whose word.

    Example: with `layers=1` the attention of layer 1 gets
    `fot.memory = #fot.memory_spec<topk : 8, bf16, bf16>`.
  }];
  let options = [
    ListOption<"layers", "layers", "std::string",
               "layers, 0-based: 8, or 8:0+2 for two of its key-value heads">,
    Option<"mode", "mode", "std::string", "\"topk\"", "dense or topk">,
    Option<"k", "k", "int64_t", "8", "entries per query and head, for topk">,
    Option<"dtype", "dtype", "std::string", "\"bf16\"",
           "type of keys and values: f32, f16, bf16 or int8">,
    Option<"namedBy", "named-by", "std::string", "\"the pass's option\"",
           "what remarks say the layers were named by">
  ];
  let dependentDialects = ["fot::FoTDialect"];
}

def CreateEntryPoints : Pass<"fot-create-entry-points", "ModuleOp"> {
  let summary = "turns the stateless model into what a session calls";
  let description = [{
    From `@model` make `@prefill` (up to `prefill-tokens` tokens behind
    `position` others of the window), `@decode` (one token), and, with memories,
    `@evict` (moves the window's first `count` entries into the memories) and,
    for top-k, `@seal` (writes the index of segment `segment`). Keys
    and values live in window caches that are arguments, rotated at their
    position in the window; layers that own a memory keep the un-rotated keys
    too (fot-reference 1.3). A memory appears unfused: `fot.knn`, `fot.gather`
    and an attention with retrieved keys, or a view of the memory as prefix.

    Remarks say which entry points there are and why, and what their windows are.

    Example: `fot.append_window ins(%k) at %c0 outs(%empty)` becomes
    `fot.append_window ins(%k) at %position outs(%window_keys)`.
  }];
  let options = [
    Option<"window", "window", "int64_t", "0",
           "tokens of the local window; 0: the model's context length">,
    Option<"windowDtype", "window-dtype", "std::string", "\"f32\"",
           "type of window caches: f32, f16 or bf16">,
    Option<"lastContext", "last-context", "int64_t", "0",
           "tokens of a prompt kept local; 0: the window">,
    Option<"prefillTokens", "prefill-tokens", "int64_t", "256",
           "most tokens of one call">,
    Option<"maxMemory", "max-memory", "int64_t", "65536",
           "most entries of a memory that unfused code is planned for">
  ];
  let dependentDialects = ["fot::FoTDialect", "tensor::TensorDialect",
                           "arith::ArithDialect", "func::FuncDialect"];
}

def QuantizeActivations : Pass<"fot-quantize-activations", "func::FuncOp"> {
  let summary = "gives block-quantised weights 8-bit activations";
  let description = [{
    A product of f32 activations and a block-quantised weight reads the
    activations through `fot.quantize`; products of the same activations share
    it. A remark for each product says what it reads and why.

    Example: `fot.matmul ins(%x, %w)` becomes
    `%q = fot.quantize ins(%x); fot.matmul ins(%q, %w)`.
  }];
  let statistics = [Statistic<"numQuantized", "quantized",
                              "activations quantized">];
  let dependentDialects = ["fot::FoTDialect", "tensor::TensorDialect"];
}

#endif // FOT_PASSES_MEMORY_PASSES
