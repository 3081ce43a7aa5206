// Products with f32 weights: rows that do not fill a panel, inputs
// and tokens that do not fill a tile, residuals and rotated heads.
// RUN: fot-check %s

fot.weight @one_row.w : tensor<1x1xf32>
  from #fot.random<2, 0.5>
func.func @one_row(%x: tensor<?x1xf32>,
    %out: tensor<?x1xf32>) -> tensor<?x1xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %w = fot.load_weight @one_row.w : tensor<1x1xf32>
  %0 = fot.matmul ins(%x, %w : tensor<?x1xf32>, tensor<1x1xf32>)
    outs(%out : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

fot.weight @two_panels.w : tensor<17x36xf32>
  from #fot.random<53, 0.5>
func.func @two_panels(%x: tensor<?x36xf32>,
    %out: tensor<?x17xf32>) -> tensor<?x17xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %w = fot.load_weight @two_panels.w : tensor<17x36xf32>
  %0 = fot.matmul ins(%x, %w : tensor<?x36xf32>, tensor<17x36xf32>)
    outs(%out : tensor<?x17xf32>) -> tensor<?x17xf32>
  return %0 : tensor<?x17xf32>
}

fot.weight @decode.w : tensor<48x576xf32>
  from #fot.random<624, 0.5>
func.func @decode(%x: tensor<1x576xf32>,
    %out: tensor<1x48xf32>) -> tensor<1x48xf32>
    attributes {fot.check = {}} {
  %w = fot.load_weight @decode.w : tensor<48x576xf32>
  %0 = fot.matmul ins(%x, %w : tensor<1x576xf32>, tensor<48x576xf32>)
    outs(%out : tensor<1x48xf32>) -> tensor<1x48xf32>
  return %0 : tensor<1x48xf32>
}

fot.weight @static_tokens.w : tensor<100x100xf32>
  from #fot.random<200, 0.5>
func.func @static_tokens(%x: tensor<16x100xf32>,
    %out: tensor<16x100xf32>) -> tensor<16x100xf32>
    attributes {fot.check = {}} {
  %w = fot.load_weight @static_tokens.w : tensor<100x100xf32>
  %0 = fot.matmul ins(%x, %w : tensor<16x100xf32>, tensor<100x100xf32>)
    outs(%out : tensor<16x100xf32>) -> tensor<16x100xf32>
  return %0 : tensor<16x100xf32>
}

fot.weight @heads_across_panels.w : tensor<36x36xf32>
  from #fot.random<72, 0.5>
fot.weight @heads_across_panels.t : tensor<64x12xf32>
  from #fot.rope_table<10000.0>
func.func @heads_across_panels(%x: tensor<?x36xf32>,
    %position: index,
    %residual: tensor<?x36xf32>,
    %out: tensor<?x36xf32>) -> tensor<?x36xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3]}, {sizes = [7], scalars = [0]},
                                {sizes = [33], scalars = [31]}]} {
  %w = fot.load_weight @heads_across_panels.w : tensor<36x36xf32>
  %t = fot.load_weight @heads_across_panels.t : tensor<64x12xf32>
  %0 = fot.matmul ins(%x, %w : tensor<?x36xf32>, tensor<36x36xf32>) rope(%t : tensor<64x12xf32>) at %position
    residual(%residual : tensor<?x36xf32>)
    outs(%out : tensor<?x36xf32>) {head_dim = 12 : i64} -> tensor<?x36xf32>
  return %0 : tensor<?x36xf32>
}

fot.weight @decode_heads.w : tensor<192x32xf32>
  from #fot.random<224, 0.5>
fot.weight @decode_heads.t : tensor<64x64xf32>
  from #fot.rope_table<10000.0>
func.func @decode_heads(%x: tensor<1x32xf32>,
    %position: index,
    %residual: tensor<1x192xf32>,
    %out: tensor<1x192xf32>) -> tensor<1x192xf32>
    attributes {fot.check = {scalars = [63]}} {
  %w = fot.load_weight @decode_heads.w : tensor<192x32xf32>
  %t = fot.load_weight @decode_heads.t : tensor<64x64xf32>
  %0 = fot.matmul ins(%x, %w : tensor<1x32xf32>, tensor<192x32xf32>) rope(%t : tensor<64x64xf32>) at %position
    residual(%residual : tensor<1x192xf32>)
    outs(%out : tensor<1x192xf32>) {head_dim = 64 : i64} -> tensor<1x192xf32>
  return %0 : tensor<1x192xf32>
}

