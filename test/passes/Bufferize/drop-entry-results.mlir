// Results that are arguments, updated in place, go.
// RUN: fot-opt %s --fot-drop-entry-results | FileCheck %s

!mem = !fot.memory<2 x 8, bf16, bf16>
!cache = memref<2x32x8xf32>

// CHECK-LABEL: func.func @direct(%{{.*}}: memref<4xf32>, %{{.*}}: memref<2xf32>) {
//  CHECK-NEXT:   return
//  CHECK-NEXT: }
func.func @direct(%a: memref<4xf32>, %b: memref<2xf32>)
    -> (memref<2xf32>, memref<4xf32>) {
  return %b, %a : memref<2xf32>, memref<4xf32>
}

// The buffer of an argument under another type; attributes of results go with
// them, those of arguments stay.
// CHECK-LABEL: func.func @cast(%{{.*}}: memref<?x4xf32> {fot.role = "logits"}) {
func.func @cast(%a: memref<?x4xf32> {fot.role = "logits"})
    -> (memref<2x4xf32> {fot.role = "logits"}) {
  %0 = memref.cast %a : memref<?x4xf32> to memref<2x4xf32>
  return %0 : memref<2x4xf32>
}

// A memory stays the same memory when entries are added.
// CHECK-LABEL: func.func @evict(
//  CHECK-SAME:   !fot.memory<2 x 8, bf16, bf16>) {
//       CHECK:   fot.append_memory
//       CHECK:   fot.append_memory
//  CHECK-NEXT:   return
//  CHECK-NEXT: }
func.func @evict(%count: index, %k: !cache, %v: !cache, %mem: !mem) -> !mem {
  %0 = fot.append_memory %mem, %k, %v count %count : !mem, !cache, !cache
  %1 = fot.append_memory %0, %k, %v count %count : !mem, !cache, !cache
  return %1 : !mem
}

// CHECK-LABEL: func.func @nothing() {
func.func @nothing() {
  return
}

// CHECK-LABEL: func.func private @declared() -> memref<4xf32>
func.func private @declared() -> memref<4xf32>
