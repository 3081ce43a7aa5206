// Products into window caches: heads that end within a panel and such that do
// not, rotated or not, one cache or two, rounded or not.
// RUN: fot-check %s

fot.weight @values_64.w : tensor<192x3x!fot.block<q8_0>> from #fot.random<288, 0.5>
func.func @values_64(%x: tensor<?x3x!fot.block<a8>>, %at: index, %rows: tensor<?x192xf32>, %c0: tensor<3x40x64xf32>)
    -> (tensor<?x192xf32>, tensor<3x40x64xf32>)
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [7], scalars = [20]},
                                {sizes = [33], scalars = [7]}]} {
  %w = fot.load_weight @values_64.w : tensor<192x3x!fot.block<q8_0>>
  %0:2 = fot.window_matmul ins(%x, %w : tensor<?x3x!fot.block<a8>>, tensor<192x3x!fot.block<q8_0>>) at %at
    outs(%rows, %c0 : tensor<?x192xf32>, tensor<3x40x64xf32>)
    -> tensor<?x192xf32>, tensor<3x40x64xf32>
  return %0#0, %0#1 : tensor<?x192xf32>, tensor<3x40x64xf32>
}

fot.weight @keys_64.w : tensor<192x3x!fot.block<q8_0>> from #fot.random<288, 0.5>
fot.weight @keys_64.t : tensor<64x64xf32> from #fot.rope_table<10000.0>
func.func @keys_64(%x: tensor<?x3x!fot.block<a8>>, %at: index, %rows: tensor<?x192xf32>, %c0: tensor<3x40x64xf32>)
    -> (tensor<?x192xf32>, tensor<3x40x64xf32>)
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [7], scalars = [20]},
                                {sizes = [33], scalars = [7]}]} {
  %w = fot.load_weight @keys_64.w : tensor<192x3x!fot.block<q8_0>>
  %t = fot.load_weight @keys_64.t : tensor<64x64xf32>
  %0:2 = fot.window_matmul ins(%x, %w : tensor<?x3x!fot.block<a8>>, tensor<192x3x!fot.block<q8_0>>)
    rope(%t : tensor<64x64xf32>) at %at
    outs(%rows, %c0 : tensor<?x192xf32>, tensor<3x40x64xf32>)
    -> tensor<?x192xf32>, tensor<3x40x64xf32>
  return %0#0, %0#1 : tensor<?x192xf32>, tensor<3x40x64xf32>
}

fot.weight @remembered_64.w : tensor<192x3x!fot.block<q4_0>> from #fot.random<288, 0.5>
fot.weight @remembered_64.t : tensor<64x64xf32> from #fot.rope_table<10000.0>
func.func @remembered_64(%x: tensor<?x3x!fot.block<a8>>, %at: index, %rows: tensor<?x192xf32>, %c0: tensor<3x40x64xf32>, %c1: tensor<3x40x64xf32>)
    -> (tensor<?x192xf32>, tensor<3x40x64xf32>, tensor<3x40x64xf32>)
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [7], scalars = [20]},
                                {sizes = [33], scalars = [7]}]} {
  %w = fot.load_weight @remembered_64.w : tensor<192x3x!fot.block<q4_0>>
  %t = fot.load_weight @remembered_64.t : tensor<64x64xf32>
  %0:3 = fot.window_matmul ins(%x, %w : tensor<?x3x!fot.block<a8>>, tensor<192x3x!fot.block<q4_0>>)
    rope(%t : tensor<64x64xf32>) at %at
    outs(%rows, %c0, %c1 : tensor<?x192xf32>, tensor<3x40x64xf32>, tensor<3x40x64xf32>)
    -> tensor<?x192xf32>, tensor<3x40x64xf32>, tensor<3x40x64xf32>
  return %0#0, %0#1, %0#2 : tensor<?x192xf32>, tensor<3x40x64xf32>, tensor<3x40x64xf32>
}

