// SwiGLU of two products of one input becomes one op.
// RUN: fot-opt %s --fot-fuse-swiglu-into-projections -verify-diagnostics \
// RUN:   --remarks-filter=fot-fuse-swiglu-into-projections -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: fot-opt %t.once --fot-fuse-swiglu-into-projections | diff %t.once -

// CHECK-LABEL: func @fires
//  CHECK-SAME: %[[X:.+]]: tensor<?x8xf32>, %[[G:.+]]: tensor<16x8xf32>, %[[U:.+]]: tensor<16x8xf32>, %[[N:.+]]: index
//  CHECK-NEXT: %[[OUT:.*]] = tensor.empty(%[[N]])
//  CHECK-NEXT: %[[S:.*]] = fot.gated_matmul ins(%[[X]], %[[G]], %[[U]] :
//  CHECK-SAME:   features 16 outs(%[[OUT]] : tensor<?x16xf32>)
//  CHECK-NEXT: return %[[S]]
func.func @fires(%x: tensor<?x8xf32>, %g: tensor<16x8xf32>,
                 %u: tensor<16x8xf32>, %n: index) -> tensor<?x16xf32> {
  %init = tensor.empty(%n) : tensor<?x16xf32>
  %out = tensor.empty(%n) : tensor<?x16xf32>
  %0 = fot.matmul ins(%x, %g : tensor<?x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<?x16xf32>) -> tensor<?x16xf32>
  %1 = fot.matmul ins(%x, %u : tensor<?x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<?x16xf32>) -> tensor<?x16xf32>
  // expected-remark@+1 {{[Passed] FuseSwigluIntoProjections | Category:fot-fuse-swiglu-into-projections | Function=fires | Remark="became a fot.gated_matmul"}}
  %2 = fot.swiglu ins(%0, %1 : tensor<?x16xf32>, tensor<?x16xf32>)
    outs(%out : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %2 : tensor<?x16xf32>
}

// Blocks in, blocks out, and a strategy that both products ask for.
// CHECK-LABEL: func @blocks
//       CHECK: fot.gated_matmul
//  CHECK-SAME:   features 40 outs({{.*}}tensor<4x2x!fot.block<a8>>)
//  CHECK-SAME:   strategy = #fot.strategy<tokens = 2, grain = 1, keys = 0>
func.func @blocks(%x: tensor<4x1x!fot.block<a8>>,
                  %g: tensor<40x1x!fot.block<q4_1>>,
                  %u: tensor<40x1x!fot.block<q4_1>>)
    -> tensor<4x2x!fot.block<a8>> {
  %init = tensor.empty() : tensor<4x40xf32>
  %out = tensor.empty() : tensor<4x2x!fot.block<a8>>
  %0 = fot.matmul ins(%x, %g : tensor<4x1x!fot.block<a8>>,
      tensor<40x1x!fot.block<q4_1>>) outs(%init : tensor<4x40xf32>)
    {strategy = #fot.strategy<tokens = 2, grain = 1, keys = 0>}
    -> tensor<4x40xf32>
  %1 = fot.matmul ins(%x, %u : tensor<4x1x!fot.block<a8>>,
      tensor<40x1x!fot.block<q4_1>>) outs(%init : tensor<4x40xf32>)
    {strategy = #fot.strategy<tokens = 2, grain = 1, keys = 0>}
    -> tensor<4x40xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}became a fot.gated_matmul}}
  %2 = fot.swiglu ins(%0, %1 : tensor<4x40xf32>, tensor<4x40xf32>)
    outs(%out : tensor<4x2x!fot.block<a8>>) -> tensor<4x2x!fot.block<a8>>
  return %2 : tensor<4x2x!fot.block<a8>>
}

// The gate's product is also the init; the strategies differ.
// CHECK-LABEL: func @in_place
//  CHECK-SAME: %[[INIT:[^ ]+]]: tensor<4x16xf32>)
//  CHECK-NEXT: fot.gated_matmul {{.*}} outs(%[[INIT]] : tensor<4x16xf32>) ->
func.func @in_place(%x: tensor<4x8xf32>, %g: tensor<16x8xf32>,
                    %u: tensor<16x8xf32>, %init: tensor<4x16xf32>)
    -> tensor<4x16xf32> {
  %other = tensor.empty() : tensor<4x16xf32>
  %0 = fot.matmul ins(%x, %g : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>)
    {strategy = #fot.strategy<tokens = 2, grain = 1, keys = 0>}
    -> tensor<4x16xf32>
  %1 = fot.matmul ins(%x, %u : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%other : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}became a fot.gated_matmul}}
  %2 = fot.swiglu ins(%0, %1 : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%0 : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %2 : tensor<4x16xf32>
}

// CHECK-LABEL: func @declines
// CHECK-COUNT-6: fot.swiglu
func.func @declines(%x: tensor<4x8xf32>, %y: tensor<4x8xf32>,
                    %g: tensor<16x8xf32>, %h: tensor<16x8xf16>,
                    %r: tensor<4x16xf32>)
    -> (tensor<4x16xf32>, tensor<4x16xf32>, tensor<4x16xf32>, tensor<4x16xf32>,
        tensor<4x16xf32>, tensor<4x16xf32>, tensor<4x16xf32>) {
  %init = tensor.empty() : tensor<4x16xf32>
  %gx = fot.matmul ins(%x, %g : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  %gy = fot.matmul ins(%y, %g : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  %hx = fot.matmul ins(%x, %h : tensor<4x8xf32>, tensor<16x8xf16>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  %rx = fot.matmul ins(%x, %g : tensor<4x8xf32>, tensor<16x8xf32>)
    residual(%r : tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  %ux = fot.matmul ins(%x, %g : tensor<4x8xf32>, tensor<16x8xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}gate and up are not both a fot.matmul}}
  %0 = fot.swiglu ins(%gx, %r : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}gate and up are one product}}
  %1 = fot.swiglu ins(%gx, %gx : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}gate and up have different inputs}}
  %2 = fot.swiglu ins(%gx, %gy : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}gate and up have weights of different types}}
  %3 = fot.swiglu ins(%gx, %hx : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}a fot.matmul does more than the product}}
  %4 = fot.swiglu ins(%ux, %rx : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul has other uses}}
  %5 = fot.swiglu ins(%gx, %ux : tensor<4x16xf32>, tensor<4x16xf32>)
    outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %0, %1, %2, %3, %4, %5, %gx : tensor<4x16xf32>, tensor<4x16xf32>,
    tensor<4x16xf32>, tensor<4x16xf32>, tensor<4x16xf32>, tensor<4x16xf32>,
    tensor<4x16xf32>
}

// CHECK-LABEL: func @dynamic_features
//       CHECK: fot.swiglu
func.func @dynamic_features(%x: tensor<4x8xf32>, %g: tensor<?x8xf32>,
                            %u: tensor<?x8xf32>, %init: tensor<4x?xf32>)
    -> tensor<4x?xf32> {
  %0 = fot.matmul ins(%x, %g : tensor<4x8xf32>, tensor<?x8xf32>)
    outs(%init : tensor<4x?xf32>) -> tensor<4x?xf32>
  %1 = fot.matmul ins(%x, %u : tensor<4x8xf32>, tensor<?x8xf32>)
    outs(%init : tensor<4x?xf32>) -> tensor<4x?xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}the number of features is not static}}
  %2 = fot.swiglu ins(%0, %1 : tensor<4x?xf32>, tensor<4x?xf32>)
    outs(%init : tensor<4x?xf32>) -> tensor<4x?xf32>
  return %2 : tensor<4x?xf32>
}
