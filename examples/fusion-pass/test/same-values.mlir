// What is computed stays the same, to the last digit: the reference evaluator
// runs the function as it is, and after the pass.
// RUN: fot-opt %s --fot-evaluate -o /dev/null > %t.before
// RUN: fot-opt %s %with_plugin | fot-opt --fot-evaluate -o /dev/null > %t.after
// RUN: FileCheck %s < %t.before
// RUN: diff %t.before %t.after

// CHECK: result 0: {{.*}} = {{.*[1-9]}}
// CHECK: result 1: {{.*}} = {{.*[1-9]}}

fot.weight @x : tensor<2x8xf32> from #fot.random<4, 1.0>
fot.weight @q : tensor<8x8xf32> from #fot.random<1, 1.0>
fot.weight @k : tensor<4x8xf32> from #fot.random<2, 1.0>
fot.weight @v : tensor<4x8xf32> from #fot.random<3, 1.0>
fot.weight @cache : tensor<1x6x4xf32> from #fot.random<5, 1.0>

func.func @main() -> (tensor<2x8xf32>, tensor<1x6x4xf32>, tensor<1x6x4xf32>) {
  %c3 = arith.constant 3 : index
  %x = fot.load_weight @x : tensor<2x8xf32>
  %cache = fot.load_weight @cache : tensor<1x6x4xf32>
  %wide = tensor.empty() : tensor<2x8xf32>
  %narrow = tensor.empty() : tensor<2x4xf32>
  %q = fot.load_weight @q : tensor<8x8xf32>
  %0 = fot.matmul ins(%x, %q : tensor<2x8xf32>, tensor<8x8xf32>)
    outs(%wide : tensor<2x8xf32>) -> tensor<2x8xf32>
  %k = fot.load_weight @k : tensor<4x8xf32>
  %1 = fot.matmul ins(%x, %k : tensor<2x8xf32>, tensor<4x8xf32>)
    outs(%narrow : tensor<2x4xf32>) -> tensor<2x4xf32>
  %2 = fot.append_window ins(%1 : tensor<2x4xf32>) at %c3
    outs(%cache : tensor<1x6x4xf32>) -> tensor<1x6x4xf32>
  %v = fot.load_weight @v : tensor<4x8xf32>
  %3 = fot.matmul ins(%x, %v : tensor<2x8xf32>, tensor<4x8xf32>)
    outs(%narrow : tensor<2x4xf32>) -> tensor<2x4xf32>
  %4 = fot.append_window ins(%3 : tensor<2x4xf32>) at %c3
    outs(%cache : tensor<1x6x4xf32>) -> tensor<1x6x4xf32>
  %5 = fot.attention ins(%0, %2, %4 : tensor<2x8xf32>, tensor<1x6x4xf32>,
      tensor<1x6x4xf32>) at %c3 scale 0.5 outs(%wide : tensor<2x8xf32>)
    -> tensor<2x8xf32>
  return %5, %2, %4 : tensor<2x8xf32>, tensor<1x6x4xf32>, tensor<1x6x4xf32>
}
