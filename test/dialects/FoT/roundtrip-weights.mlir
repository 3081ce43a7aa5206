// Weights, their types and origins, and the products: every form prints as it
// was read.
// RUN: fot-opt %s | fot-opt | FileCheck %s
// RUN: fot-opt %s -mlir-print-op-generic | fot-opt | FileCheck %s

// CHECK: fot.weight @plain : tensor<4x32xf32> from #fot.random<1, 5.000000e-01 : f64>
fot.weight @plain : tensor<4x32xf32> from #fot.random<1, 0.5 : f64>
// CHECK: fot.weight @half : tensor<4x32xf16> from #fot.random<2, 1.000000e+00 : f64>
fot.weight @half : tensor<4x32xf16> from #fot.random<2, 1.0 : f64>
// CHECK: fot.weight @brain : tensor<4x32xbf16> from #fot.random<3, 1.000000e+00 : f64>
fot.weight @brain : tensor<4x32xbf16> from #fot.random<3, 1.0 : f64>
// CHECK: fot.weight @table : tensor<8x4xf32> from #fot.rope_table<1.000000e+04 : f64>
fot.weight @table : tensor<8x4xf32> from #fot.rope_table<1.0e4 : f64>
// CHECK: fot.weight @given : tensor<2xf32> from dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
fot.weight @given : tensor<2xf32> from dense<[1.0, 2.0]> : tensor<2xf32>
// CHECK: fot.weight @read : tensor<64x2x!fot.block<q4_1>> from #fot.source<"m.gguf", offset = 4096, bytes = 2560, type = "q4_1", shape = [64, 64], interleaved = 16>
fot.weight @read : tensor<64x2x!fot.block<q4_1>>
  from #fot.source<"m.gguf", offset = 4096, bytes = 2560, type = "q4_1",
                   shape = [64, 64], interleaved = 16>
// CHECK: fot.weight @vector : tensor<64xf32> from #fot.source<"m.gguf", offset = 0, bytes = 256, type = "f32", shape = [64]>
fot.weight @vector : tensor<64xf32>
  from #fot.source<"m.gguf", offset = 0, bytes = 256, type = "f32", shape = [64]>
// CHECK: fot.weight @packed : tensor<1x1x!fot.panel<q8_0 x 16>> from #fot.random<4, 1.000000e+00 : f64> at 128 logical tensor<4x1x!fot.block<q8_0>>
fot.weight @packed : tensor<1x1x!fot.panel<q8_0 x 16>>
  from #fot.random<4, 1.0 : f64> at 128 logical tensor<4x1x!fot.block<q8_0>>

// CHECK-LABEL: @load
func.func @load() {
  // CHECK: fot.load_weight @plain : tensor<4x32xf32>
  %0 = fot.load_weight @plain : tensor<4x32xf32>
  // CHECK: fot.load_weight @packed : memref<1x1x!fot.panel<q8_0 x 16>>
  %1 = fot.load_weight @packed : memref<1x1x!fot.panel<q8_0 x 16>>
  return
}

// CHECK-LABEL: @quantize
func.func @quantize(%x: tensor<?x40xf32>, %o: tensor<?x2x!fot.block<a8>>,
                    %y: memref<3x40xf32>, %p: memref<3x2x!fot.block<a8>>) {
  // CHECK: fot.quantize ins(%{{.*}} : tensor<?x40xf32>) outs(%{{.*}} : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  %0 = fot.quantize ins(%x : tensor<?x40xf32>) outs(%o : tensor<?x2x!fot.block<a8>>)
    -> tensor<?x2x!fot.block<a8>>
  // CHECK: fot.quantize ins(%{{.*}} : memref<3x40xf32>) outs(%{{.*}} : memref<3x2x!fot.block<a8>>){{$}}
  fot.quantize ins(%y : memref<3x40xf32>) outs(%p : memref<3x2x!fot.block<a8>>)
  return
}

