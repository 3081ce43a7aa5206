// A product that goes into a window cache writes it itself, and says why not.
// RUN: fot-opt %s --fot-fuse-window-into-projection -verify-diagnostics \
// RUN:   --remarks-filter=fot-fuse-window-into-projection -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: fot-opt %t.once --fot-fuse-window-into-projection | diff %t.once -

// Values: no rope.
// CHECK-LABEL: func @values
//  CHECK-SAME: %[[X:[^:]+]]: tensor<4x8xf32>, %[[W:[^:]+]]: tensor<16x8xf32>, %[[T:[^:]+]]: tensor<64x8xf32>, %[[POS:[^:]+]]: index, %[[C:[^:]+]]: tensor<2x32x8xf32>
//  CHECK-NEXT: %[[INIT:.*]] = tensor.empty()
//  CHECK-NEXT: %[[R:.*]]:2 = fot.window_matmul ins(%[[X]], %[[W]] : tensor<4x8xf32>, tensor<16x8xf32>) at %[[POS]]
//  CHECK-SAME:   outs(%[[INIT]], %[[C]] : tensor<4x16xf32>, tensor<2x32x8xf32>)
//  CHECK-NEXT: return %[[R]]#1
func.func @values(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %t: tensor<64x8xf32>, %pos: index, %c: tensor<2x32x8xf32>) -> tensor<2x32x8xf32> {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark@+1 {{[Passed] FuseWindowIntoProjection | Category:fot-fuse-window-into-projection | Function=values | Remark="fot.matmul writes the cache, became a fot.window_matmul"}}
  %1 = fot.append_window ins(%0 : tensor<4x16xf32>) at %pos outs(%c : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  return %1 : tensor<2x32x8xf32>
}

// Keys that the product rotates, with the product's strategy.
// CHECK-LABEL: func @keys
//       CHECK: %[[R:.*]]:2 = fot.window_matmul {{.*}} rope(%{{.*}} : tensor<64x8xf32>) at %{{.*}} outs({{.*}}) {strategy = #fot.strategy<tokens = 3, grain = 2, keys = 0>}
//  CHECK-NEXT: return %[[R]]#1
func.func @keys(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %t: tensor<64x8xf32>, %pos: index, %c: tensor<2x32x8xf32>) -> tensor<2x32x8xf32> {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    rope(%t : tensor<64x8xf32>) at %pos
    outs(%init : tensor<4x16xf32>)
    {head_dim = 8 : i64, strategy = #fot.strategy<tokens = 3, grain = 2, keys = 0>} -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}writes the cache}}
  %1 = fot.append_window ins(%0 : tensor<4x16xf32>) at %pos outs(%c : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  return %1 : tensor<2x32x8xf32>
}

// A layer with a memory keeps the keys as they were in a second cache.
// CHECK-LABEL: func @remembered
//  CHECK-SAME: %[[C:[^:]+]]: tensor<2x32x8xf32>, %[[D:[^:]+]]: tensor<2x32x8xf32>)
//  CHECK-NEXT: %[[INIT:.*]] = tensor.empty()
//  CHECK-NEXT: %[[R:.*]]:3 = fot.window_matmul {{.*}} rope({{.*}} outs(%[[INIT]], %[[C]], %[[D]] :
//  CHECK-NEXT: return %[[R]]#1, %[[R]]#2
func.func @remembered(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %t: tensor<64x8xf32>, %pos: index, %c: tensor<2x32x8xf32>, %d: tensor<2x32x8xf32>) -> (tensor<2x32x8xf32>, tensor<2x32x8xf32>) {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  %1 = fot.rope ins(%0, %t : tensor<4x16xf32>, tensor<64x8xf32>) at %pos head_dim 8
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}writes two caches}}
  %2 = fot.append_window ins(%1 : tensor<4x16xf32>) at %pos outs(%c : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  %3 = fot.append_window ins(%0 : tensor<4x16xf32>) at %pos outs(%d : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  return %2, %3 : tensor<2x32x8xf32>, tensor<2x32x8xf32>
}

// The same without any rope.
// CHECK-LABEL: func @never_rotated
//       CHECK: %[[R:.*]]:3 = fot.window_matmul
//   CHECK-NOT: rope
//       CHECK: return %[[R]]#1, %[[R]]#2
func.func @never_rotated(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %t: tensor<64x8xf32>, %pos: index, %c: tensor<2x32x8xf32>, %d: tensor<2x32x8xf32>) -> (tensor<2x32x8xf32>, tensor<2x32x8xf32>) {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}writes two caches}}
  %1 = fot.append_window ins(%0 : tensor<4x16xf32>) at %pos outs(%c : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  %2 = fot.append_window ins(%0 : tensor<4x16xf32>) at %pos outs(%d : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  return %1, %2 : tensor<2x32x8xf32>, tensor<2x32x8xf32>
}

// What else uses the product would have to wait for it.
// CHECK-LABEL: func @other_uses
//   CHECK-NOT: fot.window_matmul
//       CHECK: return
func.func @other_uses(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %t: tensor<64x8xf32>, %pos: index, %c: tensor<2x32x8xf32>) -> (tensor<2x32x8xf32>, tensor<4x16xf32>) {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul has other uses}}
  %1 = fot.append_window ins(%0 : tensor<4x16xf32>) at %pos outs(%c : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  return %1, %0 : tensor<2x32x8xf32>, tensor<4x16xf32>
}

