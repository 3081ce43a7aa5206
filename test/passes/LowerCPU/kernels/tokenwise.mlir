// What is done to each token on its own, for widths that fill vectors and
// blocks and for such that do not.
// RUN: fot-check %s

func.func @quantize_1(%x: tensor<?x1xf32>,
    %out: tensor<?x1x!fot.block<a8>>) -> tensor<?x1x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.quantize ins(%x : tensor<?x1xf32>) outs(%out : tensor<?x1x!fot.block<a8>>) -> tensor<?x1x!fot.block<a8>>
  return %0 : tensor<?x1x!fot.block<a8>>
}

func.func @rms_norm_1(%x: tensor<?x1xf32>,
    %gain: tensor<1xf32>,
    %out: tensor<?x1xf32>) -> tensor<?x1xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.rms_norm ins(%x, %gain : tensor<?x1xf32>, tensor<1xf32>)
    eps 1.0e-5 outs(%out : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

func.func @swiglu_1(%gate: tensor<?x1xf32>,
    %up: tensor<?x1xf32>,
    %out: tensor<?x1xf32>) -> tensor<?x1xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7], scale = 30.0}]} {
  %0 = fot.swiglu ins(%gate, %up : tensor<?x1xf32>, tensor<?x1xf32>)
    outs(%out : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

func.func @rms_norm_to_blocks_1(%x: tensor<?x1xf32>,
    %gain: tensor<1xf32>,
    %out: tensor<?x1x!fot.block<a8>>) -> tensor<?x1x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.rms_norm ins(%x, %gain : tensor<?x1xf32>, tensor<1xf32>)
    eps 1.0e-5 outs(%out : tensor<?x1x!fot.block<a8>>) -> tensor<?x1x!fot.block<a8>>
  return %0 : tensor<?x1x!fot.block<a8>>
}

func.func @swiglu_to_blocks_1(%gate: tensor<?x1xf32>,
    %up: tensor<?x1xf32>,
    %out: tensor<?x1x!fot.block<a8>>) -> tensor<?x1x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7], scale = 30.0}]} {
  %0 = fot.swiglu ins(%gate, %up : tensor<?x1xf32>, tensor<?x1xf32>)
    outs(%out : tensor<?x1x!fot.block<a8>>) -> tensor<?x1x!fot.block<a8>>
  return %0 : tensor<?x1x!fot.block<a8>>
}

func.func @add_1(%a: tensor<?x1xf32>,
    %b: tensor<?x1xf32>,
    %out: tensor<?x1xf32>) -> tensor<?x1xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = linalg.add ins(%a, %b : tensor<?x1xf32>, tensor<?x1xf32>)
    outs(%out : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

func.func @last_row_1(%x: tensor<?x1xf32>,
    %out: tensor<1x1xf32>) -> tensor<1x1xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.last_rows ins(%x : tensor<?x1xf32>) outs(%out : tensor<1x1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

func.func @quantize_36(%x: tensor<?x36xf32>,
    %out: tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.quantize ins(%x : tensor<?x36xf32>) outs(%out : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  return %0 : tensor<?x2x!fot.block<a8>>
}

func.func @rms_norm_36(%x: tensor<?x36xf32>,
    %gain: tensor<36xf32>,
    %out: tensor<?x36xf32>) -> tensor<?x36xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.rms_norm ins(%x, %gain : tensor<?x36xf32>, tensor<36xf32>)
    eps 1.0e-5 outs(%out : tensor<?x36xf32>) -> tensor<?x36xf32>
  return %0 : tensor<?x36xf32>
}

func.func @swiglu_36(%gate: tensor<?x36xf32>,
    %up: tensor<?x36xf32>,
    %out: tensor<?x36xf32>) -> tensor<?x36xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7], scale = 30.0}]} {
  %0 = fot.swiglu ins(%gate, %up : tensor<?x36xf32>, tensor<?x36xf32>)
    outs(%out : tensor<?x36xf32>) -> tensor<?x36xf32>
  return %0 : tensor<?x36xf32>
}

func.func @rms_norm_to_blocks_36(%x: tensor<?x36xf32>,
    %gain: tensor<36xf32>,
    %out: tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.rms_norm ins(%x, %gain : tensor<?x36xf32>, tensor<36xf32>)
    eps 1.0e-5 outs(%out : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  return %0 : tensor<?x2x!fot.block<a8>>
}

func.func @swiglu_to_blocks_36(%gate: tensor<?x36xf32>,
    %up: tensor<?x36xf32>,
    %out: tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7], scale = 30.0}]} {
  %0 = fot.swiglu ins(%gate, %up : tensor<?x36xf32>, tensor<?x36xf32>)
    outs(%out : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  return %0 : tensor<?x2x!fot.block<a8>>
}

func.func @add_36(%a: tensor<?x36xf32>,
    %b: tensor<?x36xf32>,
    %out: tensor<?x36xf32>) -> tensor<?x36xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = linalg.add ins(%a, %b : tensor<?x36xf32>, tensor<?x36xf32>)
    outs(%out : tensor<?x36xf32>) -> tensor<?x36xf32>
  return %0 : tensor<?x36xf32>
}

