// Products with q4_1 weights: rows that do not fill a panel, numbers
// and tokens that do not fill a tile, residuals and rotated heads.
// RUN: fot-check %s

fot.weight @one_row.w : tensor<1x1x!fot.block<q4_1>>
  from #fot.random<33, 0.5>
func.func @one_row(%x: tensor<?x1x!fot.block<a8>>,
    %out: tensor<?x1xf32>) -> tensor<?x1xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %w = fot.load_weight @one_row.w : tensor<1x1x!fot.block<q4_1>>
  %0 = fot.matmul ins(%x, %w : tensor<?x1x!fot.block<a8>>, tensor<1x1x!fot.block<q4_1>>)
    outs(%out : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

fot.weight @two_panels.w : tensor<17x2x!fot.block<q4_1>>
  from #fot.random<81, 0.5>
func.func @two_panels(%x: tensor<?x2x!fot.block<a8>>,
    %out: tensor<?x17xf32>) -> tensor<?x17xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %w = fot.load_weight @two_panels.w : tensor<17x2x!fot.block<q4_1>>
  %0 = fot.matmul ins(%x, %w : tensor<?x2x!fot.block<a8>>, tensor<17x2x!fot.block<q4_1>>)
    outs(%out : tensor<?x17xf32>) -> tensor<?x17xf32>
  return %0 : tensor<?x17xf32>
}

fot.weight @decode.w : tensor<48x18x!fot.block<q4_1>>
  from #fot.random<624, 0.5>
func.func @decode(%x: tensor<1x18x!fot.block<a8>>,
    %out: tensor<1x48xf32>) -> tensor<1x48xf32>
    attributes {fot.check = {}} {
  %w = fot.load_weight @decode.w : tensor<48x18x!fot.block<q4_1>>
  %0 = fot.matmul ins(%x, %w : tensor<1x18x!fot.block<a8>>, tensor<48x18x!fot.block<q4_1>>)
    outs(%out : tensor<1x48xf32>) -> tensor<1x48xf32>
  return %0 : tensor<1x48xf32>
}

fot.weight @static_tokens.w : tensor<100x3x!fot.block<q4_1>>
  from #fot.random<196, 0.5>
func.func @static_tokens(%x: tensor<16x3x!fot.block<a8>>,
    %out: tensor<16x100xf32>) -> tensor<16x100xf32>
    attributes {fot.check = {}} {
  %w = fot.load_weight @static_tokens.w : tensor<100x3x!fot.block<q4_1>>
  %0 = fot.matmul ins(%x, %w : tensor<16x3x!fot.block<a8>>, tensor<100x3x!fot.block<q4_1>>)
    outs(%out : tensor<16x100xf32>) -> tensor<16x100xf32>
  return %0 : tensor<16x100xf32>
}

fot.weight @heads_across_panels.w : tensor<36x2x!fot.block<q4_1>>
  from #fot.random<100, 0.5>
fot.weight @heads_across_panels.t : tensor<64x12xf32>
  from #fot.rope_table<10000.0>
func.func @heads_across_panels(%x: tensor<?x2x!fot.block<a8>>,
    %position: index,
    %residual: tensor<?x36xf32>,
    %out: tensor<?x36xf32>) -> tensor<?x36xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3]}, {sizes = [7], scalars = [0]},
                                {sizes = [33], scalars = [31]}]} {
  %w = fot.load_weight @heads_across_panels.w : tensor<36x2x!fot.block<q4_1>>
  %t = fot.load_weight @heads_across_panels.t : tensor<64x12xf32>
  %0 = fot.matmul ins(%x, %w : tensor<?x2x!fot.block<a8>>, tensor<36x2x!fot.block<q4_1>>) rope(%t : tensor<64x12xf32>) at %position
    residual(%residual : tensor<?x36xf32>)
    outs(%out : tensor<?x36xf32>) {head_dim = 12 : i64} -> tensor<?x36xf32>
  return %0 : tensor<?x36xf32>
}

fot.weight @decode_heads.w : tensor<192x1x!fot.block<q4_1>>
  from #fot.random<224, 0.5>
fot.weight @decode_heads.t : tensor<64x64xf32>
  from #fot.rope_table<10000.0>
func.func @decode_heads(%x: tensor<1x1x!fot.block<a8>>,
    %position: index,
    %residual: tensor<1x192xf32>,
    %out: tensor<1x192xf32>) -> tensor<1x192xf32>
    attributes {fot.check = {scalars = [63]}} {
  %w = fot.load_weight @decode_heads.w : tensor<192x1x!fot.block<q4_1>>
  %t = fot.load_weight @decode_heads.t : tensor<64x64xf32>
  %0 = fot.matmul ins(%x, %w : tensor<1x1x!fot.block<a8>>, tensor<192x1x!fot.block<q4_1>>) rope(%t : tensor<64x64xf32>) at %position
    residual(%residual : tensor<1x192xf32>)
    outs(%out : tensor<1x192xf32>) {head_dim = 64 : i64} -> tensor<1x192xf32>
  return %0 : tensor<1x192xf32>
}

fot.weight @many_panels.w : tensor<312x2x!fot.block<q4_1>>
  from #fot.random<376, 0.5>
func.func @many_panels(%x: tensor<?x2x!fot.block<a8>>,
    %out: tensor<?x312xf32>) -> tensor<?x312xf32>
    attributes {fot.check = [{sizes = [15]}, {sizes = [16]}, {sizes = [47]}]} {
  %w = fot.load_weight @many_panels.w : tensor<312x2x!fot.block<q4_1>>
  %0 = fot.matmul ins(%x, %w : tensor<?x2x!fot.block<a8>>, tensor<312x2x!fot.block<q4_1>>)
    outs(%out : tensor<?x312xf32>) -> tensor<?x312xf32>
  return %0 : tensor<?x312xf32>
}
