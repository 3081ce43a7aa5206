// Negative tests of memories, window caches and retrieval: one for each
// numbered constraint.
// RUN: fot-opt %s -split-input-file -verify-diagnostics

// fot.append_memory (C1): heads
func.func @f(%m: !fot.memory<2 x 4, f32, f32>, %w: tensor<3x8x4xf32>, %n: index) {
  // expected-error @below {{expects keys to be 2x?x4xf32, found 'tensor<3x8x4xf32>'}}
  %0 = fot.append_memory %m, %w, %w count %n : !fot.memory<2 x 4, f32, f32>, tensor<3x8x4xf32>, tensor<3x8x4xf32>
  return
}

// -----

// fot.append_memory (C1): head dimension
func.func @f(%m: !fot.memory<2 x 4, f32, f32>, %k: tensor<2x8x4xf32>, %v: tensor<2x8x5xf32>, %n: index) {
  // expected-error @below {{expects values to be 2x8x4xf32, found 'tensor<2x8x5xf32>'}}
  %0 = fot.append_memory %m, %k, %v count %n : !fot.memory<2 x 4, f32, f32>, tensor<2x8x4xf32>, tensor<2x8x5xf32>
  return
}

// -----

// fot.append_memory (C1): keys and values of one window
func.func @f(%m: !fot.memory<2 x 4, f32, f32>, %k: tensor<2x8x4xf32>, %v: tensor<2x9x4xf32>, %n: index) {
  // expected-error @below {{expects values to be 2x8x4xf32, found 'tensor<2x9x4xf32>'}}
  %0 = fot.append_memory %m, %k, %v count %n : !fot.memory<2 x 4, f32, f32>, tensor<2x8x4xf32>, tensor<2x9x4xf32>
  return
}

// -----

// fot.append_memory (C1): f32, f16 or bf16
func.func @f(%m: !fot.memory<2 x 4, f32, f32>, %w: tensor<2x8x4xf64>, %n: index) {
  // expected-error @below {{expects keys to be 2x?x4xf32, found 'tensor<2x8x4xf64>'}}
  %0 = fot.append_memory %m, %w, %w count %n : !fot.memory<2 x 4, f32, f32>, tensor<2x8x4xf64>, tensor<2x8x4xf64>
  return
}

// -----

// fot.view_memory (C1): two inits
func.func @f(%m: !fot.memory<2 x 4, f32, f32>, %o: tensor<2x?x4xf32>) {
  // expected-error @below {{expects 2 inits, found 1}}
  %0 = fot.view_memory %m : !fot.memory<2 x 4, f32, f32> outs(%o : tensor<2x?x4xf32>) -> tensor<2x?x4xf32>
  return
}

// -----

// fot.view_memory (C1): heads and head dimension
func.func @f(%m: !fot.memory<2 x 4, f32, f32>, %o: tensor<2x?x4xf32>, %p: tensor<2x?x3xf32>) {
  // expected-error @below {{expects init to be 2x?x4xf32, found 'tensor<2x?x3xf32>'}}
  %0:2 = fot.view_memory %m : !fot.memory<2 x 4, f32, f32>
    outs(%o, %p : tensor<2x?x4xf32>, tensor<2x?x3xf32>) -> tensor<2x?x4xf32>, tensor<2x?x3xf32>
  return
}

// -----

// fot.append_window (C1): input
func.func @f(%x: tensor<3x9xf32>, %p: index, %w: tensor<2x8x4xf32>) {
  // expected-error @below {{expects input to be ?x8xf32, found 'tensor<3x9xf32>'}}
  %0 = fot.append_window ins(%x : tensor<3x9xf32>) at %p outs(%w : tensor<2x8x4xf32>) -> tensor<2x8x4xf32>
  return
}

// -----

// fot.append_window (C1): init
func.func @f(%x: tensor<3x8xf32>, %p: index, %w: tensor<2x8x4xf64>) {
  // expected-error @below {{expects init to be 2x?x4xf32, found 'tensor<2x8x4xf64>'}}
  %0 = fot.append_window ins(%x : tensor<3x8xf32>) at %p outs(%w : tensor<2x8x4xf64>) -> tensor<2x8x4xf64>
  return
}

// -----

// fot.append_window (C1): rank
func.func @f(%x: tensor<3x8xf32>, %p: index, %w: tensor<8x4xf32>) {
  // expected-error @below {{expects init of rank 3, found 'tensor<8x4xf32>'}}
  %0 = fot.append_window ins(%x : tensor<3x8xf32>) at %p outs(%w : tensor<8x4xf32>) -> tensor<8x4xf32>
  return
}

// -----

