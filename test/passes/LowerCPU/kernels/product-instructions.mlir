// Which instructions quantised products are made of at each CPU level, and how
// many tokens a tile has: twice as many where there are 32 registers.
// RUN: fot-opt %s --fot-lower-to-kernels=level=avx512vnni \
// RUN:   | FileCheck %s --check-prefix=VNNI
// RUN: fot-opt %s --fot-lower-to-kernels=level=x86-64-v3 \
// RUN:   | FileCheck %s --check-prefix=AVX2
// RUN: fot-opt %s --fot-lower-to-kernels=level=x86-64-v4 \
// RUN:   | FileCheck %s --check-prefix=AVX2
// Few tokens wait for their weights, so the lines of a block are asked for.
// RUN: fot-opt %s --fot-lower-to-kernels=level=avx512vnni \
// RUN:   | FileCheck %s --check-prefix=AHEAD
// RUN: fot-opt %s --fot-lower-to-kernels=level=x86-64-v3 \
// RUN:   | FileCheck %s --check-prefix=NO-AHEAD

!blocks = memref<?x2x!fot.block<a8>>
!panels = memref<3x2x!fot.panel<q8_0 x 16>>

func.func @prefill(%x: !blocks, %w: !panels, %out: memref<?x48xf32>) {
  fot.matmul ins(%x, %w : !blocks, !panels) outs(%out : memref<?x48xf32>)
    {strategy = #fot.strategy<tokens = 2, grain = 1, keys = 0>}
  return
}

// The sum starts at -128 times the sum of the activations.
//          VNNI: arith.constant -128 : i32
// 4 tokens, 2 tokens, 1 token, each 8 groups.
// VNNI-COUNT-56: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
//      VNNI-NOT: llvm.call_intrinsic

// Low nibbles of 8 groups, 2 halves, 2 tokens; i16 sums become i32; high ones.
//  AVX2-COUNT-32: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
//   AVX2-COUNT-4: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
//  AVX2-COUNT-32: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
//   AVX2-COUNT-4: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// One token.
//  AVX2-COUNT-16: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
//   AVX2-COUNT-2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
//  AVX2-COUNT-16: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
//   AVX2-COUNT-2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
//       AVX2-NOT: llvm.call_intrinsic

// 9 lines of 544 bytes, in each of the tiles of 4, 2 and 1 tokens.
// AHEAD-COUNT-27: memref.prefetch %{{.*}}, read, locality<2>, data
//      AHEAD-NOT: memref.prefetch
//   NO-AHEAD-NOT: memref.prefetch
