// Gated products, rounded to 8 bits or not. Odd numbers of panels leave half
// a block empty; one token reads runs of panels.
// RUN: fot-check %s

fot.weight @odd_panels.g : tensor<48x2x!fot.block<q4_1>>
  from #fot.random<48, 0.3>
fot.weight @odd_panels.u : tensor<48x2x!fot.block<q4_1>>
  from #fot.random<49, 0.3>
func.func @odd_panels(%x: tensor<?x2x!fot.block<a8>>,
    %out: tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %g = fot.load_weight @odd_panels.g : tensor<48x2x!fot.block<q4_1>>
  %u = fot.load_weight @odd_panels.u : tensor<48x2x!fot.block<q4_1>>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x2x!fot.block<a8>>, tensor<48x2x!fot.block<q4_1>>, tensor<48x2x!fot.block<q4_1>>)
    features 48 outs(%out : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  return %0 : tensor<?x2x!fot.block<a8>>
}

fot.weight @partial_panel.g : tensor<100x2x!fot.block<q8_0>>
  from #fot.random<100, 0.3>
fot.weight @partial_panel.u : tensor<100x2x!fot.block<q8_0>>
  from #fot.random<101, 0.3>
func.func @partial_panel(%x: tensor<?x2x!fot.block<a8>>,
    %out: tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %g = fot.load_weight @partial_panel.g : tensor<100x2x!fot.block<q8_0>>
  %u = fot.load_weight @partial_panel.u : tensor<100x2x!fot.block<q8_0>>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x2x!fot.block<a8>>, tensor<100x2x!fot.block<q8_0>>, tensor<100x2x!fot.block<q8_0>>)
    features 100 outs(%out : tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
  return %0 : tensor<?x4x!fot.block<a8>>
}

fot.weight @to_floats.g : tensor<33x2x!fot.block<q4_0>>
  from #fot.random<33, 0.3>
fot.weight @to_floats.u : tensor<33x2x!fot.block<q4_0>>
  from #fot.random<34, 0.3>
func.func @to_floats(%x: tensor<?x2x!fot.block<a8>>,
    %out: tensor<?x33xf32>) -> tensor<?x33xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %g = fot.load_weight @to_floats.g : tensor<33x2x!fot.block<q4_0>>
  %u = fot.load_weight @to_floats.u : tensor<33x2x!fot.block<q4_0>>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x2x!fot.block<a8>>, tensor<33x2x!fot.block<q4_0>>, tensor<33x2x!fot.block<q4_0>>)
    features 33 outs(%out : tensor<?x33xf32>) -> tensor<?x33xf32>
  return %0 : tensor<?x33xf32>
}

fot.weight @decode.g : tensor<1536x3x!fot.block<q4_1>>
  from #fot.random<1536, 0.3>
fot.weight @decode.u : tensor<1536x3x!fot.block<q4_1>>
  from #fot.random<1537, 0.3>
func.func @decode(%x: tensor<1x3x!fot.block<a8>>,
    %out: tensor<1x48x!fot.block<a8>>) -> tensor<1x48x!fot.block<a8>>
    attributes {fot.check = {}} {
  %g = fot.load_weight @decode.g : tensor<1536x3x!fot.block<q4_1>>
  %u = fot.load_weight @decode.u : tensor<1536x3x!fot.block<q4_1>>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<1x3x!fot.block<a8>>, tensor<1536x3x!fot.block<q4_1>>, tensor<1536x3x!fot.block<q4_1>>)
    features 1536 outs(%out : tensor<1x48x!fot.block<a8>>) -> tensor<1x48x!fot.block<a8>>
  return %0 : tensor<1x48x!fot.block<a8>>
}

fot.weight @decode_odd_panels.g : tensor<1040x1x!fot.block<q8_0>>
  from #fot.random<1040, 0.3>
fot.weight @decode_odd_panels.u : tensor<1040x1x!fot.block<q8_0>>
  from #fot.random<1041, 0.3>
func.func @decode_odd_panels(%x: tensor<1x1x!fot.block<a8>>,
    %out: tensor<1x33x!fot.block<a8>>) -> tensor<1x33x!fot.block<a8>>
    attributes {fot.check = {}} {
  %g = fot.load_weight @decode_odd_panels.g : tensor<1040x1x!fot.block<q8_0>>
  %u = fot.load_weight @decode_odd_panels.u : tensor<1040x1x!fot.block<q8_0>>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<1x1x!fot.block<a8>>, tensor<1040x1x!fot.block<q8_0>>, tensor<1040x1x!fot.block<q8_0>>)
    features 1040 outs(%out : tensor<1x33x!fot.block<a8>>) -> tensor<1x33x!fot.block<a8>>
  return %0 : tensor<1x33x!fot.block<a8>>
}

fot.weight @odd_panels_q5_1.g : tensor<48x2x!fot.block<q5_1>>
  from #fot.random<48, 0.3>
fot.weight @odd_panels_q5_1.u : tensor<48x2x!fot.block<q5_1>>
  from #fot.random<49, 0.3>
func.func @odd_panels_q5_1(%x: tensor<?x2x!fot.block<a8>>,
    %out: tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %g = fot.load_weight @odd_panels_q5_1.g : tensor<48x2x!fot.block<q5_1>>
  %u = fot.load_weight @odd_panels_q5_1.u : tensor<48x2x!fot.block<q5_1>>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x2x!fot.block<a8>>, tensor<48x2x!fot.block<q5_1>>, tensor<48x2x!fot.block<q5_1>>)
    features 48 outs(%out : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  return %0 : tensor<?x2x!fot.block<a8>>
}

