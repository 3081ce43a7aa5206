// Layers that the model lacks, and options that mean nothing: one sentence
// that says what was expected.
// RUN: not fot-opt %s --fot-assign-memory="layers=0,3,7" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=LAYER
// RUN: not fot-opt %s --fot-assign-memory="layers=-1" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=NEGATIVE
// RUN: not fot-opt %s --fot-assign-memory="layers=0 mode=sparse" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=MODE
// RUN: not fot-opt %s --fot-assign-memory="layers=0 k=0" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=K
// RUN: not fot-opt %s --fot-assign-memory="layers=0 dtype=int4" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=DTYPE
// A memory that is dense needs no k.
// RUN: fot-opt %s --fot-assign-memory="layers=0 mode=dense k=0" -o /dev/null

//    LAYER: error: expects memory layers that the model has, found 3
// NEGATIVE: error: expects memory layers that the model has, found -1
//     MODE: error: expects dtype f32, f16, bf16 or int8, mode dense or topk and a positive k, found bf16, sparse, 8
//        K: error: expects {{.*}} a positive k, found bf16, topk, 0
//    DTYPE: error: expects dtype f32, f16, bf16 or int8, {{.*}} found int4, topk, 8

!q = tensor<?x16xf32>
!cache = tensor<1x?x8xf32>
func.func @model(%q: !q, %k: !cache, %v: !cache, %init: !q) -> !q {
  %zero = arith.constant 0 : index
  %0 = fot.attention ins(%q, %k, %v : !q, !cache, !cache) at %zero scale 0.5
    outs(%init : !q) {fot.layer = 0 : i64} -> !q
  return %0 : !q
}
