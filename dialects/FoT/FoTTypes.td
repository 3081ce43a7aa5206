//===- FoTTypes.td - types and attributes of the fot dialect --------------===//

#ifndef FOT_TYPES_TD
#define FOT_TYPES_TD

include "FoTDialect.td"

class FoT_Type<string name, string typeMnemonic, list<Trait> traits = []>
    : TypeDef<FoT_Dialect, name, traits> {
  let mnemonic = typeMnemonic;
}

def FoT_MemoryElement : TypeConstraint<CPred<[{
  ::llvm::isa<::mlir::Float32Type, ::mlir::Float16Type, ::mlir::BFloat16Type>($_self)
  || $_self.isSignlessInteger(8)
}]>, "f32, f16, bf16 or i8">;

def FoT_MemoryType : FoT_Type<"Memory", "memory"> {
  let summary = "a bank of (key, value) pairs of one layer";
  let description = [{
    All entries that one layer remembers: for each of `heads` key-value heads an
    ordered sequence of keys and values of dimension `headDim`, oldest first.
    Keys are stored as they leave the projection, before rope. Rows of i8 share
    a scale: d = max|x| / 127 in f32, number i is d * round-half-even(x_i / d).
    `owned` lists the heads that have a memory, if not all have; the others
    retrieve nothing and nothing is stored for them.

    * (C1) `heads` and `headDim` are positive.
    * (C2) the key and value types are f32, f16, bf16 or i8.
    * (C3) `owned`, if given, ascends, is below `heads` and leaves a head out.

    Example: `!fot.memory<3 x 64, bf16, bf16>`,
    `!fot.memory<3 x 64, bf16, i8, heads = [0, 2]>`.
  }];
  let parameters = (ins "int64_t":$heads, "int64_t":$headDim,
                        "Type":$keyType, "Type":$valueType,
                        OptionalArrayRefParameter<"int64_t">:$owned);
  let assemblyFormat = [{
    `<` $heads `x` $headDim `,` $keyType `,` $valueType
    (`,` `heads` `=` `[` $owned^ `]`)? `>`
  }];
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// How many heads own a memory: rows are stored for these, in this order.
    int64_t getSlots() const {
      return getOwned().empty() ? getHeads() : getOwned().size();
    }
    /// The head of a slot, and the slot of a head or -1.
    int64_t getHeadOfSlot(int64_t slot) const {
      return getOwned().empty() ? slot : getOwned()[slot];
    }
    int64_t getSlotOfHead(int64_t head) const;
    bool ownsAll() const { return getOwned().empty(); }
  }];
}

def FoT_BlockType : FoT_Type<"Block", "block",
                             [MemRefElementTypeInterface]> {
  let summary = "32 consecutive numbers, quantised together";
  let description = [{
    An element of a tensor whose last dimension counts blocks of 32 numbers.

    | format | bytes | content |
    |---|---|---|
    | `q8_0` | 34 | f16 scale d, 32 x i8 q; value d * q |
    | `q4_0` | 18 | f16 scale d, 32 x 4 bit q; value d * (q - 8) |
    | `q4_1` | 20 | f16 scale d, f16 minimum m, 32 x 4 bit q; value d * q + m |
    | `q5_1` | 24 | f16 scale d, f16 minimum m, 32 x 5 bit q; value d * q + m |
    | `q6_0` | 28 | two f16 scales d, 32 x 6 bit q; value d * (q - 32), with the first d for the first 16 |
    | `a8`   | 40 | activations: 32 x i8 q, f32 scale d, i32 sum of the q; value d * q |

    * (C1) `f32`, `f16` and `bf16` are no block formats.
  }];
  let parameters = (ins EnumParameter<FoT_Format>:$format);
  let assemblyFormat = "`<` $format `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    static constexpr int64_t kValues = 32;
    /// Bytes of one block.
    int64_t getBytes() const;
  }];
}

def FoT_PanelType : FoT_Type<"Panel", "panel",
                             [MemRefElementTypeInterface]> {
  let summary = "a few weight rows, interleaved for the matrix kernels";
  let description = [{
    An element of a packed weight `P x B x panel`: P panels of `rows` output
    features, B steps along the input features. One step is one input feature
    for the float formats and a block of 32 for the quantised ones. The bytes
    are listed in docs/weight-layouts.md.

    * (C1) `rows` is 16.
    * (C2) `a8` is no weight format.
  }];
  let parameters = (ins EnumParameter<FoT_Format>:$format, "int64_t":$rows);
  let assemblyFormat = "`<` $format `x` $rows `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Input features per step: 1 or 32.
    int64_t getDepth() const;
    /// Bytes of one step of one panel.
    int64_t getBytes() const;

    // Of quantised formats: number k of row r in group k / 4 is
    // scale * (code - zero) + minimum, the code being in byte `r*4 + k%4`.

    /// Where the codes of a group of four inputs, 0 to 7, are.
    SmallVector<PanelPiece, 3> getPieces(int64_t group) const;
    /// The code of the number zero.
    int32_t getZero() const;
    bool hasMinimum() const;
    /// Inputs with a scale of their own: 32 or 16.
    int64_t getScaledInputs() const;
    /// The byte in a step at which the rows' f16 scales of inputs 16 * half on
    /// start, and their f16 minimums if there are any.
    int64_t getScalesAt(int64_t half) const;
    int64_t getMinimaAt() const;
  }];
}

