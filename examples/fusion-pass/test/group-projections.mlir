// The products of one input come to stand side by side, with the weights that
// they load. A product that needs what is computed in between stays.
// RUN: fot-opt %s %with_plugin --verify-diagnostics \
// RUN:   --remarks-filter=group-projections -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: fot-opt %t.once %with_plugin | diff %t.once -

// CHECK-LABEL: func.func @fires
//       CHECK:   fot.matmul
//  CHECK-NEXT:   fot.load_weight @k
//  CHECK-NEXT:   fot.matmul
//  CHECK-NEXT:   fot.load_weight @v
//  CHECK-NEXT:   fot.matmul
//  CHECK-NEXT:   fot.append_window
//  CHECK-NEXT:   fot.append_window

// CHECK-LABEL: func.func @declines
//       CHECK:   fot.matmul
//  CHECK-NEXT:   fot.rms_norm
//  CHECK-NEXT:   fot.matmul {{.*}} residual

fot.weight @q : tensor<8x8xf32> from #fot.random<1, 1.0>
fot.weight @k : tensor<4x8xf32> from #fot.random<2, 1.0>
fot.weight @v : tensor<4x8xf32> from #fot.random<3, 1.0>
fot.weight @gain : tensor<8xf32> from #fot.random<4, 1.0>

func.func @fires(%x: tensor<1x8xf32>, %keys: tensor<1x6x4xf32>,
                 %values: tensor<1x6x4xf32>, %at: index)
    -> (tensor<1x8xf32>, tensor<1x6x4xf32>, tensor<1x6x4xf32>) {
  %wide = tensor.empty() : tensor<1x8xf32>
  %narrow = tensor.empty() : tensor<1x4xf32>
  %q = fot.load_weight @q : tensor<8x8xf32>
  %0 = fot.matmul ins(%x, %q : tensor<1x8xf32>, tensor<8x8xf32>)
    outs(%wide : tensor<1x8xf32>) -> tensor<1x8xf32>
  %k = fot.load_weight @k : tensor<4x8xf32>
  %1 = fot.matmul ins(%x, %k : tensor<1x8xf32>, tensor<4x8xf32>)
    outs(%narrow : tensor<1x4xf32>) -> tensor<1x4xf32>
  %2 = fot.append_window ins(%1 : tensor<1x4xf32>) at %at
    outs(%keys : tensor<1x6x4xf32>) -> tensor<1x6x4xf32>
  %v = fot.load_weight @v : tensor<4x8xf32>
  // expected-remark@+1 {{[Passed] GroupProjections | Category:group-projections | Function=fires | Remark="stands with the other products of its input", Site="fot.matmul of v"}}
  %3 = fot.matmul ins(%x, %v : tensor<1x8xf32>, tensor<4x8xf32>)
    outs(%narrow : tensor<1x4xf32>) -> tensor<1x4xf32>
  %4 = fot.append_window ins(%3 : tensor<1x4xf32>) at %at
    outs(%values : tensor<1x6x4xf32>) -> tensor<1x6x4xf32>
  return %0, %2, %4 : tensor<1x8xf32>, tensor<1x6x4xf32>, tensor<1x6x4xf32>
}

func.func @declines(%x: tensor<1x8xf32>, %w: tensor<8x8xf32>,
                    %gain: tensor<8xf32>) -> tensor<1x8xf32> {
  %init = tensor.empty() : tensor<1x8xf32>
  %0 = fot.matmul ins(%x, %w : tensor<1x8xf32>, tensor<8x8xf32>)
    outs(%init : tensor<1x8xf32>) -> tensor<1x8xf32>
  %1 = fot.rms_norm ins(%0, %gain : tensor<1x8xf32>, tensor<8xf32>) eps 1.0e-5
    outs(%init : tensor<1x8xf32>) -> tensor<1x8xf32>
  // expected-remark@+1 {{it needs a fot.rms_norm that comes after the first product}}
  %2 = fot.matmul ins(%x, %w : tensor<1x8xf32>, tensor<8x8xf32>)
    residual(%1 : tensor<1x8xf32>) outs(%init : tensor<1x8xf32>)
    -> tensor<1x8xf32>
  return %2 : tensor<1x8xf32>
}
