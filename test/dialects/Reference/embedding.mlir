// Rows of the table, whatever it is stored as. By hand: row r of the table is
// r, r + 1; of the q8_0 table each row is constant, which 8 bits hold exactly.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s
// RUN: not fot-opt %s -fot-evaluate="function=outside" -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=OUTSIDE

// CHECK: result 0: tensor<3x2xf32> = {{\[\[}}2, 3], [0, 1], [2, 3]]
// CHECK: result 1: tensor<2x3xf32> = {{\[\[}}127, 127, 127], [-254, -254, -254]]
func.func @main() -> (tensor<3x2xf32>, tensor<2x3xf32>) {
  %tokens = arith.constant dense<[2, 0, 2]> : tensor<3xi32>
  %table = arith.constant dense<[[0.0, 1.0], [1.0, 2.0], [2.0, 3.0]]> : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %0 = fot.embedding ins(%tokens, %table : tensor<3xi32>, tensor<3x2xf32>)
    outs(%e : tensor<3x2xf32>) -> tensor<3x2xf32>
  %two = arith.constant dense<[0, 1]> : tensor<2xi32>
  %blocks = fot.load_weight @blocks : tensor<2x1x!fot.block<q8_0>>
  %f = tensor.empty() : tensor<2x3xf32>
  %1 = fot.embedding ins(%two, %blocks : tensor<2xi32>, tensor<2x1x!fot.block<q8_0>>)
    outs(%f : tensor<2x3xf32>) -> tensor<2x3xf32>
  return %0, %1 : tensor<3x2xf32>, tensor<2x3xf32>
}
fot.weight @blocks : tensor<2x1x!fot.block<q8_0>> from dense<"0x0000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE420000FE4200007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC300007EC3"> : tensor<2x32xf32>

// OUTSIDE: error: 'fot.embedding' op expects tokens within 3, found 3
func.func @outside() -> tensor<1x2xf32> {
  %tokens = arith.constant dense<3> : tensor<1xi32>
  %table = arith.constant dense<0.0> : tensor<3x2xf32>
  %e = tensor.empty() : tensor<1x2xf32>
  %0 = fot.embedding ins(%tokens, %table : tensor<1xi32>, tensor<3x2xf32>)
    outs(%e : tensor<1x2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}
