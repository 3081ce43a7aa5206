// Gated products of float weights, rounded to 8 bits or not.
// RUN: fot-check %s

fot.weight @floats.g : tensor<17x36xf32>
  from #fot.random<17, 0.3>
fot.weight @floats.u : tensor<17x36xf32>
  from #fot.random<18, 0.3>
func.func @floats(%x: tensor<?x36xf32>,
    %out: tensor<?x17xf32>) -> tensor<?x17xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %g = fot.load_weight @floats.g : tensor<17x36xf32>
  %u = fot.load_weight @floats.u : tensor<17x36xf32>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x36xf32>, tensor<17x36xf32>, tensor<17x36xf32>)
    features 17 outs(%out : tensor<?x17xf32>) -> tensor<?x17xf32>
  return %0 : tensor<?x17xf32>
}

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

// Calls that fill tiles: more panels than a run, more inputs than a block.
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

fot.weight @short_f32.g : tensor<40x203xf32>
  from #fot.random<68, 0.1>
fot.weight @short_f32.u : tensor<40x203xf32>
  from #fot.random<69, 0.1>
func.func @short_f32(%x: tensor<?x203xf32>,
    %out: tensor<?x40xf32>) -> tensor<?x40xf32>
    attributes {fot.check = [{sizes = [47]}]} {
  %g = fot.load_weight @short_f32.g : tensor<40x203xf32>
  %u = fot.load_weight @short_f32.u : tensor<40x203xf32>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x203xf32>, tensor<40x203xf32>, tensor<40x203xf32>)
    features 40 outs(%out : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %0 : tensor<?x40xf32>
}

fot.weight @short_f16.g : tensor<40x203xf16>
  from #fot.random<68, 0.1>
fot.weight @short_f16.u : tensor<40x203xf16>
  from #fot.random<69, 0.1>
func.func @short_f16(%x: tensor<?x203xf32>,
    %out: tensor<?x40xf32>) -> tensor<?x40xf32>
    attributes {fot.check = [{sizes = [47]}]} {
  %g = fot.load_weight @short_f16.g : tensor<40x203xf16>
  %u = fot.load_weight @short_f16.u : tensor<40x203xf16>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x203xf32>, tensor<40x203xf16>, tensor<40x203xf16>)
    features 40 outs(%out : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %0 : tensor<?x40xf32>
}
