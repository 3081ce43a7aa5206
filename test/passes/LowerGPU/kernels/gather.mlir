// Keys and values of given entries as f32: every type, several segments, heads
// without a memory, places where there is no entry.
// RUN: rm -rf %t && mkdir %t
// RUN: fot-check --levels=cuda-emulated --dump=%t %s
// RUN: FileCheck %s --implicit-check-not=.local \
// RUN:   --input-file %t/gather_bf16_f32.cuda-emulated.ptx

//     CHECK: .entry gather_0
//     CHECK: ld.global{{.*}}.b64
//     CHECK: st.global.b32
// CHECK-NOT: .entry

func.func @gather_bf16_f32(%indices: tensor<?x4x?xi64>, %m: !fot.memory<2 x 64, bf16, f32>,
    %keys: tensor<?x4x?x64xf32>, %values: tensor<?x4x?x64xf32>) -> (tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>)
    attributes {fot.check = [{sizes = [3, 9, 3, 9, 3, 9], memory = [300], integers = 300},
        {sizes = [2, 0, 2, 0, 2, 0], memory = [0]}]} {
  %0:2 = fot.gather ins(%indices, %m : tensor<?x4x?xi64>, !fot.memory<2 x 64, bf16, f32>)
    outs(%keys, %values : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>) -> tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  return %0#0, %0#1 : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
}

func.func @gather_i8_f16(%indices: tensor<1x6x?xi64>, %m: !fot.memory<3 x 30, i8, f16>,
    %keys: tensor<1x6x?x30xf32>, %values: tensor<1x6x?x30xf32>) -> (tensor<1x6x?x30xf32>, tensor<1x6x?x30xf32>)
    attributes {fot.check = [{sizes = [70, 70, 70], memory = [500], integers = 500}]} {
  %0:2 = fot.gather ins(%indices, %m : tensor<1x6x?xi64>, !fot.memory<3 x 30, i8, f16>)
    outs(%keys, %values : tensor<1x6x?x30xf32>, tensor<1x6x?x30xf32>) -> tensor<1x6x?x30xf32>, tensor<1x6x?x30xf32>
  return %0#0, %0#1 : tensor<1x6x?x30xf32>, tensor<1x6x?x30xf32>
}

// Heads without a memory find nothing, and get zeros for that.
func.func @found(%q: tensor<?x40xf32>, %m: !fot.memory<2 x 20, f16, i8, heads = [1]>,
    %scores: tensor<?x2x?xf32>, %indices: tensor<?x2x?xi64>,
    %keys: tensor<?x2x?x20xf32>, %values: tensor<?x2x?x20xf32>) -> (tensor<?x2x?x20xf32>, tensor<?x2x?x20xf32>)
    attributes {fot.check = [{sizes = [3, 3, 6, 3, 6, 3, 6, 3, 6], memory = [80]}]} {
  %0:2 = fot.knn ins(%q, %m : tensor<?x40xf32>, !fot.memory<2 x 20, f16, i8, heads = [1]>)
    outs(%scores, %indices : tensor<?x2x?xf32>, tensor<?x2x?xi64>) -> tensor<?x2x?xf32>, tensor<?x2x?xi64>
  %1:2 = fot.gather ins(%0#1, %m : tensor<?x2x?xi64>, !fot.memory<2 x 20, f16, i8, heads = [1]>)
    outs(%keys, %values : tensor<?x2x?x20xf32>, tensor<?x2x?x20xf32>) -> tensor<?x2x?x20xf32>, tensor<?x2x?x20xf32>
  return %1#0, %1#1 : tensor<?x2x?x20xf32>, tensor<?x2x?x20xf32>
}
