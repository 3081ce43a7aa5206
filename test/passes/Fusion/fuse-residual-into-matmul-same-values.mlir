// The product with a residual computes what product and sum did.
// RUN: fot-opt %s --fot-fuse-residual-into-matmul | FileCheck %s
// RUN: fot-opt %s --fot-evaluate --fot-fuse-residual-into-matmul \
// RUN:   --fot-evaluate -o /dev/null | %python %S/Inputs/same-values.py

//     CHECK: fot.matmul {{.*}} residual(
//     CHECK: fot.matmul {{.*}} residual(
// CHECK-NOT: linalg.add

fot.weight @x : tensor<3x5xf32> from #fot.random<1, 1.0>
fot.weight @r : tensor<3x7xf32> from #fot.random<2, 1.0>
fot.weight @w : tensor<7x5xf32> from #fot.random<3, 1.0>
fot.weight @v : tensor<7x7xf16> from #fot.random<4, 1.0>

func.func @main() -> tensor<3x7xf32> {
  %x = fot.load_weight @x : tensor<3x5xf32>
  %r = fot.load_weight @r : tensor<3x7xf32>
  %w = fot.load_weight @w : tensor<7x5xf32>
  %v = fot.load_weight @v : tensor<7x7xf16>
  %init = tensor.empty() : tensor<3x7xf32>
  %0 = fot.matmul ins(%x, %w : tensor<3x5xf32>, tensor<7x5xf32>)
    outs(%init : tensor<3x7xf32>) -> tensor<3x7xf32>
  %1 = linalg.add ins(%r, %0 : tensor<3x7xf32>, tensor<3x7xf32>)
    outs(%init : tensor<3x7xf32>) -> tensor<3x7xf32>
  %2 = fot.matmul ins(%1, %v : tensor<3x7xf32>, tensor<7x7xf16>)
    outs(%init : tensor<3x7xf32>) -> tensor<3x7xf32>
  %3 = linalg.add ins(%2, %1 : tensor<3x7xf32>, tensor<3x7xf32>)
    outs(%init : tensor<3x7xf32>) -> tensor<3x7xf32>
  return %3 : tensor<3x7xf32>
}
