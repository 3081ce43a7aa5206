// By hand: the gate's product is [ln 3, 0], up's is [2, 5]; silu(ln 3) is
// 3/4 * ln 3 = 0.8239592, so the first output is 1.647918, the second 0.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

// CHECK: result 0: tensor<1x2xf32> = {{\[\[}}1.647918, 0]]
// CHECK: result 1: tensor<1x1x!fot.block<a8>> = {{\[\[}}1.647918, 0, 0,
func.func @main() -> (tensor<1x2xf32>, tensor<1x1x!fot.block<a8>>) {
  %x = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %gate = arith.constant dense<[[1.0986122886681098, 0.0], [2.0, -1.0]]> : tensor<2x2xf32>
  %up = arith.constant dense<[[0.0, 1.0], [1.0, 2.0]]> : tensor<2x2xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %0 = fot.gated_matmul ins(%x, %gate, %up : tensor<1x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>)
    features 2 outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  %q = tensor.empty() : tensor<1x1x!fot.block<a8>>
  %1 = fot.gated_matmul ins(%x, %gate, %up : tensor<1x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>)
    features 2 outs(%q : tensor<1x1x!fot.block<a8>>) -> tensor<1x1x!fot.block<a8>>
  return %0, %1 : tensor<1x2xf32>, tensor<1x1x!fot.block<a8>>
}