// CHECK-LABEL: func @other_uses_of_rope
//   CHECK-NOT: fot.window_matmul
//       CHECK: return
func.func @other_uses_of_rope(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %t: tensor<64x8xf32>, %pos: index, %c: tensor<2x32x8xf32>) -> (tensor<2x32x8xf32>, tensor<4x16xf32>) {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  %1 = fot.rope ins(%0, %t : tensor<4x16xf32>, tensor<64x8xf32>) at %pos head_dim 8
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.rope has other uses}}
  %2 = fot.append_window ins(%1 : tensor<4x16xf32>) at %pos outs(%c : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  return %2, %1 : tensor<2x32x8xf32>, tensor<4x16xf32>
}

// Rope by another position, or none but an argument.
// CHECK-LABEL: func @elsewhere
//   CHECK-NOT: fot.window_matmul
//       CHECK: return
func.func @elsewhere(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %t: tensor<64x8xf32>, %pos: index, %c: tensor<2x32x8xf32>, %other: index, %a: tensor<4x16xf32>) -> (tensor<2x32x8xf32>, tensor<2x32x8xf32>) {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  %1 = fot.rope ins(%0, %t : tensor<4x16xf32>, tensor<64x8xf32>) at %other head_dim 8
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}rope has other positions or heads than the cache}}
  %2 = fot.append_window ins(%1 : tensor<4x16xf32>) at %pos outs(%c : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}what it writes is no fot.matmul}}
  %3 = fot.append_window ins(%a : tensor<4x16xf32>) at %pos outs(%c : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  return %2, %3 : tensor<2x32x8xf32>, tensor<2x32x8xf32>
}

// The caches cannot be written at once: one stands before the other's rope, or
// is what the first became.
// CHECK-LABEL: func @another_time
//   CHECK-NOT: fot.window_matmul
//       CHECK: return
func.func @another_time(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %t: tensor<64x8xf32>, %pos: index, %c: tensor<2x32x8xf32>, %d: tensor<2x32x8xf32>, %other: index) -> (tensor<2x32x8xf32>, tensor<2x32x8xf32>) {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  %1 = fot.rope ins(%0, %t : tensor<4x16xf32>, tensor<64x8xf32>) at %pos head_dim 8
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul goes into another cache at another time}}
  %2 = fot.append_window ins(%1 : tensor<4x16xf32>) at %pos outs(%c : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul has other uses}}
  %3 = fot.append_window ins(%0 : tensor<4x16xf32>) at %other outs(%d : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  return %2, %3 : tensor<2x32x8xf32>, tensor<2x32x8xf32>
}

// CHECK-LABEL: func @chained
//   CHECK-NOT: fot.window_matmul
//       CHECK: return
func.func @chained(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %t: tensor<64x8xf32>, %pos: index, %c: tensor<2x32x8xf32>) -> tensor<2x32x8xf32> {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul goes into another cache at another time}}
  %1 = fot.append_window ins(%0 : tensor<4x16xf32>) at %pos outs(%c : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul goes into another cache at another time}}
  %2 = fot.append_window ins(%0 : tensor<4x16xf32>) at %pos outs(%1 : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  return %2 : tensor<2x32x8xf32>
}

// CHECK-LABEL: func @residual
//   CHECK-NOT: fot.window_matmul
//       CHECK: return
func.func @residual(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %t: tensor<64x8xf32>, %pos: index, %c: tensor<2x32x8xf32>, %r: tensor<4x16xf32>) -> tensor<2x32x8xf32> {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    residual(%r : tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul adds a residual}}
  %1 = fot.append_window ins(%0 : tensor<4x16xf32>) at %pos outs(%c : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  return %1 : tensor<2x32x8xf32>
}

// CHECK-LABEL: func @twice_rotated
//   CHECK-NOT: fot.window_matmul
//       CHECK: return
func.func @twice_rotated(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %t: tensor<64x8xf32>, %pos: index, %c: tensor<2x32x8xf32>) -> tensor<2x32x8xf32> {
  %init = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>)
    rope(%t : tensor<64x8xf32>) at %pos
    outs(%init : tensor<4x16xf32>) {head_dim = 8 : i64} -> tensor<4x16xf32>
  %1 = fot.rope ins(%0, %t : tensor<4x16xf32>, tensor<64x8xf32>) at %pos head_dim 8
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul already rotates its product}}
  %2 = fot.append_window ins(%1 : tensor<4x16xf32>) at %pos outs(%c : tensor<2x32x8xf32>) -> tensor<2x32x8xf32>
  return %2 : tensor<2x32x8xf32>
}
