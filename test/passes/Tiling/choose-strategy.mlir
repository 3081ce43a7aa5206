// Every product, attention and retrieval gets a strategy; one that stands in
// the input is obeyed.
// RUN: fot-opt %s --fot-choose-strategy -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: fot-opt %t.once --fot-choose-strategy | diff %t.once -
// What was chosen and why. The bytes per key of a scan by docs/retrieval.md, of
// heads of 64 bf16: 64 x 2; 32 + 6 + 0.021 x (32 + 128) + 0.0026 x (128 + 128);
// 64 + 6 + 0.0026 x (128 + 128).
// RUN: fot-opt %s --fot-choose-strategy \
// RUN:   --remarks-filter=fot-choose-strategy --mlir-disable-threading \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

!x = tensor<?x64xf32>
!x8 = tensor<?x2x!fot.block<a8>>
!out = tensor<?x16xf32>
!wf = tensor<1x64x!fot.panel<f16 x 16>>
!w8 = tensor<1x2x!fot.panel<q8_0 x 16>>
!cache = tensor<2x32x8xf32>
!mem = !fot.memory<2 x 8, bf16, bf16>

// Many tokens: tiles of six tokens of floats, which may also be split, or five of
// 8-bit activations with their sums; 24 queries share the keys. Of such small heads keys are read,
// no codes.
// CHECK-LABEL: func @prefill
//       CHECK: fot.matmul ins(%{{.*}} : tensor<?x64xf32>, {{.*}} {strategy = #fot.strategy<tokens = 6, grain = 1, keys = 0, parts = 3>}
//       CHECK: fot.matmul ins(%{{.*}} : tensor<?x2x!fot.block<a8>>, {{.*}} {strategy = #fot.strategy<tokens = 5, grain = 1, keys = 0>}
//       CHECK: fot.gated_matmul {{.*}} {strategy = #fot.strategy<tokens = 5, grain = 1, keys = 0>}
//       CHECK: fot.knn {{.*}} {strategy = #fot.strategy<tokens = 24, grain = 1, keys = 64>}
//       CHECK: fot.attention {{.*}} {strategy = #fot.strategy<tokens = 24, grain = 1, keys = 64>}
//       CHECK: fot.memory_attention {{.*}} {strategy = #fot.strategy<tokens = 24, grain = 1, keys = 64>}
//      REMARK: [Passed] ChooseStrategy | {{.*}} | Function=prefill | Remark="register tiles of 6 tokens: that many sums of floats fit 16 registers; or tiles of bf16, where there are such products: 3 numbers are an f32 exactly", Site=fot.matmul
//      REMARK: [Passed] ChooseStrategy | {{.*}} | Function=prefill | Remark="register tiles of 5 tokens: that many sums of 8-bit products fit 16 registers", Site=fot.matmul
//      REMARK: [Passed] ChooseStrategy | {{.*}} | Function=prefill | Remark="register tiles of 5 tokens: {{.*}}Site=fot.gated_matmul
//      REMARK: [Passed] ChooseStrategy | {{.*}} | Function=prefill | Remark="scans keys in full: heads of 8 numbers are about as short as what stands in for them; tiles of 24 tokens, where 24 queries share 64 keys at a time", ScanExactBytes=16.0, {{.*}}Site=fot.knn
//      REMARK: [Passed] ChooseStrategy | {{.*}} | Function=prefill | Remark="tiles of 24 tokens, where 24 queries share 64 keys at a time", Site=fot.attention
//      REMARK: [Passed] ChooseStrategy | {{.*}} | Function=prefill | Remark="scans keys in full: heads of 8 {{.*}}Site=fot.memory_attention
func.func @prefill(%x: !x, %x8: !x8, %wf: !wf, %w8: !w8, %q: !out, %k: !cache,
                   %v: !cache, %mem: !mem, %at: index, %scores: tensor<?x2x3xf32>,
                   %indices: tensor<?x2x3xi64>, %init: !out) {
  %0 = fot.matmul ins(%x, %wf : !x, !wf) outs(%init : !out) -> !out
  %1 = fot.matmul ins(%x8, %w8 : !x8, !w8) outs(%init : !out) -> !out
  %2 = fot.gated_matmul ins(%x8, %w8, %w8 : !x8, !w8, !w8) features 16
    outs(%init : !out) -> !out
  %3:2 = fot.knn ins(%q, %mem : !out, !mem)
    outs(%scores, %indices : tensor<?x2x3xf32>, tensor<?x2x3xi64>)
    -> tensor<?x2x3xf32>, tensor<?x2x3xi64>
  %4 = fot.attention ins(%q, %k, %v : !out, !cache, !cache) at %at scale 0.5
    outs(%init : !out) -> !out
  %5 = fot.memory_attention topk : 3 ins(%q, %k, %v, %mem : !out, !cache, !cache, !mem) at %at
    scale 0.5 outs(%init : !out) -> !out
  return
}

