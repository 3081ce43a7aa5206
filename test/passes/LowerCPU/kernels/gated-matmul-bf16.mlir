// Gated products of bf16 weights, rounded to 8 bits or not.
// RUN: fot-check %s

fot.weight @floats_to_blocks.g : tensor<36x100xbf16>
  from #fot.random<36, 0.3>
fot.weight @floats_to_blocks.u : tensor<36x100xbf16>
  from #fot.random<37, 0.3>
func.func @floats_to_blocks(%x: tensor<?x100xf32>,
    %out: tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %g = fot.load_weight @floats_to_blocks.g : tensor<36x100xbf16>
  %u = fot.load_weight @floats_to_blocks.u : tensor<36x100xbf16>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x100xf32>, tensor<36x100xbf16>, tensor<36x100xbf16>)
    features 36 outs(%out : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  return %0 : tensor<?x2x!fot.block<a8>>
}

// bf16 weights and calls that fill tiles: more panels than a run, more inputs
// than a block.
fot.weight @long_floats.g : tensor<600x203xbf16>
  from #fot.random<64, 0.1>
fot.weight @long_floats.u : tensor<600x203xbf16>
  from #fot.random<65, 0.1>
func.func @long_floats(%x: tensor<?x203xf32>,
    %out: tensor<?x600xf32>) -> tensor<?x600xf32>
    attributes {fot.check = [{sizes = [15]}, {sizes = [16]}, {sizes = [47]}, {sizes = [259]}]} {
  %g = fot.load_weight @long_floats.g : tensor<600x203xbf16>
  %u = fot.load_weight @long_floats.u : tensor<600x203xbf16>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x203xf32>, tensor<600x203xbf16>, tensor<600x203xbf16>)
    features 600 outs(%out : tensor<?x600xf32>) -> tensor<?x600xf32>
  return %0 : tensor<?x600xf32>
}

// An odd number of panels, whose last block is half empty.
fot.weight @long_floats_to_blocks.g : tensor<556x64xbf16>
  from #fot.random<66, 0.1>
fot.weight @long_floats_to_blocks.u : tensor<556x64xbf16>
  from #fot.random<67, 0.1>
func.func @long_floats_to_blocks(%x: tensor<?x64xf32>,
    %out: tensor<?x18x!fot.block<a8>>) -> tensor<?x18x!fot.block<a8>>
    attributes {fot.check = [{sizes = [33]}]} {
  %g = fot.load_weight @long_floats_to_blocks.g : tensor<556x64xbf16>
  %u = fot.load_weight @long_floats_to_blocks.u : tensor<556x64xbf16>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x64xf32>, tensor<556x64xbf16>, tensor<556x64xbf16>)
    features 556 outs(%out : tensor<?x18x!fot.block<a8>>) -> tensor<?x18x!fot.block<a8>>
  return %0 : tensor<?x18x!fot.block<a8>>
}
