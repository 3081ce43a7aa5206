// Weights of every origin, rounded to their logical type.
//
// The random numbers come from a separate Python program: splitmix64 from seed
// 7, twelve numbers (x >> 11) * 2^-53 each, summed, less 6, halved. The table
// is cos and sin of p * 10000^(-2i/4).
// RUN: %python %S/Inputs/weights.py %t.bin
// RUN: sed "s|FILE|%t.bin|" %s > %t.mlir
// RUN: fot-opt %t.mlir -fot-evaluate -o /dev/null | FileCheck %s

fot.weight @random : tensor<2x2xf32> from #fot.random<7, 0.5>
fot.weight @table : tensor<4x4xf32> from #fot.rope_table<1.0e4>
// 1 + 2^-11 is half way between two f16 numbers, 1 + 3 * 2^-11 too.
fot.weight @half : tensor<2xf16> from dense<[1.00048828125, 1.00146484375]> : tensor<2xf32>
fot.weight @q4_1 : tensor<1x1x!fot.block<q4_1>> from dense<-3.5> : tensor<1x32xf32>

// In the file: 4 bytes of something else, then rows 0 to 3 of two f32, which
// are 10 r and 10 r + 1.
fot.weight @read : tensor<4x2xf32>
  from #fot.source<"FILE", offset = 4, bytes = 32, type = "f32", shape = [4, 2]>
// Heads of 4 rows, the pairs adjacent: file rows 0 2 1 3.
fot.weight @interleaved : tensor<4x2xf32>
  from #fot.source<"FILE", offset = 4, bytes = 32, type = "f32", shape = [4, 2], interleaved = 4>
// Then two blocks of q8_0, scales 1/2 and 1, numbers 0 to 31 and 31 to 0; as
// they are, and as f32.
fot.weight @blocks : tensor<2x1x!fot.block<q8_0>>
  from #fot.source<"FILE", offset = 36, bytes = 68, type = "q8_0", shape = [2, 32]>
fot.weight @decoded : tensor<2x32xf32>
  from #fot.source<"FILE", offset = 36, bytes = 68, type = "q8_0", shape = [2, 32]>

// CHECK: result 0: tensor<2x2xf32> = {{\[\[}}-0.5004771, 0.6667702], [0.259431, -0.4396851]]
// CHECK: result 1: tensor<4x4xf32> = {{\[\[}}1, 1, 0, 0], [0.5403023, 0.99995, 0.841471, 0.009999833], {{.*}}, [-0.9899925, 0.99955, 0.14112, 0.0299955]]
// CHECK: result 2: tensor<2xf16> = [1, 1.001953]
// CHECK: result 3: tensor<1x1x!fot.block<q4_1>> = {{\[\[}}-3.5, -3.5,
// CHECK: result 4: tensor<4x2xf32> = {{\[\[}}0, 1], [10, 11], [20, 21], [30, 31]]
// CHECK: result 5: tensor<4x2xf32> = {{\[\[}}0, 1], [20, 21], [10, 11], [30, 31]]
// CHECK: result 6: tensor<2x1x!fot.block<q8_0>> = {{\[\[}}0, 0.5, 1, 1.5, {{.*}}15.5], [31, 30, {{.*}}1, 0]]
// CHECK: result 7: tensor<2x32xf32> = {{\[\[}}0, 0.5, 1, 1.5, {{.*}}15.5], [31, 30, {{.*}}1, 0]]
func.func @main() -> (tensor<2x2xf32>, tensor<4x4xf32>, tensor<2xf16>, tensor<1x1x!fot.block<q4_1>>,
                      tensor<4x2xf32>, tensor<4x2xf32>, tensor<2x1x!fot.block<q8_0>>, tensor<2x32xf32>) {
  %0 = fot.load_weight @random : tensor<2x2xf32>
  %1 = fot.load_weight @table : tensor<4x4xf32>
  %2 = fot.load_weight @half : tensor<2xf16>
  %3 = fot.load_weight @q4_1 : tensor<1x1x!fot.block<q4_1>>
  %4 = fot.load_weight @read : tensor<4x2xf32>
  %5 = fot.load_weight @interleaved : tensor<4x2xf32>
  %6 = fot.load_weight @blocks : tensor<2x1x!fot.block<q8_0>>
  %7 = fot.load_weight @decoded : tensor<2x32xf32>
  return %0, %1, %2, %3, %4, %5, %6, %7 : tensor<2x2xf32>, tensor<4x4xf32>, tensor<2xf16>,
    tensor<1x1x!fot.block<q4_1>>, tensor<4x2xf32>, tensor<4x2xf32>, tensor<2x1x!fot.block<q8_0>>, tensor<2x32xf32>
}
