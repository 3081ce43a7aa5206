// Products between two barriers are one list of work: 4 items of q, 2 of k (two
// panels each, which rope needs), then 3 of v (a panel each). An item costs its
// bytes, 2048 or 1024, so of 15360 a worker has its share, and begins with the
// item that is nearest. After the barrier a product is by itself again.
// RUN: fot-opt %s --fot-lower-to-kernels="level=x86-64-v3" \
// RUN:   | FileCheck %s --check-prefix=SHARES
// What comes of it is compared in kernels/side-by-side.mlir.

// SHARES-LABEL: func.func @products
//       SHARES: %[[I:.*]] = arith.index_castui
//       SHARES: %[[OF:.*]] = arith.index_castui
//       SHARES: %[[ITEMS:.*]] = arith.constant 4 : index
//       SHARES: %[[ALL:.*]] = arith.constant 15360 : index
//       SHARES: %[[MUL:.*]] = arith.muli %[[ALL]], %[[I]]
//       SHARES: %[[DIV:.*]] = arith.divui %[[MUL]], %[[OF]]
// Half an item ahead of where the op begins, for the nearest.
//       SHARES: %[[FROM:.*]] = arith.constant -1024 : index
//       SHARES: %[[AHEAD:.*]] = arith.subi %[[DIV]], %[[FROM]]
//       SHARES: %[[EACH:.*]] = arith.constant 2048 : index
//       SHARES: %[[AT:.*]] = arith.divsi %[[AHEAD]], %[[EACH]]
//       SHARES: %[[MAX:.*]] = arith.maxsi %[[AT]],
//       SHARES: %[[BEGIN:.*]] = arith.minsi %[[MAX]], %[[ITEMS]]
//       SHARES: call @matmul_{{.*}}, %[[BEGIN]], %{{.*}})
//       SHARES: arith.constant 2 : index
//       SHARES: arith.constant 7168 : index
//       SHARES: call @window_matmul_
//       SHARES: arith.constant 3 : index
//       SHARES: arith.constant 11776 : index
//       SHARES: call @window_matmul_
//       SHARES: llvm.call
//   SHARES-NOT: arith.divsi
//       SHARES: call @matmul_
module {
  fot.weight @q : tensor<8x16x!fot.panel<f32 x 16>> from #fot.random<1, 1.0> at 0
  fot.weight @k : tensor<4x16x!fot.panel<f32 x 16>> from #fot.random<2, 1.0> at 8192
  fot.weight @v : tensor<3x16x!fot.panel<f32 x 16>> from #fot.random<3, 1.0> at 12288
  fot.weight @table : tensor<64x32xf32> from #fot.rope_table<10000.0> at 16384
  func.func @products(%x: memref<?x16xf32>, %at: index, %keys: memref<2x40x32xf32>, %values: memref<3x40x16xf32>,
                      %rows: memref<?x128xf32>, %more: memref<?x64xf32>, %less: memref<?x48xf32>) {
    %q = fot.load_weight @q : memref<8x16x!fot.panel<f32 x 16>>
    %k = fot.load_weight @k : memref<4x16x!fot.panel<f32 x 16>>
    %v = fot.load_weight @v : memref<3x16x!fot.panel<f32 x 16>>
    %table = fot.load_weight @table : memref<64x32xf32>
    fot.matmul ins(%x, %q : memref<?x16xf32>, memref<8x16x!fot.panel<f32 x 16>>)
      rope(%table : memref<64x32xf32>) at %at outs(%rows : memref<?x128xf32>) {head_dim = 32 : i64}
    fot.window_matmul ins(%x, %k : memref<?x16xf32>, memref<4x16x!fot.panel<f32 x 16>>)
      rope(%table : memref<64x32xf32>) at %at
      outs(%more, %keys : memref<?x64xf32>, memref<2x40x32xf32>)
    fot.window_matmul ins(%x, %v : memref<?x16xf32>, memref<3x16x!fot.panel<f32 x 16>>) at %at
      outs(%less, %values : memref<?x48xf32>, memref<3x40x16xf32>)
    fot.barrier
    fot.matmul ins(%x, %q : memref<?x16xf32>, memref<8x16x!fot.panel<f32 x 16>>)
      outs(%rows : memref<?x128xf32>)
    return
  }
}