// Calls that fill tiles of 16 tokens or not, in one block of inputs or several,
// the last of which may be odd; panels of more than one run.
fot.weight @many_tokens.w : tensor<530x100xf32>
  from #fot.random<201, 0.5>
func.func @many_tokens(%x: tensor<?x100xf32>,
    %out: tensor<?x530xf32>) -> tensor<?x530xf32>
    attributes {fot.check = [{sizes = [15]}, {sizes = [16]}, {sizes = [17]}, {sizes = [47]},
                             {sizes = [256]}, {sizes = [273]}, {sizes = [47], scale = 1.0e-30}]} {
  %w = fot.load_weight @many_tokens.w : tensor<530x100xf32>
  %0 = fot.matmul ins(%x, %w : tensor<?x100xf32>, tensor<530x100xf32>)
    outs(%out : tensor<?x530xf32>) -> tensor<?x530xf32>
  return %0 : tensor<?x530xf32>
}

fot.weight @hidden.w : tensor<48x576xf32>
  from #fot.random<202, 0.5>
func.func @hidden(%x: tensor<?x576xf32>,
    %out: tensor<?x48xf32>) -> tensor<?x48xf32>
    attributes {fot.check = [{sizes = [31]}, {sizes = [32]}]} {
  %w = fot.load_weight @hidden.w : tensor<48x576xf32>
  %0 = fot.matmul ins(%x, %w : tensor<?x576xf32>, tensor<48x576xf32>)
    outs(%out : tensor<?x48xf32>) -> tensor<?x48xf32>
  return %0 : tensor<?x48xf32>
}

fot.weight @wide.w : tensor<17x3200xf32>
  from #fot.random<203, 0.5>
func.func @wide(%x: tensor<?x3200xf32>,
    %out: tensor<?x17xf32>) -> tensor<?x17xf32>
    attributes {fot.check = [{sizes = [18]}]} {
  %w = fot.load_weight @wide.w : tensor<17x3200xf32>
  %0 = fot.matmul ins(%x, %w : tensor<?x3200xf32>, tensor<17x3200xf32>)
    outs(%out : tensor<?x17xf32>) -> tensor<?x17xf32>
  return %0 : tensor<?x17xf32>
}

fot.weight @odd_inputs.w : tensor<16x203xf32>
  from #fot.random<205, 0.5>
func.func @odd_inputs(%x: tensor<23x203xf32>,
    %out: tensor<23x16xf32>) -> tensor<23x16xf32>
    attributes {fot.check = {}} {
  %w = fot.load_weight @odd_inputs.w : tensor<16x203xf32>
  %0 = fot.matmul ins(%x, %w : tensor<23x203xf32>, tensor<16x203xf32>)
    outs(%out : tensor<23x16xf32>) -> tensor<23x16xf32>
  return %0 : tensor<23x16xf32>
}

// Heads of 100 cross panels, and more of them than a run.
fot.weight @many_heads.w : tensor<600x40xf32>
  from #fot.random<206, 0.5>
fot.weight @many_heads.t : tensor<64x100xf32>
  from #fot.rope_table<10000.0>
func.func @many_heads(%x: tensor<?x40xf32>,
    %position: index,
    %residual: tensor<?x600xf32>,
    %out: tensor<?x600xf32>) -> tensor<?x600xf32>
    attributes {fot.check = [{sizes = [16], scalars = [3]}, {sizes = [33], scalars = [31]}]} {
  %w = fot.load_weight @many_heads.w : tensor<600x40xf32>
  %t = fot.load_weight @many_heads.t : tensor<64x100xf32>
  %0 = fot.matmul ins(%x, %w : tensor<?x40xf32>, tensor<600x40xf32>) rope(%t : tensor<64x100xf32>) at %position
    residual(%residual : tensor<?x600xf32>)
    outs(%out : tensor<?x600xf32>) {head_dim = 100 : i64} -> tensor<?x600xf32>
  return %0 : tensor<?x600xf32>
}
