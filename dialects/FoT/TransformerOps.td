//===- TransformerOps.td - the named parts of a LLaMA block ----------------===//

#ifndef FOT_TRANSFORMER_OPS_TD
#define FOT_TRANSFORMER_OPS_TD

include "FoTTypes.td"

def FoT_EmbeddingOp : FoT_ComputeOp<"embedding"> {
  let summary = "the embedding rows of tokens";
  let description = [{
    * (C1) tokens `T` i32, init `T x F` f32.
    * (C2) table `V x F`, or packed as in `fot.matmul` (C2) with V rows.
  }];
  let arguments = (ins FoT_Shaped:$tokens, FoT_Shaped:$table,
                       Variadic<FoT_Shaped>:$inits);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $tokens `,` $table `:` type($tokens) `,` type($table) `)`
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def FoT_RmsNormOp : FoT_ComputeOp<"rms_norm"> {
  let summary = "root-mean-square normalisation of each token";
  let description = [{
    `out[t] = gain * input[t] / sqrt(mean(input[t]^2) + eps)`, rounded to a8
    blocks if the init asks for it.

    * (C1) input `T x F` f32, gain `F` f32.
    * (C2) init `T x F` f32 or `T x ceil(F/32)` a8 blocks.
    * (C3) eps is not negative.
  }];
  let arguments = (ins FoT_Shaped:$input, FoT_Shaped:$gain,
                       Variadic<FoT_Shaped>:$inits, F64Attr:$eps);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `,` $gain `:` type($input) `,` type($gain) `)` `eps` $eps
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def FoT_RopeOp : FoT_ComputeOp<"rope"> {
  let summary = "rotary position embedding, half-split pairs";
  let description = [{
    Token t has position `position + t`. In each head of `head_dim` features the
    pair (i, i + D/2) is rotated by the angle whose cosine and sine the table
    holds (fot-reference 2.1).

    * (C1) input and init `T x F` f32, head_dim even and a divisor of F.
    * (C2) table `P x head_dim` f32.
  }];
  let arguments = (ins FoT_Shaped:$input, FoT_Shaped:$table, Index:$position,
                       Variadic<FoT_Shaped>:$inits, I64Attr:$head_dim);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `,` $table `:` type($input) `,` type($table) `)`
    `at` $position `head_dim` $head_dim
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def FoT_SwiGLUOp : FoT_ComputeOp<"swiglu"> {
  let summary = "silu(gate) * up";
  let description = [{
    `out = gate / (1 + exp(-gate)) * up`, rounded to a8 blocks if the init asks
    for it.

    * (C1) gate and up `T x F` f32.
    * (C2) init `T x F` f32 or `T x ceil(F/32)` a8 blocks.
  }];
  let arguments = (ins FoT_Shaped:$gate, FoT_Shaped:$up,
                       Variadic<FoT_Shaped>:$inits);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $gate `,` $up `:` type($gate) `,` type($up) `)`
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def FoT_LastRowsOp : FoT_ComputeOp<"last_rows"> {
  let summary = "the last tokens of a call";
  let description = [{
    Copies the last R of the T rows, so that logits are computed only where
    they are asked for. Folds away when R and T are the same static number.

    * (C1) input `T x F`, init `R x F`, same element type; R <= T where static.
  }];
  let arguments = (ins FoT_Shaped:$input, Variadic<FoT_Shaped>:$inits);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)`
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
}

#endif // FOT_TRANSFORMER_OPS_TD
