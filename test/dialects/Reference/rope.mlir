// By hand, with a table of quarter turns: position 0 turns nothing, position 1
// turns pair 0 by 90 degrees (x, y -> -y, x) and pair 1 by 180. Pairs are
// (i, i + D/2) within each head.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s
// RUN: fot-opt %s -fot-evaluate="function=beyond" -o /dev/null -verify-diagnostics

// CHECK: result 0: tensor<2x8xf32> = {{\[\[}}1, 2, 3, 4, 5, 6, 7, 8], [-3, -2, 1, -4, -7, -6, 5, -8]]
// CHECK: result 1: tensor<1x8xf32> = {{\[\[}}-3, -2, 1, -4, -7, -6, 5, -8]]
func.func @main() -> (tensor<2x8xf32>, tensor<1x8xf32>) {
  %x = arith.constant dense<[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
                             [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]]> : tensor<2x8xf32>
  // Two cosines, then two sines.
  %table = arith.constant dense<[[1.0, 1.0, 0.0, 0.0], [0.0, -1.0, 1.0, 0.0]]> : tensor<2x4xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %e = tensor.empty() : tensor<2x8xf32>
  %0 = fot.rope ins(%x, %table : tensor<2x8xf32>, tensor<2x4xf32>) at %c0 head_dim 4
    outs(%e : tensor<2x8xf32>) -> tensor<2x8xf32>
  %y = tensor.extract_slice %x[0, 0] [1, 8] [1, 1] : tensor<2x8xf32> to tensor<1x8xf32>
  %1 = fot.rope ins(%y, %table : tensor<1x8xf32>, tensor<2x4xf32>) at %c1 head_dim 4
    outs(%y : tensor<1x8xf32>) -> tensor<1x8xf32>
  return %0, %1 : tensor<2x8xf32>, tensor<1x8xf32>
}

func.func @beyond() -> tensor<2x8xf32> {
  %x = arith.constant dense<0.0> : tensor<2x8xf32>
  %table = arith.constant dense<0.0> : tensor<2x4xf32>
  %c1 = arith.constant 1 : index
  // expected-error @below {{expects positions within 2, found 1 + 2}}
  %0 = fot.rope ins(%x, %table : tensor<2x8xf32>, tensor<2x4xf32>) at %c1 head_dim 4
    outs(%x : tensor<2x8xf32>) -> tensor<2x8xf32>
  return %0 : tensor<2x8xf32>
}
