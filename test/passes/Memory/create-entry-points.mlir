// The model of a session: @prefill, @decode and, with memories, @evict.
// RUN: fot-opt %s --fot-create-entry-points="window=32 last-context=12 prefill-tokens=8 max-memory=500" \
// RUN:   --split-input-file -o %t.once
// RUN: FileCheck %s < %t.once
// What it makes is valid, and needs nothing of @model's any more.
// RUN: fot-opt %t.once --split-input-file --canonicalize --cse \
// RUN:   | FileCheck %s --check-prefix=AFTER
// Window and last context default to the context length; at most a window is
// computed at once.
// RUN: fot-opt %s --fot-create-entry-points --split-input-file \
// RUN:   | FileCheck %s --check-prefix=DEFAULT
// Windows of 16-bit floats, whatever the memory's type is.
// RUN: fot-opt %s --fot-create-entry-points="window=32 window-dtype=f16" \
// RUN:   --split-input-file | FileCheck %s --check-prefix=F16
// RUN: not fot-opt %s --split-input-file \
// RUN:   --fot-create-entry-points="window-dtype=i8" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=DTYPE
// DTYPE: error: expects window-dtype f32, f16 or bf16, found i8
// Which entry points there are and why, in the order of the modules below.
// RUN: fot-opt %s --split-input-file -o /dev/null 2>&1 \
// RUN:   --fot-create-entry-points="window=32 last-context=12 prefill-tokens=80" \
// RUN:   --remarks-filter=fot-create-entry-points \
// RUN:   | FileCheck %s --check-prefix=REMARK
// REMARK: [Passed] CreateEntryPoints | {{.*}} | Function=prefill | Remark="a window of 32 entries in f32; the model's context length is 64", Site=@prefill
// REMARK: [Passed] CreateEntryPoints | {{.*}} | Function=prefill | Remark="at most 32 tokens a call, as the window takes no more", Site=@prefill
// REMARK: [Passed] CreateEntryPoints | {{.*}} | Function=evict | Remark="all but the last 12 tokens of a prompt go through it to the memories of layers 1", Site=@evict
// REMARK: [Passed] CreateEntryPoints | {{.*}} | Function=seal | Remark="writes the index of a full segment, for scans that keep the best", Site=@seal
// REMARK: [Passed] CreateEntryPoints | {{.*}} | Function=prefill | Remark="keeps keys without rope beside rotated ones, as those are what a memory stores", Site="fot.attention of layer 1"
// REMARK: [Passed] CreateEntryPoints | {{.*}} | Function=decode | Remark="keeps keys without rope {{.*}}Site="fot.attention of layer 1"
// REMARK: [Missed] CreateEntryPoints | {{.*}} | Function=seal | Remark="left out: a dense memory is read in full, so that an index would be of no use", Site=@seal
// REMARK: [Passed] CreateEntryPoints | {{.*}} | Function=decode | Remark="rotates neither queries nor keys, as the model gives layers with a memory no positions", Site="fot.attention of layer 1"
// REMARK: [Missed] CreateEntryPoints | {{.*}} | Function=evict | Remark="left out: no layer owns a memory", Site=@evict
// REMARK: [Missed] CreateEntryPoints | {{.*}} | Function=seal | Remark="left out: no layer owns a memory", Site=@seal
// Fewer tokens than a window has are what was asked for.
// RUN: fot-opt %s --split-input-file -o /dev/null 2>&1 \
// RUN:   --fot-create-entry-points="window=32 prefill-tokens=8" \
// RUN:   --remarks-filter=fot-create-entry-points \
// RUN:   | FileCheck %s --check-prefix=FEWER
// FEWER: Remark="at most 8 tokens a call", Site=@prefill

!ids = tensor<?xi32>
!x = tensor<?x16xf32>
!kv = tensor<?x8xf32>
!cache = tensor<1x?x8xf32>
!logits = tensor<?x40xf32>

