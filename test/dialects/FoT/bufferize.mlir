// Every op on tensors becomes the same op on buffers, in the buffer of its
// init, without copies.
// RUN: fot-opt %s -one-shot-bufferize="bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map" \
// RUN:   | FileCheck %s --implicit-check-not=memref.copy --implicit-check-not=bufferization.to_

!memory = !fot.memory<2 x 4, bf16, bf16>

fot.weight @gain : tensor<16xf32> from #fot.random<1, 1.0>
fot.weight @table : tensor<8x4xf32> from #fot.rope_table<1.0e4>
fot.weight @matrix : tensor<16x16xf32> from #fot.random<2, 1.0>
fot.weight @blocks : tensor<16x1x!fot.block<q8_0>> from #fot.random<3, 1.0>

// CHECK-LABEL: @rowwise
//  CHECK-SAME: (%[[X:.*]]: memref<?x16xf32>, %[[T:.*]]: memref<?xi32>, %[[P:.*]]: index, %[[O:.*]]: memref<?x16xf32>)
func.func @rowwise(%x: tensor<?x16xf32>, %t: tensor<?xi32>, %p: index,
                   %o: tensor<?x16xf32>) -> tensor<?x16xf32> {
  // CHECK: %[[GAIN:.*]] = fot.load_weight @gain : memref<16xf32>
  %gain = fot.load_weight @gain : tensor<16xf32>
  %table = fot.load_weight @table : tensor<8x4xf32>
  %matrix = fot.load_weight @matrix : tensor<16x16xf32>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x16xf32>
  // CHECK: %[[E:.*]] = memref.alloc({{.*}} : memref<?x16xf32>
  // CHECK: fot.embedding ins(%[[T]], %{{.*}} : memref<?xi32>, memref<16x16xf32>) outs(%[[E]] : memref<?x16xf32>)
  %e = tensor.empty(%n) : tensor<?x16xf32>
  %0 = fot.embedding ins(%t, %matrix : tensor<?xi32>, tensor<16x16xf32>)
    outs(%e : tensor<?x16xf32>) -> tensor<?x16xf32>
  // CHECK: fot.rms_norm ins(%[[E]], %[[GAIN]] : {{.*}}) eps {{.*}} outs(%[[O]] : memref<?x16xf32>)
  %1 = fot.rms_norm ins(%0, %gain : tensor<?x16xf32>, tensor<16xf32>) eps 0.0
    outs(%o : tensor<?x16xf32>) -> tensor<?x16xf32>
  // Into the buffer of the embedding, which nobody reads any more.
  // CHECK: fot.rope ins(%[[O]], %{{.*}}) at %[[P]] head_dim 4 outs(%[[E]] : memref<?x16xf32>)
  %2 = fot.rope ins(%1, %table : tensor<?x16xf32>, tensor<8x4xf32>) at %p head_dim 4
    outs(%0 : tensor<?x16xf32>) -> tensor<?x16xf32>
  // CHECK: fot.swiglu ins(%[[X]], %[[E]] : {{.*}}) outs(%[[O]] : memref<?x16xf32>)
  %3 = fot.swiglu ins(%x, %2 : tensor<?x16xf32>, tensor<?x16xf32>)
    outs(%1 : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %3 : tensor<?x16xf32>
}

// CHECK-LABEL: @products
//  CHECK-SAME: (%[[X:[^:]*]]: memref<3x16xf32>, %[[Q:[^:]*]]: memref<3x1x!fot.block<a8>>, %[[P:[^:]*]]: index, %[[O:[^:]*]]: memref<3x16xf32>, %[[L:[^:]*]]: memref<1x16xf32>)
func.func @products(%x: tensor<3x16xf32>, %q: tensor<3x1x!fot.block<a8>>,
                    %p: index, %o: tensor<3x16xf32>, %l: tensor<1x16xf32>)
    -> (tensor<3x16xf32>, tensor<1x16xf32>) {
  %table = fot.load_weight @table : tensor<8x4xf32>
  // CHECK: %[[B:.*]] = fot.load_weight @blocks : memref<16x1x!fot.block<q8_0>>
  %b = fot.load_weight @blocks : tensor<16x1x!fot.block<q8_0>>
  // CHECK: fot.quantize ins(%[[X]] : memref<3x16xf32>) outs(%[[Q]] : memref<3x1x!fot.block<a8>>)
  %0 = fot.quantize ins(%x : tensor<3x16xf32>) outs(%q : tensor<3x1x!fot.block<a8>>)
    -> tensor<3x1x!fot.block<a8>>
  // CHECK: fot.matmul ins(%[[Q]], %[[B]] : {{.*}}) rope(%{{.*}} : memref<8x4xf32>) at %[[P]] residual(%[[X]] : memref<3x16xf32>) outs(%[[O]] : memref<3x16xf32>) {head_dim = 4 : i64}
  %1 = fot.matmul ins(%0, %b : tensor<3x1x!fot.block<a8>>, tensor<16x1x!fot.block<q8_0>>)
    rope(%table : tensor<8x4xf32>) at %p residual(%x : tensor<3x16xf32>)
    outs(%o : tensor<3x16xf32>) {head_dim = 4 : i64} -> tensor<3x16xf32>
  // CHECK: fot.gated_matmul ins(%[[Q]], %[[B]], %[[B]] : {{.*}}) features 16 outs(%[[NEW:.*]] : memref<3x16xf32>)
  %e = tensor.empty() : tensor<3x16xf32>
  %2 = fot.gated_matmul ins(%0, %b, %b : tensor<3x1x!fot.block<a8>>, tensor<16x1x!fot.block<q8_0>>, tensor<16x1x!fot.block<q8_0>>)
    features 16 outs(%e : tensor<3x16xf32>) -> tensor<3x16xf32>
  // CHECK: fot.last_rows ins(%[[NEW]] : memref<3x16xf32>) outs(%[[L]] : memref<1x16xf32>)
  %3 = fot.last_rows ins(%2 : tensor<3x16xf32>) outs(%l : tensor<1x16xf32>) -> tensor<1x16xf32>
  return %1, %3 : tensor<3x16xf32>, tensor<1x16xf32>
}

// CHECK-LABEL: @attention
//  CHECK-SAME: (%[[Q:[^:]*]]: memref<3x16xf32>, %[[KV:[^:]*]]: memref<3x8xf32>, %[[K:[^:]*]]: memref<2x8x4xf32>, %[[V:[^:]*]]: memref<2x8x4xf32>, %[[M:[^:]*]]: !fot.memory<2 x 4, bf16, bf16>, %[[P:[^:]*]]: index)
func.func @attention(%q: tensor<3x16xf32>, %kv: tensor<3x8xf32>, %k: tensor<2x8x4xf32>,
                     %v: tensor<2x8x4xf32>, %m: !memory, %p: index)
    -> (tensor<2x8x4xf32>, tensor<2x8x4xf32>, tensor<3x16xf32>, !memory) {
  // The window keeps what is not written, and is written in place.
  // CHECK: fot.append_window ins(%[[KV]] : memref<3x8xf32>) at %[[P]] outs(%[[K]] : memref<2x8x4xf32>)
  %0 = fot.append_window ins(%kv : tensor<3x8xf32>) at %p outs(%k : tensor<2x8x4xf32>)
    -> tensor<2x8x4xf32>
  // CHECK: fot.append_window ins(%[[KV]] : memref<3x8xf32>) at %[[P]] outs(%[[V]] : memref<2x8x4xf32>)
  %1 = fot.append_window ins(%kv : tensor<3x8xf32>) at %p outs(%v : tensor<2x8x4xf32>)
    -> tensor<2x8x4xf32>
  // CHECK: fot.knn ins(%[[Q]], %[[M]] : {{.*}}) outs(%[[S:.*]], %[[I:.*]] : memref<3x4x5xf32>, memref<3x4x5xi64>)
  %s = tensor.empty() : tensor<3x4x5xf32>
  %i = tensor.empty() : tensor<3x4x5xi64>
  %2:2 = fot.knn ins(%q, %m : tensor<3x16xf32>, !memory)
    outs(%s, %i : tensor<3x4x5xf32>, tensor<3x4x5xi64>) -> tensor<3x4x5xf32>, tensor<3x4x5xi64>
  // CHECK: fot.gather ins(%[[I]], %[[M]] : {{.*}}) outs(%[[RK:.*]], %[[RV:.*]] : memref<3x4x5x4xf32>, memref<3x4x5x4xf32>)
  %rk = tensor.empty() : tensor<3x4x5x4xf32>
  %rv = tensor.empty() : tensor<3x4x5x4xf32>
  %3:2 = fot.gather ins(%2#1, %m : tensor<3x4x5xi64>, !memory)
    outs(%rk, %rv : tensor<3x4x5x4xf32>, tensor<3x4x5x4xf32>) -> tensor<3x4x5x4xf32>, tensor<3x4x5x4xf32>
  // CHECK: fot.attention ins(%[[Q]], %[[K]], %[[V]] : {{.*}}) at %[[P]] retrieved(%[[RK]], %[[RV]] : {{.*}}) scale {{.*}} outs(%[[A:.*]] : memref<3x16xf32>)
  %e = tensor.empty() : tensor<3x16xf32>
  %4 = fot.attention ins(%q, %0, %1 : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p retrieved(%3#0, %3#1 : tensor<3x4x5x4xf32>, tensor<3x4x5x4xf32>) scale 0.5
    outs(%e : tensor<3x16xf32>) -> tensor<3x16xf32>
  // CHECK: fot.memory_attention topk : 5 ins(%[[A]], %[[K]], %[[V]], %[[M]] : {{.*}}) at %[[P]] scale {{.*}} outs(%[[Q]] : memref<3x16xf32>)
  %5 = fot.memory_attention topk : 5
    ins(%4, %0, %1, %m : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>, !memory)
    at %p scale 0.5 outs(%q : tensor<3x16xf32>) -> tensor<3x16xf32>
  // CHECK: %[[N:.*]] = fot.append_memory %[[M]], %[[K]], %[[V]] count %[[P]] : <2 x 4, bf16, bf16>, memref<2x8x4xf32>, memref<2x8x4xf32>
  %6 = fot.append_memory %m, %0, %1 count %p : !memory, tensor<2x8x4xf32>, tensor<2x8x4xf32>
  return %0, %1, %5, %6 : tensor<2x8x4xf32>, tensor<2x8x4xf32>, tensor<3x16xf32>, !memory
}

// CHECK-LABEL: @view
func.func @view(%q: tensor<3x16xf32>, %k: tensor<2x8x4xf32>, %m: !memory, %p: index,
                %o: tensor<3x16xf32>) -> tensor<3x16xf32> {
  // CHECK: %[[N:.*]] = fot.memory_size
  %n = fot.memory_size %m : !memory
  // CHECK-DAG: %[[A:.*]] = memref.alloc(%[[N]]) {{.*}}: memref<2x?x4xf32>
  // CHECK-DAG: %[[B:.*]] = memref.alloc(%[[N]]) {{.*}}: memref<2x?x4xf32>
  %e = tensor.empty(%n) : tensor<2x?x4xf32>
  %f = tensor.empty(%n) : tensor<2x?x4xf32>
  // CHECK: fot.view_memory {{.*}} outs(%{{.*}}, %{{.*}} : memref<2x?x4xf32>, memref<2x?x4xf32>)
  %0:2 = fot.view_memory %m : !memory outs(%e, %f : tensor<2x?x4xf32>, tensor<2x?x4xf32>)
    -> tensor<2x?x4xf32>, tensor<2x?x4xf32>
  // CHECK: fot.attention {{.*}} prefix(%{{.*}}, %{{.*}} : memref<2x?x4xf32>, memref<2x?x4xf32>)
  %1 = fot.attention ins(%q, %k, %k : tensor<3x16xf32>, tensor<2x8x4xf32>, tensor<2x8x4xf32>)
    at %p prefix(%0#0, %0#1 : tensor<2x?x4xf32>, tensor<2x?x4xf32>) scale 0.5
    outs(%o : tensor<3x16xf32>) -> tensor<3x16xf32>
  return %1 : tensor<3x16xf32>
}

// CHECK-LABEL: @crossbatch
func.func @crossbatch(%x: tensor<8x3x1x4xf32>, %o: tensor<8x3x1x4xf32>) -> tensor<8x3x1x4xf32> {
  // CHECK: fot.crossbatch_attention ins(%[[X:.*]], %[[X]], %[[X]] : memref<8x3x1x4xf32>, {{.*}}) range 3 pack 4 theta {{.*}} outs(%{{.*}} : memref<8x3x1x4xf32>)
  %0 = fot.crossbatch_attention
    ins(%x, %x, %x : tensor<8x3x1x4xf32>, tensor<8x3x1x4xf32>, tensor<8x3x1x4xf32>)
    range 3 pack 4 theta 1.0e4 outs(%o : tensor<8x3x1x4xf32>) -> tensor<8x3x1x4xf32>
  return %0 : tensor<8x3x1x4xf32>
}
