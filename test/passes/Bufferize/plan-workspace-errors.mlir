// Buffers that no plan can hold.
// RUN: fot-opt %s --fot-plan-workspace -split-input-file -verify-diagnostics

func.func @unbounded(%n: index) {
  // expected-error @+1 {{expects a size bounded by fot.max_tokens or fot.max_memory}}
  %0 = memref.alloc(%n) : memref<?xf32>
  return
}

// -----

// A size that the function says nothing about.
func.func @tokens(%x: memref<?x4xf32>) {
  %zero = arith.constant 0 : index
  %n = memref.dim %x, %zero : memref<?x4xf32>
  // expected-error @+1 {{expects a size bounded by fot.max_tokens or fot.max_memory}}
  %0 = memref.alloc(%n) : memref<?x4xf32>
  return
}

// -----

func.func @huge(%x: memref<?x4xf32>) attributes {fot.max_tokens = 4611686018427387904 : i64} {
  %zero = arith.constant 0 : index
  %n = memref.dim %x, %zero : memref<?x4xf32>
  // expected-error @+1 {{expects a buffer of less than 2^63 bytes}}
  %0 = memref.alloc(%n) : memref<?x4xf32>
  return
}

// -----

// expected-error @+1 {{expects an entry point of one block}}
func.func @blocks(%choice: i1) {
  cf.cond_br %choice, ^left, ^right
^left:
  return
^right:
  return
}
