// Repeated keys: among equal scores the older entry is taken, and exactly k of
// them, wherever in segments and blocks of keys they are.
// RUN: fot-check %s

func.func @ties_f32(%q: tensor<?x384xf32>,
    %k: tensor<2x50x64xf32>,
    %v: tensor<2x50x64xf32>,
    %at: index,
    %m: !fot.memory<2 x 64, f32, f32>,
    %out: tensor<?x384xf32>) -> tensor<?x384xf32>
    attributes {fot.check = [{sizes = [7], scalars = [0], memory = [100], period = 3},
        {sizes = [2], scalars = [0], memory = [1000], period = 97},
        {sizes = [1], scalars = [0], memory = [777], period = 1}]} {
  %0 = fot.memory_attention topk : 8 ins(%q, %k, %v, %m : tensor<?x384xf32>, tensor<2x50x64xf32>, tensor<2x50x64xf32>, !fot.memory<2 x 64, f32, f32>)
    at %at scale 0.125000000 outs(%out : tensor<?x384xf32>) -> tensor<?x384xf32>
  return %0 : tensor<?x384xf32>
}

func.func @ties_bf16(%q: tensor<?x300xf32>,
    %k: tensor<3x50x100xf32>,
    %v: tensor<3x50x100xf32>,
    %at: index,
    %m: !fot.memory<3 x 100, bf16, f32>,
    %out: tensor<?x300xf32>) -> tensor<?x300xf32>
    attributes {fot.check = [{sizes = [3], scalars = [0], memory = [101], period = 7},
        {sizes = [2], scalars = [0], memory = [1000], period = 97}]} {
  %0 = fot.memory_attention topk : 100 ins(%q, %k, %v, %m : tensor<?x300xf32>, tensor<3x50x100xf32>, tensor<3x50x100xf32>, !fot.memory<3 x 100, bf16, f32>)
    at %at scale 0.100000000 outs(%out : tensor<?x300xf32>) -> tensor<?x300xf32>
  return %0 : tensor<?x300xf32>
}

func.func @ties_f16(%q: tensor<?x60xf32>,
    %k: tensor<1x50x12xf32>,
    %v: tensor<1x50x12xf32>,
    %at: index,
    %m: !fot.memory<1 x 12, f16, f16>,
    %out: tensor<?x60xf32>) -> tensor<?x60xf32>
    attributes {fot.check = [{sizes = [3], scalars = [0], memory = [64], period = 2},
        {sizes = [1], scalars = [0], memory = [500], period = 50}]} {
  %0 = fot.memory_attention topk : 33 ins(%q, %k, %v, %m : tensor<?x60xf32>, tensor<1x50x12xf32>, tensor<1x50x12xf32>, !fot.memory<1 x 12, f16, f16>)
    at %at scale 0.288675135 outs(%out : tensor<?x60xf32>) -> tensor<?x60xf32>
  return %0 : tensor<?x60xf32>
}
