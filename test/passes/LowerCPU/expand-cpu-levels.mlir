// One module per level with the weights and entry points; outside stay the
// weights, and what the runtime must know of each entry point.
// RUN: fot-opt %s --fot-expand-cpu-levels="levels=x86-64-v3,znver4" \
// RUN:   | FileCheck %s
// RUN: fot-opt %s --fot-expand-cpu-levels="levels=x86-64-v3,znver4 finished=x86-64-v3" \
// RUN:   | FileCheck %s --check-prefix=FINISHED
// RUN: not fot-opt %s --fot-expand-cpu-levels 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NONE
// RUN: not fot-opt %s --fot-expand-cpu-levels="levels=znver4,znver4" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=TWICE

//  NONE: error: expects at least one CPU level, found none
// TWICE: error: redefinition of symbol named 'znver4'

//      FINISHED: name = "prefill"
//      FINISHED: module @"x86-64-v3" attributes {fot.level = "x86-64-v3"} {
// FINISHED-NEXT: }
// FINISHED-NEXT: module @znver4
//      FINISHED: func.func @prefill

//       CHECK: fot.entries = [
//  CHECK-SAME:   {arguments = [
//  CHECK-SAME:     {role = "tokens", type = memref<?xi32>}
//  CHECK-SAME:     {layer = 3 : i64, role = "memory", type = !fot.memory<2 x 8, bf16, f16>}
//  CHECK-SAME:     {type = index}
//  CHECK-SAME:   ], max_tokens = 8 : i64, memory_bound = 100 : i64, name = "prefill", regions = [{{.*}}], workspace_bytes = 640 : i64}
//  CHECK-SAME:   {arguments = [], name = "nothing", regions = [{{.*}}]}
//  CHECK-SAME: ]
//  CHECK-SAME: fot.other = 1
//  CHECK-NEXT: fot.weight @gain
//  CHECK-NEXT: module @"x86-64-v3" attributes {fot.level = "x86-64-v3"} {
//  CHECK-NEXT:   fot.weight @gain
//  CHECK-NEXT:   func.func @prefill(%{{.*}}: memref<?xi32> {fot.role = "tokens"}
//       CHECK:     fot.load_weight @gain
//       CHECK:   func.func @nothing
//       CHECK: module @znver4 attributes {fot.level = "znver4"} {
//  CHECK-NEXT:   fot.weight @gain
//  CHECK-NEXT:   func.func @prefill
//       CHECK:     fot.load_weight @gain
//       CHECK:   func.func @nothing
//   CHECK-NOT: func
module attributes {fot.other = 1 : i64} {
  fot.weight @gain : tensor<8xf32> from #fot.random<1, 1.0> at 0
  func.func @prefill(%tokens: memref<?xi32> {fot.role = "tokens"},
                     %memory: !fot.memory<2 x 8, bf16, f16> {fot.layer = 3 : i64, fot.role = "memory"},
                     %at: index)
      attributes {fot.max_tokens = 8 : i64, fot.memory_bound = 100 : i64,
                  fot.workspace_bytes = 640 : i64} {
    %0 = fot.load_weight @gain : memref<8xf32>
    return
  }
  func.func @nothing() {
    return
  }
}
