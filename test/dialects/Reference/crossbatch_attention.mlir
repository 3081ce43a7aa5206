// The published values of fot-reference 7.6: B 8, S 3, H 1, D 4, range 3, pack
// 4, stepping. Then by hand: without neighbours (range 0) and one token a row
// sees itself alone; with range 1 and keys of zeros row 1 is the mean of
// both, and without stepping pack means nothing.
// RUN: %python %S/Inputs/golden.py fill 1 4 %t.q.npy
// RUN: %python %S/Inputs/golden.py fill 2 4 %t.k.npy
// RUN: %python %S/Inputs/golden.py fill 3 4 %t.v.npy
// RUN: fot-opt %s -fot-evaluate="function=golden inputs=%t.q.npy,%t.k.npy,%t.v.npy outputs=%t.o.npy" -o /dev/null
// RUN: %python %S/Inputs/golden.py crossbatch %t.o.npy
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

!t = tensor<8x3x1x4xf32>
func.func @golden(%q: !t, %k: !t, %v: !t) -> !t {
  %e = tensor.empty() : !t
  %0 = fot.crossbatch_attention ins(%q, %k, %v : !t, !t, !t)
    range 3 pack 4 stepping theta 1.0e4 outs(%e : !t) -> !t
  return %0 : !t
}

// CHECK: result 0: tensor<3x1x1x2xf32> = {{\[\[\[\[}}1, 2]]], {{\[\[\[}}5, 6]]], {{\[\[\[}}9, 8]]]]
// CHECK: result 1: tensor<3x1x1x2xf32> = {{\[\[\[\[}}1, 2]]], {{\[\[\[}}3, 4]]], {{\[\[\[}}7, 7]]]]
// Stepping by two in packs of two: rows 0 and 2 begin a document.
// CHECK: result 2: tensor<3x1x1x2xf32> = {{\[\[\[\[}}1, 2]]], {{\[\[\[}}3, 4]]], {{\[\[\[}}9, 8]]]]
func.func @main() -> (tensor<3x1x1x2xf32>, tensor<3x1x1x2xf32>, tensor<3x1x1x2xf32>) {
  %z = arith.constant dense<0.0> : tensor<3x1x1x2xf32>
  %v = arith.constant dense<[[[[1.0, 2.0]]], [[[5.0, 6.0]]], [[[9.0, 8.0]]]]> : tensor<3x1x1x2xf32>
  %0 = fot.crossbatch_attention
    ins(%z, %z, %v : tensor<3x1x1x2xf32>, tensor<3x1x1x2xf32>, tensor<3x1x1x2xf32>)
    range 0 pack 1 theta 1.0e4 outs(%z : tensor<3x1x1x2xf32>) -> tensor<3x1x1x2xf32>
  %1 = fot.crossbatch_attention
    ins(%z, %z, %v : tensor<3x1x1x2xf32>, tensor<3x1x1x2xf32>, tensor<3x1x1x2xf32>)
    range 1 pack 2 theta 1.0e4 outs(%z : tensor<3x1x1x2xf32>) -> tensor<3x1x1x2xf32>
  %2 = fot.crossbatch_attention
    ins(%z, %z, %v : tensor<3x1x1x2xf32>, tensor<3x1x1x2xf32>, tensor<3x1x1x2xf32>)
    range 1 pack 2 stepping theta 1.0e4 outs(%z : tensor<3x1x1x2xf32>) -> tensor<3x1x1x2xf32>
  return %0, %1, %2 : tensor<3x1x1x2xf32>, tensor<3x1x1x2xf32>, tensor<3x1x1x2xf32>
}
