// Negative tests of weights and the products that read them: one for each
// numbered constraint.
// RUN: fot-opt %s -split-input-file -verify-diagnostics

// fot.weight (C1): a static shape
// expected-error @below {{expects a static tensor of f32, f16, bf16, block or panel elements, found 'tensor<?x4xf32>'}}
fot.weight @w : tensor<?x4xf32> from #fot.random<1, 1.0>

// -----

// fot.weight (C1): a weight's element type
// expected-error @below {{expects a static tensor of f32, f16, bf16, block or panel elements, found 'tensor<4xi32>'}}
fot.weight @w : tensor<4xi32> from #fot.random<1, 1.0>

// -----

// fot.weight (C1): a8 is for activations
// expected-error @below {{expects a static tensor of f32, f16, bf16, block or panel elements, found 'tensor<4x!fot.block<a8>>'}}
fot.weight @w : tensor<4x!fot.block<a8>> from #fot.random<1, 1.0>

// -----

// fot.weight (C1): the logical type too
// expected-error @below {{found 'tensor<?x1x!fot.block<q8_0>>'}}
fot.weight @w : tensor<1x1x!fot.panel<q8_0 x 16>> from #fot.random<1, 1.0>
  logical tensor<?x1x!fot.block<q8_0>>

// -----

// fot.weight (C2)
// expected-error @below {{expects a #fot.source, #fot.rope_table, #fot.random or dense origin, found "elsewhere"}}
fot.weight @w : tensor<4xf32> from "elsewhere"

// -----

// fot.load_weight (C1)
func.func @f() {
  // expected-error @below {{expects a fot.weight named @w}}
  %0 = fot.load_weight @w : tensor<4xf32>
  return
}

// -----

// fot.load_weight (C2)
fot.weight @w : tensor<4xf32> from #fot.random<1, 1.0>
func.func @f() {
  // expected-error @below {{expects the weight's type 'tensor<4xf32>', found 'tensor<5xf32>'}}
  %0 = fot.load_weight @w : tensor<5xf32>
  return
}

// -----

// fot.load_weight (C2)
fot.weight @w : tensor<4xf32> from #fot.random<1, 1.0>
func.func @f() {
  // expected-error @below {{expects the weight's type 'tensor<4xf32>', found 'tensor<4xf16>'}}
  %0 = fot.load_weight @w : tensor<4xf16>
  return
}

// -----

// fot.quantize (C1): input
func.func @f(%x: tensor<2x32xf16>, %o: tensor<2x1x!fot.block<a8>>) {
  // expected-error @below {{expects input to be 2x32xf32, found 'tensor<2x32xf16>'}}
  %0 = fot.quantize ins(%x : tensor<2x32xf16>) outs(%o : tensor<2x1x!fot.block<a8>>)
    -> tensor<2x1x!fot.block<a8>>
  return
}

// -----

// fot.quantize (C1): rank
func.func @f(%x: tensor<32xf32>, %o: tensor<2x1x!fot.block<a8>>) {
  // expected-error @below {{expects input of rank 2, found 'tensor<32xf32>'}}
  %0 = fot.quantize ins(%x : tensor<32xf32>) outs(%o : tensor<2x1x!fot.block<a8>>)
    -> tensor<2x1x!fot.block<a8>>
  return
}

// -----

// fot.quantize (C1): as many blocks as it takes
func.func @f(%x: tensor<2x40xf32>, %o: tensor<2x1x!fot.block<a8>>) {
  // expected-error @below {{expects init to be 2x2x!fot.block<a8>, found 'tensor<2x1x!fot.block<a8>>'}}
  %0 = fot.quantize ins(%x : tensor<2x40xf32>) outs(%o : tensor<2x1x!fot.block<a8>>)
    -> tensor<2x1x!fot.block<a8>>
  return
}

// -----

