// A sum with a product becomes the product's residual, from either side.
// RUN: fot-opt %s --fot-fuse-residual-into-matmul -verify-diagnostics \
// RUN:   --remarks-filter=fot-fuse-residual-into-matmul -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: fot-opt %t.once --fot-fuse-residual-into-matmul | diff %t.once -

// CHECK-LABEL: func @left
//  CHECK-SAME: %[[X:.+]]: tensor<4x8xf32>, %[[W:.+]]: tensor<16x8xf32>, %[[R:.+]]: tensor<4x16xf32>
//  CHECK-NEXT: %[[OUT:.*]] = tensor.empty()
//  CHECK-NEXT: %[[S:.*]] = fot.matmul ins(%[[X]], %[[W]] :
//  CHECK-SAME:   residual(%[[R]] : tensor<4x16xf32>)
//  CHECK-SAME:   outs(%[[OUT]] : tensor<4x16xf32>)
//  CHECK-NEXT: return %[[S]]
func.func @left(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>,
                %r: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %init = tensor.empty() : tensor<4x16xf32>
  %out = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark@+1 {{[Passed] FuseResidualIntoMatmul | Category:fot-fuse-residual-into-matmul | Function=left | Remark="fot.matmul adds the residual"}}
  %1 = linalg.add ins(%0, %r : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%out : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %1 : tensor<4x16xf32>
}

// CHECK-LABEL: func @right_in_place
//  CHECK-SAME: %[[R:[^ ]+]]: tensor<?x16xf32>, %[[INIT:[^ ]+]]: tensor<?x16xf32>)
//  CHECK-NEXT: fot.matmul {{.*}} residual(%[[R]] : {{.*}} outs(%[[INIT]] :
//  CHECK-NEXT: return
func.func @right_in_place(%x: tensor<?x8xf32>, %w: tensor<16x8xf32>,
                          %r: tensor<?x16xf32>, %init: tensor<?x16xf32>)
    -> tensor<?x16xf32> {
  %0 = fot.matmul ins(%x, %w : tensor<?x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<?x16xf32>) -> tensor<?x16xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}adds the residual}}
  %1 = linalg.add ins(%r, %0 : tensor<?x16xf32>, tensor<?x16xf32>)
    outs(%0 : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %1 : tensor<?x16xf32>
}

// With a product on both sides, the first that can takes the other in.
// CHECK-LABEL: func @both
//       CHECK: %[[KEPT:.*]] = fot.matmul
//       CHECK: fot.matmul {{.*}} residual(%[[KEPT]] :
//   CHECK-NOT: linalg.add
//       CHECK: return
func.func @both(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>)
    -> (tensor<4x16xf32>, tensor<4x16xf32>) {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  %1 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}adds the residual}}
  %2 = linalg.add ins(%0, %1 : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %0, %2 : tensor<4x16xf32>, tensor<4x16xf32>
}

// CHECK-LABEL: func @other_uses
//       CHECK: linalg.add
func.func @other_uses(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>,
                      %r: tensor<4x16xf32>)
    -> (tensor<4x16xf32>, tensor<4x16xf32>) {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul has other uses}}
  %1 = linalg.add ins(%0, %r : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %0, %1 : tensor<4x16xf32>, tensor<4x16xf32>
}

// CHECK-LABEL: func @rotated
//       CHECK: linalg.add
func.func @rotated(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>,
                   %table: tensor<32x8xf32>, %pos: index, %r: tensor<4x16xf32>)
    -> tensor<4x16xf32> {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    rope(%table : tensor<32x8xf32>) at %pos
    outs(%init : tensor<4x16xf32>) {head_dim = 8} -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul rotates its product}}
  %1 = linalg.add ins(%0, %r : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %1 : tensor<4x16xf32>
}

// The second sum stays; sums without a product are none of this pass's.
// CHECK-LABEL: func @sums
//       CHECK: fot.matmul {{.*}} residual(
// CHECK-COUNT-3: linalg.add
func.func @sums(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>,
                %r: tensor<4x16xf32>)
    -> (tensor<4x16xf32>, tensor<4x16xf32>, tensor<4x16xf32>) {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}adds the residual}}
  %1 = linalg.add ins(%0, %r : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul already has a residual}}
  %2 = linalg.add ins(%1, %r : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  %3 = linalg.add ins(%r, %r : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  %4 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}the product is added to itself}}
  %5 = linalg.add ins(%4, %4 : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %2, %3, %5 : tensor<4x16xf32>, tensor<4x16xf32>, tensor<4x16xf32>
}
