// One token's attention gets as many ranges as a GPU has use for, and the
// workspace room for what they give.
// RUN: fot-opt %s --fot-choose-gpu-strategy | FileCheck %s
// RUN: fot-opt %s --fot-choose-gpu-strategy="blocks=16 keys=500" \
// RUN:   | FileCheck %s --check-prefix=FEW
// RUN: not fot-opt %s --fot-choose-gpu-strategy="most=0" 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ERROR
// What was decided and why; attentions first, then those with a memory.
// RUN: fot-opt %s --fot-choose-gpu-strategy \
// RUN:   --remarks-filter=fot-choose-gpu-strategy --mlir-disable-threading \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: fot-opt %s --fot-choose-gpu-strategy="blocks=8" -o /dev/null \
// RUN:   --remarks-filter=fot-choose-gpu-strategy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ENOUGH
// ENOUGH: [Missed] ChooseGpuStrategy | {{.*}} | Function=decode | Remark="8 heads are enough blocks of threads", Site=fot.attention
// RUN: fot-opt %s --fot-choose-gpu-strategy="keys=2000" -o /dev/null \
// RUN:   --remarks-filter=fot-choose-gpu-strategy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=SHORT
// SHORT: [Missed] ChooseGpuStrategy | {{.*}} | Function=decode | Remark="its window of 2000 entries is one range of 2000", Site=fot.attention
// RUN: fot-opt %s --fot-choose-gpu-strategy="most=1" -o /dev/null \
// RUN:   --remarks-filter=fot-choose-gpu-strategy 2>&1 \
// RUN:   | FileCheck %s --check-prefix=ONE
// ONE: [Missed] ChooseGpuStrategy | {{.*}} | Function=decode | Remark="no more than one range is allowed", Site=fot.attention
// ERROR: error: expects numbers of at least 1 for blocks, most and keys

!cache = memref<2x2000x64xbf16>
!mem = !fot.memory<2 x 64, bf16, bf16>
!token = memref<1x512xf32>
!tokens = memref<?x512xf32>

// 8 heads: no more than 16 ranges of the window, or 64 of any memory. The
// parts of the op with 64 ranges are the largest: 64 x 8 x 66 numbers.
// CHECK-LABEL: func @decode
//  CHECK-SAME:   attributes {fot.gpu_scratch = 1024 : i64, fot.workspace_bytes = 136192 : i64}
//       CHECK: fot.attention {{.*}} {fot.gpu_splits = 16 : i64}
//       CHECK: fot.memory_attention topk : 3 {{.*}} {fot.gpu_splits = 16 : i64}
//       CHECK: fot.memory_attention dense {{.*}} {fot.gpu_splits = 64 : i64}
//       CHECK: fot.attention {{.*}} {fot.gpu_splits = 3 : i64}
//       CHECK: fot.attention {{.*}} {fot.gpu_splits = 1 : i64}
// FEW-LABEL: func @decode
//  FEW-SAME:   attributes {fot.gpu_scratch = 1024 : i64, fot.workspace_bytes = 7360 : i64}
//       FEW: fot.attention {{.*}} {fot.gpu_splits = 2 : i64}
//       FEW: fot.memory_attention topk : 3 {{.*}} {fot.gpu_splits = 2 : i64}
//       FEW: fot.memory_attention dense {{.*}} {fot.gpu_splits = 2 : i64}
//       FEW: fot.attention {{.*}} {fot.gpu_splits = 3 : i64}
//       FEW: fot.attention {{.*}} {fot.gpu_splits = 1 : i64}
//    REMARK: [Passed] ChooseGpuStrategy | {{.*}} | Function=decode | Remark="one token's keys in 16 ranges: 8 heads are fewer than 512 blocks of threads", Site=fot.attention
//    REMARK: [Analysis] ChooseGpuStrategy | {{.*}} | Function=decode | Remark="obeys fot.gpu_splits = 3 of the input", Site=fot.attention
//    REMARK: [Analysis] ChooseGpuStrategy | {{.*}} | Function=decode | Remark="obeys fot.gpu_splits = 1 of the input", Site=fot.attention
//    REMARK: [Passed] ChooseGpuStrategy | {{.*}} | Function=decode | Remark="one token's keys in 16 ranges: {{.*}}Site=fot.memory_attention
//    REMARK: [Passed] ChooseGpuStrategy | {{.*}} | Function=decode | Remark="one token's keys in 64 ranges: {{.*}}Site=fot.memory_attention
func.func @decode(%q: !token, %k: !cache, %m: !mem, %at: index, %out: !token)
    attributes {fot.workspace_bytes = 1000 : i64} {
  fot.attention ins(%q, %k, %k : !token, !cache, !cache)
    at %at scale 0.5 outs(%out : !token)
  fot.memory_attention topk : 3 ins(%q, %k, %k, %m : !token, !cache, !cache, !mem)
    at %at scale 0.5 outs(%out : !token)
  fot.memory_attention dense ins(%q, %k, %k, %m : !token, !cache, !cache, !mem)
    at %at scale 0.5 outs(%out : !token)
  fot.attention ins(%q, %k, %k : !token, !cache, !cache)
    at %at scale 0.5 outs(%out : !token) {fot.gpu_splits = 3 : i64}
  fot.attention ins(%q, %k, %k : !token, !cache, !cache)
    at %at scale 0.5 outs(%out : !token) {fot.gpu_splits = 1 : i64}
  return
}