fot.weight @heads_across_panels.w : tensor<48x3x!fot.block<q8_0>> from #fot.random<118, 0.5>
fot.weight @heads_across_panels.t : tensor<64x12xf32> from #fot.rope_table<10000.0>
func.func @heads_across_panels(%x: tensor<?x3x!fot.block<a8>>, %at: index, %rows: tensor<?x48xf32>, %c0: tensor<4x40x12xbf16>, %c1: tensor<4x40x12xf16>)
    -> (tensor<?x48xf32>, tensor<4x40x12xbf16>, tensor<4x40x12xf16>)
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [7], scalars = [20]},
                                {sizes = [33], scalars = [7]}]} {
  %w = fot.load_weight @heads_across_panels.w : tensor<48x3x!fot.block<q8_0>>
  %t = fot.load_weight @heads_across_panels.t : tensor<64x12xf32>
  %0:3 = fot.window_matmul ins(%x, %w : tensor<?x3x!fot.block<a8>>, tensor<48x3x!fot.block<q8_0>>)
    rope(%t : tensor<64x12xf32>) at %at
    outs(%rows, %c0, %c1 : tensor<?x48xf32>, tensor<4x40x12xbf16>, tensor<4x40x12xf16>)
    -> tensor<?x48xf32>, tensor<4x40x12xbf16>, tensor<4x40x12xf16>
  return %0#0, %0#1, %0#2 : tensor<?x48xf32>, tensor<4x40x12xbf16>, tensor<4x40x12xf16>
}

fot.weight @values_across_panels.w : tensor<90x3x!fot.block<q4_1>> from #fot.random<160, 0.5>
func.func @values_across_panels(%x: tensor<?x3x!fot.block<a8>>, %at: index, %rows: tensor<?x90xf32>, %c0: tensor<3x40x30xbf16>)
    -> (tensor<?x90xf32>, tensor<3x40x30xbf16>)
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [7], scalars = [20]},
                                {sizes = [33], scalars = [7]}]} {
  %w = fot.load_weight @values_across_panels.w : tensor<90x3x!fot.block<q4_1>>
  %0:2 = fot.window_matmul ins(%x, %w : tensor<?x3x!fot.block<a8>>, tensor<90x3x!fot.block<q4_1>>) at %at
    outs(%rows, %c0 : tensor<?x90xf32>, tensor<3x40x30xbf16>)
    -> tensor<?x90xf32>, tensor<3x40x30xbf16>
  return %0#0, %0#1 : tensor<?x90xf32>, tensor<3x40x30xbf16>
}

fot.weight @odd_head.w : tensor<15x33xf32> from #fot.random<48, 0.5>
func.func @odd_head(%x: tensor<?x33xf32>, %at: index, %rows: tensor<?x15xf32>, %c0: tensor<5x40x3xf16>, %c1: tensor<5x40x3xf32>)
    -> (tensor<?x15xf32>, tensor<5x40x3xf16>, tensor<5x40x3xf32>)
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [7], scalars = [20]},
                                {sizes = [33], scalars = [7]}]} {
  %w = fot.load_weight @odd_head.w : tensor<15x33xf32>
  %0:3 = fot.window_matmul ins(%x, %w : tensor<?x33xf32>, tensor<15x33xf32>) at %at
    outs(%rows, %c0, %c1 : tensor<?x15xf32>, tensor<5x40x3xf16>, tensor<5x40x3xf32>)
    -> tensor<?x15xf32>, tensor<5x40x3xf16>, tensor<5x40x3xf32>
  return %0#0, %0#1, %0#2 : tensor<?x15xf32>, tensor<5x40x3xf16>, tensor<5x40x3xf32>
}

fot.weight @head_100.w : tensor<400x64xbf16> from #fot.random<464, 0.5>
fot.weight @head_100.t : tensor<64x100xf32> from #fot.rope_table<10000.0>
func.func @head_100(%x: tensor<?x64xf32>, %at: index, %rows: tensor<?x400xf32>, %c0: tensor<4x40x100xf32>, %c1: tensor<4x40x100xf32>)
    -> (tensor<?x400xf32>, tensor<4x40x100xf32>, tensor<4x40x100xf32>)
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [7], scalars = [20]},
                                {sizes = [33], scalars = [7]}]} {
  %w = fot.load_weight @head_100.w : tensor<400x64xbf16>
  %t = fot.load_weight @head_100.t : tensor<64x100xf32>
  %0:3 = fot.window_matmul ins(%x, %w : tensor<?x64xf32>, tensor<400x64xbf16>)
    rope(%t : tensor<64x100xf32>) at %at
    outs(%rows, %c0, %c1 : tensor<?x400xf32>, tensor<4x40x100xf32>, tensor<4x40x100xf32>)
    -> tensor<?x400xf32>, tensor<4x40x100xf32>, tensor<4x40x100xf32>
  return %0#0, %0#1, %0#2 : tensor<?x400xf32>, tensor<4x40x100xf32>, tensor<4x40x100xf32>
}

