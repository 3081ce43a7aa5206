// Tokens into window caches, and window caches into memories.
// RUN: fot-check %s

func.func @to_bf16(%m: !fot.memory<3 x 64, bf16, bf16>, %k: tensor<3x32x64xf32>, %v: tensor<3x32x64xf32>,
    %count: index) -> !fot.memory<3 x 64, bf16, bf16> attributes {fot.check = [{memory = [0], scalars = [32]},
        {memory = [7], scalars = [20]},
        {memory = [100], scalars = [1]},
        {memory = [5], scalars = [0]}]} {
  %0 = fot.append_memory %m, %k, %v count %count : !fot.memory<3 x 64, bf16, bf16>, tensor<3x32x64xf32>, tensor<3x32x64xf32>
  return %0 : !fot.memory<3 x 64, bf16, bf16>
}

func.func @to_f16(%m: !fot.memory<1 x 30, f16, f32>, %k: tensor<1x50x30xf32>, %v: tensor<1x50x30xf32>,
    %count: index) -> !fot.memory<1 x 30, f16, f32> attributes {fot.check = [{memory = [0], scalars = [50]},
        {memory = [300], scalars = [49]}]} {
  %0 = fot.append_memory %m, %k, %v count %count : !fot.memory<1 x 30, f16, f32>, tensor<1x50x30xf32>, tensor<1x50x30xf32>
  return %0 : !fot.memory<1 x 30, f16, f32>
}

func.func @mixed(%m: !fot.memory<2 x 3, f32, bf16>, %k: tensor<2x9x3xf32>, %v: tensor<2x9x3xf32>,
    %count: index) -> !fot.memory<2 x 3, f32, bf16> attributes {fot.check = [{memory = [0], scalars = [9]},
        {memory = [2], scalars = [8]}]} {
  %0 = fot.append_memory %m, %k, %v count %count : !fot.memory<2 x 3, f32, bf16>, tensor<2x9x3xf32>, tensor<2x9x3xf32>
  return %0 : !fot.memory<2 x 3, f32, bf16>
}

func.func @window(%x: tensor<?x192xf32>, %at: index, %cache: tensor<3x40x64xf32>) -> tensor<3x40x64xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [7], scalars = [33]},
        {sizes = [33], scalars = [7]}]} {
  %0 = fot.append_window ins(%x : tensor<?x192xf32>) at %at outs(%cache : tensor<3x40x64xf32>) -> tensor<3x40x64xf32>
  return %0 : tensor<3x40x64xf32>
}

func.func @window_30(%x: tensor<?x60xf32>, %at: index, %cache: tensor<2x40x30xf32>) -> tensor<2x40x30xf32>
    attributes {fot.check = [{sizes = [2], scalars = [5]},
        {sizes = [40], scalars = [0]}]} {
  %0 = fot.append_window ins(%x : tensor<?x60xf32>) at %at outs(%cache : tensor<2x40x30xf32>) -> tensor<2x40x30xf32>
  return %0 : tensor<2x40x30xf32>
}

func.func @window_3(%x: tensor<?x3xf32>, %at: index, %cache: tensor<1x40x3xf32>) -> tensor<1x40x3xf32>
    attributes {fot.check = [{sizes = [5], scalars = [1]}]} {
  %0 = fot.append_window ins(%x : tensor<?x3xf32>) at %at outs(%cache : tensor<1x40x3xf32>) -> tensor<1x40x3xf32>
  return %0 : tensor<1x40x3xf32>
}

func.func @decode(%x: tensor<1x512xf32>, %at: index, %cache: tensor<4x16x128xf32>) -> tensor<4x16x128xf32>
    attributes {fot.check = [{sizes = [1], scalars = [15]}]} {
  %0 = fot.append_window ins(%x : tensor<1x512xf32>) at %at outs(%cache : tensor<4x16x128xf32>) -> tensor<4x16x128xf32>
  return %0 : tensor<4x16x128xf32>
}
