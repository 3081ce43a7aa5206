// Attention in all its forms, on tensors and on memrefs.
// RUN: fot-opt %s | fot-opt | FileCheck %s
// RUN: fot-opt %s -mlir-print-op-generic | fot-opt | FileCheck %s

!memory = !fot.memory<2 x 4, f32, f32>

// CHECK-LABEL: @attention
func.func @attention(%q: tensor<?x16xf32>, %w: tensor<2x8x4xf32>, %p: index,
                     %r: tensor<?x4x3x4xf32>, %x: tensor<2x?x4xf32>,
                     %b: tensor<?x1x!fot.block<a8>>,
                     %mq: memref<3x16xf32>, %mw: memref<2x8x4xf32>) {
  // CHECK: fot.attention ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>) at %{{.*}} scale 5.000000e-01 outs(%{{.*}} : tensor<?x16xf32>) -> tensor<?x16xf32>
  %0 = fot.attention ins(%q, %w, %w : tensor<?x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p scale 0.5 outs(%q : tensor<?x16xf32>) -> tensor<?x16xf32>
  // CHECK: at %{{.*}} retrieved(%{{.*}}, %{{.*}} : tensor<?x4x3x4xf32>, tensor<?x4x3x4xf32>) scale 5.000000e-01 outs(%{{.*}} : tensor<?x1x!fot.block<a8>>) -> tensor<?x1x!fot.block<a8>>
  %1 = fot.attention ins(%q, %w, %w : tensor<?x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p retrieved(%r, %r : tensor<?x4x3x4xf32>, tensor<?x4x3x4xf32>) scale 0.5
    outs(%b : tensor<?x1x!fot.block<a8>>) -> tensor<?x1x!fot.block<a8>>
  // CHECK: at %{{.*}} prefix(%{{.*}}, %{{.*}} : tensor<2x?x4xf32>, tensor<2x?x4xf32>) scale 5.000000e-01 outs(%{{.*}} : tensor<?x16xf32>) {strategy = #fot.strategy<tokens = 2, grain = 1, keys = 16>} -> tensor<?x16xf32>
  %2 = fot.attention ins(%q, %w, %w : tensor<?x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p prefix(%x, %x : tensor<2x?x4xf32>, tensor<2x?x4xf32>) scale 0.5
    outs(%q : tensor<?x16xf32>)
    {strategy = #fot.strategy<tokens = 2, grain = 1, keys = 16>} -> tensor<?x16xf32>
  // CHECK: fot.attention ins(%{{.*}} : memref<3x16xf32>, memref<2x8x4xf32>, memref<2x8x4xf32>) at %{{.*}} scale 5.000000e-01 outs(%{{.*}} : memref<3x16xf32>){{$}}
  fot.attention ins(%mq, %mw, %mw : memref<3x16xf32>, memref<2x8x4xf32>, memref<2x8x4xf32>)
    at %p scale 0.5 outs(%mq : memref<3x16xf32>)
  return
}

// CHECK-LABEL: @memory_attention
func.func @memory_attention(%q: tensor<?x16xf32>, %w: tensor<2x8x4xf32>, %p: index,
                            %m: !memory, %mq: memref<3x16xf32>, %mw: memref<2x8x4xf32>) {
  // CHECK: fot.memory_attention dense ins(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<?x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, <2 x 4, f32, f32>) at %{{.*}} scale 5.000000e-01 outs(%{{.*}} : tensor<?x16xf32>) -> tensor<?x16xf32>
  %0 = fot.memory_attention dense
    ins(%q, %w, %w, %m : tensor<?x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !memory)
    at %p scale 0.5 outs(%q : tensor<?x16xf32>) -> tensor<?x16xf32>
  // CHECK: fot.memory_attention topk : 5 ins(%{{.*}} : tensor<?x16xf32>
  %1 = fot.memory_attention topk : 5
    ins(%q, %w, %w, %m : tensor<?x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !memory)
    at %p scale 0.5 outs(%q : tensor<?x16xf32>)
    {strategy = #fot.strategy<tokens = 2, grain = 1, keys = 16>} -> tensor<?x16xf32>
  // CHECK: fot.memory_attention topk : 5 ins(%{{.*}} : memref<3x16xf32>, {{.*}} outs(%{{.*}} : memref<3x16xf32>){{$}}
  fot.memory_attention topk : 5
    ins(%mq, %mw, %mw, %m : memref<3x16xf32>, memref<2x8x4xf32>, memref<2x8x4xf32>, !memory)
    at %p scale 0.5 outs(%mq : memref<3x16xf32>)
  return
}

// CHECK-LABEL: @crossbatch
func.func @crossbatch(%x: tensor<8x3x1x4xf32>, %m: memref<8x3x1x4xf32>) {
  // CHECK: fot.crossbatch_attention ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<8x3x1x4xf32>, tensor<8x3x1x4xf32>, tensor<8x3x1x4xf32>) range 3 pack 4 stepping theta 1.000000e+04 outs(%{{.*}} : tensor<8x3x1x4xf32>) -> tensor<8x3x1x4xf32>
  %0 = fot.crossbatch_attention
    ins(%x, %x, %x : tensor<8x3x1x4xf32>, tensor<8x3x1x4xf32>, tensor<8x3x1x4xf32>)
    range 3 pack 4 stepping theta 1.0e4 outs(%x : tensor<8x3x1x4xf32>) -> tensor<8x3x1x4xf32>
  // CHECK: fot.crossbatch_attention ins(%{{.*}} : memref<8x3x1x4xf32>, {{.*}}) range 0 pack 1 theta 1.000000e+04 outs(%{{.*}} : memref<8x3x1x4xf32>){{$}}
  fot.crossbatch_attention
    ins(%m, %m, %m : memref<8x3x1x4xf32>, memref<8x3x1x4xf32>, memref<8x3x1x4xf32>)
    range 0 pack 1 theta 1.0e4 outs(%m : memref<8x3x1x4xf32>)
  return
}
