// A scan that is asked for takes the place of the one that costs least; dense
// attention has none to choose, and a strategy in the input is obeyed.
// RUN: fot-opt %s --fot-choose-strategy=scan=int4 | FileCheck %s
// RUN: fot-opt %s --fot-choose-strategy=scan=exact \
// RUN:   | FileCheck %s --check-prefix=EXACT
// RUN: not fot-opt %s --fot-choose-strategy=scan=int2 2>&1 \
// RUN:   | FileCheck %s --check-prefix=UNKNOWN

//   CHECK: topk : 4 {{.*}} scan = int4
//   CHECK: topk : 5 {{.*}} scan = int8
//   CHECK: dense
//   CHECK-NOT: scan
//   CHECK: fot.knn {{.*}} scan = int4
//   EXACT: topk : 4
//   EXACT-NOT: scan
//   EXACT: topk : 5 {{.*}} scan = int8
// RUN: fot-opt %s --fot-choose-strategy=scan=int4 -o /dev/null \
// RUN:   --remarks-filter=fot-choose-strategy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=REMARK
// REMARK: Remark="scans int4 codes first: the option scan asks for it; {{.*}}ScanInt8Bytes=70.7
// REMARK: Remark="obeys #fot.strategy<tokens = 1, grain = 1, keys = 64, scan = int8> of the input"
// REMARK: Remark="tiles of 48 tokens, where 48 queries share 64 keys at a time"
// REMARK: Remark="scans int4 codes first: the option scan asks for it; {{.*}}Site=fot.knn
// UNKNOWN: error: expects a scan of exact, int8 or int4, found 'int2'

!cache = tensor<2x32x64xf32>
!mem = !fot.memory<2 x 64, bf16, bf16>

func.func @decode(%q: tensor<7x128xf32>, %k: !cache, %v: !cache, %mem: !mem,
                  %at: index, %s: tensor<7x2x3xf32>, %i: tensor<7x2x3xi64>,
                  %out: tensor<7x128xf32>) {
  %0 = fot.memory_attention topk : 4 ins(%q, %k, %v, %mem : tensor<7x128xf32>,
      !cache, !cache, !mem) at %at scale 0.125
    outs(%out : tensor<7x128xf32>) -> tensor<7x128xf32>
  %1 = fot.memory_attention topk : 5 ins(%q, %k, %v, %mem : tensor<7x128xf32>,
      !cache, !cache, !mem) at %at scale 0.125 outs(%out : tensor<7x128xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 64, scan = int8>}
    -> tensor<7x128xf32>
  %2 = fot.memory_attention dense ins(%q, %k, %v, %mem : tensor<7x128xf32>,
      !cache, !cache, !mem) at %at scale 0.125
    outs(%out : tensor<7x128xf32>) -> tensor<7x128xf32>
  %3:2 = fot.knn ins(%q, %mem : tensor<7x128xf32>, !mem)
    outs(%s, %i : tensor<7x2x3xf32>, tensor<7x2x3xi64>)
    -> tensor<7x2x3xf32>, tensor<7x2x3xi64>
  return
}
