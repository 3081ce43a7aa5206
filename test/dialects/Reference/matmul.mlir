// By hand: [1 2] * [[1 0] [0 1] [1 1] [2 -1]]^T = [1 2 3 0], and [3 -1] gives
// [3 -1 2 7].
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

fot.weight @half : tensor<4x2xf16> from dense<[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, -1.0]]> : tensor<4x2xf32>
// After packing: the evaluator sees the same numbers.
fot.weight @packed : tensor<1x2x!fot.panel<f16 x 16>>
  from dense<[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [2.0, -1.0]]> : tensor<4x2xf32>
  at 0 logical tensor<4x2xf16>
// Two rows of one block: all 127, which q8_0 stores with the scale 1, and all
// -2.
fot.weight @many : tensor<1x1x!fot.block<q8_0>> from dense<127.0> : tensor<1x32xf32>
fot.weight @twos : tensor<1x1x!fot.block<q4_0>> from dense<-2.0> : tensor<1x32xf32>

// CHECK: result 0: tensor<2x4xf32> = {{\[\[}}1, 2, 3, 0], [3, -1, 2, 7]]
// CHECK: result 1: tensor<2x4xf32> = {{\[\[}}1, 2, 3, 0], [3, -1, 2, 7]]
// Rotated by a quarter turn at position 1 (pairs 0-2 and 1-3), then plus 10.
// CHECK: result 2: tensor<1x4xf32> = {{\[\[}}7, 10, 11, 12]]
// 127 * (254 + 4 + 4 - 8 + 0), from 254 3 5 -7 1 with steps of 2.
// CHECK: result 3: tensor<1x1xf32> = {{\[\[}}32258]]
// CHECK: result 4: tensor<1x1xf32> = {{\[\[}}-508]]
// Unquantised inputs meet blocks as they are: 127 * (254 + 3 + 5 - 7 + 1).
// CHECK: result 5: tensor<1x1xf32> = {{\[\[}}32512]]
func.func @main() -> (tensor<2x4xf32>, tensor<2x4xf32>, tensor<1x4xf32>,
                      tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>) {
  %x = arith.constant dense<[[1.0, 2.0], [3.0, -1.0]]> : tensor<2x2xf32>
  %half = fot.load_weight @half : tensor<4x2xf16>
  %packed = fot.load_weight @packed : tensor<1x2x!fot.panel<f16 x 16>>
  %e = tensor.empty() : tensor<2x4xf32>
  %0 = fot.matmul ins(%x, %half : tensor<2x2xf32>, tensor<4x2xf16>)
    outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  %1 = fot.matmul ins(%x, %packed : tensor<2x2xf32>, tensor<1x2x!fot.panel<f16 x 16>>)
    outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>

  %y = arith.constant dense<[[1.0, 2.0]]> : tensor<1x2xf32>
  %table = arith.constant dense<[[1.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 1.0]]> : tensor<2x4xf32>
  %residual = arith.constant dense<10.0> : tensor<1x4xf32>
  %c1 = arith.constant 1 : index
  %f = tensor.empty() : tensor<1x4xf32>
  %2 = fot.matmul ins(%y, %half : tensor<1x2xf32>, tensor<4x2xf16>)
    rope(%table : tensor<2x4xf32>) at %c1 residual(%residual : tensor<1x4xf32>)
    outs(%f : tensor<1x4xf32>) {head_dim = 4 : i64} -> tensor<1x4xf32>

  %z = arith.constant dense<[[254.0, 3.0, 5.0, -7.0, 1.0]]> : tensor<1x5xf32>
  %b = tensor.empty() : tensor<1x1x!fot.block<a8>>
  %q = fot.quantize ins(%z : tensor<1x5xf32>) outs(%b : tensor<1x1x!fot.block<a8>>)
    -> tensor<1x1x!fot.block<a8>>
  %many = fot.load_weight @many : tensor<1x1x!fot.block<q8_0>>
  %twos = fot.load_weight @twos : tensor<1x1x!fot.block<q4_0>>
  %g = tensor.empty() : tensor<1x1xf32>
  %3 = fot.matmul ins(%q, %many : tensor<1x1x!fot.block<a8>>, tensor<1x1x!fot.block<q8_0>>)
    outs(%g : tensor<1x1xf32>) -> tensor<1x1xf32>
  %4 = fot.matmul ins(%q, %twos : tensor<1x1x!fot.block<a8>>, tensor<1x1x!fot.block<q4_0>>)
    outs(%g : tensor<1x1xf32>) -> tensor<1x1xf32>
  %5 = fot.matmul ins(%z, %many : tensor<1x5xf32>, tensor<1x1x!fot.block<q8_0>>)
    outs(%g : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0, %1, %2, %3, %4, %5 : tensor<2x4xf32>, tensor<2x4xf32>, tensor<1x4xf32>,
    tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>
}
