// By hand: two ranges of two of the four entries. Keys (1,0) (0,1) | (1,0)
// (2,0); scores of the query (1,0) are 1 0 | 1 2.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

!memory = !fot.memory<1 x 2, f32, f32>

// A third entry does not exist in any range.
// CHECK: result 0: tensor<2x1x3xf32> = {{\[\[\[}}1, 0, -inf]], {{\[\[}}2, 1, -inf]]]
// CHECK: result 1: tensor<2x1x3xi64> = {{\[\[\[}}0, 1, -1]], {{\[\[}}3, 2, -1]]]
func.func @main() -> (tensor<2x1x3xf32>, tensor<2x1x3xi64>) {
  %keys = arith.constant dense<[[[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [2.0, 0.0]]]> : tensor<1x4x2xf32>
  %c4 = arith.constant 4 : index
  %empty = fot.create_memory : !memory
  %m = fot.append_memory %empty, %keys, %keys count %c4 : !memory, tensor<1x4x2xf32>, tensor<1x4x2xf32>
  %q = arith.constant dense<[[1.0, 0.0]]> : tensor<1x2xf32>
  %s = tensor.empty() : tensor<2x1x3xf32>
  %e = tensor.empty() : tensor<2x1x3xi64>
  %0:2 = fot.partial_knn ins(%q, %m : tensor<1x2xf32>, !memory)
    outs(%s, %e : tensor<2x1x3xf32>, tensor<2x1x3xi64>) -> tensor<2x1x3xf32>, tensor<2x1x3xi64>
  return %0#0, %0#1 : tensor<2x1x3xf32>, tensor<2x1x3xi64>
}
