// One token's retrieval gets its winners from ranges of the memory where the
// strategy says so; nothing else changes.
// RUN: fot-opt %s --fot-split-retrieval | FileCheck %s
// RUN: fot-opt %s --fot-split-retrieval --fot-split-retrieval | FileCheck %s
// What came of each, and why.
// RUN: fot-opt %s --fot-split-retrieval \
// RUN:   --remarks-filter=fot-split-retrieval --mlir-disable-threading \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: fot-opt %s --fot-split-retrieval --fot-split-retrieval \
// RUN:   --remarks-filter=fot-split-retrieval -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=AGAIN
// AGAIN: [Analysis] SplitRetrieval | {{.*}} | Function=split | Remark="joins the winners that the input has", Site=fot.memory_attention

!cache = tensor<2x32x64xf32>
!mem = !fot.memory<2 x 64, bf16, bf16>

// CHECK-LABEL: func @split
//       CHECK: %[[S:.*]] = tensor.empty() : tensor<5x6x3xf32>
//       CHECK: %[[E:.*]] = tensor.empty() : tensor<5x6x3xi64>
//       CHECK: %[[P:.*]]:2 = fot.partial_knn ins(%arg0, %arg2 : tensor<1x384xf32>, <2 x 64, bf16, bf16>)
//  CHECK-SAME:   outs(%[[S]], %[[E]] : tensor<5x6x3xf32>, tensor<5x6x3xi64>)
//  CHECK-SAME:   {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 64, scan = int4, splits = 5>}
//       CHECK: fot.memory_attention topk : 3 {{.*}} partial(%[[P]]#0, %[[P]]#1 : tensor<5x6x3xf32>, tensor<5x6x3xi64>)
//   CHECK-NOT: fot.partial_knn
//      REMARK: [Passed] SplitRetrieval | {{.*}} | Function=split | Remark="cut into 5 ranges of the memory", Site=fot.memory_attention
func.func @split(%q: tensor<1x384xf32>, %k: !cache, %m: !mem, %at: index) -> tensor<1x384xf32> {
  %0 = fot.memory_attention topk : 3 ins(%q, %k, %k, %m : tensor<1x384xf32>, !cache, !cache, !mem)
    at %at scale 0.5 outs(%q : tensor<1x384xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 64, scan = int4, splits = 5>} -> tensor<1x384xf32>
  return %0 : tensor<1x384xf32>
}

// No ranges, several tokens, or no retrieval: nothing to do.
// CHECK-LABEL: func @other
//   CHECK-NOT: fot.partial_knn
//       CHECK: return
//      REMARK: [Missed] SplitRetrieval | {{.*}} | Function=other | Remark="its strategy asks for no ranges"
//      REMARK: [Missed] SplitRetrieval | {{.*}} | Function=other | Remark="its tokens are enough to share out"
//      REMARK: [Missed] SplitRetrieval | {{.*}} | Function=other | Remark="it reads the whole memory and keeps no winners"
func.func @other(%q: tensor<1x384xf32>, %qs: tensor<?x384xf32>, %k: !cache, %m: !mem, %at: index) {
  %0 = fot.memory_attention topk : 3 ins(%q, %k, %k, %m : tensor<1x384xf32>, !cache, !cache, !mem)
    at %at scale 0.5 outs(%q : tensor<1x384xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 64>} -> tensor<1x384xf32>
  %1 = fot.memory_attention topk : 3 ins(%qs, %k, %k, %m : tensor<?x384xf32>, !cache, !cache, !mem)
    at %at scale 0.5 outs(%qs : tensor<?x384xf32>)
    {strategy = #fot.strategy<tokens = 8, grain = 3, keys = 64, splits = 5>} -> tensor<?x384xf32>
  %2 = fot.memory_attention dense ins(%q, %k, %k, %m : tensor<1x384xf32>, !cache, !cache, !mem)
    at %at scale 0.5 outs(%q : tensor<1x384xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 64, splits = 5>} -> tensor<1x384xf32>
  return
}
