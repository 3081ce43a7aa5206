//===- FoTOps.td - all ops of the fot dialect, by family -------------------===//

#ifndef FOT_OPS_TD
#define FOT_OPS_TD

include "WeightOps.td"
include "TransformerOps.td"
include "MemoryOps.td"
include "RetrievalOps.td"
include "AttentionOps.td"
include "BufferOps.td"

#endif // FOT_OPS_TD
