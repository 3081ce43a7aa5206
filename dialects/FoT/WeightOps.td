//===- WeightOps.td - weights and the products that read them -------------===//

#ifndef FOT_WEIGHT_OPS_TD
#define FOT_WEIGHT_OPS_TD

include "FoTTypes.td"

def FoT_WeightOp : FoT_Op<"weight", [Symbol]> {
  let summary = "a named weight that lives outside the IR";
  let description = [{
    Declares a weight and where its numbers come from. Matrices are
    `out x in`; block-quantised ones `out x (in / 32) x !fot.block`. After
    `fot-pack-weights` the type is a packed one and `offset` is the weight's
    place in the weights segment.

    * (C1) the type is a static tensor of f32, f16, bf16, a block type other
      than a8, or a panel type.
    * (C2) the origin is a source, rope table, random or dense elements
      attribute.

    Example:
    ```mlir
    fot.weight @layers.0.q : tensor<576x18x!fot.block<q4_1>>
      from #fot.source<"m.gguf", offset = 4096, bytes = 207360, type = "q4_1",
                       shape = [576, 576], interleaved = 64>
    ```
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeAttr:$type,
      AnyAttr:$origin, OptionalAttr<I64Attr>:$offset,
      OptionalAttr<TypeAttr>:$logical_type);
  let assemblyFormat = [{
    $sym_name `:` $type `from` $origin (`at` $offset^)?
    (`logical` $logical_type^)? attr-dict
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    RankedTensorType getTensorType() {
      return ::llvm::cast<RankedTensorType>(getType());
    }
    /// The type before packing.
    RankedTensorType getLogicalTensorType() {
      return ::llvm::cast<RankedTensorType>(getLogicalType().value_or(getType()));
    }
  }];
}

def FoT_LoadWeightOp : FoT_Op<"load_weight",
    [Pure, DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "the value of a weight";
  let description = [{
    * (C1) `weight` names a `fot.weight` of the enclosing module.
    * (C2) the result has the weight's shape and element type.
  }];
  let arguments = (ins FlatSymbolRefAttr:$weight);
  let results = (outs FoT_Shaped:$result);
  let assemblyFormat = "$weight attr-dict `:` type($result)";
}

def FoT_QuantizeOp : FoT_ComputeOp<"quantize"> {
  let summary = "rounds activations to blocks of 8-bit integers";
  let description = [{
    Per token and block of 32: d = max|x| / 127, q = round-half-even(x / d),
    and the sum of the q. A last block that the features do not fill is
    padded with zeros.

    * (C1) input `T x K` f32, init `T x ceil(K/32)` of `!fot.block<a8>`.
  }];
  let arguments = (ins FoT_Shaped:$input, Variadic<FoT_Shaped>:$inits);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `outs` `(` $inits `:` type($inits) `)`
    attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def FoT_MatmulOp : FoT_ComputeOp<"matmul", [AttrSizedOperandSegments]> {
  let summary = "activations times a transposed weight";
  let description = [{
    `out[t, n] = sum_k input[t, k] * weight[n, k]`, then, if given, rotated as
    by `fot.rope` with `table`, `position` and `head_dim`, and, if given, plus
    `residual[t, n]`.

    * (C1) input `T x K` f32, or `T x ceil(K/32)` a8 blocks; init `T x N` f32.
    * (C2) weight: `N x K` float or `N x ceil(K/32)` blocks, or packed:
      `ceil(N/16) x K` or `ceil(N/16) x ceil(K/32)` panels.
    * (C3) a8 input meets block-quantised weights only, and f32 input packed
      into panels meets float ones only.
    * (C4) residual has the shape and type of the init.
    * (C5) table, position and head_dim come together; table is `P x head_dim`
      f32, head_dim is even and divides N.
  }];
  let arguments = (ins FoT_Shaped:$input, FoT_Shaped:$weight,
      Optional<FoT_Shaped>:$residual, Optional<FoT_Shaped>:$table,
      Optional<Index>:$position, Variadic<FoT_Shaped>:$inits,
      OptionalAttr<I64Attr>:$head_dim, OptionalAttr<FoT_StrategyAttr>:$strategy);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `,` $weight `:` type($input) `,` type($weight) `)`
    (`rope` `(` $table^ `:` type($table) `)` `at` $position)?
    (`residual` `(` $residual^ `:` type($residual) `)`)?
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def FoT_WindowMatmulOp : FoT_ComputeOp<"window_matmul",
    [AttrSizedOperandSegments]> {
  let summary = "a product that goes into window caches";
  let description = [{
    `rows = input * weight^T` as in `fot.matmul`. The rows, rotated as by
    `fot.rope` if there is a table, go into the first cache as by
    `fot.append_window`; as they are, into the second cache if there is one: a
    layer with a memory remembers its keys un-rotated.

    * (C1) input and weight as in `fot.matmul` (C1) to (C3).
    * (C2) inits: rows `T x (G * D)` f32, then one or two caches `G x W x D`,
      each f32, f16 or bf16.
    * (C3) table `P x D` f32; D is even then.
  }];
  let arguments = (ins FoT_Shaped:$input, FoT_Shaped:$weight,
      Optional<FoT_Shaped>:$table, Index:$position, Variadic<FoT_Shaped>:$inits,
      OptionalAttr<FoT_StrategyAttr>:$strategy);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `,` $weight `:` type($input) `,` type($weight) `)`
    (`rope` `(` $table^ `:` type($table) `)`)? `at` $position
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let extraClassDeclaration = declaration # [{
    Value getRows() { return getInits()[0]; }
    ValueRange getCaches() { return getInits().drop_front(); }
  }];
  let hasVerifier = 1;
}

def FoT_GatedMatmulOp : FoT_ComputeOp<"gated_matmul"> {
  let summary = "two products of one input, joined by SwiGLU";
  let description = [{
    `out = silu(input * gate^T) * (input * up^T)`, rounded to a8 blocks if the
    init asks for it.

    * (C1) gate and up have the same type, and fit the input as in `fot.matmul`.
    * (C2) init `T x N` f32 or `T x ceil(N/32)` a8 blocks.
  }];
  let arguments = (ins FoT_Shaped:$input, FoT_Shaped:$gate, FoT_Shaped:$up,
      Variadic<FoT_Shaped>:$inits, I64Attr:$features,
      OptionalAttr<FoT_StrategyAttr>:$strategy);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `,` $gate `,` $up `:` type($input) `,` type($gate) `,`
    type($up) `)` `features` $features
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

#endif // FOT_WEIGHT_OPS_TD