// Many tokens: tiles of queries. With a memory, the window's part is kept for
// each token, 20 x 8 x 66 numbers; and up to 64 tiles of 16 tokens with ranges of
// the memory leave 1024 x 8 x 66.
// CHECK-LABEL: func @prefill
//  CHECK-SAME:   attributes {fot.gpu_scratch = 0 : i64, fot.max_tokens = 20 : i64, fot.workspace_bytes = 2204928 : i64}
//       CHECK: fot.attention {{.*}} {fot.gpu_tile = true}
//       CHECK: fot.attention {{.*}} {fot.gpu_tile = false}
//       CHECK: fot.memory_attention dense {{.*}} {fot.gpu_splits = 64 : i64, fot.gpu_tile = true}
//    REMARK: [Passed] ChooseGpuStrategy | {{.*}} | Function=prefill | Remark="tiles of queries that share keys on tensor cores", Site=fot.attention
//    REMARK: [Analysis] ChooseGpuStrategy | {{.*}} | Function=prefill | Remark="obeys fot.gpu_tile = false of the input", Site=fot.attention
//    REMARK: [Passed] ChooseGpuStrategy | {{.*}} | Function=prefill | Remark="tiles of queries that share keys on tensor cores, of the window and of the memory", Site=fot.memory_attention
func.func @prefill(%q: !tokens, %k: !cache, %m: !mem, %at: index, %out: !tokens)
    attributes {fot.max_tokens = 20 : i64} {
  fot.attention ins(%q, %k, %k : !tokens, !cache, !cache)
    at %at scale 0.5 outs(%out : !tokens)
  fot.attention ins(%q, %k, %k : !tokens, !cache, !cache)
    at %at scale 0.5 outs(%out : !tokens) {fot.gpu_tile = false}
  fot.memory_attention dense ins(%q, %k, %k, %m : !tokens, !cache, !cache, !mem)
    at %at scale 0.5 outs(%out : !tokens)
  return
}

// Lists of what is retrieved in place of parts: 1024 x 8 x 3 scores and entries.
// There is no room in shared memory for those of 600, and codes of heads of 66
// cannot be copied: there the memory is read by token.
// CHECK-LABEL: func @retrieval
//  CHECK-SAME:   attributes {fot.gpu_scratch = 0 : i64, fot.max_tokens = 20 : i64, fot.workspace_bytes = 238848 : i64}
//       CHECK: fot.memory_attention topk : 3 {{.*}} {fot.gpu_splits = 64 : i64, fot.gpu_tile = true}
//       CHECK: fot.memory_attention topk : 600 {{.*}} {fot.gpu_tile = true}
//       CHECK: fot.memory_attention dense {{.*}} {fot.gpu_tile = true}
//    REMARK: [Passed] {{.*}} Function=retrieval {{.*}}cores, of the window and of the memory"
//    REMARK: [Passed] {{.*}} Function=retrieval {{.*}}cores, of the window only"
//    REMARK: [Passed] {{.*}} Function=retrieval {{.*}}cores, of the window only"
func.func @retrieval(%q: !tokens, %k: !cache, %m: !mem, %at: index, %out: !tokens,
                     %q66: memref<?x66xf32>, %k66: memref<1x50x66xbf16>,
                     %m66: !fot.memory<1 x 66, i8, i8>, %out66: memref<?x66xf32>)
    attributes {fot.max_tokens = 20 : i64} {
  fot.memory_attention topk : 3 ins(%q, %k, %k, %m : !tokens, !cache, !cache, !mem)
    at %at scale 0.5 outs(%out : !tokens)
  fot.memory_attention topk : 600 ins(%q, %k, %k, %m : !tokens, !cache, !cache, !mem)
    at %at scale 0.5 outs(%out : !tokens)
  fot.memory_attention dense ins(%q66, %k66, %k66, %m66 : memref<?x66xf32>,
      memref<1x50x66xbf16>, memref<1x50x66xbf16>, !fot.memory<1 x 66, i8, i8>)
    at %at scale 0.5 outs(%out66 : memref<?x66xf32>)
  return
}