// fot.quantize (C1): one init
func.func @f(%x: tensor<2x32xf32>, %o: tensor<2x1x!fot.block<a8>>) {
  // expected-error @below {{expects 1 inits, found 2}}
  %0:2 = fot.quantize ins(%x : tensor<2x32xf32>)
    outs(%o, %o : tensor<2x1x!fot.block<a8>>, tensor<2x1x!fot.block<a8>>)
    -> tensor<2x1x!fot.block<a8>>, tensor<2x1x!fot.block<a8>>
  return
}

// -----

// fot.matmul (C1): input
func.func @f(%x: tensor<2x32xf16>, %w: tensor<4x32xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects f32 or a8 input, found 'tensor<2x32xf16>'}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf16>, tensor<4x32xf32>)
    outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.matmul (C1): init
func.func @f(%x: tensor<2x32xf32>, %w: tensor<4x32xf32>, %o: tensor<3x4xf32>) {
  // expected-error @below {{expects init to be 2x4xf32, found 'tensor<3x4xf32>'}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<4x32xf32>)
    outs(%o : tensor<3x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

// fot.matmul (C2): rows
func.func @f(%x: tensor<2x32xf32>, %w: tensor<5x32xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects weight to be 4x32xf32, found 'tensor<5x32xf32>'}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<5x32xf32>)
    outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.matmul (C2): input features
func.func @f(%x: tensor<2x32xf32>, %w: tensor<4x31xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects weight to be 4x32xf32, found 'tensor<4x31xf32>'}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<4x31xf32>)
    outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.matmul (C2): panels
func.func @f(%x: tensor<2x32xf32>, %w: tensor<1x32x!fot.panel<f32 x 16>>, %o: tensor<2x17xf32>) {
  // expected-error @below {{expects weight to be 2x32x!fot.panel<f32 x 16>, found 'tensor<1x32x!fot.panel<f32 x 16>>'}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<1x32x!fot.panel<f32 x 16>>)
    outs(%o : tensor<2x17xf32>) -> tensor<2x17xf32>
  return
}

// -----

// fot.matmul (C2): a weight format
func.func @f(%x: tensor<2x32xf32>, %w: tensor<4x1x!fot.block<a8>>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects weight in a weight format, found 'tensor<4x1x!fot.block<a8>>'}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<4x1x!fot.block<a8>>)
    outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.matmul (C2): a weight's element type
func.func @f(%x: tensor<2x32xf32>, %w: tensor<4x32xi8>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects weight of f32, f16, bf16, block or panel elements, found 'tensor<4x32xi8>'}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<4x32xi8>)
    outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.matmul (C3): a8 meets block-quantised weights only
func.func @f(%x: tensor<2x1x!fot.block<a8>>, %w: tensor<4x32xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects weight whose format fits 'tensor<2x1x!fot.block<a8>>', found 'tensor<4x32xf32>'}}
  %0 = fot.matmul ins(%x, %w : tensor<2x1x!fot.block<a8>>, tensor<4x32xf32>)
    outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.matmul (C3): f32 meets float panels only
func.func @f(%x: tensor<2x32xf32>, %w: tensor<1x1x!fot.panel<q8_0 x 16>>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects weight whose format fits 'tensor<2x32xf32>', found 'tensor<1x1x!fot.panel<q8_0 x 16>>'}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<1x1x!fot.panel<q8_0 x 16>>)
    outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.matmul (C4)
func.func @f(%x: tensor<2x32xf32>, %w: tensor<4x32xf32>, %r: tensor<2x5xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects residual to be 2x4xf32, found 'tensor<2x5xf32>'}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<4x32xf32>)
    residual(%r : tensor<2x5xf32>) outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.matmul (C5): together
func.func @f(%x: tensor<2x32xf32>, %w: tensor<4x32xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects table, position and head_dim together}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<4x32xf32>)
    outs(%o : tensor<2x4xf32>) {head_dim = 2 : i64} -> tensor<2x4xf32>
  return
}

// -----

// fot.matmul (C5): together
func.func @f(%x: tensor<2x32xf32>, %w: tensor<4x32xf32>, %t: tensor<8x2xf32>, %p: index, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects table, position and head_dim together}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<4x32xf32>)
    rope(%t : tensor<8x2xf32>) at %p outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.matmul (C5): even
