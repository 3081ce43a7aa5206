// A result in a buffer of its own would get lost.
// RUN: fot-opt %s --fot-drop-entry-results -split-input-file \
// RUN:   -verify-diagnostics

// expected-error @+1 {{expects result 1 to be computed into the buffer of an argument, found 'memref<4xf32>'}}
func.func @allocated(%a: memref<4xf32>) -> (memref<4xf32>, memref<4xf32>) {
  %0 = memref.alloc() : memref<4xf32>
  return %a, %0 : memref<4xf32>, memref<4xf32>
}

// -----

// expected-error @+1 {{expects result 0 to be computed into the buffer of an argument, found 'f32'}}
func.func @number(%a: memref<f32>) -> f32 {
  %0 = memref.load %a[] : memref<f32>
  return %0 : f32
}

// -----

// expected-error @+1 {{expects an entry point of one block}}
func.func @blocks(%a: memref<4xf32>, %choice: i1) -> memref<4xf32> {
  cf.cond_br %choice, ^left, ^right
^left:
  return %a : memref<4xf32>
^right:
  return %a : memref<4xf32>
}
