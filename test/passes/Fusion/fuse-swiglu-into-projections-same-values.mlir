// The gated product computes what two products and SwiGLU did: gate and up
// are not confused.
// RUN: fot-opt %s --fot-fuse-swiglu-into-projections | FileCheck %s
// RUN: fot-opt %s --fot-evaluate --fot-fuse-swiglu-into-projections \
// RUN:   --fot-evaluate -o /dev/null | %python %S/Inputs/same-values.py

//     CHECK: fot.gated_matmul
// CHECK-NOT: fot.swiglu

fot.weight @x : tensor<3x5xf32> from #fot.random<1, 1.0>
fot.weight @g : tensor<7x5xf32> from #fot.random<2, 1.0>
fot.weight @u : tensor<7x5xf32> from #fot.random<3, 1.0>

func.func @main() -> tensor<3x7xf32> {
  %x = fot.load_weight @x : tensor<3x5xf32>
  %g = fot.load_weight @g : tensor<7x5xf32>
  %u = fot.load_weight @u : tensor<7x5xf32>
  %init = tensor.empty() : tensor<3x7xf32>
  %0 = fot.matmul ins(%x, %g : tensor<3x5xf32>, tensor<7x5xf32>)
    outs(%init : tensor<3x7xf32>) -> tensor<3x7xf32>
  %1 = fot.matmul ins(%x, %u : tensor<3x5xf32>, tensor<7x5xf32>)
    outs(%init : tensor<3x7xf32>) -> tensor<3x7xf32>
  %2 = fot.swiglu ins(%0, %1 : tensor<3x7xf32>, tensor<3x7xf32>)
    outs(%init : tensor<3x7xf32>) -> tensor<3x7xf32>
  return %2 : tensor<3x7xf32>
}
