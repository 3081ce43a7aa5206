// Each op gets a tensor.empty for itself, also where one op uses it twice.
// RUN: fot-opt %s --fot-separate-inits -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: fot-opt %t.once --fot-separate-inits | diff %t.once -

// CHECK-LABEL: func @shared
//  CHECK-SAME: %[[N:[^:]+]]: index
//       CHECK: %[[A:.*]] = tensor.empty(%[[N]]) : tensor<?x64xf32>
//       CHECK: outs(%[[A]] :
//       CHECK: %[[B:.*]] = tensor.empty(%[[N]]) : tensor<?x64xf32>
//       CHECK: outs(%[[B]] :
//   CHECK-NOT: outs(%[[A]] :
//   CHECK-NOT: outs(%[[B]] :
//       CHECK: return
func.func @shared(%n: index, %x: tensor<?x64xf32>) -> (tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>) {
  %init = tensor.empty(%n) : tensor<?x64xf32>
  %0 = linalg.add ins(%x, %x : tensor<?x64xf32>, tensor<?x64xf32>) outs(%init : tensor<?x64xf32>) -> tensor<?x64xf32>
  %1 = linalg.add ins(%0, %x : tensor<?x64xf32>, tensor<?x64xf32>) outs(%init : tensor<?x64xf32>) -> tensor<?x64xf32>
  %2 = linalg.add ins(%1, %x : tensor<?x64xf32>, tensor<?x64xf32>) outs(%init : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %0, %1, %2 : tensor<?x64xf32>, tensor<?x64xf32>, tensor<?x64xf32>
}

!kv = tensor<1x2x4x8xf32>
!mem = !fot.memory<1 x 8, f32, f32>

// CHECK-LABEL: func @twice_in_one
//       CHECK: %[[A:.*]] = tensor.empty() : tensor<1x2x4x8xf32>
//       CHECK: %[[B:.*]] = tensor.empty() : tensor<1x2x4x8xf32>
//       CHECK: fot.gather {{.*}} outs(%[[FIRST:[^,]+]], %[[SECOND:[^ ]+]] :
func.func @twice_in_one(%i: tensor<1x2x4xi64>, %m: !mem) -> (!kv, !kv) {
  %init = tensor.empty() : !kv
  %0:2 = fot.gather ins(%i, %m : tensor<1x2x4xi64>, !mem) outs(%init, %init : !kv, !kv) -> !kv, !kv
  return %0#0, %0#1 : !kv, !kv
}
