// The product with rope computes what product and rope did.
// RUN: fot-opt %s --fot-fuse-rope-into-projection | FileCheck %s
// RUN: fot-opt %s --fot-evaluate --fot-fuse-rope-into-projection \
// RUN:   --fot-evaluate -o /dev/null | %python %S/Inputs/same-values.py

//     CHECK: fot.matmul {{.*}} rope(
// CHECK-NOT: fot.rope

fot.weight @x : tensor<3x5xf32> from #fot.random<1, 1.0>
fot.weight @w : tensor<12x5xf32> from #fot.random<2, 1.0>
fot.weight @table : tensor<16x6xf32> from #fot.rope_table<10000.0>

// Two heads of size 6, neither a power of two; positions 7 to 9.
func.func @main() -> tensor<3x12xf32> {
  %x = fot.load_weight @x : tensor<3x5xf32>
  %w = fot.load_weight @w : tensor<12x5xf32>
  %table = fot.load_weight @table : tensor<16x6xf32>
  %c7 = arith.constant 7 : index
  %init = tensor.empty() : tensor<3x12xf32>
  %0 = fot.matmul ins(%x, %w : tensor<3x5xf32>, tensor<12x5xf32>)
    outs(%init : tensor<3x12xf32>) -> tensor<3x12xf32>
  %1 = fot.rope ins(%0, %table : tensor<3x12xf32>, tensor<16x6xf32>)
    at %c7 head_dim 6 outs(%init : tensor<3x12xf32>) -> tensor<3x12xf32>
  return %1 : tensor<3x12xf32>
}
