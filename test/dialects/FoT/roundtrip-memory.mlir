// Memories, window caches and retrieval, on tensors and on memrefs.
// RUN: fot-opt %s | fot-opt | FileCheck %s
// RUN: fot-opt %s -mlir-print-op-generic | fot-opt | FileCheck %s

!memory = !fot.memory<2 x 4, bf16, f16>

// CHECK-LABEL: @memory
// CHECK-SAME: !fot.memory<2 x 4, bf16, f16>
func.func @memory(%m: !memory, %w: tensor<2x8x4xf32>, %n: index,
                  %v: tensor<2x?x4xf32>, %mw: memref<2x8x4xf32>,
                  %mv: memref<2x?x4xf32>) {
  // CHECK: fot.create_memory : <2 x 4, bf16, f16>
  %0 = fot.create_memory : !memory
  // CHECK: fot.memory_size %{{.*}} : <2 x 4, bf16, f16>
  %1 = fot.memory_size %0 : !memory
  // CHECK: fot.append_memory %{{.*}}, %{{.*}}, %{{.*}} count %{{.*}} : <2 x 4, bf16, f16>, tensor<2x8x4xf32>, tensor<2x8x4xf32>
  %2 = fot.append_memory %0, %w, %w count %n : !memory, tensor<2x8x4xf32>, tensor<2x8x4xf32>
  // CHECK: fot.append_memory %{{.*}} count %{{.*}} : <2 x 4, bf16, f16>, memref<2x8x4xf32>, memref<2x8x4xf32>
  %3 = fot.append_memory %2, %mw, %mw count %n : !memory, memref<2x8x4xf32>, memref<2x8x4xf32>
  // CHECK: fot.view_memory %{{.*}} : <2 x 4, bf16, f16> outs(%{{.*}}, %{{.*}} : tensor<2x?x4xf32>, tensor<2x?x4xf32>) -> tensor<2x?x4xf32>, tensor<2x?x4xf32>
  %4:2 = fot.view_memory %m : !memory
    outs(%v, %v : tensor<2x?x4xf32>, tensor<2x?x4xf32>) -> tensor<2x?x4xf32>, tensor<2x?x4xf32>
  // CHECK: fot.view_memory %{{.*}} : <2 x 4, bf16, f16> outs(%{{.*}}, %{{.*}} : memref<2x?x4xf32>, memref<2x?x4xf32>){{$}}
  fot.view_memory %m : !memory outs(%mv, %mv : memref<2x?x4xf32>, memref<2x?x4xf32>)
  return
}

// CHECK-LABEL: @window
func.func @window(%x: tensor<?x8xf32>, %p: index, %w: tensor<2x8x4xf32>,
                  %mx: memref<3x8xf32>, %mw: memref<2x8x4xf32>) {
  // CHECK: fot.append_window ins(%{{.*}} : tensor<?x8xf32>) at %{{.*}} outs(%{{.*}} : tensor<2x8x4xf32>) -> tensor<2x8x4xf32>
  %0 = fot.append_window ins(%x : tensor<?x8xf32>) at %p outs(%w : tensor<2x8x4xf32>)
    -> tensor<2x8x4xf32>
  // CHECK: fot.append_window ins(%{{.*}} : memref<3x8xf32>) at %{{.*}} outs(%{{.*}} : memref<2x8x4xf32>){{$}}
  fot.append_window ins(%mx : memref<3x8xf32>) at %p outs(%mw : memref<2x8x4xf32>)
  return
}

// CHECK-LABEL: @retrieval
func.func @retrieval(%q: tensor<?x16xf32>, %m: !memory, %s: tensor<?x4x3xf32>,
                     %i: tensor<?x4x3xi64>, %k: tensor<?x4x3x4xf32>,
                     %mq: memref<2x16xf32>, %ms: memref<2x4x3xf32>,
                     %mi: memref<2x4x3xi64>, %mk: memref<2x4x3x4xf32>) {
  // CHECK: fot.knn ins(%{{.*}}, %{{.*}} : tensor<?x16xf32>, <2 x 4, bf16, f16>) outs(%{{.*}}, %{{.*}} : tensor<?x4x3xf32>, tensor<?x4x3xi64>) -> tensor<?x4x3xf32>, tensor<?x4x3xi64>
  %0:2 = fot.knn ins(%q, %m : tensor<?x16xf32>, !memory)
    outs(%s, %i : tensor<?x4x3xf32>, tensor<?x4x3xi64>) -> tensor<?x4x3xf32>, tensor<?x4x3xi64>
  // CHECK: fot.knn ins({{.*}} : memref<2x16xf32>, <2 x 4, bf16, f16>) outs(%{{.*}}, %{{.*}} : memref<2x4x3xf32>, memref<2x4x3xi64>) {strategy = #fot.strategy<tokens = 1, grain = 2, keys = 64>}
  fot.knn ins(%mq, %m : memref<2x16xf32>, !memory)
    outs(%ms, %mi : memref<2x4x3xf32>, memref<2x4x3xi64>)
    {strategy = #fot.strategy<tokens = 1, grain = 2, keys = 64>}
  // CHECK: fot.gather ins(%{{.*}}, %{{.*}} : tensor<?x4x3xi64>, <2 x 4, bf16, f16>) outs(%{{.*}}, %{{.*}} : tensor<?x4x3x4xf32>, tensor<?x4x3x4xf32>) -> tensor<?x4x3x4xf32>, tensor<?x4x3x4xf32>
  %1:2 = fot.gather ins(%i, %m : tensor<?x4x3xi64>, !memory)
    outs(%k, %k : tensor<?x4x3x4xf32>, tensor<?x4x3x4xf32>) -> tensor<?x4x3x4xf32>, tensor<?x4x3x4xf32>
  // CHECK: fot.gather ins({{.*}} : memref<2x4x3xi64>, <2 x 4, bf16, f16>) outs(%{{.*}}, %{{.*}} : memref<2x4x3x4xf32>, memref<2x4x3x4xf32>){{$}}
  fot.gather ins(%mi, %m : memref<2x4x3xi64>, !memory)
    outs(%mk, %mk : memref<2x4x3x4xf32>, memref<2x4x3x4xf32>)
  return
}

// CHECK-LABEL: @spec
// CHECK-SAME: a = #fot.memory_spec<topk : 8, bf16, bf16>
// CHECK-SAME: b = #fot.memory_spec<dense, f32, f16>
func.func @spec() attributes {a = #fot.memory_spec<topk : 8, bf16, bf16>,
                              b = #fot.memory_spec<dense, f32, f16>} {
  return
}

// CHECK-LABEL: @buffers
func.func @buffers(%n: index) {
  // CHECK: fot.workspace_buffer at 0 bytes 256 : memref<64xf32>
  %0 = fot.workspace_buffer at 0 bytes 256 : memref<64xf32>
  // CHECK: fot.barrier
  fot.barrier
  // CHECK: fot.workspace_buffer at 256 bytes 1024 sizes(%{{.*}}) : memref<?x4xf32>
  %1 = fot.workspace_buffer at 256 bytes 1024 sizes(%n) : memref<?x4xf32>
  return
}