// Room for what nobody has bounded there is not, and there is no kernel for
// heads of 256.
// CHECK-LABEL: func @neither
//  CHECK-NOT: fot.gpu
//      CHECK: return
//    REMARK: [Missed] ChooseGpuStrategy | {{.*}} | Function=neither | Remark="each query by itself: no tile fits 2 heads of 256 that share 2 key-value heads", Site=fot.attention
//    REMARK: [Missed] ChooseGpuStrategy | {{.*}} | Function=neither | Remark="each query by itself: nobody bounds the tokens that scratch memory would be needed for", Site=fot.memory_attention
func.func @neither(%q: !tokens, %k: !cache, %m: !mem, %at: index, %out: !tokens,
                   %large: memref<2x2000x256xf32>) {
  fot.memory_attention dense ins(%q, %k, %k, %m : !tokens, !cache, !cache, !mem)
    at %at scale 0.5 outs(%out : !tokens)
  fot.attention ins(%q, %large, %large : !tokens, memref<2x2000x256xf32>, memref<2x2000x256xf32>)
    at %at scale 0.5 outs(%out : !tokens)
  return
}

// Without fusion: ranges of the memory that leave 64 x 8 x 3 scores and entries,
// of a prefix like of a dense memory (64 x 8 x 66 numbers), and of the window
// beside retrieved keys. The room for what is found may be bounded by the memory
// alone, and then the memory stays in one range.
// CHECK-LABEL: func @unfused
//  CHECK-SAME:   attributes {fot.gpu_scratch = 0 : i64, fot.workspace_bytes = 135168 : i64}
//       CHECK: fot.knn {{.*}} {fot.gpu_most = 3 : i64, fot.gpu_splits = 64 : i64}
//       CHECK: fot.attention {{.*}} retrieved{{.*}} {fot.gpu_splits = 16 : i64}
//       CHECK: fot.attention {{.*}} prefix{{.*}} {fot.gpu_splits = 64 : i64}
//       CHECK: fot.knn
//   CHECK-NOT: gpu_splits
//       CHECK: fot.knn {{.*}} {fot.gpu_most = 2 : i64, fot.gpu_splits = 5 : i64}
//       CHECK: return
//    REMARK: [Passed] {{.*}} Function=unfused | Remark="one token's keys in 16 ranges: {{.*}}Site=fot.attention
//    REMARK: [Passed] {{.*}} Function=unfused | Remark="one token's keys in 64 ranges: {{.*}}Site=fot.attention
//    REMARK: [Passed] {{.*}} Function=unfused | Remark="one token's memory in 64 ranges: 8 heads are fewer than 512 blocks of threads", Site=fot.knn
//    REMARK: [Missed] {{.*}} Function=unfused | Remark="the memory in one range: nothing bounds by 512 how much is wanted", Site=fot.knn
//    REMARK: [Analysis] {{.*}} Function=unfused | Remark="obeys fot.gpu_splits = 5 of the input", Site=fot.knn
func.func @unfused(%q: !token, %k: !cache, %m: !mem, %at: index, %out: !token) {
  %c3 = arith.constant 3 : index
  %size = fot.memory_size %m : !mem
  %least = arith.minui %size, %c3 : index
  %scores = fot.workspace_buffer at 0 bytes 96 sizes(%least) : memref<1x8x?xf32>
  %found = fot.workspace_buffer at 0 bytes 192 sizes(%least) : memref<1x8x?xi64>
  fot.knn ins(%q, %m : !token, !mem)
    outs(%scores, %found : memref<1x8x?xf32>, memref<1x8x?xi64>)
  %keys = fot.workspace_buffer at 0 bytes 6144 sizes(%least) : memref<1x8x?x64xf32>
  fot.attention ins(%q, %k, %k : !token, !cache, !cache) at %at
    retrieved(%keys, %keys : memref<1x8x?x64xf32>, memref<1x8x?x64xf32>)
    scale 0.5 outs(%out : !token)
  %all = fot.workspace_buffer at 0 bytes 65536 sizes(%size) : memref<2x?x64xf32>
  fot.attention ins(%q, %k, %k : !token, !cache, !cache) at %at
    prefix(%all, %all : memref<2x?x64xf32>, memref<2x?x64xf32>)
    scale 0.5 outs(%out : !token)
  %every = fot.workspace_buffer at 0 bytes 65536 sizes(%size) : memref<1x8x?xf32>
  %entries = fot.workspace_buffer at 0 bytes 65536 sizes(%size) : memref<1x8x?xi64>
  fot.knn ins(%q, %m : !token, !mem)
    outs(%every, %entries : memref<1x8x?xf32>, memref<1x8x?xi64>)
  fot.knn ins(%q, %m : !token, !mem)
    outs(%scores, %found : memref<1x8x?xf32>, memref<1x8x?xi64>)
    {fot.gpu_splits = 5 : i64, fot.gpu_most = 2 : i64}
  return
}
