// All keys and values as f32: every type, several segments, more entries than
// warps, heads without a memory.
// RUN: rm -rf %t && mkdir %t
// RUN: fot-check --levels=cuda-emulated --dump=%t %s
// RUN: FileCheck %s --implicit-check-not=.local \
// RUN:   --input-file %t/view_bf16_f16.cuda-emulated.ptx

//     CHECK: .entry view_memory_0
//     CHECK: ld.global{{.*}}.b16
//     CHECK: st.global.b32
// CHECK-NOT: .entry

func.func @view_bf16_f16(%m: !fot.memory<3 x 64, bf16, f16>,
    %keys: tensor<3x?x64xf32>, %values: tensor<3x?x64xf32>) -> (tensor<3x?x64xf32>, tensor<3x?x64xf32>)
    attributes {fot.check = [{sizes = [700], memory = [700]}, {sizes = [1], memory = [1]}, {sizes = [0], memory = [0]}]} {
  %0:2 = fot.view_memory %m : !fot.memory<3 x 64, bf16, f16>
    outs(%keys, %values : tensor<3x?x64xf32>, tensor<3x?x64xf32>) -> tensor<3x?x64xf32>, tensor<3x?x64xf32>
  return %0#0, %0#1 : tensor<3x?x64xf32>, tensor<3x?x64xf32>
}

func.func @view_i8_f32(%m: !fot.memory<4 x 30, i8, f32, heads = [1, 2]>,
    %keys: tensor<4x?x30xf32>, %values: tensor<4x?x30xf32>) -> (tensor<4x?x30xf32>, tensor<4x?x30xf32>)
    attributes {fot.check = [{sizes = [333], memory = [333]}]} {
  %0:2 = fot.view_memory %m : !fot.memory<4 x 30, i8, f32, heads = [1, 2]>
    outs(%keys, %values : tensor<4x?x30xf32>, tensor<4x?x30xf32>) -> tensor<4x?x30xf32>, tensor<4x?x30xf32>
  return %0#0, %0#1 : tensor<4x?x30xf32>, tensor<4x?x30xf32>
}
