// Products into window caches on a GPU: by threads and on tensor cores, rotated
// or not, one cache or two, rounded or not; no local memory.
// RUN: rm -rf %t && mkdir %t
// RUN: fot-check --levels=cuda-emulated --dump=%t %s
// RUN: FileCheck %s --check-prefix=KEYS --implicit-check-not=.local \
// RUN:   --input-file %t/keys_64.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=VALUES --implicit-check-not=.local \
// RUN:   --input-file %t/values_30.cuda-emulated.ptx

// The second cache is written at once, the rotated one by a second launch.
//   KEYS: .entry window_matmul_0
//   KEYS: mma.sync
//   KEYS: st.global.b32
//   KEYS: .entry window_matmul_1
//   KEYS: st.global.b32
// VALUES: .entry window_matmul_0
// VALUES: st.global.b16
// VALUES-NOT: .entry window_matmul_1

fot.weight @keys_64.w : tensor<192x3x!fot.block<q8_0>> from #fot.random<288, 0.5>
fot.weight @keys_64.t : tensor<64x64xf32> from #fot.rope_table<10000.0>
func.func @keys_64(%x: tensor<?x3x!fot.block<a8>>, %at: index, %rows: tensor<?x192xf32>, %c0: tensor<3x40x64xf32>, %c1: tensor<3x40x64xf32>)
    -> (tensor<?x192xf32>, tensor<3x40x64xf32>, tensor<3x40x64xf32>)
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [7], scalars = [20]},
                                {sizes = [33], scalars = [7]}]} {
  %w = fot.load_weight @keys_64.w : tensor<192x3x!fot.block<q8_0>>
  %t = fot.load_weight @keys_64.t : tensor<64x64xf32>
  %0:3 = fot.window_matmul ins(%x, %w : tensor<?x3x!fot.block<a8>>, tensor<192x3x!fot.block<q8_0>>)
    rope(%t : tensor<64x64xf32>) at %at
    outs(%rows, %c0, %c1 : tensor<?x192xf32>, tensor<3x40x64xf32>, tensor<3x40x64xf32>)
    -> tensor<?x192xf32>, tensor<3x40x64xf32>, tensor<3x40x64xf32>
  return %0#0, %0#1, %0#2 : tensor<?x192xf32>, tensor<3x40x64xf32>, tensor<3x40x64xf32>
}

fot.weight @values_30.w : tensor<90x70xf32> from #fot.random<160, 0.5>
func.func @values_30(%x: tensor<?x70xf32>, %at: index, %rows: tensor<?x90xf32>, %c0: tensor<3x40x30xbf16>)
    -> (tensor<?x90xf32>, tensor<3x40x30xbf16>)
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [7], scalars = [20]}]} {
  %w = fot.load_weight @values_30.w : tensor<90x70xf32>
  %0:2 = fot.window_matmul ins(%x, %w : tensor<?x70xf32>, tensor<90x70xf32>) at %at
    outs(%rows, %c0 : tensor<?x90xf32>, tensor<3x40x30xbf16>)
    -> tensor<?x90xf32>, tensor<3x40x30xbf16>
  return %0#0, %0#1 : tensor<?x90xf32>, tensor<3x40x30xbf16>
}

fot.weight @halves_100.w : tensor<400x64xbf16> from #fot.random<464, 0.5>
fot.weight @halves_100.t : tensor<64x100xf32> from #fot.rope_table<10000.0>
func.func @halves_100(%x: tensor<?x64xf32>, %at: index, %rows: tensor<?x400xf32>, %c0: tensor<4x40x100xf16>, %c1: tensor<4x40x100xf32>)
    -> (tensor<?x400xf32>, tensor<4x40x100xf16>, tensor<4x40x100xf32>)
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [7], scalars = [20]}]} {
  %w = fot.load_weight @halves_100.w : tensor<400x64xbf16>
  %t = fot.load_weight @halves_100.t : tensor<64x100xf32>
  %0:3 = fot.window_matmul ins(%x, %w : tensor<?x64xf32>, tensor<400x64xbf16>)
    rope(%t : tensor<64x100xf32>) at %at
    outs(%rows, %c0, %c1 : tensor<?x400xf32>, tensor<4x40x100xf16>, tensor<4x40x100xf32>)
    -> tensor<?x400xf32>, tensor<4x40x100xf16>, tensor<4x40x100xf32>
  return %0#0, %0#1, %0#2 : tensor<?x400xf32>, tensor<4x40x100xf16>, tensor<4x40x100xf32>
}

fot.weight @decode_20.w : tensor<40x3x!fot.block<q4_1>> from #fot.random<112, 0.5>
fot.weight @decode_20.t : tensor<64x20xf32> from #fot.rope_table<10000.0>
func.func @decode_20(%x: tensor<1x3x!fot.block<a8>>, %at: index, %rows: tensor<1x40xf32>, %c0: tensor<2x16x20xf32>, %c1: tensor<2x16x20xbf16>)
    -> (tensor<1x40xf32>, tensor<2x16x20xf32>, tensor<2x16x20xbf16>)
    attributes {fot.check = [{sizes = [1], scalars = [15]}]} {
  %w = fot.load_weight @decode_20.w : tensor<40x3x!fot.block<q4_1>>
  %t = fot.load_weight @decode_20.t : tensor<64x20xf32>
  %0:3 = fot.window_matmul ins(%x, %w : tensor<1x3x!fot.block<a8>>, tensor<40x3x!fot.block<q4_1>>)
    rope(%t : tensor<64x20xf32>) at %at
    outs(%rows, %c0, %c1 : tensor<1x40xf32>, tensor<2x16x20xf32>, tensor<2x16x20xbf16>)
    -> tensor<1x40xf32>, tensor<2x16x20xf32>, tensor<2x16x20xbf16>
  return %0#0, %0#1, %0#2 : tensor<1x40xf32>, tensor<2x16x20xf32>, tensor<2x16x20xbf16>
}

fot.weight @decode_values.w : tensor<256x5x!fot.block<q4_0>> from #fot.random<416, 0.5>
func.func @decode_values(%x: tensor<1x5x!fot.block<a8>>, %at: index, %rows: tensor<1x256xf32>, %c0: tensor<2x16x128xf16>)
    -> (tensor<1x256xf32>, tensor<2x16x128xf16>)
    attributes {fot.check = [{sizes = [1], scalars = [15]}]} {
  %w = fot.load_weight @decode_values.w : tensor<256x5x!fot.block<q4_0>>
  %0:2 = fot.window_matmul ins(%x, %w : tensor<1x5x!fot.block<a8>>, tensor<256x5x!fot.block<q4_0>>) at %at
    outs(%rows, %c0 : tensor<1x256xf32>, tensor<2x16x128xf16>)
    -> tensor<1x256xf32>, tensor<2x16x128xf16>
  return %0#0, %0#1 : tensor<1x256xf32>, tensor<2x16x128xf16>
}
