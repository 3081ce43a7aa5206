// What kernels cannot be written for.
// RUN: fot-opt %s --fot-lower-to-kernels=level=x86-64-v3 -split-input-file \
// RUN:   -verify-diagnostics

func.func @unpacked(%x: memref<1x8xf32>, %w: memref<16x8xf32>,
                    %out: memref<1x16xf32>) {
  // expected-error @+1 {{expects packed weights, found 'memref<16x8xf32>'}}
  fot.matmul ins(%x, %w : memref<1x8xf32>, memref<16x8xf32>)
    outs(%out : memref<1x16xf32>)
  return
}

// -----

!table = memref<16x1x!fot.block<q8_0>>
func.func @unpacked_table(%ids: memref<1xi32>, %table: !table,
                          %out: memref<1x32xf32>) {
  // expected-error @+1 {{expects a packed table}}
  fot.embedding ins(%ids, %table : memref<1xi32>, !table)
    outs(%out : memref<1x32xf32>)
  return
}

// -----

func.func @two_dynamic_sizes(%a: memref<?x?xf32>, %out: memref<?x?xf32>) {
  // expected-error @+1 {{dynamic in the first dimension only}}
  linalg.add ins(%a, %a : memref<?x?xf32>, memref<?x?xf32>)
    outs(%out : memref<?x?xf32>)
  return
}