// CHECK-LABEL: @matmul
func.func @matmul(%x: tensor<?x32xf32>, %a: tensor<?x1x!fot.block<a8>>,
                  %w: tensor<4x32xf32>, %b: tensor<4x1x!fot.block<q4_0>>,
                  %p: tensor<1x1x!fot.panel<q4_0 x 16>>,
                  %table: tensor<8x2xf32>, %position: index,
                  %residual: tensor<?x4xf32>, %o: tensor<?x4xf32>,
                  %mx: memref<2x32xf32>, %mw: memref<4x32xf32>,
                  %mo: memref<2x4xf32>) {
  // CHECK: fot.matmul ins(%{{.*}}, %{{.*}} : tensor<?x32xf32>, tensor<4x32xf32>) outs(%{{.*}} : tensor<?x4xf32>) -> tensor<?x4xf32>
  %0 = fot.matmul ins(%x, %w : tensor<?x32xf32>, tensor<4x32xf32>)
    outs(%o : tensor<?x4xf32>) -> tensor<?x4xf32>
  // An f32 input may meet unpacked blocks.
  // CHECK: fot.matmul ins(%{{.*}}, %{{.*}} : tensor<?x32xf32>, tensor<4x1x!fot.block<q4_0>>) outs
  %1 = fot.matmul ins(%x, %b : tensor<?x32xf32>, tensor<4x1x!fot.block<q4_0>>)
    outs(%o : tensor<?x4xf32>) -> tensor<?x4xf32>
  // CHECK: fot.matmul ins(%{{.*}}, %{{.*}} : tensor<?x1x!fot.block<a8>>, tensor<1x1x!fot.panel<q4_0 x 16>>) residual(%{{.*}} : tensor<?x4xf32>) outs(%{{.*}} : tensor<?x4xf32>) {strategy = #fot.strategy<tokens = 4, grain = 2, keys = 0>} -> tensor<?x4xf32>
  %2 = fot.matmul ins(%a, %p : tensor<?x1x!fot.block<a8>>, tensor<1x1x!fot.panel<q4_0 x 16>>)
    residual(%residual : tensor<?x4xf32>)
    outs(%o : tensor<?x4xf32>)
    {strategy = #fot.strategy<tokens = 4, grain = 2, keys = 0>} -> tensor<?x4xf32>
  // CHECK: fot.matmul ins(%{{.*}}, %{{.*}} : tensor<?x32xf32>, tensor<4x32xf32>) rope(%{{.*}} : tensor<8x2xf32>) at %{{.*}} residual(%{{.*}} : tensor<?x4xf32>) outs(%{{.*}} : tensor<?x4xf32>) {head_dim = 2 : i64} -> tensor<?x4xf32>
  %3 = fot.matmul ins(%x, %w : tensor<?x32xf32>, tensor<4x32xf32>)
    rope(%table : tensor<8x2xf32>) at %position
    residual(%residual : tensor<?x4xf32>)
    outs(%o : tensor<?x4xf32>) {head_dim = 2 : i64} -> tensor<?x4xf32>
  // CHECK: fot.matmul {{.*}} {strategy = #fot.strategy<tokens = 4, grain = 1, keys = 0, parts = 3>}
  %4 = fot.matmul ins(%x, %w : tensor<?x32xf32>, tensor<4x32xf32>)
    outs(%o : tensor<?x4xf32>)
    {strategy = #fot.strategy<tokens = 4, grain = 1, keys = 0, parts = 3>} -> tensor<?x4xf32>
  // Of what is optional, all.
  // CHECK: fot.matmul {{.*}} {strategy = #fot.strategy<tokens = 4, grain = 1, keys = 0, scan = int4, splits = 2, parts = 3>}
  %5 = fot.matmul ins(%x, %w : tensor<?x32xf32>, tensor<4x32xf32>)
    outs(%o : tensor<?x4xf32>)
    {strategy = #fot.strategy<tokens = 4, grain = 1, keys = 0, scan = int4, splits = 2, parts = 3>} -> tensor<?x4xf32>
  // CHECK: fot.matmul ins(%{{.*}}, %{{.*}} : memref<2x32xf32>, memref<4x32xf32>) outs(%{{.*}} : memref<2x4xf32>){{$}}
  fot.matmul ins(%mx, %mw : memref<2x32xf32>, memref<4x32xf32>)
    outs(%mo : memref<2x4xf32>)
  return
}

// CHECK-LABEL: @gated_matmul
func.func @gated_matmul(%x: tensor<?x32xf32>, %w: tensor<40x32xbf16>,
                        %o: tensor<?x40xf32>, %q: tensor<?x2x!fot.block<a8>>,
                        %mx: memref<2x32xf32>, %mw: memref<40x32xbf16>,
                        %mo: memref<2x40xf32>) {
  // CHECK: fot.gated_matmul ins(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?x32xf32>, tensor<40x32xbf16>, tensor<40x32xbf16>) features 40 outs(%{{.*}} : tensor<?x40xf32>) -> tensor<?x40xf32>
  %0 = fot.gated_matmul ins(%x, %w, %w : tensor<?x32xf32>, tensor<40x32xbf16>, tensor<40x32xbf16>)
    features 40 outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  // CHECK: features 40 outs(%{{.*}} : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  %1 = fot.gated_matmul ins(%x, %w, %w : tensor<?x32xf32>, tensor<40x32xbf16>, tensor<40x32xbf16>)
    features 40 outs(%q : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  // CHECK: fot.gated_matmul ins(%{{.*}} : memref<2x32xf32>, memref<40x32xbf16>, memref<40x32xbf16>) features 40 outs(%{{.*}} : memref<2x40xf32>){{$}}
  fot.gated_matmul ins(%mx, %mw, %mw : memref<2x32xf32>, memref<40x32xbf16>, memref<40x32xbf16>)
    features 40 outs(%mo : memref<2x40xf32>)
  return
}

// CHECK-LABEL: @window_matmul
func.func @window_matmul(%x: tensor<?x8xf32>, %w: tensor<12x8xf32>, %t: tensor<32x6xf32>, %p: index,
                         %r: tensor<?x12xf32>, %c: tensor<2x16x6xbf16>, %d: tensor<2x16x6xf32>,
                         %y: memref<3x8xf32>, %v: memref<1x8x!fot.panel<f32 x 16>>, %s: memref<3x12xf32>,
                         %e: memref<2x16x6xf16>) {
  // CHECK: fot.window_matmul ins(%{{.*}}, %{{.*}} : tensor<?x8xf32>, tensor<12x8xf32>) at %{{.*}} outs(%{{.*}}, %{{.*}} : tensor<?x12xf32>, tensor<2x16x6xbf16>) -> tensor<?x12xf32>, tensor<2x16x6xbf16>
  %0:2 = fot.window_matmul ins(%x, %w : tensor<?x8xf32>, tensor<12x8xf32>) at %p
    outs(%r, %c : tensor<?x12xf32>, tensor<2x16x6xbf16>) -> tensor<?x12xf32>, tensor<2x16x6xbf16>
  // CHECK: fot.window_matmul ins(%{{.*}}) rope(%{{.*}} : tensor<32x6xf32>) at %{{.*}} outs(%{{.*}}, %{{.*}}, %{{.*}} : tensor<?x12xf32>, tensor<2x16x6xbf16>, tensor<2x16x6xf32>) {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 0>} -> tensor<?x12xf32>, tensor<2x16x6xbf16>, tensor<2x16x6xf32>
  %1:3 = fot.window_matmul ins(%x, %w : tensor<?x8xf32>, tensor<12x8xf32>) rope(%t : tensor<32x6xf32>) at %p
    outs(%r, %c, %d : tensor<?x12xf32>, tensor<2x16x6xbf16>, tensor<2x16x6xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 0>}
    -> tensor<?x12xf32>, tensor<2x16x6xbf16>, tensor<2x16x6xf32>
  // CHECK: fot.window_matmul ins(%{{.*}}, %{{.*}} : memref<3x8xf32>, memref<1x8x!fot.panel<f32 x 16>>) at %{{.*}} outs(%{{.*}}, %{{.*}} : memref<3x12xf32>, memref<2x16x6xf16>)
  fot.window_matmul ins(%y, %v : memref<3x8xf32>, memref<1x8x!fot.panel<f32 x 16>>) at %p
    outs(%s, %e : memref<3x12xf32>, memref<2x16x6xf16>)
  return
}