func.func @last_row_36(%x: tensor<?x36xf32>,
    %out: tensor<1x36xf32>) -> tensor<1x36xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.last_rows ins(%x : tensor<?x36xf32>) outs(%out : tensor<1x36xf32>) -> tensor<1x36xf32>
  return %0 : tensor<1x36xf32>
}

func.func @quantize_100(%x: tensor<?x100xf32>,
    %out: tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.quantize ins(%x : tensor<?x100xf32>) outs(%out : tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
  return %0 : tensor<?x4x!fot.block<a8>>
}

func.func @rms_norm_100(%x: tensor<?x100xf32>,
    %gain: tensor<100xf32>,
    %out: tensor<?x100xf32>) -> tensor<?x100xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.rms_norm ins(%x, %gain : tensor<?x100xf32>, tensor<100xf32>)
    eps 1.0e-5 outs(%out : tensor<?x100xf32>) -> tensor<?x100xf32>
  return %0 : tensor<?x100xf32>
}

func.func @swiglu_100(%gate: tensor<?x100xf32>,
    %up: tensor<?x100xf32>,
    %out: tensor<?x100xf32>) -> tensor<?x100xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7], scale = 30.0}]} {
  %0 = fot.swiglu ins(%gate, %up : tensor<?x100xf32>, tensor<?x100xf32>)
    outs(%out : tensor<?x100xf32>) -> tensor<?x100xf32>
  return %0 : tensor<?x100xf32>
}

func.func @rms_norm_to_blocks_100(%x: tensor<?x100xf32>,
    %gain: tensor<100xf32>,
    %out: tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.rms_norm ins(%x, %gain : tensor<?x100xf32>, tensor<100xf32>)
    eps 1.0e-5 outs(%out : tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
  return %0 : tensor<?x4x!fot.block<a8>>
}

func.func @swiglu_to_blocks_100(%gate: tensor<?x100xf32>,
    %up: tensor<?x100xf32>,
    %out: tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7], scale = 30.0}]} {
  %0 = fot.swiglu ins(%gate, %up : tensor<?x100xf32>, tensor<?x100xf32>)
    outs(%out : tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
  return %0 : tensor<?x4x!fot.block<a8>>
}

func.func @add_100(%a: tensor<?x100xf32>,
    %b: tensor<?x100xf32>,
    %out: tensor<?x100xf32>) -> tensor<?x100xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = linalg.add ins(%a, %b : tensor<?x100xf32>, tensor<?x100xf32>)
    outs(%out : tensor<?x100xf32>) -> tensor<?x100xf32>
  return %0 : tensor<?x100xf32>
}

func.func @last_row_100(%x: tensor<?x100xf32>,
    %out: tensor<1x100xf32>) -> tensor<1x100xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.last_rows ins(%x : tensor<?x100xf32>) outs(%out : tensor<1x100xf32>) -> tensor<1x100xf32>
  return %0 : tensor<1x100xf32>
}

func.func @quantize_576(%x: tensor<?x576xf32>,
    %out: tensor<?x18x!fot.block<a8>>) -> tensor<?x18x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.quantize ins(%x : tensor<?x576xf32>) outs(%out : tensor<?x18x!fot.block<a8>>) -> tensor<?x18x!fot.block<a8>>
  return %0 : tensor<?x18x!fot.block<a8>>
}

func.func @rms_norm_576(%x: tensor<?x576xf32>,
    %gain: tensor<576xf32>,
    %out: tensor<?x576xf32>) -> tensor<?x576xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.rms_norm ins(%x, %gain : tensor<?x576xf32>, tensor<576xf32>)
    eps 1.0e-5 outs(%out : tensor<?x576xf32>) -> tensor<?x576xf32>
  return %0 : tensor<?x576xf32>
}

func.func @swiglu_576(%gate: tensor<?x576xf32>,
    %up: tensor<?x576xf32>,
    %out: tensor<?x576xf32>) -> tensor<?x576xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7], scale = 30.0}]} {
  %0 = fot.swiglu ins(%gate, %up : tensor<?x576xf32>, tensor<?x576xf32>)
    outs(%out : tensor<?x576xf32>) -> tensor<?x576xf32>
  return %0 : tensor<?x576xf32>
}

