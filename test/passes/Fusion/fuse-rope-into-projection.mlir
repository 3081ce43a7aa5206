// Rope moves into the product that it alone uses, and says why where it stays.
// RUN: fot-opt %s --fot-fuse-rope-into-projection -verify-diagnostics \
// RUN:   --remarks-filter=fot-fuse-rope-into-projection -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: fot-opt %t.once --fot-fuse-rope-into-projection | diff %t.once -

// CHECK-LABEL: func @fires
//  CHECK-SAME: %[[X:.+]]: tensor<4x8xf32>, %[[W:.+]]: tensor<16x8xf32>, %[[TABLE:.+]]: tensor<32x8xf32>, %[[POS:.+]]: index
//  CHECK-NEXT: %[[OUT:.*]] = tensor.empty()
//  CHECK-NEXT: %[[Q:.*]] = fot.matmul ins(%[[X]], %[[W]] :
//  CHECK-SAME:   rope(%[[TABLE]] : tensor<32x8xf32>) at %[[POS]]
//  CHECK-SAME:   outs(%[[OUT]] : tensor<4x16xf32>) {head_dim = 8 : i64}
//  CHECK-NEXT: return %[[Q]]
func.func @fires(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>,
                 %table: tensor<32x8xf32>, %pos: index) -> tensor<4x16xf32> {
  %init = tensor.empty() : tensor<4x16xf32>
  %out = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark@+1 {{[Passed] FuseRopeIntoProjection | Category:fot-fuse-rope-into-projection | Function=fires | Remark="fot.matmul rotates its product"}}
  %1 = fot.rope ins(%0, %table : tensor<4x16xf32>, tensor<32x8xf32>)
    at %pos head_dim 8 outs(%out : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %1 : tensor<4x16xf32>
}

// The product is also the rope's init: what it was computed into serves.
// CHECK-LABEL: func @in_place
//  CHECK-SAME: %[[INIT:[^ ]+]]: tensor<?x16xf32>)
//       CHECK: fot.matmul {{.*}} rope({{.*}} outs(%[[INIT]] :
//  CHECK-NEXT: return
func.func @in_place(%x: tensor<?x8xf32>, %w: tensor<16x8xf32>,
                    %table: tensor<32x8xf32>, %pos: index,
                    %init: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %0 = fot.matmul ins(%x, %w : tensor<?x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<?x16xf32>) -> tensor<?x16xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}rotates its product}}
  %1 = fot.rope ins(%0, %table : tensor<?x16xf32>, tensor<32x8xf32>)
    at %pos head_dim 8 outs(%0 : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %1 : tensor<?x16xf32>
}

// A memory needs the keys as they were.
// CHECK-LABEL: func @other_uses
//       CHECK: fot.rope
func.func @other_uses(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>,
                      %table: tensor<32x8xf32>, %pos: index)
    -> (tensor<4x16xf32>, tensor<4x16xf32>) {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul has other uses}}
  %1 = fot.rope ins(%0, %table : tensor<4x16xf32>, tensor<32x8xf32>)
    at %pos head_dim 8 outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %0, %1 : tensor<4x16xf32>, tensor<4x16xf32>
}

// CHECK-LABEL: func @residual
//       CHECK: fot.rope
func.func @residual(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>,
                    %table: tensor<32x8xf32>, %pos: index,
                    %r: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    residual(%r : tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}adds a residual, which comes after rope}}
  %1 = fot.rope ins(%0, %table : tensor<4x16xf32>, tensor<32x8xf32>)
    at %pos head_dim 8 outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %1 : tensor<4x16xf32>
}

// Of two ropes only the first moves; an argument has no product.
// CHECK-LABEL: func @twice
//       CHECK: fot.matmul {{.*}} rope(
//       CHECK: fot.rope
//       CHECK: fot.rope
func.func @twice(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>,
                 %table: tensor<32x8xf32>, %pos: index, %a: tensor<4x16xf32>)
    -> (tensor<4x16xf32>, tensor<4x16xf32>) {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}rotates its product}}
  %1 = fot.rope ins(%0, %table : tensor<4x16xf32>, tensor<32x8xf32>)
    at %pos head_dim 8 outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}already rotates its product}}
  %2 = fot.rope ins(%1, %table : tensor<4x16xf32>, tensor<32x8xf32>)
    at %pos head_dim 8 outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}its input is not a fot.matmul}}
  %3 = fot.rope ins(%a, %table : tensor<4x16xf32>, tensor<32x8xf32>)
    at %pos head_dim 8 outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %2, %3 : tensor<4x16xf32>, tensor<4x16xf32>
}

// A product must not move into a loop.
// CHECK-LABEL: func @other_block
//       CHECK: scf.for
//       CHECK: fot.rope
func.func @other_block(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>,
                       %table: tensor<32x8xf32>, %n: index)
    -> tensor<4x16xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  %1 = scf.for %i = %c0 to %n step %c1 iter_args(%sum = %init)
      -> tensor<4x16xf32> {
    // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul is in another block}}
    %2 = fot.rope ins(%0, %table : tensor<4x16xf32>, tensor<32x8xf32>)
      at %i head_dim 8 outs(%sum : tensor<4x16xf32>) -> tensor<4x16xf32>
    scf.yield %2 : tensor<4x16xf32>
  }
  return %1 : tensor<4x16xf32>
}
