// A barrier stands where an op meets what was written since the last one.
// RUN: fot-opt %s --fot-insert-barriers -o %t.once
// RUN: FileCheck %s < %t.once
// Barriers that stand are enough.
// RUN: fot-opt %t.once --fot-insert-barriers | diff %t.once -

!x = memref<4x64xf32>
!out = memref<4x16xf32>
!w = memref<1x64x!fot.panel<f32 x 16>>
!cache = memref<2x32x8xf32>
!mem = !fot.memory<2 x 8, bf16, bf16>

// The norm is read by three products that do not depend on each other.
// CHECK-LABEL: func @fan_out
//       CHECK: fot.rms_norm
//  CHECK-NEXT: fot.barrier
//  CHECK-NEXT: fot.matmul
//  CHECK-NEXT: fot.matmul
//  CHECK-NEXT: fot.matmul
//  CHECK-NEXT: fot.barrier
//  CHECK-NEXT: linalg.add
//  CHECK-NEXT: return
func.func @fan_out(%x: !x, %gain: memref<64xf32>, %w: !w, %out: !out) {
  %n = fot.workspace_buffer at 0 bytes 1024 : !x
  %q = fot.workspace_buffer at 1024 bytes 256 : !out
  %k = fot.workspace_buffer at 1280 bytes 256 : !out
  fot.rms_norm ins(%x, %gain : !x, memref<64xf32>) eps 1.0e-5 outs(%n : !x)
  fot.matmul ins(%n, %w : !x, !w) outs(%q : !out)
  fot.matmul ins(%n, %w : !x, !w) outs(%k : !out)
  fot.matmul ins(%n, %w : !x, !w) outs(%out : !out)
  linalg.add ins(%q, %k : !out, !out) outs(%q : !out)
  return
}

// Written over while others may still read: the bytes count, not the values.
// CHECK-LABEL: func @shared_bytes
//       CHECK: fot.matmul
//  CHECK-NEXT: fot.barrier
//  CHECK-NEXT: fot.rms_norm
//  CHECK-NEXT: return
func.func @shared_bytes(%x: !x, %gain: memref<64xf32>, %w: !w, %out: !out) {
  %old = fot.workspace_buffer at 64 bytes 1024 : !x
  %new = fot.workspace_buffer at 1024 bytes 1024 : !x
  fot.matmul ins(%old, %w : !x, !w) outs(%out : !out)
  fot.rms_norm ins(%x, %gain : !x, memref<64xf32>) eps 1.0e-5 outs(%new : !x)
  return
}

// Neighbours in the workspace, and different arguments, are apart.
// CHECK-LABEL: func @apart
//   CHECK-NOT: fot.barrier
//       CHECK: return
func.func @apart(%x: !x, %y: !x, %gain: memref<64xf32>, %w: !w, %out: !out) {
  %old = fot.workspace_buffer at 0 bytes 1024 : !x
  %new = fot.workspace_buffer at 1024 bytes 1024 : !x
  fot.matmul ins(%old, %w : !x, !w) outs(%out : !out)
  fot.rms_norm ins(%x, %gain : !x, memref<64xf32>) eps 1.0e-5 outs(%new : !x)
  fot.rms_norm ins(%x, %gain : !x, memref<64xf32>) eps 1.0e-5 outs(%y : !x)
  return
}

// Two writes of the same place; arguments are one place each, under any type.
// CHECK-LABEL: func @arguments
//       CHECK: fot.rms_norm
//       CHECK: fot.barrier
//  CHECK-NEXT: fot.rms_norm
//       CHECK: memref.cast
//  CHECK-NEXT: fot.barrier
//  CHECK-NEXT: fot.matmul
//  CHECK-NEXT: return
func.func @arguments(%x: !x, %y: !x, %gain: memref<64xf32>, %w: !w, %out: memref<?x16xf32>) {
  fot.rms_norm ins(%x, %gain : !x, memref<64xf32>) eps 1.0e-5 outs(%y : !x)
  fot.rms_norm ins(%x, %gain : !x, memref<64xf32>) eps 1.0e-5 outs(%y : !x)
  %view = memref.cast %y : !x to memref<?x64xf32>
  fot.matmul ins(%view, %w : memref<?x64xf32>, !w) outs(%out : memref<?x16xf32>)
  return
}

// Memories: each of a layer's own; one that grows twice waits in between.
// CHECK-LABEL: func @evict
//       CHECK: fot.append_memory
//  CHECK-NEXT: fot.append_memory
//  CHECK-NEXT: fot.barrier
//  CHECK-NEXT: fot.append_memory
func.func @evict(%count: index, %k: !cache, %v: !cache, %first: !mem, %second: !mem) {
  %0 = fot.append_memory %first, %k, %v count %count : !mem, !cache, !cache
  %1 = fot.append_memory %second, %k, %v count %count : !mem, !cache, !cache
  %2 = fot.append_memory %0, %k, %v count %count : !mem, !cache, !cache
  return
}

// CHECK-LABEL: func private @declared
func.func private @declared(!x)