func.func @f(%x: tensor<2x32xf32>, %w: tensor<6x32xf32>, %t: tensor<8x3xf32>, %p: index, %o: tensor<2x6xf32>) {
  // expected-error @below {{expects an even head_dim that divides 6, found 3}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<6x32xf32>)
    rope(%t : tensor<8x3xf32>) at %p outs(%o : tensor<2x6xf32>) {head_dim = 3 : i64} -> tensor<2x6xf32>
  return
}

// -----

// fot.matmul (C5): divides N
func.func @f(%x: tensor<2x32xf32>, %w: tensor<6x32xf32>, %t: tensor<8x4xf32>, %p: index, %o: tensor<2x6xf32>) {
  // expected-error @below {{expects an even head_dim that divides 6, found 4}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<6x32xf32>)
    rope(%t : tensor<8x4xf32>) at %p outs(%o : tensor<2x6xf32>) {head_dim = 4 : i64} -> tensor<2x6xf32>
  return
}

// -----

// fot.matmul (C5): the table
func.func @f(%x: tensor<2x32xf32>, %w: tensor<4x32xf32>, %t: tensor<8x4xf32>, %p: index, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects table to be ?x2xf32, found 'tensor<8x4xf32>'}}
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<4x32xf32>)
    rope(%t : tensor<8x4xf32>) at %p outs(%o : tensor<2x4xf32>) {head_dim = 2 : i64} -> tensor<2x4xf32>
  return
}

// -----

// fot.gated_matmul (C1): one type
func.func @f(%x: tensor<2x32xf32>, %g: tensor<4x32xf32>, %u: tensor<4x32xf16>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects gate and up of one type, found 'tensor<4x32xf32>' and 'tensor<4x32xf16>'}}
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<2x32xf32>, tensor<4x32xf32>, tensor<4x32xf16>)
    features 4 outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.gated_matmul (C1): fits the input
