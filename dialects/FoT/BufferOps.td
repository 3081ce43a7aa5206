//===- BufferOps.td - ops that exist only after bufferization --------------===//

#ifndef FOT_BUFFER_OPS_TD
#define FOT_BUFFER_OPS_TD

include "FoTTypes.td"

def FoT_WorkspaceBufferOp : FoT_Op<"workspace_buffer", [Pure]> {
  let summary = "a buffer at a fixed place in the workspace";
  let description = [{
    Written by `fot-plan-workspace` for each buffer of an entry point. `bytes` is
    the most that the buffer can take, whatever its dynamic sizes.

    * (C1) offset is a multiple of 64 and not negative.
    * (C2) one size for each dynamic dimension.
  }];
  let arguments = (ins I64Attr:$offset, I64Attr:$bytes,
                       Variadic<Index>:$sizes);
  let results = (outs AnyMemRef:$result);
  let assemblyFormat = "`at` $offset `bytes` $bytes (`sizes` `(` $sizes^ `)`)? attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def FoT_BarrierOp : FoT_Op<"barrier"> {
  let summary = "waits for all workers";
  let description = [{
    What any worker wrote before is visible to all after.
  }];
  let assemblyFormat = "attr-dict";
}

#endif // FOT_BUFFER_OPS_TD
