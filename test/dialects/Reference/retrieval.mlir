// By hand. Keys of head 0: (1,0) (0,1) (1,0) (2,0); of head 1: (0,3) (0,1)
// (0,2) (0,3). Of equal scores the older entry comes first.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

!memory = !fot.memory<2 x 2, f32, f32>

// Query heads 0 and 1 read memory head 0, heads 2 and 3 head 1.
// Head 0, query (1,0): 2 at entry 3, then 1 at 0 and 2. Head 1, query (-1,0):
// 0 at 1, then -1 at 0 and 2. Head 2, query (0,1): 3 at 0 and 3, 2 at 2. Head
// 3, query (0,0): all are 0.
// CHECK: result 0: tensor<1x4x3xf32> = {{\[\[\[}}2, 1, 1], [0, -1, -1], [3, 3, 2], [0, 0, 0]]]
// CHECK: result 1: tensor<1x4x3xi64> = {{\[\[\[}}3, 0, 2], [1, 0, 2], [0, 3, 2], [0, 1, 2]]]
// CHECK: result 2: tensor<1x4x3x2xf32> = {{\[\[\[\[}}2, 0], [1, 0], [1, 0]], {{\[\[}}0, 1], [1, 0], [1, 0]], {{\[\[}}0, 3], [0, 3], [0, 2]], {{\[\[}}0, 3], [0, 1], [0, 2]]]]
// CHECK: result 3: tensor<1x4x3x2xf32> = {{\[\[\[\[}}6, 7], [0, 1], [4, 5]], {{\[\[}}2, 3], [0, 1], [4, 5]], {{\[\[}}10, 11], [16, 17], [14, 15]], {{\[\[}}10, 11], [12, 13], [14, 15]]]]
func.func @main() -> (tensor<1x4x3xf32>, tensor<1x4x3xi64>, tensor<1x4x3x2xf32>, tensor<1x4x3x2xf32>) {
  %keys = arith.constant dense<[[[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [2.0, 0.0]],
                                [[0.0, 3.0], [0.0, 1.0], [0.0, 2.0], [0.0, 3.0]]]> : tensor<2x4x2xf32>
  %values = arith.constant dense<[[[0.0, 1.0], [2.0, 3.0], [4.0, 5.0], [6.0, 7.0]],
                                  [[10.0, 11.0], [12.0, 13.0], [14.0, 15.0], [16.0, 17.0]]]> : tensor<2x4x2xf32>
  %c4 = arith.constant 4 : index
  %empty = fot.create_memory : !memory
  %m = fot.append_memory %empty, %keys, %values count %c4 : !memory, tensor<2x4x2xf32>, tensor<2x4x2xf32>
  %q = arith.constant dense<[[1.0, 0.0, -1.0, 0.0, 0.0, 1.0, 0.0, 0.0]]> : tensor<1x8xf32>
  %s = tensor.empty() : tensor<1x4x3xf32>
  %i = tensor.empty() : tensor<1x4x3xi64>
  %0:2 = fot.knn ins(%q, %m : tensor<1x8xf32>, !memory)
    outs(%s, %i : tensor<1x4x3xf32>, tensor<1x4x3xi64>) -> tensor<1x4x3xf32>, tensor<1x4x3xi64>
  %e = tensor.empty() : tensor<1x4x3x2xf32>
  %1:2 = fot.gather ins(%0#1, %m : tensor<1x4x3xi64>, !memory)
    outs(%e, %e : tensor<1x4x3x2xf32>, tensor<1x4x3x2xf32>) -> tensor<1x4x3x2xf32>, tensor<1x4x3x2xf32>
  return %0#0, %0#1, %1#0, %1#1 : tensor<1x4x3xf32>, tensor<1x4x3xi64>, tensor<1x4x3x2xf32>, tensor<1x4x3x2xf32>
}
