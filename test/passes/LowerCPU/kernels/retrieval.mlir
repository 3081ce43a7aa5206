// Exact top-k retrieval and reading memories: scores best first, among equal
// ones the older entry first.
// RUN: fot-check %s

func.func @knn_f32(%q: tensor<?x576xf32>, %m: !fot.memory<3 x 64, f32, f32>,
    %scores: tensor<?x9x?xf32>, %indices: tensor<?x9x?xi64>) -> (tensor<?x9x?xf32>, tensor<?x9x?xi64>)
    attributes {fot.check = [{sizes = [1, 1, 1, 1, 1], memory = [1]},
        {sizes = [7, 7, 8, 7, 8], memory = [100]},
        {sizes = [2, 2, 100, 2, 100], memory = [100]},
        {sizes = [3, 3, 0, 3, 0], memory = [0]},
        {sizes = [2, 2, 700, 2, 700], memory = [1000]}]} {
  %0:2 = fot.knn ins(%q, %m : tensor<?x576xf32>, !fot.memory<3 x 64, f32, f32>)
    outs(%scores, %indices : tensor<?x9x?xf32>, tensor<?x9x?xi64>) -> tensor<?x9x?xf32>, tensor<?x9x?xi64>
  return %0#0, %0#1 : tensor<?x9x?xf32>, tensor<?x9x?xi64>
}

func.func @knn_bf16(%q: tensor<?x72xf32>, %m: !fot.memory<2 x 12, bf16, bf16>,
    %scores: tensor<?x6x?xf32>, %indices: tensor<?x6x?xi64>) -> (tensor<?x6x?xf32>, tensor<?x6x?xi64>)
    attributes {fot.check = [{sizes = [33, 33, 8, 33, 8], memory = [500]},
        {sizes = [2, 2, 8, 2, 8], memory = [500], period = 4},
        {sizes = [1, 1, 33, 1, 33], memory = [100], period = 1}]} {
  %0:2 = fot.knn ins(%q, %m : tensor<?x72xf32>, !fot.memory<2 x 12, bf16, bf16>)
    outs(%scores, %indices : tensor<?x6x?xf32>, tensor<?x6x?xi64>) -> tensor<?x6x?xf32>, tensor<?x6x?xi64>
  return %0#0, %0#1 : tensor<?x6x?xf32>, tensor<?x6x?xi64>
}

func.func @knn_f16(%q: tensor<?x150xf32>, %m: !fot.memory<1 x 30, f16, f16>,
    %scores: tensor<?x5x?xf32>, %indices: tensor<?x5x?xi64>) -> (tensor<?x5x?xf32>, tensor<?x5x?xi64>)
    attributes {fot.check = [{sizes = [7, 7, 100, 7, 100], memory = [300]},
        {sizes = [2, 2, 100, 2, 100], memory = [300], period = 7}]} {
  %0:2 = fot.knn ins(%q, %m : tensor<?x150xf32>, !fot.memory<1 x 30, f16, f16>)
    outs(%scores, %indices : tensor<?x5x?xf32>, tensor<?x5x?xi64>) -> tensor<?x5x?xf32>, tensor<?x5x?xi64>
  return %0#0, %0#1 : tensor<?x5x?xf32>, tensor<?x5x?xi64>
}

func.func @gather_f32(%indices: tensor<?x4x?xi64>, %m: !fot.memory<2 x 64, f32, bf16>,
    %keys: tensor<?x4x?x64xf32>, %values: tensor<?x4x?x64xf32>) -> (tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>)
    attributes {fot.check = [{sizes = [3, 8, 3, 8, 3, 8], memory = [40], integers = 40},
        {sizes = [2, 0, 2, 0, 2, 0], memory = [0]}]} {
  %0:2 = fot.gather ins(%indices, %m : tensor<?x4x?xi64>, !fot.memory<2 x 64, f32, bf16>)
    outs(%keys, %values : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>) -> tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
  return %0#0, %0#1 : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>
}

func.func @gather_f16(%indices: tensor<?x3x?xi64>, %m: !fot.memory<1 x 12, f16, f32>,
    %keys: tensor<?x3x?x12xf32>, %values: tensor<?x3x?x12xf32>) -> (tensor<?x3x?x12xf32>, tensor<?x3x?x12xf32>)
    attributes {fot.check = [{sizes = [2, 100, 2, 100, 2, 100], memory = [700], integers = 700}]} {
  %0:2 = fot.gather ins(%indices, %m : tensor<?x3x?xi64>, !fot.memory<1 x 12, f16, f32>)
    outs(%keys, %values : tensor<?x3x?x12xf32>, tensor<?x3x?x12xf32>) -> tensor<?x3x?x12xf32>, tensor<?x3x?x12xf32>
  return %0#0, %0#1 : tensor<?x3x?x12xf32>, tensor<?x3x?x12xf32>
}

func.func @view_bf16(%m: !fot.memory<3 x 64, bf16, f16>,
    %keys: tensor<3x?x64xf32>, %values: tensor<3x?x64xf32>) -> (tensor<3x?x64xf32>, tensor<3x?x64xf32>)
    attributes {fot.check = [{sizes = [100], memory = [100]},
        {sizes = [1], memory = [1]},
        {sizes = [0], memory = [0]}]} {
  %0:2 = fot.view_memory %m : !fot.memory<3 x 64, bf16, f16>
    outs(%keys, %values : tensor<3x?x64xf32>, tensor<3x?x64xf32>) -> tensor<3x?x64xf32>, tensor<3x?x64xf32>
  return %0#0, %0#1 : tensor<3x?x64xf32>, tensor<3x?x64xf32>
}

func.func @view_f32(%m: !fot.memory<1 x 30, f32, f32>,
    %keys: tensor<1x?x30xf32>, %values: tensor<1x?x30xf32>) -> (tensor<1x?x30xf32>, tensor<1x?x30xf32>)
    attributes {fot.check = [{sizes = [77], memory = [77]}]} {
  %0:2 = fot.view_memory %m : !fot.memory<1 x 30, f32, f32>
    outs(%keys, %values : tensor<1x?x30xf32>, tensor<1x?x30xf32>) -> tensor<1x?x30xf32>, tensor<1x?x30xf32>
  return %0#0, %0#1 : tensor<1x?x30xf32>, tensor<1x?x30xf32>
}
