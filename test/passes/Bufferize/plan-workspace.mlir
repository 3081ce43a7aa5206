// Where buffers lie in the workspace: buffers alive at the same time lie apart,
// others share bytes; dynamic sizes count with their bounds.
// RUN: fot-opt %s --fot-plan-workspace | FileCheck %s

!x = memref<4x64xf32>
!cache = memref<2x32x8xf32>
!mem = !fot.memory<2 x 8, bf16, bf16>

// A chain: the third buffer takes the place of the first.
// CHECK-LABEL: func @chain
//  CHECK-SAME: attributes {fot.workspace_bytes = 2048 : i64}
//       CHECK: %[[A:.*]] = fot.workspace_buffer at 0 bytes 1024 : memref<4x64xf32>
//       CHECK: %[[B:.*]] = fot.workspace_buffer at 1024 bytes 1024 : memref<4x64xf32>
//       CHECK: %[[C:.*]] = fot.workspace_buffer at 0 bytes 1024 : memref<4x64xf32>
//       CHECK: outs(%[[A]] :
//       CHECK: ins(%[[A]], {{.*}} outs(%[[B]] :
//       CHECK: ins(%[[B]], {{.*}} outs(%[[C]] :
//   CHECK-NOT: memref.alloc
func.func @chain(%x: !x, %out: !x) {
  %a = memref.alloc() : !x
  %b = memref.alloc() : !x
  %c = memref.alloc() : !x
  linalg.add ins(%x, %x : !x, !x) outs(%a : !x)
  linalg.add ins(%a, %x : !x, !x) outs(%b : !x)
  linalg.add ins(%b, %x : !x, !x) outs(%c : !x)
  linalg.add ins(%c, %c : !x, !x) outs(%out : !x)
  return
}

// The largest is placed first; small ones fill what its end leaves free. Sizes
// are rounded up to 64.
// CHECK-LABEL: func @sizes
//  CHECK-SAME: attributes {fot.workspace_bytes = 1152 : i64}
//       CHECK: fot.workspace_buffer at 1024 bytes 64 : memref<9xf32>
//       CHECK: fot.workspace_buffer at 0 bytes 1024 : memref<4x64xf32>
//       CHECK: fot.workspace_buffer at 1088 bytes 64 : memref<3xi8>
//       CHECK: fot.workspace_buffer at 0 bytes 128 : memref<2x1x!fot.block<a8>>
func.func @sizes(%x: !x, %small: memref<9xf32>, %bytes: memref<3xi8>,
                 %tokens: memref<2x8xf32>) {
  %a = memref.alloc() : memref<9xf32>
  %b = memref.alloc() : !x
  %c = memref.alloc() : memref<3xi8>
  %d = memref.alloc() : memref<2x1x!fot.block<a8>>
  linalg.add ins(%small, %small : memref<9xf32>, memref<9xf32>) outs(%a : memref<9xf32>)
  linalg.add ins(%x, %x : !x, !x) outs(%b : !x)
  linalg.add ins(%bytes, %bytes : memref<3xi8>, memref<3xi8>) outs(%c : memref<3xi8>)
  linalg.add ins(%b, %b : !x, !x) outs(%x : !x)
  linalg.add ins(%a, %a : memref<9xf32>, memref<9xf32>) outs(%small : memref<9xf32>)
  linalg.add ins(%c, %c : memref<3xi8>, memref<3xi8>) outs(%bytes : memref<3xi8>)
  // A barrier, after which all of the above are free.
  linalg.add ins(%small, %small : memref<9xf32>, memref<9xf32>) outs(%small : memref<9xf32>)
  fot.quantize ins(%tokens : memref<2x8xf32>) outs(%d : memref<2x1x!fot.block<a8>>)
  return
}

// The tokens of a call are bounded by the function's fot.max_tokens.
// CHECK-LABEL: func @tokens
//  CHECK-SAME: fot.workspace_bytes = 1280 : i64
//       CHECK: %[[N:.*]] = memref.dim
//       CHECK: fot.workspace_buffer at 0 bytes 1280 sizes(%[[N]]) : memref<?x64xf32>
func.func @tokens(%x: memref<?x64xf32>) attributes {fot.max_tokens = 5 : i64} {
  %zero = arith.constant 0 : index
  %n = memref.dim %x, %zero : memref<?x64xf32>
  %a = memref.alloc(%n) : memref<?x64xf32>
  linalg.add ins(%x, %x : memref<?x64xf32>, memref<?x64xf32>) outs(%a : memref<?x64xf32>)
  linalg.add ins(%a, %a : memref<?x64xf32>, memref<?x64xf32>) outs(%x : memref<?x64xf32>)
  return
}

