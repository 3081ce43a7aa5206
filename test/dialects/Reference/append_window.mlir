// Two heads of two numbers: the first half of a row goes to head 0, the second
// to head 1, at positions 1 and 2; position 0 keeps what it had.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

// CHECK: result 0: tensor<2x3x2xf32> = {{\[\[\[}}9, 9], [1, 2], [5, 6]], {{\[\[}}9, 9], [3, 4], [7, 8]]]
func.func @main() -> tensor<2x3x2xf32> {
  %x = arith.constant dense<[[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]> : tensor<2x4xf32>
  %w = arith.constant dense<9.0> : tensor<2x3x2xf32>
  %c1 = arith.constant 1 : index
  %0 = fot.append_window ins(%x : tensor<2x4xf32>) at %c1 outs(%w : tensor<2x3x2xf32>) -> tensor<2x3x2xf32>
  return %0 : tensor<2x3x2xf32>
}
