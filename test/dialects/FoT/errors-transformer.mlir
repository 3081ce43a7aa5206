// Negative tests of the parts of a LLaMA block: one for each numbered
// constraint.
// RUN: fot-opt %s -split-input-file -verify-diagnostics

// fot.embedding (C1): tokens
func.func @f(%t: tensor<2xi64>, %w: tensor<9x4xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects tokens to be 2xi32, found 'tensor<2xi64>'}}
  %0 = fot.embedding ins(%t, %w : tensor<2xi64>, tensor<9x4xf32>)
    outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.embedding (C1): init
func.func @f(%t: tensor<2xi32>, %w: tensor<9x4xf32>, %o: tensor<2x4xf16>) {
  // expected-error @below {{expects init to be ?x4xf32, found 'tensor<2x4xf16>'}}
  %0 = fot.embedding ins(%t, %w : tensor<2xi32>, tensor<9x4xf32>)
    outs(%o : tensor<2x4xf16>) -> tensor<2x4xf16>
  return
}

// -----

// fot.embedding (C2): features
func.func @f(%t: tensor<2xi32>, %w: tensor<9x5xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects table to be ?x4xf32, found 'tensor<9x5xf32>'}}
  %0 = fot.embedding ins(%t, %w : tensor<2xi32>, tensor<9x5xf32>)
    outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.embedding (C2): blocks of panels
func.func @f(%t: tensor<2xi32>, %w: tensor<1x1x!fot.panel<q8_0 x 16>>, %o: tensor<2x64xf32>) {
  // expected-error @below {{expects table to be ?x2x!fot.panel<q8_0 x 16>, found 'tensor<1x1x!fot.panel<q8_0 x 16>>'}}
  %0 = fot.embedding ins(%t, %w : tensor<2xi32>, tensor<1x1x!fot.panel<q8_0 x 16>>)
    outs(%o : tensor<2x64xf32>) -> tensor<2x64xf32>
  return
}

// -----

// fot.rms_norm (C1): input
func.func @f(%x: tensor<2x4xf16>, %g: tensor<4xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects input to be 2x4xf32, found 'tensor<2x4xf16>'}}
  %0 = fot.rms_norm ins(%x, %g : tensor<2x4xf16>, tensor<4xf32>) eps 0.0
    outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.rms_norm (C1): gain
func.func @f(%x: tensor<2x4xf32>, %g: tensor<5xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects gain to be 4xf32, found 'tensor<5xf32>'}}
  %0 = fot.rms_norm ins(%x, %g : tensor<2x4xf32>, tensor<5xf32>) eps 0.0
    outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.rms_norm (C2)
func.func @f(%x: tensor<2x4xf32>, %g: tensor<4xf32>, %o: tensor<2x2x!fot.block<a8>>) {
  // expected-error @below {{expects init to be 2x1x!fot.block<a8>, found 'tensor<2x2x!fot.block<a8>>'}}
  %0 = fot.rms_norm ins(%x, %g : tensor<2x4xf32>, tensor<4xf32>) eps 0.0
    outs(%o : tensor<2x2x!fot.block<a8>>) -> tensor<2x2x!fot.block<a8>>
  return
}

// -----

// fot.rms_norm (C3)
func.func @f(%x: tensor<2x4xf32>, %g: tensor<4xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects eps >= 0, found -1}}
  %0 = fot.rms_norm ins(%x, %g : tensor<2x4xf32>, tensor<4xf32>) eps -1.0
    outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.rope (C1): init
func.func @f(%x: tensor<2x4xf32>, %t: tensor<8x2xf32>, %p: index, %o: tensor<2x6xf32>) {
  // expected-error @below {{expects init to be 2x4xf32, found 'tensor<2x6xf32>'}}
  %0 = fot.rope ins(%x, %t : tensor<2x4xf32>, tensor<8x2xf32>) at %p head_dim 2
    outs(%o : tensor<2x6xf32>) -> tensor<2x6xf32>
  return
}

// -----

// fot.rope (C1): even
func.func @f(%x: tensor<2x6xf32>, %t: tensor<8x3xf32>, %p: index) {
  // expected-error @below {{expects an even head_dim that divides 6, found 3}}
  %0 = fot.rope ins(%x, %t : tensor<2x6xf32>, tensor<8x3xf32>) at %p head_dim 3
    outs(%x : tensor<2x6xf32>) -> tensor<2x6xf32>
  return
}

// -----

// fot.rope (C1): a divisor
func.func @f(%x: tensor<2x6xf32>, %t: tensor<8x4xf32>, %p: index) {
  // expected-error @below {{expects an even head_dim that divides 6, found 4}}
  %0 = fot.rope ins(%x, %t : tensor<2x6xf32>, tensor<8x4xf32>) at %p head_dim 4
    outs(%x : tensor<2x6xf32>) -> tensor<2x6xf32>
  return
}

// -----

// fot.rope (C2)
func.func @f(%x: tensor<2x4xf32>, %t: tensor<8x4xf32>, %p: index) {
  // expected-error @below {{expects table to be ?x2xf32, found 'tensor<8x4xf32>'}}
  %0 = fot.rope ins(%x, %t : tensor<2x4xf32>, tensor<8x4xf32>) at %p head_dim 2
    outs(%x : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.swiglu (C1): gate
func.func @f(%x: tensor<2x4xf16>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects gate to be 2x4xf32, found 'tensor<2x4xf16>'}}
  %0 = fot.swiglu ins(%x, %o : tensor<2x4xf16>, tensor<2x4xf32>)
    outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.swiglu (C1): up
func.func @f(%x: tensor<2x4xf32>, %u: tensor<2x5xf32>) {
  // expected-error @below {{expects up to be 2x4xf32, found 'tensor<2x5xf32>'}}
  %0 = fot.swiglu ins(%x, %u : tensor<2x4xf32>, tensor<2x5xf32>)
    outs(%x : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.swiglu (C2)
func.func @f(%x: tensor<2x4xf32>, %o: tensor<2x2x!fot.block<a8>>) {
  // expected-error @below {{expects init to be 2x1x!fot.block<a8>, found 'tensor<2x2x!fot.block<a8>>'}}
  %0 = fot.swiglu ins(%x, %x : tensor<2x4xf32>, tensor<2x4xf32>)
    outs(%o : tensor<2x2x!fot.block<a8>>) -> tensor<2x2x!fot.block<a8>>
  return
}

// -----

// fot.last_rows (C1): features
func.func @f(%x: tensor<3x4xf32>, %o: tensor<2x5xf32>) {
  // expected-error @below {{expects init to be ?x4xf32, found 'tensor<2x5xf32>'}}
  %0 = fot.last_rows ins(%x : tensor<3x4xf32>) outs(%o : tensor<2x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

// fot.last_rows (C1): element type
func.func @f(%x: tensor<3x4xf32>, %o: tensor<2x4xf16>) {
  // expected-error @below {{expects init to be ?x4xf32, found 'tensor<2x4xf16>'}}
  %0 = fot.last_rows ins(%x : tensor<3x4xf32>) outs(%o : tensor<2x4xf16>) -> tensor<2x4xf16>
  return
}

// -----

// fot.last_rows (C1): R <= T
func.func @f(%x: tensor<3x4xf32>, %o: tensor<4x4xf32>) {
  // expected-error @below {{expects at most 3 rows, found 4}}
  %0 = fot.last_rows ins(%x : tensor<3x4xf32>) outs(%o : tensor<4x4xf32>) -> tensor<4x4xf32>
  return
}
