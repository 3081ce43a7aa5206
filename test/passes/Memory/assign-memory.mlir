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
// Who owns one by whose word; heads are named.
// RUN: fot-opt %s -o /dev/null --remarks-filter=fot-assign-memory \
// RUN:   --fot-assign-memory="layers=2,0:0 k=3 named-by=somebody" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=REMARK
// REMARK: [Passed] AssignMemory | Category:fot-assign-memory | Function=model | Remark="key-value head 0 alone owns a memory, topk : 3 in bf16: named by somebody", Site="fot.attention of layer 0"
// REMARK: [Missed] {{.*}} | Remark="owns no memory: not named by somebody", Site="fot.attention of layer 1"
// REMARK: [Passed] {{.*}} | Remark="owns a memory, topk : 3 in bf16: named by somebody", Site="fot.attention of layer 2"
// REMARK-NOT: remark:
// RUN: fot-opt %s -o /dev/null --remarks-filter=fot-assign-memory \
// RUN:   --fot-assign-memory="layers=0:0+1+5 mode=dense dtype=f16" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=HEADS
// What stands in the input and nobody names anew stays.
// RUN: fot-opt %s --fot-assign-memory="layers=0:0 dtype=int8" \
// RUN:   | fot-opt --fot-assign-memory="layers=2" -o /dev/null \
// RUN:   --remarks-filter=fot-assign-memory 2>&1 \
// RUN:   | FileCheck %s --check-prefix=STAYS
// STAYS: [Analysis] {{.*}} | Remark="key-value head 0 alone owns a memory, topk : 8 in i8: as the input says", Site="fot.attention of layer 0"
// STAYS: [Missed] {{.*}}Site="fot.attention of layer 1"
// STAYS: [Passed] {{.*}} | Remark="owns a memory, topk : 8 in bf16: named by the pass's option", Site="fot.attention of layer 2"
// HEADS: Remark="key-value heads 0, 1 and 5 alone own a memory, dense in f16: named by the pass's option", Site="fot.attention of layer 0"

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
