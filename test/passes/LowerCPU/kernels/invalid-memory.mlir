// Forms of attention that kernels are not written for.
// RUN: fot-opt %s --fot-lower-to-kernels=level=x86-64-v3 -verify-diagnostics

!memory = !fot.memory<2 x 8, f32, f32>
!cache = memref<2x4x8xf32>
func.func @too_many(%q: memref<1x16xf32>, %k: !cache, %v: !cache,
                    %m: !memory, %at: index, %out: memref<1x16xf32>) {
  // expected-error @+1 {{has k = 16385, the CPU kernel takes at most 16384}}
  fot.memory_attention topk : 16385
    ins(%q, %k, %v, %m : memref<1x16xf32>, !cache, !cache, !memory)
    at %at scale 1.0 outs(%out : memref<1x16xf32>)
  return
}