func.func @f(%x: tensor<2x32xf32>, %g: tensor<4x33xf32>, %o: tensor<2x4xf32>) {
  // expected-error @below {{expects gate to be 4x32xf32, found 'tensor<4x33xf32>'}}
  %0 = fot.gated_matmul ins(%x, %g, %g : tensor<2x32xf32>, tensor<4x33xf32>, tensor<4x33xf32>)
    features 4 outs(%o : tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

// fot.gated_matmul (C2): f32
func.func @f(%x: tensor<2x32xf32>, %g: tensor<4x32xf32>, %o: tensor<2x5xf32>) {
  // expected-error @below {{expects init to be 2x4xf32, found 'tensor<2x5xf32>'}}
  %0 = fot.gated_matmul ins(%x, %g, %g : tensor<2x32xf32>, tensor<4x32xf32>, tensor<4x32xf32>)
    features 4 outs(%o : tensor<2x5xf32>) -> tensor<2x5xf32>
  return
}

// -----

// fot.gated_matmul (C2): a8
func.func @f(%x: tensor<2x32xf32>, %g: tensor<40x32xf32>, %o: tensor<2x1x!fot.block<a8>>) {
  // expected-error @below {{expects init to be 2x2x!fot.block<a8>, found 'tensor<2x1x!fot.block<a8>>'}}
  %0 = fot.gated_matmul ins(%x, %g, %g : tensor<2x32xf32>, tensor<40x32xf32>, tensor<40x32xf32>)
    features 40 outs(%o : tensor<2x1x!fot.block<a8>>) -> tensor<2x1x!fot.block<a8>>
  return
}

// -----

// fot.window_matmul (C1)
func.func @f(%x: tensor<4x8xf32>, %w: tensor<16x8xf32>, %p: index, %r: tensor<4x12xf32>, %c: tensor<2x16x6xf32>) {
  // expected-error @below {{expects weight}}
  %0:2 = fot.window_matmul ins(%x, %w : tensor<4x8xf32>, tensor<16x8xf32>) at %p
    outs(%r, %c : tensor<4x12xf32>, tensor<2x16x6xf32>) -> tensor<4x12xf32>, tensor<2x16x6xf32>
  return
}

// -----

// fot.window_matmul (C2): how many inits
func.func @f(%x: tensor<4x8xf32>, %w: tensor<12x8xf32>, %p: index, %r: tensor<4x12xf32>) {
  // expected-error @below {{expects rows and one or two caches, found 1 inits}}
  %0 = fot.window_matmul ins(%x, %w : tensor<4x8xf32>, tensor<12x8xf32>) at %p
    outs(%r : tensor<4x12xf32>) -> tensor<4x12xf32>
  return
}

// -----

// fot.window_matmul (C2): rows of all heads
func.func @f(%x: tensor<4x8xf32>, %w: tensor<12x8xf32>, %p: index, %r: tensor<4x18xf32>, %c: tensor<2x16x6xf32>) {
  // expected-error @below {{expects rows}}
  %0:2 = fot.window_matmul ins(%x, %w : tensor<4x8xf32>, tensor<12x8xf32>) at %p
    outs(%r, %c : tensor<4x18xf32>, tensor<2x16x6xf32>) -> tensor<4x18xf32>, tensor<2x16x6xf32>
  return
}

// -----

// fot.window_matmul (C2): caches that agree
func.func @f(%x: tensor<4x8xf32>, %w: tensor<12x8xf32>, %p: index, %r: tensor<4x12xf32>, %c: tensor<2x16x6xf32>,
             %d: tensor<3x16x4xf32>) {
  // expected-error @below {{expects cache}}
  %0:3 = fot.window_matmul ins(%x, %w : tensor<4x8xf32>, tensor<12x8xf32>) at %p
    outs(%r, %c, %d : tensor<4x12xf32>, tensor<2x16x6xf32>, tensor<3x16x4xf32>)
    -> tensor<4x12xf32>, tensor<2x16x6xf32>, tensor<3x16x4xf32>
  return
}

// -----

// fot.window_matmul (C2): how much of a row is a head
func.func @f(%x: tensor<4x8xf32>, %w: tensor<12x8xf32>, %p: index, %r: tensor<4x12xf32>, %c: tensor<?x16x6xf32>) {
  // expected-error @below {{expects static heads and head dimension, found 'tensor<?x16x6xf32>'}}
  %0:2 = fot.window_matmul ins(%x, %w : tensor<4x8xf32>, tensor<12x8xf32>) at %p
    outs(%r, %c : tensor<4x12xf32>, tensor<?x16x6xf32>) -> tensor<4x12xf32>, tensor<?x16x6xf32>
  return
}

// -----

// fot.window_matmul (C3): pairs
func.func @f(%x: tensor<4x8xf32>, %w: tensor<12x8xf32>, %t: tensor<32x3xf32>, %p: index, %r: tensor<4x12xf32>,
             %c: tensor<4x16x3xf32>) {
  // expected-error @below {{expects an even head dimension for rope, found 3}}
  %0:2 = fot.window_matmul ins(%x, %w : tensor<4x8xf32>, tensor<12x8xf32>) rope(%t : tensor<32x3xf32>) at %p
    outs(%r, %c : tensor<4x12xf32>, tensor<4x16x3xf32>) -> tensor<4x12xf32>, tensor<4x16x3xf32>
  return
}

// -----

// fot.window_matmul (C3): the table's angles
func.func @f(%x: tensor<4x8xf32>, %w: tensor<12x8xf32>, %t: tensor<32x4xf32>, %p: index, %r: tensor<4x12xf32>,
             %c: tensor<2x16x6xf32>) {
  // expected-error @below {{expects table}}
  %0:2 = fot.window_matmul ins(%x, %w : tensor<4x8xf32>, tensor<12x8xf32>) rope(%t : tensor<32x4xf32>) at %p
    outs(%r, %c : tensor<4x12xf32>, tensor<2x16x6xf32>) -> tensor<4x12xf32>, tensor<2x16x6xf32>
  return
}
