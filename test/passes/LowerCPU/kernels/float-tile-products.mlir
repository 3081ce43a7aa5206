// Products of float weights with 16 tokens or more in tiles: which instructions
// they are made of. What they compute is tested in matmul-*.mlir and
// gated-matmul-*.mlir.
// RUN: fot-opt %s --fot-lower-to-kernels=level=amx \
// RUN:   | FileCheck %s --implicit-check-not=llvm.x86.
// Levels without such tiles obey what else the strategy says.
// RUN: fot-opt %s --fot-lower-to-kernels=level=avx512vnni \
// RUN:   | FileCheck %s --check-prefix=VECTORS --implicit-check-not=llvm.x86.

!panels = memref<3x100x!fot.panel<bf16 x 16>>

func.func @prefill(%x: memref<?x100xf32>, %w: !panels, %out: memref<?x48xf32>) {
  fot.matmul ins(%x, %w : memref<?x100xf32>, !panels) outs(%out : memref<?x48xf32>)
    {strategy = #fot.strategy<tokens = 2, grain = 1, keys = 0, parts = 3>}
  return
}

// The last of four steps is filled up with zeros; calls of few tokens have
// tiles of 4, 2 and 1 in registers.
//   CHECK-LABEL: func.func private @matmul_0
// VECTORS-LABEL: func.func private @matmul_0
//   VECTORS-NOT: vector.shuffle
//       VECTORS: vector.fma
//       CHECK: arith.cmpi uge
//       CHECK: scf.if
//       CHECK: "llvm.x86.ldtilecfg"
//       CHECK: vector.shuffle {{.*}} [1, 33, 3, 35,
// CHECK-COUNT-15: vector.store %{{.*}} : memref<8192xi16>, vector<32xi16>
//       CHECK: vector.maskedload
//       CHECK: "llvm.x86.tilezero"
//       CHECK: "llvm.x86.tileloadd64"
//       CHECK: scf.for
//       CHECK: "llvm.x86.tileloadd64"
// CHECK-COUNT-3: "llvm.x86.tileloadd64"
// CHECK-COUNT-3: "llvm.x86.tdpbf16ps"
//       CHECK: "llvm.x86.tilestored64"
//       CHECK: "llvm.x86.tilerelease"
//       CHECK: arith.cmpi ult
//       CHECK: scf.if
//       CHECK: vector.fma

// As many parts as the strategy says.
func.func @two(%x: memref<16x32xf32>, %w: memref<1x32x!fot.panel<bf16 x 16>>,
               %out: memref<16x16xf32>) {
  fot.matmul ins(%x, %w : memref<16x32xf32>, memref<1x32x!fot.panel<bf16 x 16>>)
    outs(%out : memref<16x16xf32>)
    {strategy = #fot.strategy<tokens = 6, grain = 1, keys = 0, parts = 2>}
  return
}

// CHECK-LABEL: func.func private @matmul_1
//       CHECK: "llvm.x86.ldtilecfg"
//       CHECK: "llvm.x86.tilezero"
// CHECK-COUNT-4: "llvm.x86.tileloadd64"
// CHECK-COUNT-2: "llvm.x86.tdpbf16ps"
//       CHECK: "llvm.x86.tilestored64"
//   CHECK-NOT: vector.fma
//       CHECK: "llvm.x86.tilerelease"

// An f16 is two bf16 numbers and an f32 three, of which the last ones are not
// multiplied with each other.
func.func @split(%x: memref<16x32xf32>, %halves: memref<1x32x!fot.panel<f16 x 16>>,
                 %floats: memref<1x32x!fot.panel<f32 x 16>>, %out: memref<16x16xf32>) {
  fot.matmul ins(%x, %halves : memref<16x32xf32>, memref<1x32x!fot.panel<f16 x 16>>)
    outs(%out : memref<16x16xf32>)
    {strategy = #fot.strategy<tokens = 6, grain = 1, keys = 0, parts = 3>}
  fot.matmul ins(%x, %floats : memref<16x32xf32>, memref<1x32x!fot.panel<f32 x 16>>)
    outs(%out : memref<16x16xf32>)
    {strategy = #fot.strategy<tokens = 6, grain = 1, keys = 0, parts = 3>}
  return
}

//  CHECK-LABEL: func.func private @matmul_2
//        CHECK: "llvm.x86.ldtilecfg"
//        CHECK: "llvm.x86.tilezero"
// CHECK-COUNT-6: "llvm.x86.tileloadd64"
// CHECK-COUNT-6: "llvm.x86.tdpbf16ps"
//        CHECK: "llvm.x86.tilestored64"
//        CHECK: "llvm.x86.tilerelease"
//  CHECK-LABEL: func.func private @matmul_3
//        CHECK: "llvm.x86.ldtilecfg"
//        CHECK: "llvm.x86.tilezero"
// CHECK-COUNT-7: "llvm.x86.tileloadd64"
// CHECK-COUNT-8: "llvm.x86.tdpbf16ps"
//        CHECK: "llvm.x86.tilestored64"
//        CHECK: "llvm.x86.tilerelease"

// None: of a strategy that wants none, and of 15 tokens.
func.func @vectors(%x: memref<16x32xf32>, %w: memref<1x32x!fot.panel<bf16 x 16>>,
                   %out: memref<16x16xf32>, %few: memref<15x32xf32>,
                   %outOfFew: memref<15x16xf32>) {
  fot.matmul ins(%x, %w : memref<16x32xf32>, memref<1x32x!fot.panel<bf16 x 16>>)
    outs(%out : memref<16x16xf32>)
    {strategy = #fot.strategy<tokens = 6, grain = 1, keys = 0>}
  fot.matmul ins(%few, %w : memref<15x32xf32>, memref<1x32x!fot.panel<bf16 x 16>>)
    outs(%outOfFew : memref<15x16xf32>)
    {strategy = #fot.strategy<tokens = 6, grain = 1, keys = 0, parts = 3>}
  return
}

// CHECK-LABEL: func.func private @matmul_4
//       CHECK: vector.fma
// CHECK-LABEL: func.func private @matmul_5
//       CHECK: vector.fma
