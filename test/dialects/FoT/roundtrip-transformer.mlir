// The named parts of a LLaMA block, on tensors and on memrefs.
// RUN: fot-opt %s | fot-opt | FileCheck %s
// RUN: fot-opt %s -mlir-print-op-generic | fot-opt | FileCheck %s

// CHECK-LABEL: @embedding
func.func @embedding(%t: tensor<?xi32>, %plain: tensor<9x40xf16>,
                     %blocks: tensor<9x2x!fot.block<q8_0>>,
                     %panels: tensor<1x2x!fot.panel<q8_0 x 16>>,
                     %o: tensor<?x40xf32>,
                     %mt: memref<2xi32>, %mw: memref<9x40xf32>, %mo: memref<2x40xf32>) {
  // CHECK: fot.embedding ins(%{{.*}}, %{{.*}} : tensor<?xi32>, tensor<9x40xf16>) outs(%{{.*}} : tensor<?x40xf32>) -> tensor<?x40xf32>
  %0 = fot.embedding ins(%t, %plain : tensor<?xi32>, tensor<9x40xf16>)
    outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  // CHECK: fot.embedding ins(%{{.*}}, %{{.*}} : tensor<?xi32>, tensor<9x2x!fot.block<q8_0>>) outs
  %1 = fot.embedding ins(%t, %blocks : tensor<?xi32>, tensor<9x2x!fot.block<q8_0>>)
    outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  // CHECK: fot.embedding ins(%{{.*}}, %{{.*}} : tensor<?xi32>, tensor<1x2x!fot.panel<q8_0 x 16>>) outs
  %2 = fot.embedding ins(%t, %panels : tensor<?xi32>, tensor<1x2x!fot.panel<q8_0 x 16>>)
    outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  // CHECK: fot.embedding ins(%{{.*}}, %{{.*}} : memref<2xi32>, memref<9x40xf32>) outs(%{{.*}} : memref<2x40xf32>){{$}}
  fot.embedding ins(%mt, %mw : memref<2xi32>, memref<9x40xf32>)
    outs(%mo : memref<2x40xf32>)
  return
}

// CHECK-LABEL: @rms_norm
func.func @rms_norm(%x: tensor<?x40xf32>, %g: tensor<40xf32>,
                    %o: tensor<?x40xf32>, %q: tensor<?x2x!fot.block<a8>>,
                    %mx: memref<2x40xf32>, %mg: memref<40xf32>) {
  // CHECK: fot.rms_norm ins(%{{.*}}, %{{.*}} : tensor<?x40xf32>, tensor<40xf32>) eps 1.000000e-05 outs(%{{.*}} : tensor<?x40xf32>) -> tensor<?x40xf32>
  %0 = fot.rms_norm ins(%x, %g : tensor<?x40xf32>, tensor<40xf32>) eps 1.0e-5
    outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  // CHECK: outs(%{{.*}} : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  %1 = fot.rms_norm ins(%x, %g : tensor<?x40xf32>, tensor<40xf32>) eps 0.0
    outs(%q : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  // CHECK: fot.rms_norm ins(%{{.*}}, %{{.*}} : memref<2x40xf32>, memref<40xf32>) eps 0.000000e+00 outs(%{{.*}} : memref<2x40xf32>){{$}}
  fot.rms_norm ins(%mx, %mg : memref<2x40xf32>, memref<40xf32>) eps 0.0
    outs(%mx : memref<2x40xf32>)
  return
}

// CHECK-LABEL: @rope
func.func @rope(%x: tensor<?x8xf32>, %t: tensor<16x4xf32>, %p: index,
                %mx: memref<2x8xf32>, %mt: memref<16x4xf32>) {
  // CHECK: fot.rope ins(%{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<16x4xf32>) at %{{.*}} head_dim 4 outs(%{{.*}} : tensor<?x8xf32>) -> tensor<?x8xf32>
  %0 = fot.rope ins(%x, %t : tensor<?x8xf32>, tensor<16x4xf32>) at %p head_dim 4
    outs(%x : tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: fot.rope ins(%{{.*}}, %{{.*}} : memref<2x8xf32>, memref<16x4xf32>) at %{{.*}} head_dim 4 outs(%{{.*}} : memref<2x8xf32>){{$}}
  fot.rope ins(%mx, %mt : memref<2x8xf32>, memref<16x4xf32>) at %p head_dim 4
    outs(%mx : memref<2x8xf32>)
  return
}

// CHECK-LABEL: @swiglu
func.func @swiglu(%x: tensor<?x40xf32>, %q: tensor<?x2x!fot.block<a8>>,
                  %mx: memref<2x40xf32>) {
  // CHECK: fot.swiglu ins(%{{.*}}, %{{.*}} : tensor<?x40xf32>, tensor<?x40xf32>) outs(%{{.*}} : tensor<?x40xf32>) -> tensor<?x40xf32>
  %0 = fot.swiglu ins(%x, %x : tensor<?x40xf32>, tensor<?x40xf32>)
    outs(%x : tensor<?x40xf32>) -> tensor<?x40xf32>
  // CHECK: fot.swiglu {{.*}} outs(%{{.*}} : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  %1 = fot.swiglu ins(%x, %x : tensor<?x40xf32>, tensor<?x40xf32>)
    outs(%q : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  // CHECK: fot.swiglu ins(%{{.*}}, %{{.*}} : memref<2x40xf32>, memref<2x40xf32>) outs(%{{.*}} : memref<2x40xf32>){{$}}
  fot.swiglu ins(%mx, %mx : memref<2x40xf32>, memref<2x40xf32>)
    outs(%mx : memref<2x40xf32>)
  return
}

// CHECK-LABEL: @last_rows
func.func @last_rows(%x: tensor<?x4xf32>, %o: tensor<1x4xf32>,
                     %q: tensor<?x1x!fot.block<a8>>, %r: tensor<2x1x!fot.block<a8>>,
                     %mx: memref<5x4xf32>, %mo: memref<2x4xf32>) {
  // CHECK: fot.last_rows ins(%{{.*}} : tensor<?x4xf32>) outs(%{{.*}} : tensor<1x4xf32>) -> tensor<1x4xf32>
  %0 = fot.last_rows ins(%x : tensor<?x4xf32>) outs(%o : tensor<1x4xf32>)
    -> tensor<1x4xf32>
  // CHECK: fot.last_rows ins(%{{.*}} : tensor<?x1x!fot.block<a8>>) outs(%{{.*}} : tensor<2x1x!fot.block<a8>>)
  %1 = fot.last_rows ins(%q : tensor<?x1x!fot.block<a8>>)
    outs(%r : tensor<2x1x!fot.block<a8>>) -> tensor<2x1x!fot.block<a8>>
  // CHECK: fot.last_rows ins(%{{.*}} : memref<5x4xf32>) outs(%{{.*}} : memref<2x4xf32>){{$}}
  fot.last_rows ins(%mx : memref<5x4xf32>) outs(%mo : memref<2x4xf32>)
  return
}
