// Products of 16 tokens in tiles. Which instructions they are made of, and that
// they give the same bits as vectors: integer sums are exact, and floats are
// added in the same order. What this machine lacks is left out.
// RUN: fot-opt %s --fot-lower-to-kernels=level=amx \
// RUN:   | FileCheck %s --implicit-check-not=llvm.x86.
// RUN: fot-check --same-bits --levels=avx512vnni,amx %S/matmul-q4_0.mlir
// RUN: fot-check --same-bits --levels=avx512vnni,amx %S/matmul-q4_1.mlir
// RUN: fot-check --same-bits --levels=avx512vnni,amx %S/matmul-q5_1.mlir
// RUN: fot-check --same-bits --levels=avx512vnni,amx %S/matmul-q6_0.mlir
// RUN: fot-check --same-bits --levels=avx512vnni,amx %S/matmul-q8_0.mlir
// RUN: fot-check --same-bits --levels=avx512vnni,amx %S/gated-matmul.mlir

!blocks = memref<?x3x!fot.block<a8>>
!panels = memref<3x3x!fot.panel<q4_0 x 16>>

func.func @prefill(%x: !blocks, %w: !panels, %out: memref<?x48xf32>) {
  fot.matmul ins(%x, %w : !blocks, !panels) outs(%out : memref<?x48xf32>)
    {strategy = #fot.strategy<tokens = 2, grain = 1, keys = 0>}
  return
}

// Two blocks at a time, the first pair before the loop, and the block that is
// left; then vectors for the tokens that are left: tiles of 4, 2 and 1.
// CHECK-LABEL: func.func private @matmul_0
//       CHECK: memref.alloca() {alignment = 64 : i64} : memref<1536xi8>
//       CHECK: "llvm.x86.ldtilecfg"
//   CHECK-DAG: arith.constant dense<8> : vector<64xi8>
//       CHECK: scf.for
//       CHECK: "llvm.x86.tilezero"
//       CHECK: "llvm.x86.tileloadd64"
//       CHECK: "llvm.x86.tileloadd64"
//       CHECK: "llvm.x86.tdpbssd"
//       CHECK: "llvm.x86.tilezero"
//       CHECK: "llvm.x86.tileloadd64"
//       CHECK: "llvm.x86.tileloadd64"
//       CHECK: "llvm.x86.tdpbssd"
//       CHECK: scf.for
// CHECK-COUNT-2: "llvm.x86.tilestored64"
//       CHECK: scf.if
//       CHECK: "llvm.x86.tilezero"
//       CHECK: "llvm.x86.tileloadd64"
//       CHECK: "llvm.x86.tileloadd64"
//       CHECK: "llvm.x86.tdpbssd"
//       CHECK: "llvm.x86.tilezero"
//       CHECK: "llvm.x86.tileloadd64"
//       CHECK: "llvm.x86.tileloadd64"
//       CHECK: "llvm.x86.tdpbssd"
// CHECK-COUNT-32: vector.fma
//       CHECK: "llvm.x86.tilezero"
//       CHECK: "llvm.x86.tileloadd64"
//       CHECK: "llvm.x86.tileloadd64"
//       CHECK: "llvm.x86.tdpbssd"
//       CHECK: "llvm.x86.tilestored64"
// CHECK-COUNT-56: "llvm.x86.avx512.vpdpbusd.512"
//       CHECK: "llvm.x86.tilerelease"

!some = memref<15x3x!fot.block<a8>>

// No code of tiles for tokens that fill none.
func.func @few(%x: !some, %w: !panels, %out: memref<15x48xf32>) {
  fot.matmul ins(%x, %w : !some, !panels) outs(%out : memref<15x48xf32>)
    {strategy = #fot.strategy<tokens = 2, grain = 1, keys = 0>}
  return
}

// CHECK-LABEL: func.func private @matmul_1
//   CHECK-NOT: amx
// CHECK-COUNT-56: "llvm.x86.avx512.vpdpbusd.512"
//       CHECK: return
