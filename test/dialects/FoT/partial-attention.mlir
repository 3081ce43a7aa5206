// Attention over blocks of a window and attention that joins it, and what is
// wrong with them.
// RUN: fot-opt %s -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: @partial
func.func @partial(%q: tensor<1x16xf32>, %w: tensor<2x8x4xf16>, %p: index,
                   %s: tensor<3x4x6xf32>) -> tensor<1x16xf32> {
  // CHECK: fot.partial_attention of 3 ins(%{{.*}}) at %{{.*}} scale 5.000000e-01 outs(%{{.*}} : tensor<3x4x6xf32>) -> tensor<3x4x6xf32>
  %0 = fot.partial_attention of 3 ins(%q, %w, %w : tensor<1x16xf32>, tensor<2x8x4xf16>, tensor<2x8x4xf16>)
    at %p scale 0.5 outs(%s : tensor<3x4x6xf32>) -> tensor<3x4x6xf32>
  // CHECK: fot.attention ins({{.*}}) at %{{.*}} parts(%{{.*}} of 3 : tensor<3x4x6xf32>) scale 5.000000e-01 outs
  %1 = fot.attention ins(%q, %w, %w : tensor<1x16xf32>, tensor<2x8x4xf16>, tensor<2x8x4xf16>)
    at %p parts(%0 of 3 : tensor<3x4x6xf32>) scale 0.5 outs(%q : tensor<1x16xf32>) -> tensor<1x16xf32>
  return %1 : tensor<1x16xf32>
}

// -----

// fot.partial_attention (C1)
func.func @f(%q: tensor<2x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %s: tensor<3x4x6xf32>) {
  // expected-error @below {{expects one token for parts, found 'tensor<2x16xf32>'}}
  %0 = fot.partial_attention of 3 ins(%q, %w, %w : tensor<2x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p scale 0.5 outs(%s : tensor<3x4x6xf32>) -> tensor<3x4x6xf32>
  return
}

// -----

// fot.partial_attention (C2): a part for each block
func.func @f(%q: tensor<1x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %s: tensor<3x4x6xf32>) {
  // expected-error @below {{expects init to be 2x4x6xf32, found 'tensor<3x4x6xf32>'}}
  %0 = fot.partial_attention of 4 ins(%q, %w, %w : tensor<1x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p scale 0.5 outs(%s : tensor<3x4x6xf32>) -> tensor<3x4x6xf32>
  return
}

// -----

// fot.partial_attention (C2): the block
func.func @f(%q: tensor<1x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %s: tensor<3x4x6xf32>) {
  // expected-error @below {{expects a positive block, found 0}}
  %0 = fot.partial_attention of 0 ins(%q, %w, %w : tensor<1x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p scale 0.5 outs(%s : tensor<3x4x6xf32>) -> tensor<3x4x6xf32>
  return
}

// -----

// fot.attention (C6)
func.func @f(%q: tensor<1x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %s: tensor<2x4x5xf32>) {
  // expected-error @below {{expects parts to be 2x4x6xf32, found 'tensor<2x4x5xf32>'}}
  %0 = fot.attention ins(%q, %w, %w : tensor<1x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p parts(%s of 4 : tensor<2x4x5xf32>) scale 0.5 outs(%q : tensor<1x16xf32>) -> tensor<1x16xf32>
  return
}

// -----

// fot.memory_attention (C4)
func.func @f(%q: tensor<1x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %m: !fot.memory<2 x 4, f32, f32>, %s: tensor<2x4x5xf32>) {
  // expected-error @below {{expects parts to be 2x4x6xf32, found 'tensor<2x4x5xf32>'}}
  %0 = fot.memory_attention dense ins(%q, %w, %w, %m : tensor<1x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !fot.memory<2 x 4, f32, f32>)
    at %p parts(%s of 4 : tensor<2x4x5xf32>) scale 0.5 outs(%q : tensor<1x16xf32>) -> tensor<1x16xf32>
  return
}
