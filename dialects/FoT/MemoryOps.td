//===- MemoryOps.td - window caches and memories ---------------------------===//

#ifndef FOT_MEMORY_OPS_TD
#define FOT_MEMORY_OPS_TD

include "FoTTypes.td"

def FoT_CreateMemoryOp : FoT_Op<"create_memory", [Pure]> {
  let summary = "an empty memory";
  let results = (outs FoT_MemoryType:$result);
  let assemblyFormat = "attr-dict `:` type($result)";
}

def FoT_MemorySizeOp : FoT_Op<"memory_size",
    [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "how many entries a memory has";
  let arguments = (ins FoT_MemoryType:$memory);
  let results = (outs Index:$result);
  let assemblyFormat = "$memory attr-dict `:` type($memory)";
  let hasCanonicalizer = 1;
}

def FoT_AppendMemoryOp : FoT_Op<"append_memory",
    [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>,
     AllTypesMatch<["memory", "result"]>]> {
  let summary = "a memory with some of a window's entries added";
  let description = [{
    The entries [0, count) of a window cache, converted to the memory's key and
    value types, follow the memory's own. Has value semantics; it is compiled
    to an append in place, so the old value must not be used any more.

    * (C1) keys and values `G x W x D` f32, f16 or bf16, with the memory's heads
      and head dimension.
  }];
  let arguments = (ins FoT_MemoryType:$memory, FoT_Shaped:$keys,
                       FoT_Shaped:$values, Index:$count);
  let results = (outs FoT_MemoryType:$result);
  let assemblyFormat = [{
    $memory `,` $keys `,` $values `count` $count attr-dict `:` type($memory) `,`
    type($keys) `,` type($values)
  }];
  let hasVerifier = 1;
}

def FoT_SealMemoryOp : FoT_Op<"seal_memory",
    [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "writes the index that scans of a full segment read first";
  let description = [{
    Segment `segment` of the memory's storage is full; for its keys the index of
    kernel_abi.h is written, which makes scans cheaper and changes no result.
    What a segment is, is a matter of the runtime: in the IR a memory has none.
  }];
  let arguments = (ins FoT_MemoryType:$memory, Index:$segment);
  let assemblyFormat = "$memory `segment` $segment attr-dict `:` type($memory)";
}

def FoT_ViewMemoryOp : FoT_ComputeOp<"view_memory"> {
  let summary = "all keys and values of a memory as tensors";
  let description = [{
    Heads without a memory get zeros.

    * (C1) two inits `G x M x D` f32 with the memory's heads and head dimension;
      M is the memory's size.
  }];
  let arguments = (ins FoT_MemoryType:$memory, Variadic<FoT_Shaped>:$inits);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    $memory `:` type($memory) `outs` `(` $inits `:` type($inits) `)` attr-dict
    (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

def FoT_AppendWindowOp : FoT_ComputeOp<"append_window"> {
  let summary = "writes the tokens of a call into a window cache";
  let description = [{
    `cache[g, position + t, d] = input[t, g * D + d]`, rounded to the cache's
    type (to nearest, ties to even); the rest of the cache stays.

    * (C1) input `T x (G * D)` f32, init `G x W x D` f32, f16 or bf16.
  }];
  let arguments = (ins FoT_Shaped:$input, Index:$position,
                       Variadic<FoT_Shaped>:$inits);
  let results = (outs Variadic<AnyRankedTensor>:$results);
  let assemblyFormat = [{
    `ins` `(` $input `:` type($input) `)` `at` $position
    `outs` `(` $inits `:` type($inits) `)` attr-dict (`->` type($results)^)?
  }];
  let hasVerifier = 1;
}

#endif // FOT_MEMORY_OPS_TD
