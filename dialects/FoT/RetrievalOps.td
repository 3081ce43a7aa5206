//===- RetrievalOps.td - exact top-k retrieval -----------------------------===//

#ifndef FOT_RETRIEVAL_OPS_TD
#define FOT_RETRIEVAL_OPS_TD

include "FoTTypes.td"

def FoT_KnnOp : FoT_ComputeOp<"knn"> {
  let summary = "the k best keys of a memory, per query and head";
  let description = [{
    For each query and head the K entries with the largest inner products of
    query and key, best first; among equal scores the older entry comes first
    (fot-reference 1.7). K is the size of the inits' third dimension and at most
    the memory's size. Heads without a memory get scores of -inf and indices -1.

    * (C1) queries `T x (H * D)` f32 with the memory's head dimension D; H is a
      multiple of the memory's heads.
    * (C2) inits: scores `T x H x K` f32 and indices `T x H x K` i64.
  }];
  let arguments = (ins FoT_Shaped:$queries, FoT_MemoryType:$memory,
      Variadic<FoT_Shaped>:$inits, OptionalAttr<FoT_StrategyAttr>:$strategy);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $queries `,` $memory `:` type($queries) `,` type($memory) `)`
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def FoT_PartialKnnOp : FoT_ComputeOp<"partial_knn"> {
  let summary = "the k best keys of each of some ranges of a memory";
  let description = [{
    What `fot.knn` finds for one token, but in each of S equal ranges of the
    memory by itself: range s has the entries [M s / S, M (s + 1) / S) of M.
    Where a range has less than K entries, scores of -inf and entries -1 follow;
    heads without a memory have nothing else. K may be larger than the memory.
    The ranges are work that can be shared out; `fot.memory_attention` joins
    what they give.

    * (C1) queries `1 x (H * D)` f32 with the memory's head dimension D; H is a
      multiple of the memory's heads.
    * (C2) inits: scores `S x H x K` f32 and entries `S x H x K` i64, all sizes
      static and positive.
  }];
  let arguments = (ins FoT_Shaped:$queries, FoT_MemoryType:$memory,
      Variadic<FoT_Shaped>:$inits, OptionalAttr<FoT_StrategyAttr>:$strategy);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $queries `,` $memory `:` type($queries) `,` type($memory) `)`
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def FoT_GatherOp : FoT_ComputeOp<"gather"> {
  let summary = "keys and values of a memory at given entries";
  let description = [{
    An index of -1 gives zeros.

    * (C1) indices `T x H x K` i64, H a multiple of the memory's heads.
    * (C2) inits: keys and values `T x H x K x D` f32, D the head dimension.
  }];
  let arguments = (ins FoT_Shaped:$indices, FoT_MemoryType:$memory,
                       Variadic<FoT_Shaped>:$inits);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $indices `,` $memory `:` type($indices) `,` type($memory) `)`
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

#endif // FOT_RETRIEVAL_OPS_TD