func.func @rms_norm_to_blocks_576(%x: tensor<?x576xf32>,
    %gain: tensor<576xf32>,
    %out: tensor<?x18x!fot.block<a8>>) -> tensor<?x18x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.rms_norm ins(%x, %gain : tensor<?x576xf32>, tensor<576xf32>)
    eps 1.0e-5 outs(%out : tensor<?x18x!fot.block<a8>>) -> tensor<?x18x!fot.block<a8>>
  return %0 : tensor<?x18x!fot.block<a8>>
}

func.func @swiglu_to_blocks_576(%gate: tensor<?x576xf32>,
    %up: tensor<?x576xf32>,
    %out: tensor<?x18x!fot.block<a8>>) -> tensor<?x18x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7], scale = 30.0}]} {
  %0 = fot.swiglu ins(%gate, %up : tensor<?x576xf32>, tensor<?x576xf32>)
    outs(%out : tensor<?x18x!fot.block<a8>>) -> tensor<?x18x!fot.block<a8>>
  return %0 : tensor<?x18x!fot.block<a8>>
}

func.func @add_576(%a: tensor<?x576xf32>,
    %b: tensor<?x576xf32>,
    %out: tensor<?x576xf32>) -> tensor<?x576xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = linalg.add ins(%a, %b : tensor<?x576xf32>, tensor<?x576xf32>)
    outs(%out : tensor<?x576xf32>) -> tensor<?x576xf32>
  return %0 : tensor<?x576xf32>
}

func.func @last_row_576(%x: tensor<?x576xf32>,
    %out: tensor<1x576xf32>) -> tensor<1x576xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %0 = fot.last_rows ins(%x : tensor<?x576xf32>) outs(%out : tensor<1x576xf32>) -> tensor<1x576xf32>
  return %0 : tensor<1x576xf32>
}

fot.weight @table_2 : tensor<64x2xf32> from #fot.rope_table<10000.0>
func.func @rope_2(%x: tensor<?x2xf32>,
    %position: index,
    %out: tensor<?x2xf32>) -> tensor<?x2xf32>
    attributes {fot.check = [{sizes = [1], scalars = [63]}, {sizes = [7], scalars = [5]}]} {
  %t = fot.load_weight @table_2 : tensor<64x2xf32>
  %0 = fot.rope ins(%x, %t : tensor<?x2xf32>, tensor<64x2xf32>) at %position head_dim 2
    outs(%out : tensor<?x2xf32>) -> tensor<?x2xf32>
  return %0 : tensor<?x2xf32>
}

fot.weight @table_12 : tensor<64x12xf32> from #fot.rope_table<10000.0>
func.func @rope_12(%x: tensor<?x36xf32>,
    %position: index,
    %out: tensor<?x36xf32>) -> tensor<?x36xf32>
    attributes {fot.check = [{sizes = [1], scalars = [63]}, {sizes = [7], scalars = [5]}]} {
  %t = fot.load_weight @table_12 : tensor<64x12xf32>
  %0 = fot.rope ins(%x, %t : tensor<?x36xf32>, tensor<64x12xf32>) at %position head_dim 12
    outs(%out : tensor<?x36xf32>) -> tensor<?x36xf32>
  return %0 : tensor<?x36xf32>
}

fot.weight @table_64 : tensor<64x64xf32> from #fot.rope_table<10000.0>
func.func @rope_64(%x: tensor<?x128xf32>,
    %position: index,
    %out: tensor<?x128xf32>) -> tensor<?x128xf32>
    attributes {fot.check = [{sizes = [1], scalars = [63]}, {sizes = [7], scalars = [5]}]} {
  %t = fot.load_weight @table_64 : tensor<64x64xf32>
  %0 = fot.rope ins(%x, %t : tensor<?x128xf32>, tensor<64x64xf32>) at %position head_dim 64
    outs(%out : tensor<?x128xf32>) -> tensor<?x128xf32>
  return %0 : tensor<?x128xf32>
}

fot.weight @table_100 : tensor<64x100xf32> from #fot.rope_table<10000.0>
func.func @rope_100(%x: tensor<?x200xf32>,
    %position: index,
    %out: tensor<?x200xf32>) -> tensor<?x200xf32>
    attributes {fot.check = [{sizes = [1], scalars = [63]}, {sizes = [7], scalars = [5]}]} {
  %t = fot.load_weight @table_100 : tensor<64x100xf32>
  %0 = fot.rope ins(%x, %t : tensor<?x200xf32>, tensor<64x100xf32>) at %position head_dim 100
    outs(%out : tensor<?x200xf32>) -> tensor<?x200xf32>
  return %0 : tensor<?x200xf32>
}
