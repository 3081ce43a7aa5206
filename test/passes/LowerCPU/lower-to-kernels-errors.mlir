// What cannot be lowered; kernels/invalid.mlir has what kernels refuse.
// RUN: fot-opt %s --fot-lower-to-kernels=level=x86-64-v3 -split-input-file \
// RUN:   -verify-diagnostics
// RUN: not fot-opt %s --fot-lower-to-kernels=level=pentium4 2>&1 \
// RUN:   | FileCheck %s --check-prefix=OLD
// RUN: not fot-opt %s --fot-lower-to-kernels=level=hal9000 2>&1 \
// RUN:   | FileCheck %s --check-prefix=UNKNOWN
// RUN: not fot-opt %s --fot-lower-to-kernels 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NONE

//     OLD: error: CPU level 'pentium4' lacks avx2: expected at least x86-64-v3
// UNKNOWN: error: unknown CPU level 'hal9000': expected x86-64-v3, x86-64-v4, avx512vnni, amx, native, or a CPU that LLVM knows
//    NONE: error: unknown CPU level ''

// expected-error @+1 {{expects an entry point of one block}}
func.func private @declared(memref<4xf32>)

// -----

// expected-error @+1 {{expects an entry point of one block}}
func.func @blocks(%choice: i1) {
  cf.cond_br %choice, ^left, ^right
^left:
  return
^right:
  return
}

// -----

func.func @unplanned() {
  // expected-error @+1 {{'memref.alloc' op cannot be lowered to a CPU kernel}}
  %0 = memref.alloc() : memref<4xf32>
  return
}

// -----

fot.weight @gain : tensor<8xf32> from #fot.random<1, 1.0>
func.func @unplaced() {
  // expected-error @+1 {{expects a weight with an offset}}
  %0 = fot.load_weight @gain : memref<8xf32>
  return
}

// -----

func.func @any_dimension(%x: memref<?x4xf32>, %which: index) {
  // expected-error @+1 {{expects a constant dimension}}
  %0 = memref.dim %x, %which : memref<?x4xf32>
  return
}
