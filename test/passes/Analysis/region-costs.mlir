// What regions move and compute; all numbers were worked out by hand.
// RUN: fot-opt %s --fot-expand-cpu-levels="levels=x86-64-v3" | FileCheck %s

// 32 x 32 products of f32: weights of 4096 bytes, a row of 128 bytes in and
// one out, 2 * 32 * 32 operations a token.
//      CHECK: regions = [{bytes = array<i64: 4096, 256, 0, 0>, integer = false,
// CHECK-SAME:   name = "q", ops = array<i64: 0, 2048, 0, 0>},
// Window entries of 2 heads x 8 x 4 bytes, keys and values; 4 query heads take
// 2 * 8 operations for the key of an entry and as many for its value. Of the
// memory, all keys (2 heads x 8 x 2 bytes) and 4 values of each query head.
// CHECK-SAME: {bytes = array<i64: 0, 512, 128, 32>, integer = false,
// CHECK-SAME:   name = "memory_attention", ops = array<i64: 0, 256, 128, 64>},
// Of the logits there is one row a call, however many tokens it brings.
// CHECK-SAME: {bytes = array<i64: 4352, 0, 0, 0>, integer = false,
// CHECK-SAME:   name = "head", ops = array<i64: 2048, 0, 0, 0>}]
fot.weight @layers.0.q : tensor<2x32x!fot.panel<f32 x 16>> from #fot.random<1, 1.0> at 0
func.func @decode(%input: memref<1x32xf32>,
                  %logits: memref<1x32xf32> {fot.role = "logits"},
                  %position: index, %keys: memref<2x16x8xf32>,
                  %values: memref<2x16x8xf32>,
                  %memory: !fot.memory<2 x 8, bf16, bf16>)
    attributes {fot.workspace_bytes = 256 : i64} {
  %queries = fot.workspace_buffer at 0 bytes 128 : memref<1x32xf32>
  %joined = fot.workspace_buffer at 128 bytes 128 : memref<1x32xf32>
  %q = fot.load_weight @layers.0.q : memref<2x32x!fot.panel<f32 x 16>>
  fot.matmul ins(%input, %q : memref<1x32xf32>, memref<2x32x!fot.panel<f32 x 16>>)
    outs(%queries : memref<1x32xf32>)
  fot.barrier
  fot.memory_attention topk : 4 ins(%queries, %keys, %values, %memory
      : memref<1x32xf32>, memref<2x16x8xf32>, memref<2x16x8xf32>, !fot.memory<2 x 8, bf16, bf16>)
    at %position scale 1.0 outs(%joined : memref<1x32xf32>)
  fot.barrier
  fot.matmul ins(%joined, %q : memref<1x32xf32>, memref<2x32x!fot.panel<f32 x 16>>)
    outs(%logits : memref<1x32xf32>)
  return
}
