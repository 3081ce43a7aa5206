//===- Passes.td - passes of the bufferize phase ---------------------------===//

#ifndef FOT_PASSES_BUFFERIZE_PASSES
#define FOT_PASSES_BUFFERIZE_PASSES

include "mlir/Pass/PassBase.td"

def DropEntryResults : Pass<"fot-drop-entry-results", "ModuleOp"> {
  let summary = "removes results that are updated arguments";
  let description = [{
    Entry points return what they update: logits, window caches, memories. Once
    these are buffers the arguments themselves are updated, and the results say
    nothing. A result that is no argument's buffer is an error.

    Example: `func.func @f(%x: memref<4xf32>) -> memref<4xf32> { return %x }`
    becomes `func.func @f(%x: memref<4xf32>) { return }`.
  }];
}

def InsertBarriers : Pass<"fot-insert-barriers", "func::FuncOp"> {
  let summary = "puts barriers where workers depend on each other";
  let description = [{
    All workers run an entry point, each with its share of every op. A
    `fot.barrier` stands before an op that reads what was written, or writes
    what was read or written, since the last barrier. Workspace buffers are
    compared by the bytes they occupy.

    Example: of `rms_norm -> matmul q, matmul k, matmul v -> rope`, only the
    norm and the three products are followed by a barrier.
  }];
  let statistics = [Statistic<"numBarriers", "barriers", "barriers inserted">];
  let dependentDialects = ["fot::FoTDialect"];
}

def PlanWorkspace : Pass<"fot-plan-workspace", "func::FuncOp"> {
  let summary = "gives every buffer a fixed place in one workspace";
  let description = [{
    Replaces each `memref.alloc` by a `fot.workspace_buffer`: buffers whose
    lives do not overlap share bytes; a life lasts until the barrier after the
    last use, so that sharing never makes workers wait. Dynamic sizes are bounded by what they
    come from: the tokens of a call by `fot.max_tokens` of the function, a
    memory's size by its `fot.max_memory`, and `arith.minui` by its smaller
    side. The sum is written to the function as `fot.workspace_bytes`.

    Example: `memref.alloc(%n) : memref<?x64xf32>` becomes
    `fot.workspace_buffer at 0 bytes 65536 sizes(%n) : memref<?x64xf32>`.
  }];
  let statistics = [Statistic<"numBytes", "bytes", "bytes of workspace">];
  let dependentDialects = ["fot::FoTDialect"];
}

def SeparateInits : Pass<"fot-separate-inits", "func::FuncOp"> {
  let summary = "gives every op inits of its own";
  let description = [{
    Ops that share a `tensor.empty` may get one buffer, if none of them reads
    what another left there. Then workers wait for each other for nothing. So
    each use gets a `tensor.empty` for itself; fot-plan-workspace shares bytes
    where it costs no barrier.

    Example: of `%a = op1 outs(%e)` and `%b = op2 outs(%e)` the second becomes
    `%e2 = tensor.empty()` and `%b = op2 outs(%e2)`.
  }];
  let statistics = [Statistic<"numCloned", "cloned", "inits cloned">];
  let dependentDialects = ["tensor::TensorDialect"];
}

#endif // FOT_PASSES_BUFFERIZE_PASSES
