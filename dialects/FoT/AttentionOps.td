//===- AttentionOps.td - attention, with and without a memory --------------===//

#ifndef FOT_ATTENTION_OPS_TD
#define FOT_ATTENTION_OPS_TD

include "FoTTypes.td"

def FoT_AttentionOp : FoT_ComputeOp<"attention", [AttrSizedOperandSegments]> {
  let summary = "causal attention over the window, in one softmax with more";
  let description = [{
    Query t sees the window's entries [0, position + t], and, without any mask,
    its own `retrieved` keys or the `prefix` keys shared by all queries. All
    logits are scaled by `scale` and share one softmax (fot-reference 1.2).

    * (C1) queries and init `T x (H * D)` f32, or an init of
      `T x ceil(H*D/32)` a8 blocks.
    * (C2) keys and values `G x W x D` f32, f16 or bf16; H is a multiple of G.
    * (C3) retrieved: keys and values `T x H x K x D` f32.
    * (C4) prefix: keys and values `G x M x D` f32; not with retrieved.
    * (C5) `memory_heads`, if given, are the key-value heads, ascending, that
      retrieved or prefix keys are for; queries of others ignore them.
    * (C6) `parts`, for one token: what `fot.partial_attention` found in this
      window for these queries, scale and block, so that it need not be found
      again.
  }];
  let arguments = (ins FoT_Shaped:$queries, FoT_Shaped:$keys,
      FoT_Shaped:$values, Index:$position,
      Optional<FoT_Shaped>:$retrieved_keys,
      Optional<FoT_Shaped>:$retrieved_values,
      Optional<FoT_Shaped>:$prefix_keys, Optional<FoT_Shaped>:$prefix_values,
      Optional<FoT_Shaped>:$parts, Variadic<FoT_Shaped>:$inits, F64Attr:$scale,
      OptionalAttr<I64Attr>:$block,
      OptionalAttr<DenseI64ArrayAttr>:$memory_heads,
      OptionalAttr<FoT_StrategyAttr>:$strategy);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $queries `,` $keys `,` $values `:` type($queries) `,` type($keys)
    `,` type($values) `)` `at` $position
    (`retrieved` `(` $retrieved_keys^ `,` $retrieved_values `:`
     type($retrieved_keys) `,` type($retrieved_values) `)`)?
    (`prefix` `(` $prefix_keys^ `,` $prefix_values `:` type($prefix_keys) `,`
     type($prefix_values) `)`)?
    (`parts` `(` $parts^ `of` $block `:` type($parts) `)`)?
    `scale` $scale
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def FoT_MemoryAttentionOp : FoT_ComputeOp<"memory_attention",
    [AttrSizedOperandSegments]> {
  let summary = "retrieval and attention in one";
  let description = [{
    What `fot.attention` computes with the whole memory as prefix (`dense`), or
    with the k best entries of each query and head as retrieved (`topk`; all
    entries while there are at most k). Scores are never stored.

    * (C1) queries, keys, values and init as in `fot.attention`; the memory's
      heads and head dimension are those of the keys.
    * (C2) k is positive for `topk` and absent for `dense`.
    * (C3) `partial`, for `topk` of one token: what `fot.partial_knn` found in
      this memory for these queries and k, so that it need not be found again.
    * (C4) `parts`, for one token: as in `fot.attention`.
  }];
  let arguments = (ins FoT_Shaped:$queries, FoT_Shaped:$keys,
      FoT_Shaped:$values, FoT_MemoryType:$memory, Index:$position,
      Optional<FoT_Shaped>:$partial_scores,
      Optional<FoT_Shaped>:$partial_entries, Optional<FoT_Shaped>:$parts,
      Variadic<FoT_Shaped>:$inits, F64Attr:$scale, OptionalAttr<I64Attr>:$block,
      FoT_MemoryModeAttr:$mode, OptionalAttr<I64Attr>:$k,
      OptionalAttr<FoT_StrategyAttr>:$strategy);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $mode (`:` $k^)?
    `ins` `(` $queries `,` $keys `,` $values `,` $memory `:` type($queries) `,`
    type($keys) `,` type($values) `,` type($memory) `)` `at` $position
    (`partial` `(` $partial_scores^ `,` $partial_entries `:`
     type($partial_scores) `,` type($partial_entries) `)`)?
    (`parts` `(` $parts^ `of` $block `:` type($parts) `)`)?
    `scale` $scale
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def FoT_PartialAttentionOp : FoT_ComputeOp<"partial_attention"> {
  let summary = "attention over each block of a window by itself";
  let description = [{
    For the query of one token, in each block of `block` entries of the window
    by itself, up to the query's own: with the largest logit m of a block, the
    sums over its entries i of `exp(logit_i - m) value_i` (D numbers), then m,
    then the sum of `exp(logit_i - m)`. Blocks without an entry stay as they
    are. The blocks are work that can be shared out; the attention ops join
    what they give.

    * (C1) queries `1 x (H * D)` f32; keys and values as in `fot.attention`.
    * (C2) a positive block, and an init `ceil(W / block) x H x (D + 2)` f32.
  }];
  let arguments = (ins FoT_Shaped:$queries, FoT_Shaped:$keys,
      FoT_Shaped:$values, Index:$position, Variadic<FoT_Shaped>:$inits,
      I64Attr:$block, F64Attr:$scale, OptionalAttr<FoT_StrategyAttr>:$strategy);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `of` $block `ins` `(` $queries `,` $keys `,` $values `:` type($queries) `,`
    type($keys) `,` type($values) `)` `at` $position `scale` $scale
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def FoT_CrossbatchAttentionOp : FoT_ComputeOp<"crossbatch_attention"> {
  let summary = "the contrastive attention of training";
  let description = [{
    Row i of the batch attends causally to itself (keys rotated by interleaved
    rope from position 0) and to all of the preceding rows that its place in the
    `pack` rows of its document makes visible, whose keys stay un-rotated
    (fot-reference 4.3 and 7.4).

    * (C1) queries, keys, values and init `B x S x H x D` f32, D even.
    * (C2) range >= 0, pack >= 1.
  }];
  let arguments = (ins FoT_Shaped:$queries, FoT_Shaped:$keys,
      FoT_Shaped:$values, Variadic<FoT_Shaped>:$inits, I64Attr:$range,
      I64Attr:$pack, UnitAttr:$stepping, F64Attr:$theta);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $queries `,` $keys `,` $values `:` type($queries) `,` type($keys)
    `,` type($values) `)` `range` $range `pack` $pack (`stepping` $stepping^)?
    `theta` $theta
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

#endif // FOT_ATTENTION_OPS_TD