fot.weight @decode_128.w : tensor<256x5x!fot.block<q8_0>> from #fot.random<416, 0.5>
fot.weight @decode_128.t : tensor<64x128xf32> from #fot.rope_table<10000.0>
func.func @decode_128(%x: tensor<1x5x!fot.block<a8>>, %at: index, %rows: tensor<1x256xf32>, %c0: tensor<2x16x128xbf16>)
    -> (tensor<1x256xf32>, tensor<2x16x128xbf16>)
    attributes {fot.check = [{sizes = [1], scalars = [15]}]} {
  %w = fot.load_weight @decode_128.w : tensor<256x5x!fot.block<q8_0>>
  %t = fot.load_weight @decode_128.t : tensor<64x128xf32>
  %0:2 = fot.window_matmul ins(%x, %w : tensor<1x5x!fot.block<a8>>, tensor<256x5x!fot.block<q8_0>>)
    rope(%t : tensor<64x128xf32>) at %at
    outs(%rows, %c0 : tensor<1x256xf32>, tensor<2x16x128xbf16>)
    -> tensor<1x256xf32>, tensor<2x16x128xbf16>
  return %0#0, %0#1 : tensor<1x256xf32>, tensor<2x16x128xbf16>
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

fot.weight @decode_floats.w : tensor<40x72xf16> from #fot.random<112, 0.5>
fot.weight @decode_floats.t : tensor<64x20xf32> from #fot.rope_table<10000.0>
func.func @decode_floats(%x: tensor<1x72xf32>, %at: index, %rows: tensor<1x40xf32>, %c0: tensor<2x16x20xf32>, %c1: tensor<2x16x20xf32>)
    -> (tensor<1x40xf32>, tensor<2x16x20xf32>, tensor<2x16x20xf32>)
    attributes {fot.check = [{sizes = [1], scalars = [15]}]} {
  %w = fot.load_weight @decode_floats.w : tensor<40x72xf16>
  %t = fot.load_weight @decode_floats.t : tensor<64x20xf32>
  %0:3 = fot.window_matmul ins(%x, %w : tensor<1x72xf32>, tensor<40x72xf16>)
    rope(%t : tensor<64x20xf32>) at %at
    outs(%rows, %c0, %c1 : tensor<1x40xf32>, tensor<2x16x20xf32>, tensor<2x16x20xf32>)
    -> tensor<1x40xf32>, tensor<2x16x20xf32>, tensor<2x16x20xf32>
  return %0#0, %0#1, %0#2 : tensor<1x40xf32>, tensor<2x16x20xf32>, tensor<2x16x20xf32>
}

fot.weight @one_row.w : tensor<1x1xf32> from #fot.random<2, 0.5>
func.func @one_row(%x: tensor<?x1xf32>, %at: index, %rows: tensor<?x1xf32>, %c0: tensor<1x40x1xf32>)
    -> (tensor<?x1xf32>, tensor<1x40x1xf32>)
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [7], scalars = [20]},
                                {sizes = [33], scalars = [7]}]} {
  %w = fot.load_weight @one_row.w : tensor<1x1xf32>
  %0:2 = fot.window_matmul ins(%x, %w : tensor<?x1xf32>, tensor<1x1xf32>) at %at
    outs(%rows, %c0 : tensor<?x1xf32>, tensor<1x40x1xf32>)
    -> tensor<?x1xf32>, tensor<1x40x1xf32>
  return %0#0, %0#1 : tensor<?x1xf32>, tensor<1x40x1xf32>
}
