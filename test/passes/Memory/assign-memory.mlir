// Which attentions are marked, and with what: the layers asked for, and only
// those. Attentions without a layer number are none of the pass's.
// RUN: fot-opt %s --fot-assign-memory="layers=0,2" \
// RUN:   | FileCheck %s --check-prefixes=CHECK,TOPK
// RUN: fot-opt %s --fot-assign-memory="layers=2,0 mode=dense k=3 dtype=f32" \
// RUN:   | FileCheck %s --check-prefixes=CHECK,DENSE
// RUN: fot-opt %s --fot-assign-memory="layers=0,2 k=40 dtype=f16" \
// RUN:   | FileCheck %s --check-prefixes=CHECK,F16
// RUN: fot-opt %s --fot-assign-memory | FileCheck %s --check-prefix=NONE

// NONE-NOT: fot.memory

!q = tensor<?x16xf32>
!cache = tensor<1x?x8xf32>

// CHECK-LABEL: func @model
//        TOPK: fot.attention {{.*}}fot.layer = 0 : i64, fot.memory = #fot.memory_spec<topk : 8, bf16, bf16>
// `k` says nothing in dense mode.
//       DENSE: fot.attention {{.*}}fot.layer = 0 : i64, fot.memory = #fot.memory_spec<dense, f32, f32>
//         F16: fot.attention {{.*}}fot.layer = 0 : i64, fot.memory = #fot.memory_spec<topk : 40, f16, f16>
//       CHECK: fot.attention {{.*}}{fot.layer = 1 : i64}
//        TOPK: fot.attention {{.*}}fot.layer = 2 : i64, fot.memory = #fot.memory_spec<topk : 8, bf16, bf16>
//       DENSE: fot.attention {{.*}}fot.layer = 2 : i64, fot.memory = #fot.memory_spec<dense, f32, f32>
//         F16: fot.attention {{.*}}fot.layer = 2 : i64, fot.memory = #fot.memory_spec<topk : 40, f16, f16>
//       CHECK: fot.attention
//   CHECK-NOT: fot.memory
//       CHECK: return
func.func @model(%q: !q, %k: !cache, %v: !cache, %init: !q) -> !q {
  %zero = arith.constant 0 : index
  %0 = fot.attention ins(%q, %k, %v : !q, !cache, !cache) at %zero scale 0.5
    outs(%init : !q) {fot.layer = 0 : i64} -> !q
  %1 = fot.attention ins(%0, %k, %v : !q, !cache, !cache) at %zero scale 0.5
    outs(%init : !q) {fot.layer = 1 : i64} -> !q
  %2 = fot.attention ins(%1, %k, %v : !q, !cache, !cache) at %zero scale 0.5
    outs(%init : !q) {fot.layer = 2 : i64} -> !q
  %3 = fot.attention ins(%2, %k, %v : !q, !cache, !cache) at %zero scale 0.5
    outs(%init : !q) -> !q
  return %3 : !q
}
