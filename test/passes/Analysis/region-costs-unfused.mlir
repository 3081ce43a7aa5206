// What a memory costs without fusion; all numbers were worked out by hand. Of two
// key-value heads of 8 numbers one has a memory, which two of four query heads ask.
// RUN: fot-opt %s --fot-expand-cpu-levels="levels=x86-64-v3" | FileCheck %s

// Queries of 128 bytes, and 4 scores (f32) and entries (i64) of each query head;
// keys of 16 bytes, with which each of the two heads takes 2 * 8 operations.
//      CHECK: regions = [{bytes = array<i64: 0, 320, 0, 16>, integer = false,
// CHECK-SAME:   name = "knn", ops = array<i64: 0, 0, 0, 32>},
// 128 bytes of entries and 512 each of keys and values in f32; of the two heads 4
// keys and values are read, of 32 bytes together.
// CHECK-SAME: {bytes = array<i64: 0, 1408, 0, 0>, integer = false,
// CHECK-SAME:   name = "gather", ops = array<i64: 0, 0, 0, 0>},
// These, queries and results; a window of 2 x 64 bytes an entry, which all heads
// see, and 4 entries for two of them.
// CHECK-SAME: {bytes = array<i64: 0, 1280, 128, 0>, integer = false,
// CHECK-SAME:   name = "attention", ops = array<i64: 0, 256, 128, 0>},
// For each entry of the memory 32 bytes are read, and 2 x 64 written for both heads.
// CHECK-SAME: {bytes = array<i64: 0, 0, 0, 160>, integer = false,
// CHECK-SAME:   name = "view_memory", ops = array<i64: 0, 0, 0, 0>},
// CHECK-SAME: {bytes = array<i64: 0, 256, 128, 128>, integer = false,
// CHECK-SAME:   name = "attention", ops = array<i64: 0, 0, 128, 64>}]
func.func @decode(%queries: memref<1x32xf32>, %out: memref<1x32xf32>,
                  %position: index, %keys: memref<2x16x8xf32>,
                  %values: memref<2x16x8xf32>,
                  %memory: !fot.memory<2 x 8, bf16, bf16, heads = [1]>)
    attributes {fot.workspace_bytes = 2048 : i64} {
  %c4 = arith.constant 4 : index
  %size = fot.memory_size %memory : !fot.memory<2 x 8, bf16, bf16, heads = [1]>
  %k = arith.minui %size, %c4 : index
  %scores = fot.workspace_buffer at 0 bytes 64 sizes(%k) : memref<1x4x?xf32>
  %entries = fot.workspace_buffer at 64 bytes 128 sizes(%k) : memref<1x4x?xi64>
  fot.knn ins(%queries, %memory
      : memref<1x32xf32>, !fot.memory<2 x 8, bf16, bf16, heads = [1]>)
    outs(%scores, %entries : memref<1x4x?xf32>, memref<1x4x?xi64>)
  fot.barrier
  %found_keys = fot.workspace_buffer at 192 bytes 512 sizes(%k) : memref<1x4x?x8xf32>
  %found_values = fot.workspace_buffer at 704 bytes 512 sizes(%k) : memref<1x4x?x8xf32>
  fot.gather ins(%entries, %memory
      : memref<1x4x?xi64>, !fot.memory<2 x 8, bf16, bf16, heads = [1]>)
    outs(%found_keys, %found_values : memref<1x4x?x8xf32>, memref<1x4x?x8xf32>)
  fot.barrier
  fot.attention ins(%queries, %keys, %values
      : memref<1x32xf32>, memref<2x16x8xf32>, memref<2x16x8xf32>) at %position
    retrieved(%found_keys, %found_values : memref<1x4x?x8xf32>, memref<1x4x?x8xf32>)
    scale 1.0 outs(%out : memref<1x32xf32>) {memory_heads = array<i64: 1>}
  fot.barrier
  %all_keys = fot.workspace_buffer at 0 bytes 512 sizes(%size) : memref<2x?x8xf32>
  %all_values = fot.workspace_buffer at 512 bytes 512 sizes(%size) : memref<2x?x8xf32>
  fot.view_memory %memory : !fot.memory<2 x 8, bf16, bf16, heads = [1]>
    outs(%all_keys, %all_values : memref<2x?x8xf32>, memref<2x?x8xf32>)
  fot.barrier
  fot.attention ins(%queries, %keys, %values
      : memref<1x32xf32>, memref<2x16x8xf32>, memref<2x16x8xf32>) at %position
    prefix(%all_keys, %all_values : memref<2x?x8xf32>, memref<2x?x8xf32>)
    scale 1.0 outs(%out : memref<1x32xf32>) {memory_heads = array<i64: 1>}
  return
}
