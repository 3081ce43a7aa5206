// By hand. The largest is 254, so a step is 2: 3 is 1.5 steps and 5 is 2.5,
// both rounded to the even 2; -7 is -3.5, rounded to -4; 1 is 0.5, rounded to
// 0. The second block (numbers 33 and 34) has its own step, 1, and 30 zeros.
// A row of zeros stays zero.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

// CHECK: result 0: tensor<2x2x!fot.block<a8>> =
// CHECK-SAME: {{\[\[}}254, 4, 4, -8, 0, 0, {{(0, )+}}127, 3, 0, {{(0, )+}}0],
// CHECK-SAME: [0, 0, {{(0, )+}}0]]
func.func @main() -> tensor<2x2x!fot.block<a8>> {
  %zero = arith.constant dense<0.0> : tensor<2x34xf32>
  %head = arith.constant dense<[[254.0, 3.0, 5.0, -7.0, 1.0]]> : tensor<1x5xf32>
  %tail = arith.constant dense<[[127.0, 3.25]]> : tensor<1x2xf32>
  %a = tensor.insert_slice %head into %zero[0, 0] [1, 5] [1, 1] : tensor<1x5xf32> into tensor<2x34xf32>
  %x = tensor.insert_slice %tail into %a[0, 32] [1, 2] [1, 1] : tensor<1x2xf32> into tensor<2x34xf32>
  %e = tensor.empty() : tensor<2x2x!fot.block<a8>>
  %0 = fot.quantize ins(%x : tensor<2x34xf32>) outs(%e : tensor<2x2x!fot.block<a8>>)
    -> tensor<2x2x!fot.block<a8>>
  return %0 : tensor<2x2x!fot.block<a8>>
}
