// By hand, with logits whose exponentials are whole numbers: keys hold
// logarithms, 0 = ln 1, 0.6931472 = ln 2 and 1.3862944 = ln 4, and the query is
// (1, 0), or (2, 0) where the scale is 1/2. So a key's weight is 1, 2 or 4 out
// of their sum.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

// Position 1: the first token sees entries 0, 1 (weights 1, 2; values 0, 3 ->
// 6/3), the second one entry 2 too (4; value 7 -> 34/7 = 4.857143). Two query
// heads share the keys.
// CHECK: result 0: tensor<2x4xf32> = {{\[\[}}2, 1, 2, 1], [4.857143, 1, 4.857143, 1]]
// With two retrieved keys of weight 1 and 4, values 8 and 1, for the only
// head: (0 + 6 + 8 + 4) / 8 = 2.25.
// CHECK: result 1: tensor<1x2xf32> = {{\[\[}}2.25, 1]]
// The same as a prefix.
// CHECK: result 2: tensor<1x2xf32> = {{\[\[}}2.25, 1]]
// And in the memory: dense; the one best (weight 4, value 1): 10/7; all where
// there are fewer than k; none.
// CHECK: result 3: tensor<1x2xf32> = {{\[\[}}2.25, 1]]
// CHECK: result 4: tensor<1x2xf32> = {{\[\[}}1.428571, 1]]
// CHECK: result 5: tensor<1x2xf32> = {{\[\[}}2.25, 1]]
// CHECK: result 6: tensor<1x2xf32> = {{\[\[}}2, 1]]
// Rounded to 8 bits: steps of 2.25 / 127; 1 is 56.44 of them, so 56.
// CHECK: result 7: tensor<1x1x!fot.block<a8>> = {{\[\[}}2.25, 0.992126, 0,

!memory = !fot.memory<1 x 2, f32, f32>
func.func @main() -> (tensor<2x4xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>,
                      tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x1x!fot.block<a8>>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %keys = arith.constant dense<[[[0.0, 5.0], [0.6931471805599453, 5.0], [1.3862943611198906, 5.0]]]> : tensor<1x3x2xf32>
  %values = arith.constant dense<[[[0.0, 1.0], [3.0, 1.0], [7.0, 1.0]]]> : tensor<1x3x2xf32>
  %q = arith.constant dense<[[2.0, 0.0, 2.0, 0.0], [2.0, 0.0, 2.0, 0.0]]> : tensor<2x4xf32>
  %e = tensor.empty() : tensor<2x4xf32>
  %0 = fot.attention ins(%q, %keys, %values : tensor<2x4xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>)
    at %c1 scale 0.5 outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>

  %one = arith.constant dense<[[1.0, 0.0]]> : tensor<1x2xf32>
  %rk = arith.constant dense<[[[[0.0, 5.0], [1.3862943611198906, 5.0]]]]> : tensor<1x1x2x2xf32>
  %rv = arith.constant dense<[[[[8.0, 1.0], [1.0, 1.0]]]]> : tensor<1x1x2x2xf32>
  %f = tensor.empty() : tensor<1x2xf32>
  %1 = fot.attention ins(%one, %keys, %values : tensor<1x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>)
    at %c1 retrieved(%rk, %rv : tensor<1x1x2x2xf32>, tensor<1x1x2x2xf32>) scale 1.0
    outs(%f : tensor<1x2xf32>) -> tensor<1x2xf32>

  %pk = tensor.collapse_shape %rk [[0, 1], [2], [3]] : tensor<1x1x2x2xf32> into tensor<1x2x2xf32>
  %pv = tensor.collapse_shape %rv [[0, 1], [2], [3]] : tensor<1x1x2x2xf32> into tensor<1x2x2xf32>
  %2 = fot.attention ins(%one, %keys, %values : tensor<1x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>)
    at %c1 prefix(%pk, %pv : tensor<1x2x2xf32>, tensor<1x2x2xf32>) scale 1.0
    outs(%f : tensor<1x2xf32>) -> tensor<1x2xf32>

  %none = fot.create_memory : !memory
  %m = fot.append_memory %none, %pk, %pv count %c2 : !memory, tensor<1x2x2xf32>, tensor<1x2x2xf32>
  %3 = fot.memory_attention dense
    ins(%one, %keys, %values, %m : tensor<1x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, !memory)
    at %c1 scale 1.0 outs(%f : tensor<1x2xf32>) -> tensor<1x2xf32>
  %4 = fot.memory_attention topk : 1
    ins(%one, %keys, %values, %m : tensor<1x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, !memory)
    at %c1 scale 1.0 outs(%f : tensor<1x2xf32>) -> tensor<1x2xf32>
  %5 = fot.memory_attention topk : 9
    ins(%one, %keys, %values, %m : tensor<1x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, !memory)
    at %c1 scale 1.0 outs(%f : tensor<1x2xf32>) -> tensor<1x2xf32>
  %6 = fot.memory_attention topk : 9
    ins(%one, %keys, %values, %none : tensor<1x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, !memory)
    at %c1 scale 1.0 outs(%f : tensor<1x2xf32>) -> tensor<1x2xf32>
  %g = tensor.empty() : tensor<1x1x!fot.block<a8>>
  %7 = fot.memory_attention dense
    ins(%one, %keys, %values, %m : tensor<1x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>, !memory)
    at %c1 scale 1.0 outs(%g : tensor<1x1x!fot.block<a8>>) -> tensor<1x1x!fot.block<a8>>
  return %0, %1, %2, %3, %4, %5, %6, %7 : tensor<2x4xf32>, tensor<1x2xf32>, tensor<1x2xf32>,
    tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x1x!fot.block<a8>>
}
