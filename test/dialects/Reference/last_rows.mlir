// RUN: fot-opt %s -fot-evaluate="function=main inputs=2" -o /dev/null | FileCheck %s
// RUN: fot-opt %s -fot-evaluate="function=main inputs=0" -o /dev/null | FileCheck %s --check-prefix=NONE
// RUN: not fot-opt %s -fot-evaluate="function=main inputs=4" -o /dev/null 2>&1 | FileCheck %s --check-prefix=MORE

// CHECK: result 0: tensor<2x2xf32> = {{\[\[}}3, 4], [5, 6]]
// NONE: result 0: tensor<0x2xf32> = []
// MORE: error: 'fot.last_rows' op expects at most 3 rows, found 4
func.func @main(%n: index) -> tensor<?x2xf32> {
  %x = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %e = tensor.empty(%n) : tensor<?x2xf32>
  %0 = fot.last_rows ins(%x : tensor<3x2xf32>) outs(%e : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}
