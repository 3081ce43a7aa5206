// One token's attention over few key-value heads joins blocks of the window
// that were attended to by themselves; nothing else changes.
// RUN: fot-opt %s --fot-split-attention | FileCheck %s
// RUN: fot-opt %s --fot-split-attention --fot-split-attention | FileCheck %s
// RUN: fot-opt %s --fot-split-attention="few-heads=2" \
// RUN:   | FileCheck %s --check-prefix=MANY
// MANY-NOT: fot.partial_attention
// What came of each, and why.
// RUN: fot-opt %s --fot-split-attention \
// RUN:   --remarks-filter=fot-split-attention --mlir-disable-threading \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: fot-opt %s --fot-split-attention="few-heads=2" \
// RUN:   --remarks-filter=fot-split-attention -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ENOUGH
// ENOUGH: [Missed] SplitAttention | {{.*}} | Function=split | Remark="2 key-value heads are enough to share out", Site=fot.attention
// RUN: fot-opt %s --fot-split-attention --fot-split-attention \
// RUN:   --remarks-filter=fot-split-attention -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=AGAIN
// AGAIN: [Analysis] SplitAttention | {{.*}} | Function=split | Remark="joins the parts that the input has", Site=fot.attention

!cache = tensor<2x100x64xbf16>
!mem = !fot.memory<2 x 64, bf16, bf16>

// CHECK-LABEL: func @split
//       CHECK: %[[I:.*]] = tensor.empty() : tensor<4x6x66xf32>
//       CHECK: %[[P:.*]] = fot.partial_attention of 32 ins(%arg0, %arg1, %arg1 : tensor<1x384xf32>, tensor<2x100x64xbf16>, tensor<2x100x64xbf16>)
//  CHECK-SAME:   at %arg3 scale 5.000000e-01 outs(%[[I]] : tensor<4x6x66xf32>)
//  CHECK-SAME:   {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 32>}
//       CHECK: fot.attention {{.*}} parts(%[[P]] of 32 : tensor<4x6x66xf32>)
//       CHECK: %[[P2:.*]] = fot.partial_attention of 64
//       CHECK: fot.memory_attention topk : 3 {{.*}} parts(%[[P2]] of 64 : tensor<2x6x66xf32>)
//   CHECK-NOT: fot.partial_attention
//      REMARK: [Passed] SplitAttention | {{.*}} | Function=split | Remark="cut into 4 blocks of 32 entries: 2 key-value heads are fewer than 16", Site=fot.attention
//      REMARK: [Passed] SplitAttention | {{.*}} | Function=split | Remark="cut into 2 blocks of 64 entries: 2 key-value heads are fewer than 16", Site=fot.memory_attention
func.func @split(%q: tensor<1x384xf32>, %k: !cache, %m: !mem, %at: index) -> tensor<1x384xf32> {
  %0 = fot.attention ins(%q, %k, %k : tensor<1x384xf32>, !cache, !cache)
    at %at scale 0.5 outs(%q : tensor<1x384xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 32>} -> tensor<1x384xf32>
  %1 = fot.memory_attention topk : 3 ins(%0, %k, %k, %m : tensor<1x384xf32>, !cache, !cache, !mem)
    at %at scale 0.5 outs(%q : tensor<1x384xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 64>} -> tensor<1x384xf32>
  return %1 : tensor<1x384xf32>
}

// Several tokens, or a window of one block: nothing to do.
// CHECK-LABEL: func @other
//   CHECK-NOT: fot.partial_attention
//       CHECK: return
//      REMARK: [Missed] SplitAttention | {{.*}} | Function=other | Remark="its tokens are enough to share out", Site=fot.attention
//      REMARK: [Missed] SplitAttention | {{.*}} | Function=other | Remark="its window of 100 entries is one block of 112", Site=fot.attention
func.func @other(%q: tensor<1x384xf32>, %qs: tensor<?x384xf32>, %k: !cache, %at: index) {
  %0 = fot.attention ins(%qs, %k, %k : tensor<?x384xf32>, !cache, !cache)
    at %at scale 0.5 outs(%qs : tensor<?x384xf32>)
    {strategy = #fot.strategy<tokens = 8, grain = 3, keys = 64>} -> tensor<?x384xf32>
  %1 = fot.attention ins(%q, %k, %k : tensor<1x384xf32>, !cache, !cache)
    at %at scale 0.5 outs(%q : tensor<1x384xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 112>} -> tensor<1x384xf32>
  return
}
