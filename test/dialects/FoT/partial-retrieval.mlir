// Retrieval from ranges of a memory and attention that joins it, and what is
// wrong with them.
// RUN: fot-opt %s -split-input-file -verify-diagnostics | FileCheck %s

!memory = !fot.memory<2 x 4, bf16, f16>

// CHECK-LABEL: @partial
func.func @partial(%q: tensor<1x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %m: !memory,
                   %s: tensor<5x4x3xf32>, %e: tensor<5x4x3xi64>) -> tensor<1x16xf32> {
  // CHECK: fot.partial_knn ins(%{{.*}}, %{{.*}} : tensor<1x16xf32>, <2 x 4, bf16, f16>) outs(%{{.*}}, %{{.*}} : tensor<5x4x3xf32>, tensor<5x4x3xi64>) -> tensor<5x4x3xf32>, tensor<5x4x3xi64>
  %0:2 = fot.partial_knn ins(%q, %m : tensor<1x16xf32>, !memory)
    outs(%s, %e : tensor<5x4x3xf32>, tensor<5x4x3xi64>) -> tensor<5x4x3xf32>, tensor<5x4x3xi64>
  // CHECK: fot.memory_attention topk : 3 ins({{.*}}) at %{{.*}} partial(%{{.*}}#0, %{{.*}}#1 : tensor<5x4x3xf32>, tensor<5x4x3xi64>) scale 5.000000e-01 outs
  %1 = fot.memory_attention topk : 3 ins(%q, %w, %w, %m : tensor<1x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !memory)
    at %p partial(%0#0, %0#1 : tensor<5x4x3xf32>, tensor<5x4x3xi64>) scale 0.5
    outs(%q : tensor<1x16xf32>) -> tensor<1x16xf32>
  return %1 : tensor<1x16xf32>
}

// -----

// fot.partial_knn (C1)
func.func @f(%q: tensor<2x16xf32>, %m: !fot.memory<2 x 4, f32, f32>, %s: tensor<5x4x3xf32>, %e: tensor<5x4x3xi64>) {
  // expected-error @below {{expects queries to be 1x?xf32, found 'tensor<2x16xf32>'}}
  %0:2 = fot.partial_knn ins(%q, %m : tensor<2x16xf32>, !fot.memory<2 x 4, f32, f32>)
    outs(%s, %e : tensor<5x4x3xf32>, tensor<5x4x3xi64>) -> tensor<5x4x3xf32>, tensor<5x4x3xi64>
  return
}

// -----

// fot.partial_knn (C1): heads
func.func @f(%q: tensor<1x12xf32>, %m: !fot.memory<2 x 4, f32, f32>, %s: tensor<5x3x3xf32>, %e: tensor<5x3x3xi64>) {
  // expected-error @below {{expects queries of a multiple of 8 features, found 'tensor<1x12xf32>'}}
  %0:2 = fot.partial_knn ins(%q, %m : tensor<1x12xf32>, !fot.memory<2 x 4, f32, f32>)
    outs(%s, %e : tensor<5x3x3xf32>, tensor<5x3x3xi64>) -> tensor<5x3x3xf32>, tensor<5x3x3xi64>
  return
}

// -----

// fot.partial_knn (C2)
func.func @f(%q: tensor<1x16xf32>, %m: !fot.memory<2 x 4, f32, f32>, %s: tensor<?x4x3xf32>, %e: tensor<?x4x3xi64>) {
  // expected-error @below {{expects positive static numbers of ranges and entries, found 'tensor<?x4x3xf32>'}}
  %0:2 = fot.partial_knn ins(%q, %m : tensor<1x16xf32>, !fot.memory<2 x 4, f32, f32>)
    outs(%s, %e : tensor<?x4x3xf32>, tensor<?x4x3xi64>) -> tensor<?x4x3xf32>, tensor<?x4x3xi64>
  return
}

// -----

// fot.memory_attention (C3)
func.func @f(%q: tensor<1x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %m: !fot.memory<2 x 4, f32, f32>,
             %s: tensor<5x4x2xf32>, %e: tensor<5x4x2xi64>) {
  // expected-error @below {{expects partial scores to be 5x4x3xf32, found 'tensor<5x4x2xf32>'}}
  %1 = fot.memory_attention topk : 3 ins(%q, %w, %w, %m : tensor<1x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !fot.memory<2 x 4, f32, f32>)
    at %p partial(%s, %e : tensor<5x4x2xf32>, tensor<5x4x2xi64>) scale 0.5
    outs(%q : tensor<1x16xf32>) -> tensor<1x16xf32>
  return
}

// -----

// fot.memory_attention (C3): many tokens
func.func @f(%q: tensor<2x16xf32>, %w: tensor<2x8x4xf32>, %p: index, %m: !fot.memory<2 x 4, f32, f32>,
             %s: tensor<5x4x3xf32>, %e: tensor<5x4x3xi64>) {
  // expected-error @below {{expects partial winners for topk of one token}}
  %1 = fot.memory_attention topk : 3 ins(%q, %w, %w, %m : tensor<2x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !fot.memory<2 x 4, f32, f32>)
    at %p partial(%s, %e : tensor<5x4x3xf32>, tensor<5x4x3xi64>) scale 0.5
    outs(%q : tensor<2x16xf32>) -> tensor<2x16xf32>
  return
}