fot.weight @decode_q5_1.g : tensor<1536x3x!fot.block<q5_1>>
  from #fot.random<1536, 0.3>
fot.weight @decode_q5_1.u : tensor<1536x3x!fot.block<q5_1>>
  from #fot.random<1537, 0.3>
func.func @decode_q5_1(%x: tensor<1x3x!fot.block<a8>>,
    %out: tensor<1x48x!fot.block<a8>>) -> tensor<1x48x!fot.block<a8>>
    attributes {fot.check = {}} {
  %g = fot.load_weight @decode_q5_1.g : tensor<1536x3x!fot.block<q5_1>>
  %u = fot.load_weight @decode_q5_1.u : tensor<1536x3x!fot.block<q5_1>>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<1x3x!fot.block<a8>>, tensor<1536x3x!fot.block<q5_1>>, tensor<1536x3x!fot.block<q5_1>>)
    features 1536 outs(%out : tensor<1x48x!fot.block<a8>>) -> tensor<1x48x!fot.block<a8>>
  return %0 : tensor<1x48x!fot.block<a8>>
}

fot.weight @odd_panels_q6_0.g : tensor<48x2x!fot.block<q6_0>>
  from #fot.random<48, 0.3>
fot.weight @odd_panels_q6_0.u : tensor<48x2x!fot.block<q6_0>>
  from #fot.random<49, 0.3>
func.func @odd_panels_q6_0(%x: tensor<?x2x!fot.block<a8>>,
    %out: tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [2]}, {sizes = [7]}, {sizes = [33]}]} {
  %g = fot.load_weight @odd_panels_q6_0.g : tensor<48x2x!fot.block<q6_0>>
  %u = fot.load_weight @odd_panels_q6_0.u : tensor<48x2x!fot.block<q6_0>>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x2x!fot.block<a8>>, tensor<48x2x!fot.block<q6_0>>, tensor<48x2x!fot.block<q6_0>>)
    features 48 outs(%out : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  return %0 : tensor<?x2x!fot.block<a8>>
}

fot.weight @decode_q6_0.g : tensor<1536x3x!fot.block<q6_0>>
  from #fot.random<1536, 0.3>
fot.weight @decode_q6_0.u : tensor<1536x3x!fot.block<q6_0>>
  from #fot.random<1537, 0.3>
func.func @decode_q6_0(%x: tensor<1x3x!fot.block<a8>>,
    %out: tensor<1x48x!fot.block<a8>>) -> tensor<1x48x!fot.block<a8>>
    attributes {fot.check = {}} {
  %g = fot.load_weight @decode_q6_0.g : tensor<1536x3x!fot.block<q6_0>>
  %u = fot.load_weight @decode_q6_0.u : tensor<1536x3x!fot.block<q6_0>>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<1x3x!fot.block<a8>>, tensor<1536x3x!fot.block<q6_0>>, tensor<1536x3x!fot.block<q6_0>>)
    features 1536 outs(%out : tensor<1x48x!fot.block<a8>>) -> tensor<1x48x!fot.block<a8>>
  return %0 : tensor<1x48x!fot.block<a8>>
}

// Runs of panels, the last one shorter than an item.
fot.weight @long_items.g : tensor<312x3x!fot.block<q4_1>>
  from #fot.random<60, 0.3>
fot.weight @long_items.u : tensor<312x3x!fot.block<q4_1>>
  from #fot.random<61, 0.3>
func.func @long_items(%x: tensor<?x3x!fot.block<a8>>,
    %out: tensor<?x10x!fot.block<a8>>) -> tensor<?x10x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [15]}, {sizes = [16]}, {sizes = [47]}]} {
  %g = fot.load_weight @long_items.g : tensor<312x3x!fot.block<q4_1>>
  %u = fot.load_weight @long_items.u : tensor<312x3x!fot.block<q4_1>>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x3x!fot.block<a8>>, tensor<312x3x!fot.block<q4_1>>, tensor<312x3x!fot.block<q4_1>>)
    features 312 outs(%out : tensor<?x10x!fot.block<a8>>)
    {strategy = #fot.strategy<tokens = 6, grain = 8, keys = 0>} -> tensor<?x10x!fot.block<a8>>
  return %0 : tensor<?x10x!fot.block<a8>>
}

// A run of panels is shorter than an item where inputs are many.
fot.weight @many_inputs.g : tensor<160x250x!fot.block<q8_0>>
  from #fot.random<62, 0.1>
fot.weight @many_inputs.u : tensor<160x250x!fot.block<q8_0>>
  from #fot.random<63, 0.1>
func.func @many_inputs(%x: tensor<?x250x!fot.block<a8>>,
    %out: tensor<?x160xf32>) -> tensor<?x160xf32>
    attributes {fot.check = [{sizes = [17]}]} {
  %g = fot.load_weight @many_inputs.g : tensor<160x250x!fot.block<q8_0>>
  %u = fot.load_weight @many_inputs.u : tensor<160x250x!fot.block<q8_0>>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x250x!fot.block<a8>>, tensor<160x250x!fot.block<q8_0>>, tensor<160x250x!fot.block<q8_0>>)
    features 160 outs(%out : tensor<?x160xf32>)
    {strategy = #fot.strategy<tokens = 6, grain = 8, keys = 0>} -> tensor<?x160xf32>
  return %0 : tensor<?x160xf32>
}