// Two layers, the second owns a memory of which the 3 best join the softmax.
// CHECK-LABEL: module attributes {fot.model = {
//  CHECK-SAME:   evicts = true
//  CHECK-SAME:   last_context = 12 : i64
//  CHECK-SAME:   memory = "topk"
//  CHECK-SAME:   top_k = 3 : i64
//  CHECK-SAME:   window = 32 : i64
//     DEFAULT: last_context = 64 : i64
//     DEFAULT: window = 64 : i64
//       CHECK: fot.weight @rope_table : tensor<32x8xf32>
//   CHECK-NOT: @model
//
// F16-LABEL: func.func @decode(
//  F16-SAME:   tensor<1x32x8xf16> {fot.layer = 1 : i64, fot.role = "window_raw_keys"}
//       F16: fot.append_window {{.*}} outs({{.*}} : tensor<1x32x8xf16>)
// F16-LABEL: func.func @evict(
//  F16-SAME:   tensor<1x32x8xf16> {fot.layer = 1 : i64, fot.role = "window_values"}
//
//       CHECK: func.func @prefill(
//  CHECK-SAME:   %[[IDS:[^:]+]]: tensor<?xi32> {fot.role = "tokens"}
//  CHECK-SAME:   %[[LOGITS:[^:]+]]: tensor<?x40xf32> {fot.role = "logits"}
//  CHECK-SAME:   %[[AT:[^:]+]]: index {fot.role = "position"}
//  CHECK-SAME:   %[[K0:[^:]+]]: tensor<1x32x8xf32> {fot.layer = 0 : i64, fot.role = "window_keys"}
//  CHECK-SAME:   %[[V0:[^:]+]]: tensor<1x32x8xf32> {fot.layer = 0 : i64, fot.role = "window_values"}
//  CHECK-SAME:   %[[K1:[^:]+]]: tensor<1x32x8xf32> {fot.layer = 1 : i64, fot.role = "window_keys"}
//  CHECK-SAME:   %[[V1:[^:]+]]: tensor<1x32x8xf32> {fot.layer = 1 : i64, fot.role = "window_values"}
//  CHECK-SAME:   %[[RAW:[^:]+]]: tensor<1x32x8xf32> {fot.layer = 1 : i64, fot.role = "window_raw_keys"}
//  CHECK-SAME:   %[[MEM:[^:]+]]: !fot.memory<1 x 8, bf16, f16> {fot.layer = 1 : i64, fot.role = "memory"})
//  CHECK-SAME:   -> (tensor<?x40xf32>, tensor<1x32x8xf32>, tensor<1x32x8xf32>, tensor<1x32x8xf32>, tensor<1x32x8xf32>, tensor<1x32x8xf32>)
//  CHECK-SAME:   attributes {fot.max_memory = 500 : i64, fot.max_tokens = 8 : i64}
//     DEFAULT: attributes {fot.max_memory = 65536 : i64, fot.max_tokens = 64 : i64}
//
// Layer 0 attends to its window alone.
//       CHECK: fot.rope {{.*}} tensor<32x8xf32>) at %[[AT]]
//       CHECK: fot.rope {{.*}} at %[[AT]]
//       CHECK: %[[KEYS0:.*]] = fot.append_window {{.*}} at %[[AT]] outs(%[[K0]] :
//       CHECK: %[[VALUES0:.*]] = fot.append_window {{.*}} at %[[AT]] outs(%[[V0]] :
//       CHECK: fot.attention ins(%{{.*}}, %[[KEYS0]], %[[VALUES0]] : {{.*}}) at %[[AT]] scale 5.000000e-01 outs(%{{.*}}) {fot.layer = 0 : i64}
//
// Layer 1 keeps the keys before the rotation too, and retrieves.
//       CHECK: %[[KV:.*]] = fot.matmul
//       CHECK: %[[Q:.*]] = fot.rope
//       CHECK: %[[ROTATED:.*]] = fot.rope ins(%[[KV]],
//       CHECK: %[[KEYS1:.*]] = fot.append_window ins(%[[ROTATED]] : {{.*}} outs(%[[K1]] :
//       CHECK: %[[RAWS:.*]] = fot.append_window ins(%[[KV]] : {{.*}} outs(%[[RAW]] :
//       CHECK: %[[VALUES1:.*]] = fot.append_window ins(%[[KV]] : {{.*}} outs(%[[V1]] :
//       CHECK: %[[SIZE:.*]] = fot.memory_size %[[MEM]]
//       CHECK: %[[LIMIT:.*]] = arith.constant 3 : index
//       CHECK: %[[BEST:.*]] = arith.minui %[[SIZE]], %[[LIMIT]]
//       CHECK: tensor.empty(%{{.*}}, %[[BEST]]) : tensor<?x2x?xf32>
//       CHECK: %[[FOUND:.*]]:2 = fot.knn ins(%[[Q]], %[[MEM]] :
//       CHECK: %[[ENTRIES:.*]]:2 = fot.gather ins(%[[FOUND]]#1, %[[MEM]] :
//       CHECK: fot.attention ins(%[[Q]], %[[KEYS1]], %[[VALUES1]] : {{.*}}) at %[[AT]] retrieved(%[[ENTRIES]]#0, %[[ENTRIES]]#1 :
//  CHECK-SAME:   {fot.layer = 1 : i64}
//
// Logits of as many of the last tokens as are asked for.
//       CHECK: fot.last_rows
//       CHECK: %[[OUT:.*]] = fot.matmul {{.*}} outs(%[[LOGITS]] :
//       CHECK: return %[[OUT]], %[[KEYS0]], %[[VALUES0]], %[[KEYS1]], %[[VALUES1]], %[[RAWS]] :
//
// One token has static sizes.
//       CHECK: func.func @decode(%{{.*}}: tensor<1xi32> {fot.role = "tokens"}, %{{.*}}: tensor<1x40xf32> {fot.role = "logits"}
//  CHECK-SAME:   attributes {fot.max_memory = 500 : i64, fot.max_tokens = 1 : i64}
//   CHECK-NOT: tensor.dim
//       CHECK: fot.embedding {{.*}} -> tensor<1x16xf32>
//       CHECK: fot.knn {{.*}} -> tensor<1x2x?xf32>, tensor<1x2x?xi64>
//       CHECK: fot.attention {{.*}} -> tensor<1x16xf32>
//       CHECK: return
//  AFTER-LABEL: func.func @decode
//    AFTER-NOT: last_rows
//        AFTER: return
//
// Eviction: the window's first entries follow the memory's own.
//       CHECK: func.func @evict(%[[COUNT:.*]]: index {fot.role = "count"}
//  CHECK-SAME:   %[[RAW:[^:]+]]: tensor<1x32x8xf32> {fot.layer = 1 : i64, fot.role = "window_raw_keys"}
//  CHECK-SAME:   %[[VALUES:[^:]+]]: tensor<1x32x8xf32> {fot.layer = 1 : i64, fot.role = "window_values"}
//  CHECK-SAME:   %[[MEM:[^:]+]]: !fot.memory<1 x 8, bf16, f16> {fot.layer = 1 : i64, fot.role = "memory"}) -> !fot.memory<1 x 8, bf16, f16>
//  CHECK-NEXT:   %[[GROWN:.*]] = fot.append_memory %[[MEM]], %[[RAW]], %[[VALUES]] count %[[COUNT]]
//  CHECK-NEXT:   return %[[GROWN]]
//
// Full segments are sealed.
//       CHECK: func.func @seal(%[[NUMBER:.*]]: index {fot.role = "segment"}
//  CHECK-SAME:   %[[MEM:[^:]+]]: !fot.memory<1 x 8, bf16, f16> {fot.layer = 1 : i64, fot.role = "memory"})
//  CHECK-NEXT:   fot.seal_memory %[[MEM]] segment %[[NUMBER]]
//  CHECK-NEXT:   return
module attributes {fot.model = {
    name = "tiny", architecture = "llama", hidden = 16 : i64,
    intermediate = 24 : i64, layers = 2 : i64, heads = 2 : i64,
    kv_heads = 1 : i64, head_dim = 8 : i64, vocab = 40 : i64,
    rms_eps = 1.0e-5 : f64, rope_theta = 10000.0 : f64, context = 64 : i64,
    fot = false, mem_positionals = true, mem_layers = array<i64>, mem_dtype = "",
    last_context = 0 : i64, window = 0 : i64, memory = "none", top_k = 0 : i64,
    evicts = false, bos = 1 : i64, pad = -1 : i64, eos = array<i64: 2>,
    checkpoint = "tiny"}} {
  fot.weight @rope_table : tensor<64x8xf32> from #fot.rope_table<10000.0>
  fot.weight @embedding : tensor<40x16xf32> from #fot.random<1, 1.0>
  fot.weight @kv0 : tensor<8x16xf32> from #fot.random<2, 1.0>
  fot.weight @kv1 : tensor<8x16xf32> from #fot.random<3, 1.0>
  func.func @model(%ids: !ids {fot.role = "tokens"},
                   %logits: !logits {fot.role = "logits"}) -> !logits {
    %zero = arith.constant 0 : index
    %n = tensor.dim %ids, %zero : !ids
    %table = fot.load_weight @rope_table : tensor<64x8xf32>
    %embedding = fot.load_weight @embedding : tensor<40x16xf32>
    %x.init = tensor.empty(%n) : !x
    %x0 = fot.embedding ins(%ids, %embedding : !ids, tensor<40x16xf32>)
      outs(%x.init : !x) -> !x
    %w0 = fot.load_weight @kv0 : tensor<8x16xf32>
    %kv.init0 = tensor.empty(%n) : !kv
    %kv0 = fot.matmul ins(%x0, %w0 : !x, tensor<8x16xf32>)
      outs(%kv.init0 : !kv) -> !kv
    %q0 = fot.rope ins(%x0, %table : !x, tensor<64x8xf32>) at %zero
      head_dim 8 outs(%x.init : !x) -> !x
    %k0 = fot.rope ins(%kv0, %table : !kv, tensor<64x8xf32>) at %zero
      head_dim 8 outs(%kv.init0 : !kv) -> !kv
    %window0 = tensor.empty(%n) : !cache
    %keys0 = fot.append_window ins(%k0 : !kv) at %zero
      outs(%window0 : !cache) -> !cache
    %values0 = fot.append_window ins(%kv0 : !kv) at %zero
      outs(%window0 : !cache) -> !cache
    %x1 = fot.attention ins(%q0, %keys0, %values0 : !x, !cache, !cache)
      at %zero scale 0.5 outs(%x.init : !x) {fot.layer = 0 : i64} -> !x
    %w1 = fot.load_weight @kv1 : tensor<8x16xf32>
    %kv.init1 = tensor.empty(%n) : !kv
    %kv1 = fot.matmul ins(%x1, %w1 : !x, tensor<8x16xf32>)
      outs(%kv.init1 : !kv) -> !kv
    %q1 = fot.rope ins(%x1, %table : !x, tensor<64x8xf32>) at %zero
      head_dim 8 outs(%x.init : !x) -> !x
    %k1 = fot.rope ins(%kv1, %table : !kv, tensor<64x8xf32>) at %zero
      head_dim 8 outs(%kv.init1 : !kv) -> !kv
    %window1 = tensor.empty(%n) : !cache
    %keys1 = fot.append_window ins(%k1 : !kv) at %zero
      outs(%window1 : !cache) -> !cache
    %values1 = fot.append_window ins(%kv1 : !kv) at %zero
      outs(%window1 : !cache) -> !cache
    %x2 = fot.attention ins(%q1, %keys1, %values1 : !x, !cache, !cache)
      at %zero scale 0.5 outs(%x.init : !x) {fot.layer = 1 : i64, fot.memory = #fot.memory_spec<topk : 3, bf16, f16>} -> !x
    %rows = tensor.dim %logits, %zero : !logits
    %last.init = tensor.empty(%rows) : !x
    %last = fot.last_rows ins(%x2 : !x) outs(%last.init : !x) -> !x
    %out = fot.matmul ins(%last, %embedding : !x, tensor<40x16xf32>)
      outs(%logits : !logits) -> !logits
    return %out : !logits
  }
}

// -----

// A memory that is attended to as a whole is the prefix of every query.
// CHECK-LABEL: module attributes {fot.model = {
//  CHECK-SAME:   memory = "dense"
//  CHECK-SAME:   top_k = 0 : i64
//       CHECK: func.func @prefill
//       CHECK: %[[SIZE:.*]] = fot.memory_size %[[MEM:.*]] :
//       CHECK: tensor.empty(%[[SIZE]]) : tensor<1x?x8xf32>
//       CHECK: %[[ALL:.*]]:2 = fot.view_memory %[[MEM]]
//       CHECK: fot.attention {{.*}} prefix(%[[ALL]]#0, %[[ALL]]#1 :
//   CHECK-NOT: fot.knn
//       CHECK: func.func @evict
//   CHECK-NOT: @seal
!ids = tensor<?xi32>
!x = tensor<?x16xf32>
!kv = tensor<?x8xf32>
!cache = tensor<1x?x8xf32>
!logits = tensor<?x40xf32>
module attributes {fot.model = {
    name = "tiny", architecture = "llama", hidden = 16 : i64,
    intermediate = 24 : i64, layers = 2 : i64, heads = 2 : i64,
    kv_heads = 1 : i64, head_dim = 8 : i64, vocab = 40 : i64,
    rms_eps = 1.0e-5 : f64, rope_theta = 10000.0 : f64, context = 64 : i64,
    fot = false, mem_positionals = true, mem_layers = array<i64>, mem_dtype = "",
    last_context = 0 : i64, window = 0 : i64, memory = "none", top_k = 0 : i64,
    evicts = false, bos = 1 : i64, pad = -1 : i64, eos = array<i64: 2>,
    checkpoint = "tiny"}} {
  fot.weight @rope_table : tensor<64x8xf32> from #fot.rope_table<10000.0>
  fot.weight @embedding : tensor<40x16xf32> from #fot.random<1, 1.0>
  fot.weight @kv0 : tensor<8x16xf32> from #fot.random<2, 1.0>
  func.func @model(%ids: !ids {fot.role = "tokens"},
                   %logits: !logits {fot.role = "logits"}) -> !logits {
    %zero = arith.constant 0 : index
    %n = tensor.dim %ids, %zero : !ids
    %table = fot.load_weight @rope_table : tensor<64x8xf32>
    %embedding = fot.load_weight @embedding : tensor<40x16xf32>
    %x.init = tensor.empty(%n) : !x
    %x0 = fot.embedding ins(%ids, %embedding : !ids, tensor<40x16xf32>)
      outs(%x.init : !x) -> !x
    %w0 = fot.load_weight @kv0 : tensor<8x16xf32>
    %kv.init0 = tensor.empty(%n) : !kv
    %kv0 = fot.matmul ins(%x0, %w0 : !x, tensor<8x16xf32>)
      outs(%kv.init0 : !kv) -> !kv
    %q0 = fot.rope ins(%x0, %table : !x, tensor<64x8xf32>) at %zero
      head_dim 8 outs(%x.init : !x) -> !x
    %k0 = fot.rope ins(%kv0, %table : !kv, tensor<64x8xf32>) at %zero
      head_dim 8 outs(%kv.init0 : !kv) -> !kv
    %window0 = tensor.empty(%n) : !cache
    %keys0 = fot.append_window ins(%k0 : !kv) at %zero
      outs(%window0 : !cache) -> !cache
    %values0 = fot.append_window ins(%kv0 : !kv) at %zero
      outs(%window0 : !cache) -> !cache
    %x1 = fot.attention ins(%q0, %keys0, %values0 : !x, !cache, !cache)
      at %zero scale 0.5 outs(%x.init : !x) {fot.layer = 0 : i64, fot.memory = #fot.memory_spec<dense, bf16, f16>} -> !x
    %rows = tensor.dim %logits, %zero : !logits
    %last.init = tensor.empty(%rows) : !x
    %last = fot.last_rows ins(%x1 : !x) outs(%last.init : !x) -> !x
    %out = fot.matmul ins(%last, %embedding : !x, tensor<40x16xf32>)
      outs(%logits : !logits) -> !logits
    return %out : !logits
  }
}

// -----

// Without positions in layers that own a memory, neither their queries nor
// their keys are rotated; the other layer's are.
// CHECK-LABEL: module attributes
//       CHECK: func.func @prefill
// CHECK-COUNT-2: fot.rope
//   CHECK-NOT: fot.rope
//       CHECK: %[[KV:.*]] = fot.matmul
//       CHECK: fot.append_window ins(%[[KV]] :
//       CHECK: fot.append_window ins(%[[KV]] :
//       CHECK: fot.append_window ins(%[[KV]] :
//       CHECK: func.func @decode
!ids = tensor<?xi32>
!x = tensor<?x16xf32>
!kv = tensor<?x8xf32>
!cache = tensor<1x?x8xf32>
!logits = tensor<?x40xf32>
module attributes {fot.model = {
    name = "tiny", architecture = "llama", hidden = 16 : i64,
    intermediate = 24 : i64, layers = 2 : i64, heads = 2 : i64,
    kv_heads = 1 : i64, head_dim = 8 : i64, vocab = 40 : i64,
    rms_eps = 1.0e-5 : f64, rope_theta = 10000.0 : f64, context = 64 : i64,
    fot = true, mem_positionals = false, mem_layers = array<i64>, mem_dtype = "",
    last_context = 0 : i64, window = 0 : i64, memory = "none", top_k = 0 : i64,
    evicts = false, bos = 1 : i64, pad = -1 : i64, eos = array<i64: 2>,
    checkpoint = "tiny"}} {
  fot.weight @rope_table : tensor<64x8xf32> from #fot.rope_table<10000.0>
  fot.weight @embedding : tensor<40x16xf32> from #fot.random<1, 1.0>
  fot.weight @kv0 : tensor<8x16xf32> from #fot.random<2, 1.0>
  fot.weight @kv1 : tensor<8x16xf32> from #fot.random<3, 1.0>
  func.func @model(%ids: !ids {fot.role = "tokens"},
                   %logits: !logits {fot.role = "logits"}) -> !logits {
    %zero = arith.constant 0 : index
    %n = tensor.dim %ids, %zero : !ids
    %table = fot.load_weight @rope_table : tensor<64x8xf32>
    %embedding = fot.load_weight @embedding : tensor<40x16xf32>
    %x.init = tensor.empty(%n) : !x
    %x0 = fot.embedding ins(%ids, %embedding : !ids, tensor<40x16xf32>)
      outs(%x.init : !x) -> !x
    %w0 = fot.load_weight @kv0 : tensor<8x16xf32>
    %kv.init0 = tensor.empty(%n) : !kv
    %kv0 = fot.matmul ins(%x0, %w0 : !x, tensor<8x16xf32>)
      outs(%kv.init0 : !kv) -> !kv
    %q0 = fot.rope ins(%x0, %table : !x, tensor<64x8xf32>) at %zero
      head_dim 8 outs(%x.init : !x) -> !x
    %k0 = fot.rope ins(%kv0, %table : !kv, tensor<64x8xf32>) at %zero
      head_dim 8 outs(%kv.init0 : !kv) -> !kv
    %window0 = tensor.empty(%n) : !cache
    %keys0 = fot.append_window ins(%k0 : !kv) at %zero
      outs(%window0 : !cache) -> !cache
    %values0 = fot.append_window ins(%kv0 : !kv) at %zero
      outs(%window0 : !cache) -> !cache
    %x1 = fot.attention ins(%q0, %keys0, %values0 : !x, !cache, !cache)
      at %zero scale 0.5 outs(%x.init : !x) {fot.layer = 0 : i64} -> !x
    %w1 = fot.load_weight @kv1 : tensor<8x16xf32>
    %kv.init1 = tensor.empty(%n) : !kv
    %kv1 = fot.matmul ins(%x1, %w1 : !x, tensor<8x16xf32>)
      outs(%kv.init1 : !kv) -> !kv
    %q1 = fot.rope ins(%x1, %table : !x, tensor<64x8xf32>) at %zero
      head_dim 8 outs(%x.init : !x) -> !x
    %k1 = fot.rope ins(%kv1, %table : !kv, tensor<64x8xf32>) at %zero
      head_dim 8 outs(%kv.init1 : !kv) -> !kv
    %window1 = tensor.empty(%n) : !cache
    %keys1 = fot.append_window ins(%k1 : !kv) at %zero
      outs(%window1 : !cache) -> !cache
    %values1 = fot.append_window ins(%kv1 : !kv) at %zero
      outs(%window1 : !cache) -> !cache
    %x2 = fot.attention ins(%q1, %keys1, %values1 : !x, !cache, !cache)
      at %zero scale 0.5 outs(%x.init : !x) {fot.layer = 1 : i64, fot.memory = #fot.memory_spec<topk : 3, bf16, f16>} -> !x
    %rows = tensor.dim %logits, %zero : !logits
    %last.init = tensor.empty(%rows) : !x
    %last = fot.last_rows ins(%x2 : !x) outs(%last.init : !x) -> !x
    %out = fot.matmul ins(%last, %embedding : !x, tensor<40x16xf32>)
      outs(%logits : !logits) -> !logits
    return %out : !logits
  }
}

// -----

// No memory, no positions: two entry points, and no session evicts.
// CHECK-LABEL: module attributes {fot.model = {
//  CHECK-SAME:   evicts = false
//  CHECK-SAME:   memory = "none"
//   CHECK-NOT: window_raw_keys
//       CHECK: func.func @prefill
//   CHECK-NOT: fot.rope
//       CHECK: func.func @decode
//   CHECK-NOT: @evict
!ids = tensor<?xi32>
!x = tensor<?x16xf32>
!kv = tensor<?x8xf32>
!cache = tensor<1x?x8xf32>
!logits = tensor<?x40xf32>
module attributes {fot.model = {
    name = "tiny", architecture = "llama", hidden = 16 : i64,
    intermediate = 24 : i64, layers = 2 : i64, heads = 2 : i64,
    kv_heads = 1 : i64, head_dim = 8 : i64, vocab = 40 : i64,
    rms_eps = 1.0e-5 : f64, rope_theta = 10000.0 : f64, context = 64 : i64,
    fot = false, mem_positionals = true, mem_layers = array<i64>, mem_dtype = "",
    last_context = 0 : i64, window = 0 : i64, memory = "none", top_k = 0 : i64,
    evicts = false, bos = 1 : i64, pad = -1 : i64, eos = array<i64: 2>,
    checkpoint = "tiny"}} {
  fot.weight @rope_table : tensor<64x8xf32> from #fot.rope_table<10000.0>
  fot.weight @embedding : tensor<40x16xf32> from #fot.random<1, 1.0>
  fot.weight @kv0 : tensor<8x16xf32> from #fot.random<2, 1.0>
  func.func @model(%ids: !ids {fot.role = "tokens"},
                   %logits: !logits {fot.role = "logits"}) -> !logits {
    %zero = arith.constant 0 : index
    %n = tensor.dim %ids, %zero : !ids
    %table = fot.load_weight @rope_table : tensor<64x8xf32>
    %embedding = fot.load_weight @embedding : tensor<40x16xf32>
    %x.init = tensor.empty(%n) : !x
    %x0 = fot.embedding ins(%ids, %embedding : !ids, tensor<40x16xf32>)
      outs(%x.init : !x) -> !x
    %w0 = fot.load_weight @kv0 : tensor<8x16xf32>
    %kv.init0 = tensor.empty(%n) : !kv
    %kv0 = fot.matmul ins(%x0, %w0 : !x, tensor<8x16xf32>)
      outs(%kv.init0 : !kv) -> !kv
    %window0 = tensor.empty(%n) : !cache
    %keys0 = fot.append_window ins(%kv0 : !kv) at %zero
      outs(%window0 : !cache) -> !cache
    %values0 = fot.append_window ins(%kv0 : !kv) at %zero
      outs(%window0 : !cache) -> !cache
    %x1 = fot.attention ins(%x0, %keys0, %values0 : !x, !cache, !cache)
      at %zero scale 0.5 outs(%x.init : !x) {fot.layer = 0 : i64} -> !x
    %rows = tensor.dim %logits, %zero : !logits
    %last.init = tensor.empty(%rows) : !x
    %last = fot.last_rows ins(%x1 : !x) outs(%last.init : !x) -> !x
    %out = fot.matmul ins(%last, %embedding : !x, tensor<40x16xf32>)
      outs(%logits : !logits) -> !logits
    return %out : !logits
  }
}

// -----

// A Focused Transformer without memory layers forgets, but goes on: its
// sessions slide the window (fot-reference 1.4) with nothing to keep.
// CHECK-LABEL: module attributes {fot.model = {
//  CHECK-SAME:   evicts = true
//   CHECK-NOT: @evict
!ids = tensor<?xi32>
!x = tensor<?x16xf32>
!kv = tensor<?x8xf32>
!cache = tensor<1x?x8xf32>
!logits = tensor<?x40xf32>
module attributes {fot.model = {
    name = "tiny", architecture = "llama", hidden = 16 : i64,
    intermediate = 24 : i64, layers = 2 : i64, heads = 2 : i64,
    kv_heads = 1 : i64, head_dim = 8 : i64, vocab = 40 : i64,
    rms_eps = 1.0e-5 : f64, rope_theta = 10000.0 : f64, context = 64 : i64,
    fot = true, mem_positionals = true, mem_layers = array<i64>, mem_dtype = "",
    last_context = 0 : i64, window = 0 : i64, memory = "none", top_k = 0 : i64,
    evicts = false, bos = 1 : i64, pad = -1 : i64, eos = array<i64: 2>,
    checkpoint = "tiny"}} {
  fot.weight @rope_table : tensor<64x8xf32> from #fot.rope_table<10000.0>
  fot.weight @embedding : tensor<40x16xf32> from #fot.random<1, 1.0>
  fot.weight @kv0 : tensor<8x16xf32> from #fot.random<2, 1.0>
  func.func @model(%ids: !ids {fot.role = "tokens"},
                   %logits: !logits {fot.role = "logits"}) -> !logits {
    %zero = arith.constant 0 : index
    %n = tensor.dim %ids, %zero : !ids
    %table = fot.load_weight @rope_table : tensor<64x8xf32>
    %embedding = fot.load_weight @embedding : tensor<40x16xf32>
    %x.init = tensor.empty(%n) : !x
    %x0 = fot.embedding ins(%ids, %embedding : !ids, tensor<40x16xf32>)
      outs(%x.init : !x) -> !x
    %w0 = fot.load_weight @kv0 : tensor<8x16xf32>
    %kv.init0 = tensor.empty(%n) : !kv
    %kv0 = fot.matmul ins(%x0, %w0 : !x, tensor<8x16xf32>)
      outs(%kv.init0 : !kv) -> !kv
    %q0 = fot.rope ins(%x0, %table : !x, tensor<64x8xf32>) at %zero
      head_dim 8 outs(%x.init : !x) -> !x
    %k0 = fot.rope ins(%kv0, %table : !kv, tensor<64x8xf32>) at %zero
      head_dim 8 outs(%kv.init0 : !kv) -> !kv
    %window0 = tensor.empty(%n) : !cache
    %keys0 = fot.append_window ins(%k0 : !kv) at %zero
      outs(%window0 : !cache) -> !cache
    %values0 = fot.append_window ins(%kv0 : !kv) at %zero
      outs(%window0 : !cache) -> !cache
    %x1 = fot.attention ins(%q0, %keys0, %values0 : !x, !cache, !cache)
      at %zero scale 0.5 outs(%x.init : !x) {fot.layer = 0 : i64} -> !x
    %rows = tensor.dim %logits, %zero : !logits
    %last.init = tensor.empty(%rows) : !x
    %last = fot.last_rows ins(%x1 : !x) outs(%last.init : !x) -> !x
    %out = fot.matmul ins(%last, %embedding : !x, tensor<40x16xf32>)
      outs(%logits : !logits) -> !logits
    return %out : !logits
  }
}
