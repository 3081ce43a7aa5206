// Which weights become panels of 16 rows: matrices that only products and
// embeddings read. The loads follow, the plain type stays as the logical one.
// RUN: fot-opt %s --fot-pack-weights -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: fot-opt %t.once --fot-pack-weights | diff %t.once -

// One step of a float panel is one input feature; 20 rows need two panels.
// CHECK: fot.weight @f32 : tensor<2x8x!fot.panel<f32 x 16>> from {{.*}} logical tensor<20x8xf32>
fot.weight @f32 : tensor<20x8xf32> from #fot.random<1, 1.0>
// CHECK: fot.weight @f16 : tensor<1x8x!fot.panel<f16 x 16>> from {{.*}} logical tensor<16x8xf16>
fot.weight @f16 : tensor<16x8xf16> from #fot.random<2, 1.0>
// One step of a quantised panel is a block of 32.
// CHECK: fot.weight @q4_1 : tensor<36x18x!fot.panel<q4_1 x 16>> from {{.*}} logical tensor<576x18x!fot.block<q4_1>>
fot.weight @q4_1 : tensor<576x18x!fot.block<q4_1>> from #fot.random<3, 1.0>
// CHECK: fot.weight @gate : tensor<1x2x!fot.panel<q8_0 x 16>>
fot.weight @gate : tensor<3x2x!fot.block<q8_0>> from #fot.random<4, 1.0>
// CHECK: fot.weight @up : tensor<1x2x!fot.panel<q8_0 x 16>>
fot.weight @up : tensor<3x2x!fot.block<q8_0>> from #fot.random<5, 1.0>
// CHECK: fot.weight @tied : tensor<3x8x!fot.panel<bf16 x 16>>
fot.weight @tied : tensor<33x8xbf16> from #fot.random<6, 1.0>
// Loaded in vain: nobody reads it in another way either.
// CHECK: fot.weight @loaded : tensor<1x4x!fot.panel<f32 x 16>>
fot.weight @loaded : tensor<4x4xf32> from #fot.random<7, 1.0>

// What stays: vectors, tables that rope reads, matrices that something else
// reads as well, packed ones, ones that nobody loads.
// CHECK: fot.weight @gain : tensor<8xf32> from #fot.random<{{.*}}>
// CHECK-NOT: logical
// CHECK: func
fot.weight @gain : tensor<8xf32> from #fot.random<8, 1.0>
fot.weight @table : tensor<16x4xf32> from #fot.rope_table<10000.0>
fot.weight @also_added : tensor<8x8xf32> from #fot.random<9, 1.0>
fot.weight @also_input : tensor<8x8xf32> from #fot.random<10, 1.0>
fot.weight @residual : tensor<8x8xf32> from #fot.random<11, 1.0>
fot.weight @packed : tensor<1x8x!fot.panel<f32 x 16>> from #fot.random<12, 1.0>
fot.weight @unused : tensor<8x8xf32> from #fot.random<13, 1.0>

// CHECK-LABEL: func @products
//       CHECK: %[[W:.*]] = fot.load_weight @f32 : tensor<2x8x!fot.panel<f32 x 16>>
//       CHECK: fot.matmul ins(%{{.*}}, %[[W]] : tensor<?x8xf32>, tensor<2x8x!fot.panel<f32 x 16>>)
//       CHECK: fot.load_weight @f16 : tensor<1x8x!fot.panel<f16 x 16>>
//       CHECK: fot.load_weight @q4_1 : tensor<36x18x!fot.panel<q4_1 x 16>>
//       CHECK: fot.load_weight @loaded : tensor<1x4x!fot.panel<f32 x 16>>
func.func @products(%x: tensor<?x8xf32>, %a8: tensor<?x18x!fot.block<a8>>,
                    %init20: tensor<?x20xf32>, %init16: tensor<?x16xf32>,
                    %init576: tensor<?x576xf32>) -> (tensor<?x20xf32>, tensor<?x16xf32>, tensor<?x576xf32>) {
  %f32 = fot.load_weight @f32 : tensor<20x8xf32>
  %0 = fot.matmul ins(%x, %f32 : tensor<?x8xf32>, tensor<20x8xf32>)
    outs(%init20 : tensor<?x20xf32>) -> tensor<?x20xf32>
  %f16 = fot.load_weight @f16 : tensor<16x8xf16>
  %1 = fot.matmul ins(%x, %f16 : tensor<?x8xf32>, tensor<16x8xf16>)
    outs(%init16 : tensor<?x16xf32>) -> tensor<?x16xf32>
  %q4 = fot.load_weight @q4_1 : tensor<576x18x!fot.block<q4_1>>
  %2 = fot.matmul ins(%a8, %q4 : tensor<?x18x!fot.block<a8>>, tensor<576x18x!fot.block<q4_1>>)
    outs(%init576 : tensor<?x576xf32>) -> tensor<?x576xf32>
  %3 = fot.load_weight @loaded : tensor<4x4xf32>
  return %0, %1, %2 : tensor<?x20xf32>, tensor<?x16xf32>, tensor<?x576xf32>
}

