// Negative tests of types, of weights and their products: one for each
// numbered constraint.
// RUN: fot-opt %s -split-input-file -verify-diagnostics

// !fot.memory (C1)
// expected-error @below {{expects positive heads and head dimension, found 0 x 64}}
func.func private @f(!fot.memory<0 x 64, f32, f32>)

// -----

// !fot.memory (C1)
// expected-error @below {{expects positive heads and head dimension, found 3 x -1}}
func.func private @f(!fot.memory<3 x -1, f32, f32>)

// -----

// !fot.memory (C2)
// expected-error @below {{expects f32, f16, bf16 or i8 keys and values, found 'f64'}}
func.func private @f(!fot.memory<3 x 64, f64, f32>)

// -----

// !fot.memory (C2)
// expected-error @below {{expects f32, f16, bf16 or i8 keys and values, found 'i16'}}
func.func private @f(!fot.memory<3 x 64, f32, i16>)

// -----

// !fot.memory (C3)
// expected-error @below {{expects some of the heads below 3, ascending, found 3}}
func.func private @f(!fot.memory<3 x 64, f32, i8, heads = [0, 3]>)

// -----

// !fot.memory (C3)
// expected-error @below {{expects some of the heads below 3, ascending, found 1}}
func.func private @f(!fot.memory<3 x 64, f32, i8, heads = [2, 1]>)

// -----

// !fot.memory (C3)
// expected-error @below {{expects some of the heads below 2, ascending, found 0}}
func.func private @f(!fot.memory<2 x 64, f32, i8, heads = [0, 1]>)

// -----

// !fot.block (C1)
// expected-error @below {{expects q8_0, q4_0, q4_1, q5_1, q6_0 or a8, found f32}}
func.func private @f(tensor<2x!fot.block<f32>>)

// -----

// !fot.panel (C1)
// expected-error @below {{expects 16 rows, found 8}}
func.func private @f(tensor<2x3x!fot.panel<q8_0 x 8>>)

// -----

// !fot.panel (C2)
// expected-error @below {{expects a weight format, found a8}}
func.func private @f(tensor<2x3x!fot.panel<a8 x 16>>)

// -----

// fot.workspace_buffer (C1)
func.func @f() {
  // expected-error @below {{expects an offset that is a multiple of 64, found 32}}
  %0 = fot.workspace_buffer at 32 bytes 64 : memref<16xf32>
  return
}

// -----

// fot.workspace_buffer (C1)
func.func @f() {
  // expected-error @below {{expects an offset that is a multiple of 64, found -64}}
  %0 = fot.workspace_buffer at -64 bytes 64 : memref<16xf32>
  return
}

// -----

// fot.workspace_buffer (C2)
func.func @f() {
  // expected-error @below {{expects 1 sizes, found 0}}
  %0 = fot.workspace_buffer at 0 bytes 64 : memref<?xf32>
  return
}