// The best k entries: bounded by k, whatever the memory holds.
// CHECK-LABEL: func @best
//   CHECK-NOT: fot.memory_bound
//       CHECK: fot.workspace_buffer at 0 bytes 64 sizes(%{{.*}}) : memref<1x2x?xf32>
func.func @best(%mem: !mem, %q: memref<1x16xf32>, %indices: memref<1x2x?xi64>) {
  %three = arith.constant 3 : index
  %size = fot.memory_size %mem : !mem
  %k = arith.minui %size, %three : index
  %scores = memref.alloc(%k) : memref<1x2x?xf32>
  fot.knn ins(%q, %mem : memref<1x16xf32>, !mem)
    outs(%scores, %indices : memref<1x2x?xf32>, memref<1x2x?xi64>)
  return
}

// A copy of the whole memory: bounded by fot.max_memory, and then the runtime
// is told of the bound.
// CHECK-LABEL: func @whole_memory
//  CHECK-SAME: fot.memory_bound = 100 : i64
//  CHECK-SAME: fot.workspace_bytes = 12800 : i64
//       CHECK: fot.workspace_buffer at {{0|6400}} bytes 6400 sizes(%{{.*}}) : memref<2x?x8xf32>
//       CHECK: fot.workspace_buffer at {{0|6400}} bytes 6400 sizes(%{{.*}}) : memref<2x?x8xf32>
func.func @whole_memory(%mem: !mem) attributes {fot.max_memory = 100 : i64} {
  %size = fot.memory_size %mem : !mem
  %keys = memref.alloc(%size) : memref<2x?x8xf32>
  %values = memref.alloc(%size) : memref<2x?x8xf32>
  fot.view_memory %mem : !mem outs(%keys, %values : memref<2x?x8xf32>, memref<2x?x8xf32>)
  return
}

// A buffer lives as long as anything that looks at it.
// CHECK-LABEL: func @views
//  CHECK-SAME: fot.workspace_bytes = 2048 : i64
//       CHECK: fot.workspace_buffer at 0 bytes 1024
//       CHECK: fot.workspace_buffer at 1024 bytes 1024
func.func @views(%x: !x, %out: memref<?x64xf32>) {
  %a = memref.alloc() : !x
  linalg.add ins(%x, %x : !x, !x) outs(%a : !x)
  %view = memref.cast %a : !x to memref<?x64xf32>
  %b = memref.alloc() : !x
  linalg.add ins(%x, %x : !x, !x) outs(%b : !x)
  linalg.add ins(%view, %view : memref<?x64xf32>, memref<?x64xf32>) outs(%out : memref<?x64xf32>)
  return
}

// CHECK-LABEL: func @nothing() attributes {fot.workspace_bytes = 0 : i64}
func.func @nothing() {
  return
}

// CHECK-LABEL: func private @declared(memref<4x64xf32>)
//   CHECK-NOT: fot.workspace_bytes
func.func private @declared(!x)

// Both sums can be had at once, so the second is not put where the first lay
// although nobody reads that any more; a third, after a barrier, is.
// CHECK-LABEL: func @side_by_side
//       CHECK: fot.workspace_buffer at 0 bytes 1024 : memref<4x64xf32>
//       CHECK: fot.workspace_buffer at 1024 bytes 1024 : memref<4x64xf32>
//       CHECK: fot.workspace_buffer at 0 bytes 1024 : memref<4x64xf32>
func.func @side_by_side(%x: !x, %out: !x) {
  %a = memref.alloc() : !x
  %b = memref.alloc() : !x
  %c = memref.alloc() : !x
  linalg.add ins(%x, %x : !x, !x) outs(%a : !x)
  linalg.add ins(%x, %x : !x, !x) outs(%b : !x)
  linalg.add ins(%b, %x : !x, !x) outs(%out : !x)
  linalg.add ins(%out, %x : !x, !x) outs(%c : !x)
  linalg.add ins(%c, %x : !x, !x) outs(%out : !x)
  return
}
