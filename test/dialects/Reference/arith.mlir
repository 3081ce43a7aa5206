// Integers wrap and divide as arith says, floating-point numbers stay in
// double precision, calls and regions pass values on. By hand.
// RUN: fot-opt %s -fot-evaluate="function=main inputs=7,-2,0.1" -o /dev/null | FileCheck %s
// RUN: not fot-opt %s -fot-evaluate="function=main inputs=7,0,0.1" -o /dev/null 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ZERO

// CHECK: result 0: index = 5
// CHECK: result 1: index = -3
// CHECK: result 2: index = 1
// CHECK: result 3: index = -4
// CHECK: result 4: index = -2
// CHECK: result 5: index = 7
// CHECK: result 6: i8 = -126
// CHECK: result 7: f32 = 0.3
// CHECK: result 8: index = 21
// CHECK: result 9: index = 49
// CHECK: result 10: tensor<2xi32> = [7, 14]
// Only truncf rounds to bf16.
// CHECK: result 11: bf16 = 0.1000977
// ZERO: error: 'arith.divsi' op expects a divisor other than 0
func.func @main(%a: index, %b: index, %x: f32)
    -> (index, index, index, index, index, index, i8, f32, index, index, tensor<2xi32>, bf16) {
  %0 = arith.addi %a, %b : index
  %1 = arith.divsi %a, %b : index
  %2 = arith.remsi %a, %b : index
  %3 = arith.floordivsi %a, %b : index
  %4 = arith.minsi %a, %b : index
  // Unsigned, -2 is large.
  %5 = arith.minui %a, %b : index
  %i = arith.constant 127 : i8
  %j = arith.constant 3 : i8
  %6 = arith.addi %i, %j : i8
  %three = arith.constant 3.0 : f32
  %7 = arith.mulf %x, %three : f32
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %8 = scf.for %n = %c0 to %a step %c1 iter_args(%sum = %c0) -> index {
    %s = arith.addi %sum, %n : index
    scf.yield %s : index
  }
  %less = arith.cmpi slt, %b, %c0 : index
  %9 = scf.if %less -> index {
    %s = func.call @square(%a) : (index) -> index
    scf.yield %s : index
  } else {
    scf.yield %c0 : index
  }
  %t = arith.constant dense<[3, 10]> : tensor<2xi32>
  %u = arith.constant dense<4> : tensor<2xi32>
  %10 = arith.addi %t, %u : tensor<2xi32>
  %11 = arith.truncf %x : f32 to bf16
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11 : index, index, index, index, index, index,
    i8, f32, index, index, tensor<2xi32>, bf16
}

func.func @square(%a: index) -> index {
  %0 = arith.muli %a, %a : index
  return %0 : index
}