// One token.
// CHECK-LABEL: func @decode
//       CHECK: fot.matmul {{.*}} {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 0>}
//       CHECK: fot.attention {{.*}} {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 64>}
//      REMARK: [Passed] ChooseStrategy | {{.*}} | Function=decode | Remark="register tiles of 1 token: it has no more", Site=fot.matmul
//      REMARK: [Passed] ChooseStrategy | {{.*}} | Function=decode | Remark="tiles of 1 token, where 1 query scores 64 keys at a time", Site=fot.attention
func.func @decode(%x: tensor<1x64xf32>, %w: !wf, %k: !cache, %v: !cache,
                  %at: index, %init: tensor<1x16xf32>) -> tensor<1x16xf32> {
  %0 = fot.matmul ins(%x, %w : tensor<1x64xf32>, !wf)
    outs(%init : tensor<1x16xf32>) -> tensor<1x16xf32>
  %1 = fot.attention ins(%0, %k, %v : tensor<1x16xf32>, !cache, !cache) at %at scale 0.5
    outs(%init : tensor<1x16xf32>) -> tensor<1x16xf32>
  return %1 : tensor<1x16xf32>
}

// Three query heads share keys: eight tokens of them make 24 rows.
// CHECK-LABEL: func @shared
//       CHECK: fot.attention {{.*}} {strategy = #fot.strategy<tokens = 8, grain = 3, keys = 64>}
//      REMARK: [Passed] ChooseStrategy | {{.*}} | Function=shared | Remark="tiles of 8 tokens, where 24 queries share 64 keys at a time", Site=fot.attention
func.func @shared(%q: tensor<?x48xf32>, %k: !cache, %v: !cache, %at: index,
                  %init: tensor<?x48xf32>) -> tensor<?x48xf32> {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x48xf32>, !cache, !cache) at %at
    scale 0.5 outs(%init : tensor<?x48xf32>) -> tensor<?x48xf32>
  return %0 : tensor<?x48xf32>
}