class FoT_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<FoT_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def FoT_MemoryModeAttr : EnumAttr<FoT_Dialect, FoT_MemoryMode, "mode">;

def FoT_SourceAttr : FoT_Attr<"Source", "source"> {
  let summary = "where a weight's numbers are in a checkpoint file";
  let description = [{
    `type` names the storage type of the file ("f32", "bf16", "q6_K", ...).
    `headDim` other than 0: the file keeps the two rows of each rope pair
    adjacent within each head of that size (GGUF); readers undo it.
  }];
  let parameters = (ins StringRefParameter<>:$file, "int64_t":$offset,
      "int64_t":$bytes, StringRefParameter<>:$type,
      ArrayRefParameter<"int64_t">:$shape,
      DefaultValuedParameter<"int64_t", "0">:$headDim);
  let assemblyFormat = [{
    `<` $file `,` `offset` `=` $offset `,` `bytes` `=` $bytes `,` `type` `=`
    $type `,` `shape` `=` `[` $shape `]` (`,` `interleaved` `=` $headDim^)? `>`
  }];
}

def FoT_RopeTableAttr : FoT_Attr<"RopeTable", "rope_table"> {
  let summary = "a weight computed by the compiler: cosines and sines";
  let description = [{
    Row p of the `P x D` table: cos(p * w_i) for i < D/2, then sin(p * w_i), with
    w_i = theta^(-2i/D); computed in double precision (fot-reference 2.1).
  }];
  let parameters = (ins "FloatAttr":$theta);
  let assemblyFormat = "`<` $theta `>`";
}

def FoT_RandomAttr : FoT_Attr<"Random", "random"> {
  let summary = "a weight of reproducible random numbers, for tests";
  let description = [{
    Normally distributed with the given standard deviation (splitmix64 seeded
    with `seed`, sum of twelve uniforms), rounded to the weight's type.
  }];
  let parameters = (ins "int64_t":$seed, "FloatAttr":$deviation);
  let assemblyFormat = "`<` $seed `,` $deviation `>`";
}

def FoT_MemorySpecAttr : FoT_Attr<"MemorySpec", "memory_spec"> {
  let summary = "that an attention's layer owns a memory, and which";
  let parameters = (ins EnumParameter<FoT_MemoryMode>:$mode,
      DefaultValuedParameter<"int64_t", "0">:$k, "Type":$keyType,
      "Type":$valueType, OptionalArrayRefParameter<"int64_t">:$owned);
  let assemblyFormat = [{
    `<` $mode (`:` $k^)? `,` $keyType `,` $valueType
    (`,` `heads` `=` `[` $owned^ `]`)? `>`
  }];
}

def FoT_StrategyAttr : FoT_Attr<"Strategy", "strategy"> {
  let summary = "how an op is to be computed: chosen once, obeyed later";
  let description = [{
    * `tokens`: tokens a register tile covers (matrix products), or queries
      sharing one pass over the keys (attention).
    * `grain`: panels, rows or heads that one item of work covers.
    * `keys`: keys scored at a time (attention, retrieval).
    * `scan`: what a retrieval reads of each key of a sealed segment first; the
      rest decides only where an error bound leaves it open.
    * `splits`: ranges of the memory that one token's retrieval is cut into, for
      the workers to share.
    * `parts`: bf16 numbers that stand for an f32 activation in products of bf16
      tiles, which three do exactly; 0: such products are not used.
    Written by `fot-choose-strategy` where absent, so it may stand in the input.
  }];
  let parameters = (ins "int64_t":$tokens, "int64_t":$grain, "int64_t":$keys,
      DefaultValuedParameter<"Scan", "Scan::Exact">:$scan,
      DefaultValuedParameter<"int64_t", "1">:$splits,
      DefaultValuedParameter<"int64_t", "0">:$parts);
  let builders = [AttrBuilder<(ins "int64_t":$tokens, "int64_t":$grain,
                                   "int64_t":$keys), [{
    return $_get($_ctxt, tokens, grain, keys, Scan::Exact, 1, 0);
  }]>, AttrBuilder<(ins "int64_t":$tokens, "int64_t":$grain, "int64_t":$keys,
                        "Scan":$scan, "int64_t":$splits), [{
    return $_get($_ctxt, tokens, grain, keys, scan, splits, 0);
  }]>];
  let assemblyFormat = [{
    `<` `tokens` `=` $tokens `,` `grain` `=` $grain `,` `keys` `=` $keys
    `` custom<OptionalStrategy>($scan, $splits, $parts) `>`
  }];
}

#endif // FOT_TYPES_TD
