// Which instructions scans of codes are made of at each CPU level: of a key of
// 128 numbers 64 bytes a plane, whose halves are multiplied one by one.
// RUN: fot-opt %s --fot-lower-to-kernels=level=avx512vnni | FileCheck %s --check-prefix=VNNI
// RUN: fot-opt %s --fot-lower-to-kernels=level=x86-64-v3 | FileCheck %s --check-prefix=AVX2
// RUN: fot-opt %s --fot-lower-to-kernels=level=x86-64-v4 | FileCheck %s --check-prefix=AVX2

!queries = memref<1x128xf32>
!window = memref<1x8x128xf32>
!mem = !fot.memory<1 x 128, bf16, bf16>

// Both planes of 16 keys: 64 bytes at once. What is open is appended without a
// branch.
// VNNI-LABEL: func private @memory_attention_0
// VNNI-COUNT-64: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
//          VNNI: llvm.call_intrinsic "llvm.x86.avx512.mask.compress"
//      VNNI-NOT: vpdpbusd
//          VNNI: return

// The upper plane in two vectors, then the lower one.
// AVX2-LABEL: func private @memory_attention_0
// AVX2-COUNT-4: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
//         AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
func.func @int8(%q: !queries, %k: !window, %v: !window, %at: index, %m: !mem, %out: !queries) {
  fot.memory_attention topk : 3 ins(%q, %k, %v, %m : !queries, !window, !window, !mem)
    at %at scale 0.5 outs(%out : !queries)
    {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 64, scan = int8>}
  return
}
