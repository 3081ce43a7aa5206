// Negative tests of the attention ops: one for each numbered constraint.
// RUN: fot-opt %s -split-input-file -verify-diagnostics

// fot.attention (C1): queries
func.func @f(%q: tensor<3x16xf16>, %w: tensor<2x8x4xf32>, %p: index, %o: tensor<3x16xf32>) {
  // expected-error @below {{expects queries to be ?x?xf32, found 'tensor<3x16xf16>'}}
  %0 = fot.attention ins(%q, %w, %w : tensor<3x16xf16>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p scale 0.5 outs(%o : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.attention (C1): init
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %o: tensor<4x16xf32>) {
  // expected-error @below {{expects init to be 3x16xf32, found 'tensor<4x16xf32>'}}
  %0 = fot.attention ins(%q, %w, %w : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p scale 0.5 outs(%o : tensor<4x16xf32>) -> tensor<4x16xf32>
  return
}

// -----

// fot.attention (C1): init of blocks
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %o: tensor<3x2x!fot.block<a8>>) {
  // expected-error @below {{expects init to be 3x1x!fot.block<a8>, found 'tensor<3x2x!fot.block<a8>>'}}
  %0 = fot.attention ins(%q, %w, %w : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p scale 0.5 outs(%o : tensor<3x2x!fot.block<a8>>) -> tensor<3x2x!fot.block<a8>>
  return
}

// -----

// fot.attention (C2): keys
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf64>, %p: index) {
  // expected-error @below {{expects keys to be ?x?x?xf32, found 'tensor<2x8x4xf64>'}}
  %0 = fot.attention ins(%q, %w, %w : tensor<3x16xf32>, tensor<2x8x4xf64>, tensor<2x8x4xf64>)
    at %p scale 0.5 outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.attention (C2): values
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %v: tensor<2x9x4xf32>, %p: index) {
  // expected-error @below {{expects values to be 2x8x4xf32, found 'tensor<2x9x4xf32>'}}
  %0 = fot.attention ins(%q, %w, %v : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x9x4xf32>)
    at %p scale 0.5 outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.attention (C2): H a multiple of G
func.func @f(%q: tensor<3x12xf32>, %w: tensor<2x8x4xf32>, %p: index) {
  // expected-error @below {{expects queries of a multiple of the keys' heads, found 'tensor<3x12xf32>' and 'tensor<2x8x4xf32>'}}
  %0 = fot.attention ins(%q, %w, %w : tensor<3x12xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p scale 0.5 outs(%q : tensor<3x12xf32>) -> tensor<3x12xf32>
  return
}

// -----

// fot.attention (C3): heads of the queries
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %r: tensor<3x2x5x4xf32>) {
  // expected-error @below {{expects retrieved keys to be 3x4x?x4xf32, found 'tensor<3x2x5x4xf32>'}}
  %0 = fot.attention ins(%q, %w, %w : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p retrieved(%r, %r : tensor<3x2x5x4xf32>, tensor<3x2x5x4xf32>) scale 0.5
    outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.attention (C3): as many values as keys
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %r: tensor<3x4x5x4xf32>, %s: tensor<3x4x6x4xf32>) {
  // expected-error @below {{expects retrieved values to be 3x4x5x4xf32, found 'tensor<3x4x6x4xf32>'}}
  %0 = fot.attention ins(%q, %w, %w : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p retrieved(%r, %s : tensor<3x4x5x4xf32>, tensor<3x4x6x4xf32>) scale 0.5
    outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.attention (C4): heads of the keys
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %x: tensor<4x5x4xf32>) {
  // expected-error @below {{expects prefix keys to be 2x?x4xf32, found 'tensor<4x5x4xf32>'}}
  %0 = fot.attention ins(%q, %w, %w : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p prefix(%x, %x : tensor<4x5x4xf32>, tensor<4x5x4xf32>) scale 0.5
    outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.attention (C4): as many values as keys
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %x: tensor<2x5x4xf32>, %y: tensor<2x6x4xf32>) {
  // expected-error @below {{expects prefix values to be 2x5x4xf32, found 'tensor<2x6x4xf32>'}}
  %0 = fot.attention ins(%q, %w, %w : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p prefix(%x, %y : tensor<2x5x4xf32>, tensor<2x6x4xf32>) scale 0.5
    outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.attention (C4): not with retrieved
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %r: tensor<3x4x5x4xf32>, %x: tensor<2x5x4xf32>) {
  // expected-error @below {{expects retrieved or prefix, not both}}
  %0 = fot.attention ins(%q, %w, %w : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p retrieved(%r, %r : tensor<3x4x5x4xf32>, tensor<3x4x5x4xf32>)
    prefix(%x, %x : tensor<2x5x4xf32>, tensor<2x5x4xf32>) scale 0.5
    outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.memory_attention (C1): as in fot.attention
func.func @f(%q: tensor<3x12xf32>, %w: tensor<2x8x4xf32>, %m: !fot.memory<2 x 4, f32, f32>, %p: index) {
  // expected-error @below {{expects queries of a multiple of the keys' heads, found 'tensor<3x12xf32>' and 'tensor<2x8x4xf32>'}}
  %0 = fot.memory_attention dense
    ins(%q, %w, %w, %m : tensor<3x12xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !fot.memory<2 x 4, f32, f32>)
    at %p scale 0.5 outs(%q : tensor<3x12xf32>) -> tensor<3x12xf32>
  return
}

// -----

// fot.memory_attention (C1): heads
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %m: !fot.memory<4 x 4, f32, f32>, %p: index) {
  // expected-error @below {{expects a memory of the keys' heads and head dimension, found '!fot.memory<4 x 4, f32, f32>' and 'tensor<2x8x4xf32>'}}
  %0 = fot.memory_attention dense
    ins(%q, %w, %w, %m : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !fot.memory<4 x 4, f32, f32>)
    at %p scale 0.5 outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.memory_attention (C1): head dimension
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %m: !fot.memory<2 x 8, f32, f32>, %p: index) {
  // expected-error @below {{expects a memory of the keys' heads and head dimension, found '!fot.memory<2 x 8, f32, f32>' and 'tensor<2x8x4xf32>'}}
  %0 = fot.memory_attention dense
    ins(%q, %w, %w, %m : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !fot.memory<2 x 8, f32, f32>)
    at %p scale 0.5 outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.memory_attention (C2): no k for topk
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %m: !fot.memory<2 x 4, f32, f32>, %p: index) {
  // expected-error @below {{expects a positive k for topk and none for dense}}
  %0 = fot.memory_attention topk
    ins(%q, %w, %w, %m : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !fot.memory<2 x 4, f32, f32>)
    at %p scale 0.5 outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.memory_attention (C2): k is positive
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %m: !fot.memory<2 x 4, f32, f32>, %p: index) {
  // expected-error @below {{expects a positive k for topk and none for dense}}
  %0 = fot.memory_attention topk : 0
    ins(%q, %w, %w, %m : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !fot.memory<2 x 4, f32, f32>)
    at %p scale 0.5 outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.memory_attention (C2): k is positive
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %m: !fot.memory<2 x 4, f32, f32>, %p: index) {
  // expected-error @below {{expects a positive k for topk and none for dense}}
  %0 = fot.memory_attention topk : -3
    ins(%q, %w, %w, %m : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !fot.memory<2 x 4, f32, f32>)
    at %p scale 0.5 outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.memory_attention (C2): k for dense
func.func @f(%q: tensor<3x16xf32>, %w: tensor<2x8x4xf32>, %m: !fot.memory<2 x 4, f32, f32>, %p: index) {
  // expected-error @below {{expects a positive k for topk and none for dense}}
  %0 = fot.memory_attention dense : 3
    ins(%q, %w, %w, %m : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !fot.memory<2 x 4, f32, f32>)
    at %p scale 0.5 outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  return
}

// -----

// fot.crossbatch_attention (C1): one shape
func.func @f(%x: tensor<8x3x1x4xf32>, %y: tensor<8x3x2x4xf32>) {
  // expected-error @below {{expects every operand to be 8x3x1x4xf32, found 'tensor<8x3x2x4xf32>'}}
  %0 = fot.crossbatch_attention
    ins(%x, %y, %x : tensor<8x3x1x4xf32>, tensor<8x3x2x4xf32>, tensor<8x3x1x4xf32>)
    range 3 pack 4 theta 1.0e4 outs(%x : tensor<8x3x1x4xf32>) -> tensor<8x3x1x4xf32>
  return
}

// -----

// fot.crossbatch_attention (C1): D is even
func.func @f(%x: tensor<8x3x1x5xf32>) {
  // expected-error @below {{expects an even head dimension, found 'tensor<8x3x1x5xf32>'}}
  %0 = fot.crossbatch_attention
    ins(%x, %x, %x : tensor<8x3x1x5xf32>, tensor<8x3x1x5xf32>, tensor<8x3x1x5xf32>)
    range 3 pack 4 theta 1.0e4 outs(%x : tensor<8x3x1x5xf32>) -> tensor<8x3x1x5xf32>
  return
}

// -----

// fot.crossbatch_attention (C2): range
func.func @f(%x: tensor<8x3x1x4xf32>) {
  // expected-error @below {{expects range >= 0 and pack >= 1, found -1 and 4}}
  %0 = fot.crossbatch_attention
    ins(%x, %x, %x : tensor<8x3x1x4xf32>, tensor<8x3x1x4xf32>, tensor<8x3x1x4xf32>)
    range -1 pack 4 theta 1.0e4 outs(%x : tensor<8x3x1x4xf32>) -> tensor<8x3x1x4xf32>
  return
}

// -----

// fot.crossbatch_attention (C2): pack
func.func @f(%x: tensor<8x3x1x4xf32>) {
  // expected-error @below {{expects range >= 0 and pack >= 1, found 3 and 0}}
  %0 = fot.crossbatch_attention
    ins(%x, %x, %x : tensor<8x3x1x4xf32>, tensor<8x3x1x4xf32>, tensor<8x3x1x4xf32>)
    range 3 pack 0 theta 1.0e4 outs(%x : tensor<8x3x1x4xf32>) -> tensor<8x3x1x4xf32>
  return
}
