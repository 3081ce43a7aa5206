// Products with codes of 5 and 6 bits: i16 sums over 16 inputs, and of 6 bits
// with a scale for each 16.
// RUN: fot-opt %s --fot-lower-to-kernels=level=avx512vnni \
// RUN:   | FileCheck %s --check-prefix=VNNI
// RUN: fot-opt %s --fot-lower-to-kernels=level=x86-64-v3 \
// RUN:   | FileCheck %s --check-prefix=AVX2

!blocks = memref<1x2x!fot.block<a8>>
!six = memref<3x2x!fot.panel<q6_0 x 16>>
!five = memref<3x2x!fot.panel<q5_1 x 16>>

// What the sums start from, then 4 groups of each half.
//     VNNI-LABEL: func.func private @matmul_0
//          VNNI: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
//          VNNI: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
//  VNNI-COUNT-8: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
//      VNNI-NOT: llvm.call_intrinsic
// Both halves of the rows, and i16 sums that become i32, for 16 inputs; again.
//     AVX2-LABEL: func.func private @matmul_0
//          AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
//  AVX2-COUNT-8: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
//      AVX2-NOT: pmadd.ub.sw
//  AVX2-COUNT-2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
//  AVX2-COUNT-8: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
//  AVX2-COUNT-2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
//      AVX2-NOT: llvm.call_intrinsic
func.func @six(%x: !blocks, %w: !six, %out: memref<1x48xf32>) {
  fot.matmul ins(%x, %w : !blocks, !six) outs(%out : memref<1x48xf32>)
  return
}

// The minimum needs no start; the sum of the activations is in the block.
//     VNNI-LABEL: func.func private @matmul_1
//  VNNI-COUNT-8: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
//      VNNI-NOT: llvm.call_intrinsic
//     AVX2-LABEL: func.func private @matmul_1
//  AVX2-COUNT-8: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
//  AVX2-COUNT-2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
//  AVX2-COUNT-8: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
//  AVX2-COUNT-2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
//      AVX2-NOT: llvm.call_intrinsic
func.func @five(%x: !blocks, %w: !five, %out: memref<1x48xf32>) {
  fot.matmul ins(%x, %w : !blocks, !five) outs(%out : memref<1x48xf32>)
  return
}