// fot.knn (C1): f32 queries
func.func @f(%q: tensor<2x16xf16>, %m: !fot.memory<2 x 4, f32, f32>, %s: tensor<2x4x3xf32>, %i: tensor<2x4x3xi64>) {
  // expected-error @below {{expects queries to be ?x?xf32, found 'tensor<2x16xf16>'}}
  %0:2 = fot.knn ins(%q, %m : tensor<2x16xf16>, !fot.memory<2 x 4, f32, f32>)
    outs(%s, %i : tensor<2x4x3xf32>, tensor<2x4x3xi64>) -> tensor<2x4x3xf32>, tensor<2x4x3xi64>
  return
}

// -----

// fot.knn (C1): a multiple of the memory's heads
func.func @f(%q: tensor<2x12xf32>, %m: !fot.memory<2 x 4, f32, f32>, %s: tensor<2x3x3xf32>, %i: tensor<2x3x3xi64>) {
  // expected-error @below {{expects queries of a multiple of 8 features, found 'tensor<2x12xf32>'}}
  %0:2 = fot.knn ins(%q, %m : tensor<2x12xf32>, !fot.memory<2 x 4, f32, f32>)
    outs(%s, %i : tensor<2x3x3xf32>, tensor<2x3x3xi64>) -> tensor<2x3x3xf32>, tensor<2x3x3xi64>
  return
}

// -----

// fot.knn (C2): scores
func.func @f(%q: tensor<2x16xf32>, %m: !fot.memory<2 x 4, f32, f32>, %s: tensor<2x2x3xf32>, %i: tensor<2x4x3xi64>) {
  // expected-error @below {{expects scores to be 2x4x?xf32, found 'tensor<2x2x3xf32>'}}
  %0:2 = fot.knn ins(%q, %m : tensor<2x16xf32>, !fot.memory<2 x 4, f32, f32>)
    outs(%s, %i : tensor<2x2x3xf32>, tensor<2x4x3xi64>) -> tensor<2x2x3xf32>, tensor<2x4x3xi64>
  return
}

// -----

// fot.knn (C2): indices
func.func @f(%q: tensor<2x16xf32>, %m: !fot.memory<2 x 4, f32, f32>, %s: tensor<2x4x3xf32>, %i: tensor<2x4x3xi32>) {
  // expected-error @below {{expects indices to be 2x4x3xi64, found 'tensor<2x4x3xi32>'}}
  %0:2 = fot.knn ins(%q, %m : tensor<2x16xf32>, !fot.memory<2 x 4, f32, f32>)
    outs(%s, %i : tensor<2x4x3xf32>, tensor<2x4x3xi32>) -> tensor<2x4x3xf32>, tensor<2x4x3xi32>
  return
}

// -----

// fot.gather (C1): i64
func.func @f(%i: tensor<2x4x3xi32>, %m: !fot.memory<2 x 4, f32, f32>, %o: tensor<2x4x3x4xf32>) {
  // expected-error @below {{expects indices to be ?x?x?xi64, found 'tensor<2x4x3xi32>'}}
  %0:2 = fot.gather ins(%i, %m : tensor<2x4x3xi32>, !fot.memory<2 x 4, f32, f32>)
    outs(%o, %o : tensor<2x4x3x4xf32>, tensor<2x4x3x4xf32>) -> tensor<2x4x3x4xf32>, tensor<2x4x3x4xf32>
  return
}

// -----

// fot.gather (C1): heads
func.func @f(%i: tensor<2x3x3xi64>, %m: !fot.memory<2 x 4, f32, f32>, %o: tensor<2x3x3x4xf32>) {
  // expected-error @below {{expects a multiple of 2 heads, found 'tensor<2x3x3xi64>'}}
  %0:2 = fot.gather ins(%i, %m : tensor<2x3x3xi64>, !fot.memory<2 x 4, f32, f32>)
    outs(%o, %o : tensor<2x3x3x4xf32>, tensor<2x3x3x4xf32>) -> tensor<2x3x3x4xf32>, tensor<2x3x3x4xf32>
  return
}

// -----

// fot.gather (C2)
func.func @f(%i: tensor<2x4x3xi64>, %m: !fot.memory<2 x 4, f32, f32>, %k: tensor<2x4x3x4xf32>, %v: tensor<2x4x3x5xf32>) {
  // expected-error @below {{expects init to be 2x4x3x4xf32, found 'tensor<2x4x3x5xf32>'}}
  %0:2 = fot.gather ins(%i, %m : tensor<2x4x3xi64>, !fot.memory<2 x 4, f32, f32>)
    outs(%k, %v : tensor<2x4x3x4xf32>, tensor<2x4x3x5xf32>) -> tensor<2x4x3x4xf32>, tensor<2x4x3x5xf32>
  return
}
