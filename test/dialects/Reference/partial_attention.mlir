// By hand: blocks of two of the three entries that a query sees. Its logits
// are 0, ln 2 | ln 4; the fourth entry is behind it.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

// Weights 1/2 and 1 of the values 4 and 8, so 10, with the logit 0.693147 on
// top, and 1.5 of weights; then the value 16 alone.
// CHECK: result 0: tensor<2x1x3xf32> = {{\[\[\[}}10, 0.6931472, 1.5]], {{\[\[}}16, 1.386294, 1]]]
// The weights are 1, 2 and 4: (4 + 2 * 8 + 4 * 16) / 7.
// CHECK: result 1: tensor<1x1xf32> = {{\[\[}}12]]
func.func @main() -> (tensor<2x1x3xf32>, tensor<1x1xf32>) {
  %keys = arith.constant dense<[[[0.0], [0.69314718055994530942], [1.38629436111989061883], [9.0]]]> : tensor<1x4x1xf32>
  %values = arith.constant dense<[[[4.0], [8.0], [16.0], [99.0]]]> : tensor<1x4x1xf32>
  %c2 = arith.constant 2 : index
  %q = arith.constant dense<[[1.0]]> : tensor<1x1xf32>
  %init = arith.constant dense<0.0> : tensor<2x1x3xf32>
  %out = tensor.empty() : tensor<1x1xf32>
  %parts = fot.partial_attention of 2 ins(%q, %keys, %values : tensor<1x1xf32>, tensor<1x4x1xf32>, tensor<1x4x1xf32>)
    at %c2 scale 1.0 outs(%init : tensor<2x1x3xf32>) -> tensor<2x1x3xf32>
  %0 = fot.attention ins(%q, %keys, %values : tensor<1x1xf32>, tensor<1x4x1xf32>, tensor<1x4x1xf32>)
    at %c2 parts(%parts of 2 : tensor<2x1x3xf32>) scale 1.0 outs(%out : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %parts, %0 : tensor<2x1x3xf32>, tensor<1x1xf32>
}
