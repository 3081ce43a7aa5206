// Rows of packed tables of every format.
// RUN: fot-check %s

fot.weight @rows_f32_36.w : tensor<37x36xf32>
  from #fot.random<7, 1.0>
func.func @rows_f32_36(%tokens: tensor<?xi32>,
    %out: tensor<?x36xf32>) -> tensor<?x36xf32>
    attributes {fot.check = [{sizes = [1], integers = 37}, {sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows_f32_36.w : tensor<37x36xf32>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x36xf32>)
    outs(%out : tensor<?x36xf32>) -> tensor<?x36xf32>
  return %0 : tensor<?x36xf32>
}

fot.weight @rows_f16_36.w : tensor<37x36xf16>
  from #fot.random<7, 1.0>
func.func @rows_f16_36(%tokens: tensor<?xi32>,
    %out: tensor<?x36xf32>) -> tensor<?x36xf32>
    attributes {fot.check = [{sizes = [1], integers = 37}, {sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows_f16_36.w : tensor<37x36xf16>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x36xf16>)
    outs(%out : tensor<?x36xf32>) -> tensor<?x36xf32>
  return %0 : tensor<?x36xf32>
}

fot.weight @rows_bf16_36.w : tensor<37x36xbf16>
  from #fot.random<7, 1.0>
func.func @rows_bf16_36(%tokens: tensor<?xi32>,
    %out: tensor<?x36xf32>) -> tensor<?x36xf32>
    attributes {fot.check = [{sizes = [1], integers = 37}, {sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows_bf16_36.w : tensor<37x36xbf16>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x36xbf16>)
    outs(%out : tensor<?x36xf32>) -> tensor<?x36xf32>
  return %0 : tensor<?x36xf32>
}

fot.weight @rows_q8_0_32.w : tensor<37x1x!fot.block<q8_0>>
  from #fot.random<7, 1.0>
func.func @rows_q8_0_32(%tokens: tensor<?xi32>,
    %out: tensor<?x32xf32>) -> tensor<?x32xf32>
    attributes {fot.check = [{sizes = [1], integers = 37}, {sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows_q8_0_32.w : tensor<37x1x!fot.block<q8_0>>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x1x!fot.block<q8_0>>)
    outs(%out : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

fot.weight @rows_q8_0_96.w : tensor<37x3x!fot.block<q8_0>>
  from #fot.random<7, 1.0>
func.func @rows_q8_0_96(%tokens: tensor<?xi32>,
    %out: tensor<?x96xf32>) -> tensor<?x96xf32>
    attributes {fot.check = [{sizes = [1], integers = 37}, {sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows_q8_0_96.w : tensor<37x3x!fot.block<q8_0>>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x3x!fot.block<q8_0>>)
    outs(%out : tensor<?x96xf32>) -> tensor<?x96xf32>
  return %0 : tensor<?x96xf32>
}

fot.weight @rows_q4_0_32.w : tensor<37x1x!fot.block<q4_0>>
  from #fot.random<7, 1.0>
func.func @rows_q4_0_32(%tokens: tensor<?xi32>,
    %out: tensor<?x32xf32>) -> tensor<?x32xf32>
    attributes {fot.check = [{sizes = [1], integers = 37}, {sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows_q4_0_32.w : tensor<37x1x!fot.block<q4_0>>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x1x!fot.block<q4_0>>)
    outs(%out : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

fot.weight @rows_q4_0_96.w : tensor<37x3x!fot.block<q4_0>>
  from #fot.random<7, 1.0>
func.func @rows_q4_0_96(%tokens: tensor<?xi32>,
    %out: tensor<?x96xf32>) -> tensor<?x96xf32>
    attributes {fot.check = [{sizes = [1], integers = 37}, {sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows_q4_0_96.w : tensor<37x3x!fot.block<q4_0>>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x3x!fot.block<q4_0>>)
    outs(%out : tensor<?x96xf32>) -> tensor<?x96xf32>
  return %0 : tensor<?x96xf32>
}

fot.weight @rows_q4_1_32.w : tensor<37x1x!fot.block<q4_1>>
  from #fot.random<7, 1.0>
func.func @rows_q4_1_32(%tokens: tensor<?xi32>,
    %out: tensor<?x32xf32>) -> tensor<?x32xf32>
    attributes {fot.check = [{sizes = [1], integers = 37}, {sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows_q4_1_32.w : tensor<37x1x!fot.block<q4_1>>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x1x!fot.block<q4_1>>)
    outs(%out : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

fot.weight @rows_q4_1_96.w : tensor<37x3x!fot.block<q4_1>>
  from #fot.random<7, 1.0>
func.func @rows_q4_1_96(%tokens: tensor<?xi32>,
    %out: tensor<?x96xf32>) -> tensor<?x96xf32>
    attributes {fot.check = [{sizes = [1], integers = 37}, {sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows_q4_1_96.w : tensor<37x3x!fot.block<q4_1>>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x3x!fot.block<q4_1>>)
    outs(%out : tensor<?x96xf32>) -> tensor<?x96xf32>
  return %0 : tensor<?x96xf32>
}

fot.weight @rows_q5_1_32.w : tensor<37x1x!fot.block<q5_1>>
  from #fot.random<7, 1.0>
func.func @rows_q5_1_32(%tokens: tensor<?xi32>,
    %out: tensor<?x32xf32>) -> tensor<?x32xf32>
    attributes {fot.check = [{sizes = [1], integers = 37}, {sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows_q5_1_32.w : tensor<37x1x!fot.block<q5_1>>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x1x!fot.block<q5_1>>)
    outs(%out : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

fot.weight @rows_q5_1_96.w : tensor<37x3x!fot.block<q5_1>>
  from #fot.random<7, 1.0>
func.func @rows_q5_1_96(%tokens: tensor<?xi32>,
    %out: tensor<?x96xf32>) -> tensor<?x96xf32>
    attributes {fot.check = [{sizes = [1], integers = 37}, {sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows_q5_1_96.w : tensor<37x3x!fot.block<q5_1>>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x3x!fot.block<q5_1>>)
    outs(%out : tensor<?x96xf32>) -> tensor<?x96xf32>
  return %0 : tensor<?x96xf32>
}

fot.weight @rows_q6_0_32.w : tensor<37x1x!fot.block<q6_0>>
  from #fot.random<7, 1.0>
func.func @rows_q6_0_32(%tokens: tensor<?xi32>,
    %out: tensor<?x32xf32>) -> tensor<?x32xf32>
    attributes {fot.check = [{sizes = [1], integers = 37}, {sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows_q6_0_32.w : tensor<37x1x!fot.block<q6_0>>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x1x!fot.block<q6_0>>)
    outs(%out : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

fot.weight @rows_q6_0_96.w : tensor<37x3x!fot.block<q6_0>>
  from #fot.random<7, 1.0>
func.func @rows_q6_0_96(%tokens: tensor<?xi32>,
    %out: tensor<?x96xf32>) -> tensor<?x96xf32>
    attributes {fot.check = [{sizes = [1], integers = 37}, {sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows_q6_0_96.w : tensor<37x3x!fot.block<q6_0>>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x3x!fot.block<q6_0>>)
    outs(%out : tensor<?x96xf32>) -> tensor<?x96xf32>
  return %0 : tensor<?x96xf32>
}