// CHECK-LABEL: func @gated
//       CHECK: fot.gated_matmul ins({{.*}} : tensor<?x2x!fot.block<a8>>, tensor<1x2x!fot.panel<q8_0 x 16>>, tensor<1x2x!fot.panel<q8_0 x 16>>)
func.func @gated(%x: tensor<?x2x!fot.block<a8>>, %init: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %gate = fot.load_weight @gate : tensor<3x2x!fot.block<q8_0>>
  %up = fot.load_weight @up : tensor<3x2x!fot.block<q8_0>>
  %0 = fot.gated_matmul ins(%x, %gate, %up : tensor<?x2x!fot.block<a8>>, tensor<3x2x!fot.block<q8_0>>, tensor<3x2x!fot.block<q8_0>>) features 3
    outs(%init : tensor<?x3xf32>) -> tensor<?x3xf32>
  return %0 : tensor<?x3xf32>
}

// One matrix for embedding and head, in two functions.
// CHECK-LABEL: func @embedding
//       CHECK: fot.embedding ins({{.*}} : tensor<?xi32>, tensor<3x8x!fot.panel<bf16 x 16>>)
func.func @embedding(%ids: tensor<?xi32>, %init: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %tied = fot.load_weight @tied : tensor<33x8xbf16>
  %0 = fot.embedding ins(%ids, %tied : tensor<?xi32>, tensor<33x8xbf16>)
    outs(%init : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}
// CHECK-LABEL: func @head
//       CHECK: fot.matmul ins({{.*}} : tensor<?x8xf32>, tensor<3x8x!fot.panel<bf16 x 16>>)
func.func @head(%x: tensor<?x8xf32>, %init: tensor<?x33xf32>) -> tensor<?x33xf32> {
  %tied = fot.load_weight @tied : tensor<33x8xbf16>
  %0 = fot.matmul ins(%x, %tied : tensor<?x8xf32>, tensor<33x8xbf16>)
    outs(%init : tensor<?x33xf32>) -> tensor<?x33xf32>
  return %0 : tensor<?x33xf32>
}

// CHECK-LABEL: func @others
//       CHECK: fot.load_weight @gain : tensor<8xf32>
//       CHECK: fot.load_weight @table : tensor<16x4xf32>
//       CHECK: fot.load_weight @also_added : tensor<8x8xf32>
//       CHECK: fot.load_weight @also_input : tensor<8x8xf32>
//       CHECK: fot.load_weight @residual : tensor<8x8xf32>
//       CHECK: fot.load_weight @packed : tensor<1x8x!fot.panel<f32 x 16>>
func.func @others(%x: tensor<8x8xf32>, %at: index, %init: tensor<8x8xf32>)
    -> (tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>) {
  %gain = fot.load_weight @gain : tensor<8xf32>
  %0 = fot.rms_norm ins(%x, %gain : tensor<8x8xf32>, tensor<8xf32>) eps 1.0e-5
    outs(%init : tensor<8x8xf32>) -> tensor<8x8xf32>
  %table = fot.load_weight @table : tensor<16x4xf32>
  %1 = fot.rope ins(%0, %table : tensor<8x8xf32>, tensor<16x4xf32>) at %at
    head_dim 4 outs(%init : tensor<8x8xf32>) -> tensor<8x8xf32>
  %w = fot.load_weight @also_added : tensor<8x8xf32>
  %2 = fot.matmul ins(%1, %w : tensor<8x8xf32>, tensor<8x8xf32>)
    outs(%init : tensor<8x8xf32>) -> tensor<8x8xf32>
  %3 = linalg.add ins(%2, %w : tensor<8x8xf32>, tensor<8x8xf32>)
    outs(%init : tensor<8x8xf32>) -> tensor<8x8xf32>
  %square = fot.load_weight @also_input : tensor<8x8xf32>
  %4 = fot.matmul ins(%square, %square : tensor<8x8xf32>, tensor<8x8xf32>)
    outs(%init : tensor<8x8xf32>) -> tensor<8x8xf32>
  %r = fot.load_weight @residual : tensor<8x8xf32>
  %packed = fot.load_weight @packed : tensor<1x8x!fot.panel<f32 x 16>>
  %5 = fot.matmul ins(%x, %packed : tensor<8x8xf32>, tensor<1x8x!fot.panel<f32 x 16>>)
    residual(%r : tensor<8x8xf32>) outs(%init : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %1, %3, %4, %5 : tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>, tensor<8x8xf32>
}