// Retrieval reads codes: of one token the upper halves first, cut into ranges
// that make at least 16 items; of many tokens all bits, for 128 queries at a
// time. A dense memory is read as it is.
// CHECK-LABEL: func @scans
//       CHECK: fot.memory_attention topk {{.*}} {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 64, scan = int4, splits = 8>}
//       CHECK: fot.memory_attention dense {{.*}} {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 64>}
//       CHECK: fot.memory_attention topk {{.*}} {strategy = #fot.strategy<tokens = 42, grain = 3, keys = 64, scan = int8>}
//       CHECK: fot.knn {{.*}} {strategy = #fot.strategy<tokens = 8, grain = 3, keys = 64, scan = int8>}
//       CHECK: fot.memory_attention topk {{.*}} {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 64, splits = 2>}
//      REMARK: [Passed] ChooseStrategy | {{.*}} | Function=scans | Remark="scans int4 codes first: one query reads the fewest bytes so; tiles of 1 token, where 3 queries share 64 keys at a time; 8 ranges of the memory for 2 owners", ScanExactBytes=128.0, ScanInt4Bytes=42.0, ScanInt8Bytes=70.7, Site=fot.memory_attention
//      REMARK: [Passed] ChooseStrategy | {{.*}} | Function=scans | Remark="tiles of 1 token, where 3 queries share 64 keys at a time", Site=fot.memory_attention
//      REMARK: [Passed] ChooseStrategy | {{.*}} | Function=scans | Remark="scans int8 codes first: many queries share what is read, so what counts is to score few keys again; tiles of 42 tokens, where 126 queries share 64 keys at a time", ScanExactBytes=128.0, ScanInt4Bytes=42.0, ScanInt8Bytes=70.7, Site=fot.memory_attention
//      REMARK: [Passed] ChooseStrategy | {{.*}} | Function=scans | Remark="scans int8 codes first: {{.*}}tiles of 8 tokens, where 24 queries share 64 keys at a time", ScanExactBytes=128.0, ScanInt4Bytes=42.0, ScanInt8Bytes=70.7, Site=fot.knn
//      REMARK: [Analysis] ChooseStrategy | {{.*}} | Function=scans | Remark="obeys #fot.strategy<tokens = 1, grain = 3, keys = 64, splits = 2> of the input", Site=fot.memory_attention
func.func @scans(%q: tensor<1x384xf32>, %qs: tensor<?x384xf32>, %at: index,
                 %k: tensor<2x32x64xf32>, %mem: !fot.memory<2 x 64, bf16, bf16>,
                 %scores: tensor<?x6x3xf32>, %indices: tensor<?x6x3xi64>) {
  %0 = fot.memory_attention topk : 3 ins(%q, %k, %k, %mem : tensor<1x384xf32>, tensor<2x32x64xf32>, tensor<2x32x64xf32>, !fot.memory<2 x 64, bf16, bf16>)
    at %at scale 0.5 outs(%q : tensor<1x384xf32>) -> tensor<1x384xf32>
  %1 = fot.memory_attention dense ins(%q, %k, %k, %mem : tensor<1x384xf32>, tensor<2x32x64xf32>, tensor<2x32x64xf32>, !fot.memory<2 x 64, bf16, bf16>)
    at %at scale 0.5 outs(%q : tensor<1x384xf32>) -> tensor<1x384xf32>
  %2 = fot.memory_attention topk : 3 ins(%qs, %k, %k, %mem : tensor<?x384xf32>, tensor<2x32x64xf32>, tensor<2x32x64xf32>, !fot.memory<2 x 64, bf16, bf16>)
    at %at scale 0.5 outs(%qs : tensor<?x384xf32>) -> tensor<?x384xf32>
  %3:2 = fot.knn ins(%qs, %mem : tensor<?x384xf32>, !fot.memory<2 x 64, bf16, bf16>)
    outs(%scores, %indices : tensor<?x6x3xf32>, tensor<?x6x3xi64>) -> tensor<?x6x3xf32>, tensor<?x6x3xi64>
  %4 = fot.memory_attention topk : 3 ins(%q, %k, %k, %mem : tensor<1x384xf32>, tensor<2x32x64xf32>, tensor<2x32x64xf32>, !fot.memory<2 x 64, bf16, bf16>)
    at %at scale 0.5 outs(%q : tensor<1x384xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 64, scan = exact, splits = 2>} -> tensor<1x384xf32>
  return
}

// Given, obeyed; ops that need none get none.
// CHECK-LABEL: func @given
//       CHECK: fot.matmul {{.*}} {strategy = #fot.strategy<tokens = 3, grain = 7, keys = 0>}
//       CHECK: fot.rms_norm
//   CHECK-NOT: strategy
//       CHECK: return
//      REMARK: [Analysis] ChooseStrategy | {{.*}} | Function=given | Remark="obeys #fot.strategy<tokens = 3, grain = 7, keys = 0> of the input", Site=fot.matmul
//  REMARK-NOT: remark:
func.func @given(%x: !x, %w: !wf, %gain: tensor<16xf32>, %init: !out) -> !out {
  %0 = fot.matmul ins(%x, %w : !x, !wf) outs(%init : !out)
    {strategy = #fot.strategy<tokens = 3, grain = 7, keys = 0>} -> !out
  %1 = fot.rms_norm ins(%0, %gain : !out, tensor<16xf32>) eps 1.0e-5
    outs(%init : !out) -> !out
  return %1 : !out
}
