// By hand: silu(0) = 0; silu(ln 3) = ln 3 * 3/4; silu(-ln 3) = -ln 3 * 1/4.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

// ln 3 = 1.0986123, times 3/4 is 0.8239592, times 1/4 is 0.2746531
// CHECK: result 0: tensor<1x3xf32> = {{\[\[}}0, 1.647918, 2.746531]]
// CHECK: result 1: tensor<1x1x!fot.block<a8>> = {{\[\[}}0, 1.643593, 2.746531, 0,
func.func @main() -> (tensor<1x3xf32>, tensor<1x1x!fot.block<a8>>) {
  %gate = arith.constant dense<[[0.0, 1.0986122886681098, -1.0986122886681098]]> : tensor<1x3xf32>
  %up = arith.constant dense<[[7.0, 2.0, -10.0]]> : tensor<1x3xf32>
  %e = tensor.empty() : tensor<1x3xf32>
  %0 = fot.swiglu ins(%gate, %up : tensor<1x3xf32>, tensor<1x3xf32>)
    outs(%e : tensor<1x3xf32>) -> tensor<1x3xf32>
  // 1.647918 is 76.2 steps of 2.746531 / 127: 76 are 1.643593.
  %q = tensor.empty() : tensor<1x1x!fot.block<a8>>
  %1 = fot.swiglu ins(%gate, %up : tensor<1x3xf32>, tensor<1x3xf32>)
    outs(%q : tensor<1x1x!fot.block<a8>>) -> tensor<1x1x!fot.block<a8>>
  return %0, %1 : tensor<1x3xf32>, tensor<1x1x!fot.block<a8>>
}
