// Memories grow by a window's first entries, oldest first, rounded to their
// types. By hand: 1 + 2^-8 is half way between two bf16 numbers, rounded to
// the even 1; 1 + 3 * 2^-8 to 1 + 2^-6 (1.015625). f16 keeps both.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

!memory = !fot.memory<2 x 1, bf16, f16>

// CHECK: result 0: index = 0
// CHECK: result 1: index = 3
// CHECK: result 2: !fot.memory<2 x 1, bf16, f16> =
// CHECK-SAME: keys {{\[\[\[}}1], [1.015625], [1]], {{\[\[}}3], [4], [3]]]
// CHECK-SAME: values {{\[\[\[}}1.003906], [1.011719], [1.003906]], {{\[\[}}3], [4], [3]]]
// CHECK: result 3: tensor<2x3x1xf32> = {{\[\[\[}}1], [1.015625], [1]], {{\[\[}}3], [4], [3]]]
// CHECK: result 4: tensor<2x3x1xf32> = {{\[\[\[}}1.003906], [1.011719], [1.003906]], {{\[\[}}3], [4], [3]]]
// The old value is as it was.
// CHECK: result 5: !fot.memory<2 x 1, bf16, f16> = keys {{\[\[}}], []] values {{\[\[}}], []]
func.func @main() -> (index, index, !memory, tensor<2x?x1xf32>, tensor<2x?x1xf32>, !memory) {
  %window = arith.constant dense<[[[1.00390625], [1.01171875]], [[3.0], [4.0]]]> : tensor<2x2x1xf32>
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %m = fot.create_memory : !memory
  %0 = fot.memory_size %m : !memory
  %a = fot.append_memory %m, %window, %window count %c2 : !memory, tensor<2x2x1xf32>, tensor<2x2x1xf32>
  %b = fot.append_memory %a, %window, %window count %c1 : !memory, tensor<2x2x1xf32>, tensor<2x2x1xf32>
  %n = fot.memory_size %b : !memory
  %e = tensor.empty(%n) : tensor<2x?x1xf32>
  %v:2 = fot.view_memory %b : !memory outs(%e, %e : tensor<2x?x1xf32>, tensor<2x?x1xf32>)
    -> tensor<2x?x1xf32>, tensor<2x?x1xf32>
  return %0, %n, %b, %v#0, %v#1, %m : index, index, !memory, tensor<2x?x1xf32>, tensor<2x?x1xf32>, !memory
}
