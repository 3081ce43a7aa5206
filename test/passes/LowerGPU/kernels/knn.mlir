// A retrieval by itself: memories of every type, lists of several rounds, equal
// scores, heads without a memory, less entries than wanted in a range; one
// token's memory in ranges.
// RUN: rm -rf %t && mkdir %t
// RUN: fot-check --levels=cuda-emulated --dump=%t %s
// RUN: FileCheck %s --check-prefix=MANY --implicit-check-not=.local \
// RUN:   --input-file %t/many_bf16_64.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=RANGES --implicit-check-not=.local \
// RUN:   --input-file %t/ranges_of_one.cuda-emulated.ptx

// One launch: keys by 16 bytes, and winners that others cannot overtake.
//     MANY: .entry knn_0
//     MANY: ld.global{{.*}}.v4.b32
//     MANY: atom.shared.add.u32
//     MANY: st.global.b32
//     MANY: st.global.b64
// MANY-NOT: .entry

// Keys are read in the first launch only.
//     RANGES: .entry knn_0
//     RANGES: ld.global{{.*}}.v4.b32
//     RANGES: .entry knn_1
// RANGES-NOT: .v4
// RANGES-NOT: .entry

func.func @many_bf16_64(%q: tensor<?x256xf32>, %m: !fot.memory<2 x 64, bf16, bf16>,
    %scores: tensor<?x4x?xf32>, %indices: tensor<?x4x?xi64>) -> (tensor<?x4x?xf32>, tensor<?x4x?xi64>)
    attributes {fot.check = [{sizes = [1, 1, 1, 1, 1], memory = [1]},
        {sizes = [5, 5, 7, 5, 7], memory = [300]},
        {sizes = [2, 2, 8, 2, 8], memory = [300], period = 4},
        {sizes = [3, 3, 0, 3, 0], memory = [0]}]} {
  %0:2 = fot.knn ins(%q, %m : tensor<?x256xf32>, !fot.memory<2 x 64, bf16, bf16>)
    outs(%scores, %indices : tensor<?x4x?xf32>, tensor<?x4x?xi64>) -> tensor<?x4x?xf32>, tensor<?x4x?xi64>
  return %0#0, %0#1 : tensor<?x4x?xf32>, tensor<?x4x?xi64>
}

// 512 entries a round; all entries, and rounds that end among equal scores.
func.func @rounds(%q: tensor<?x24xf32>, %m: !fot.memory<1 x 12, f32, f32>,
    %scores: tensor<?x2x?xf32>, %indices: tensor<?x2x?xi64>) -> (tensor<?x2x?xf32>, tensor<?x2x?xi64>)
    attributes {fot.check = [{sizes = [1, 1, 512, 1, 512], memory = [600]},
        {sizes = [2, 2, 1100, 2, 1100], memory = [1100]},
        {sizes = [1, 1, 1030, 1, 1030], memory = [1500], period = 7},
        {sizes = [1, 1, 700, 1, 700], memory = [900], period = 1}]} {
  %0:2 = fot.knn ins(%q, %m : tensor<?x24xf32>, !fot.memory<1 x 12, f32, f32>)
    outs(%scores, %indices : tensor<?x2x?xf32>, tensor<?x2x?xi64>) -> tensor<?x2x?xf32>, tensor<?x2x?xi64>
  return %0#0, %0#1 : tensor<?x2x?xf32>, tensor<?x2x?xi64>
}

func.func @some_heads_i8(%q: tensor<?x120xf32>, %m: !fot.memory<3 x 20, i8, i8, heads = [0, 2]>,
    %scores: tensor<?x6x?xf32>, %indices: tensor<?x6x?xi64>) -> (tensor<?x6x?xf32>, tensor<?x6x?xi64>)
    attributes {fot.check = [{sizes = [3, 3, 9, 3, 9], memory = [400]}]} {
  %0:2 = fot.knn ins(%q, %m : tensor<?x120xf32>, !fot.memory<3 x 20, i8, i8, heads = [0, 2]>)
    outs(%scores, %indices : tensor<?x6x?xf32>, tensor<?x6x?xi64>) -> tensor<?x6x?xf32>, tensor<?x6x?xi64>
  return %0#0, %0#1 : tensor<?x6x?xf32>, tensor<?x6x?xi64>
}

func.func @ranges_of_one(%q: tensor<1x256xf32>, %m: !fot.memory<2 x 64, f16, f16, heads = [1]>,
    %scores: tensor<1x4x?xf32>, %indices: tensor<1x4x?xi64>) -> (tensor<1x4x?xf32>, tensor<1x4x?xi64>)
    attributes {fot.check = [{sizes = [40, 40], memory = [600]},
        {sizes = [40, 40], memory = [600], period = 9},
        {sizes = [3, 3], memory = [3]},
        {sizes = [0, 0], memory = [0]}]} {
  %0:2 = fot.knn ins(%q, %m : tensor<1x256xf32>, !fot.memory<2 x 64, f16, f16, heads = [1]>)
    outs(%scores, %indices : tensor<1x4x?xf32>, tensor<1x4x?xi64>)
    {fot.gpu_splits = 7 : i64, fot.gpu_most = 40 : i64} -> tensor<1x4x?xf32>, tensor<1x4x?xi64>
  return %0#0, %0#1 : tensor<1x4x?xf32>, tensor<1x4x?xi64>
}

// As chosen: 5 is a bound of itself.
func.func @five(%q: tensor<1x100xf32>, %m: !fot.memory<1 x 100, i8, i8>,
    %scores: tensor<1x1x5xf32>, %indices: tensor<1x1x5xi64>) -> (tensor<1x1x5xf32>, tensor<1x1x5xi64>)
    attributes {fot.check = [{memory = [200]}, {memory = [5]}]} {
  %0:2 = fot.knn ins(%q, %m : tensor<1x100xf32>, !fot.memory<1 x 100, i8, i8>)
    outs(%scores, %indices : tensor<1x1x5xf32>, tensor<1x1x5xi64>) -> tensor<1x1x5xf32>, tensor<1x1x5xi64>
  return %0#0, %0#1 : tensor<1x1x5xf32>, tensor<1x1x5xi64>
}
