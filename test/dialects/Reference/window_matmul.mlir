// A product of 1, 2, 3, 4 and its negative, by two heads of two numbers: row 0
// goes to position 1, row 1 to position 2; position 0 keeps what it had. The
// table turns position 1 by a quarter and position 2 by a half. Rows and the
// second cache keep what was not turned.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

// CHECK: result 0: tensor<2x4xf32> = {{\[\[}}1, 2, 3, 4], [-1, -2, -3, -4]]
// CHECK: result 1: tensor<2x3x2xf32> = {{\[\[\[}}9, 9], [-2, 1], [1, 2]], {{\[\[}}9, 9], [-4, 3], [3, 4]]]
// CHECK: result 2: tensor<2x3x2xf32> = {{\[\[\[}}7, 7], [1, 2], [-1, -2]], {{\[\[}}7, 7], [3, 4], [-3, -4]]]
// CHECK: result 3: tensor<2x3x2xf32> = {{\[\[\[}}9, 9], [1, 2], [-1, -2]], {{\[\[}}9, 9], [3, 4], [-3, -4]]]
func.func @main() -> (tensor<2x4xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>) {
  %x = arith.constant dense<[[1.0], [-1.0]]> : tensor<2x1xf32>
  %w = arith.constant dense<[[1.0], [2.0], [3.0], [4.0]]> : tensor<4x1xf32>
  %t = arith.constant dense<[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]> : tensor<3x2xf32>
  %r = arith.constant dense<0.0> : tensor<2x4xf32>
  %c = arith.constant dense<9.0> : tensor<2x3x2xf32>
  %d = arith.constant dense<7.0> : tensor<2x3x2xf32>
  %c1 = arith.constant 1 : index
  %0:3 = fot.window_matmul ins(%x, %w : tensor<2x1xf32>, tensor<4x1xf32>) rope(%t : tensor<3x2xf32>) at %c1
    outs(%r, %c, %d : tensor<2x4xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>)
    -> tensor<2x4xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>
  %1:2 = fot.window_matmul ins(%x, %w : tensor<2x1xf32>, tensor<4x1xf32>) at %c1
    outs(%r, %c : tensor<2x4xf32>, tensor<2x3x2xf32>) -> tensor<2x4xf32>, tensor<2x3x2xf32>
  return %0#0, %0#1, %0#2, %1#1 : tensor<2x4xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>, tensor<2x3x2xf32>
}
