// By hand: the mean of 9, 16, 0, 0 is 25/4, its root 5/2; of 1, 1, 1, 1 it is
// 1. With eps 0.75 the second row is divided by sqrt(4 / 4 * 0.25 + 0.75) = 1.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

// CHECK: result 0: tensor<2x4xf32> = {{\[\[}}1.2, 3.2, 0, 0], [1, -2, 3, -4]]
// CHECK: result 1: tensor<1x4xf32> = {{\[\[}}0.5, -1, 1.5, -2]]
// In steps of 4 / 127: 1, 2, 3 are 31.75, 63.5, 95.25 of them, rounded to 32,
// 64 (half to even), 95.
// CHECK: result 2: tensor<1x1x!fot.block<a8>> = {{\[\[}}1.007874, 2.015748, 2.992126, 4, 0,
func.func @main() -> (tensor<2x4xf32>, tensor<1x4xf32>, tensor<1x1x!fot.block<a8>>) {
  %x = arith.constant dense<[[3.0, 4.0, 0.0, 0.0], [1.0, -1.0, 1.0, -1.0]]> : tensor<2x4xf32>
  %g = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32>
  %e = tensor.empty() : tensor<2x4xf32>
  %0 = fot.rms_norm ins(%x, %g : tensor<2x4xf32>, tensor<4xf32>) eps 0.0
    outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  %y = arith.constant dense<[[0.5, -0.5, 0.5, -0.5]]> : tensor<1x4xf32>
  %f = tensor.empty() : tensor<1x4xf32>
  %1 = fot.rms_norm ins(%y, %g : tensor<1x4xf32>, tensor<4xf32>) eps 0.75
    outs(%f : tensor<1x4xf32>) -> tensor<1x4xf32>
  %z = arith.constant dense<1.0> : tensor<1x4xf32>
  %q = tensor.empty() : tensor<1x1x!fot.block<a8>>
  %2 = fot.rms_norm ins(%z, %g : tensor<1x4xf32>, tensor<4xf32>) eps 0.0
    outs(%q : tensor<1x1x!fot.block<a8>>) -> tensor<1x1x!fot.block<a8>>
  return %0, %1, %2 : tensor<2x4xf32>, tensor<1x4xf32>, tensor<1x1x!fot.block<a8>>
}
