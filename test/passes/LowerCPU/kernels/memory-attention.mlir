// Attention over a memory and the window in one softmax: every key and value
// type, memories of none to many entries, fewer and more entries than k.
// RUN: fot-check %s

func.func @dense_f32(%q: tensor<?x576xf32>,
    %k: tensor<3x50x64xf32>,
    %v: tensor<3x50x64xf32>,
    %at: index,
    %m: !fot.memory<3 x 64, f32, f32>,
    %out: tensor<?x576xf32>) -> tensor<?x576xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]},
        {sizes = [2], scalars = [3], memory = [1]},
        {sizes = [7], scalars = [0], memory = [7]},
        {sizes = [33], scalars = [3], memory = [100]},
        {sizes = [2], scalars = [30], memory = [1000]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<?x576xf32>, tensor<3x50x64xf32>, tensor<3x50x64xf32>, !fot.memory<3 x 64, f32, f32>)
    at %at scale 0.125000000 outs(%out : tensor<?x576xf32>) -> tensor<?x576xf32>
  return %0 : tensor<?x576xf32>
}

func.func @dense_bf16(%q: tensor<?x72xf32>,
    %k: tensor<2x50x12xf32>,
    %v: tensor<2x50x12xf32>,
    %at: index,
    %m: !fot.memory<2 x 12, bf16, bf16>,
    %out: tensor<?x72xf32>) -> tensor<?x72xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]},
        {sizes = [2], scalars = [3], memory = [1]},
        {sizes = [7], scalars = [0], memory = [7]},
        {sizes = [33], scalars = [3], memory = [100]},
        {sizes = [2], scalars = [30], memory = [1000]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<?x72xf32>, tensor<2x50x12xf32>, tensor<2x50x12xf32>, !fot.memory<2 x 12, bf16, bf16>)
    at %at scale 0.288675135 outs(%out : tensor<?x72xf32>) -> tensor<?x72xf32>
  return %0 : tensor<?x72xf32>
}

func.func @dense_f16(%q: tensor<?x500xf32>,
    %k: tensor<1x50x100xf32>,
    %v: tensor<1x50x100xf32>,
    %at: index,
    %m: !fot.memory<1 x 100, f16, bf16>,
    %out: tensor<?x500xf32>) -> tensor<?x500xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]},
        {sizes = [2], scalars = [3], memory = [1]},
        {sizes = [7], scalars = [0], memory = [7]},
        {sizes = [33], scalars = [3], memory = [100]},
        {sizes = [2], scalars = [30], memory = [1000]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<?x500xf32>, tensor<1x50x100xf32>, tensor<1x50x100xf32>, !fot.memory<1 x 100, f16, bf16>)
    at %at scale 0.100000000 outs(%out : tensor<?x500xf32>) -> tensor<?x500xf32>
  return %0 : tensor<?x500xf32>
}

func.func @dense_decode(%q: tensor<1x512xf32>,
    %k: tensor<4x50x128xf32>,
    %v: tensor<4x50x128xf32>,
    %at: index,
    %m: !fot.memory<4 x 128, bf16, f16>,
    %out: tensor<1x512xf32>) -> tensor<1x512xf32>
    attributes {fot.check = [{sizes = [1], scalars = [40], memory = [1000]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<1x512xf32>, tensor<4x50x128xf32>, tensor<4x50x128xf32>, !fot.memory<4 x 128, bf16, f16>)
    at %at scale 0.088388348 outs(%out : tensor<1x512xf32>) -> tensor<1x512xf32>
  return %0 : tensor<1x512xf32>
}

func.func @best_one(%q: tensor<?x384xf32>,
    %k: tensor<2x50x64xf32>,
    %v: tensor<2x50x64xf32>,
    %at: index,
    %m: !fot.memory<2 x 64, f32, f32>,
    %out: tensor<?x384xf32>) -> tensor<?x384xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]},
        {sizes = [2], scalars = [3], memory = [1]},
        {sizes = [7], scalars = [0], memory = [7]},
        {sizes = [33], scalars = [3], memory = [100]},
        {sizes = [2], scalars = [30], memory = [1000]}]} {
  %0 = fot.memory_attention topk : 1 ins(%q, %k, %v, %m : tensor<?x384xf32>, tensor<2x50x64xf32>, tensor<2x50x64xf32>, !fot.memory<2 x 64, f32, f32>)
    at %at scale 0.125000000 outs(%out : tensor<?x384xf32>) -> tensor<?x384xf32>
  return %0 : tensor<?x384xf32>
}

func.func @best_8_bf16(%q: tensor<?x576xf32>,
    %k: tensor<3x50x64xf32>,
    %v: tensor<3x50x64xf32>,
    %at: index,
    %m: !fot.memory<3 x 64, bf16, bf16>,
    %out: tensor<?x576xf32>) -> tensor<?x576xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]},
        {sizes = [2], scalars = [3], memory = [1]},
        {sizes = [7], scalars = [0], memory = [7]},
        {sizes = [33], scalars = [3], memory = [100]},
        {sizes = [2], scalars = [30], memory = [1000]}]} {
  %0 = fot.memory_attention topk : 8 ins(%q, %k, %v, %m : tensor<?x576xf32>, tensor<3x50x64xf32>, tensor<3x50x64xf32>, !fot.memory<3 x 64, bf16, bf16>)
    at %at scale 0.125000000 outs(%out : tensor<?x576xf32>) -> tensor<?x576xf32>
  return %0 : tensor<?x576xf32>
}

func.func @best_100_f16(%q: tensor<?x150xf32>,
    %k: tensor<1x50x30xf32>,
    %v: tensor<1x50x30xf32>,
    %at: index,
    %m: !fot.memory<1 x 30, f16, f16>,
    %out: tensor<?x150xf32>) -> tensor<?x150xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]},
        {sizes = [2], scalars = [3], memory = [1]},
        {sizes = [7], scalars = [0], memory = [7]},
        {sizes = [33], scalars = [3], memory = [100]},
        {sizes = [2], scalars = [30], memory = [1000]}]} {
  %0 = fot.memory_attention topk : 100 ins(%q, %k, %v, %m : tensor<?x150xf32>, tensor<1x50x30xf32>, tensor<1x50x30xf32>, !fot.memory<1 x 30, f16, f16>)
    at %at scale 0.182574186 outs(%out : tensor<?x150xf32>) -> tensor<?x150xf32>
  return %0 : tensor<?x150xf32>
}

func.func @best_4096(%q: tensor<?x48xf32>,
    %k: tensor<4x50x12xf32>,
    %v: tensor<4x50x12xf32>,
    %at: index,
    %m: !fot.memory<4 x 12, bf16, bf16>,
    %out: tensor<?x48xf32>) -> tensor<?x48xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [100]},
        {sizes = [2], scalars = [0], memory = [5000]}]} {
  %0 = fot.memory_attention topk : 4096 ins(%q, %k, %v, %m : tensor<?x48xf32>, tensor<4x50x12xf32>, tensor<4x50x12xf32>, !fot.memory<4 x 12, bf16, bf16>)
    at %at scale 0.288675135 outs(%out : tensor<?x48xf32>) -> tensor<?x48xf32>
  return %0 : tensor<?x48xf32>
}

func.func @best_16384(%q: tensor<?x24xf32>,
    %k: tensor<1x50x12xf32>,
    %v: tensor<1x50x12xf32>,
    %at: index,
    %m: !fot.memory<1 x 12, f32, f32>,
    %out: tensor<?x24xf32>) -> tensor<?x24xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [17000]}]} {
  %0 = fot.memory_attention topk : 16384 ins(%q, %k, %v, %m : tensor<?x24xf32>, tensor<1x50x12xf32>, tensor<1x50x12xf32>, !fot.memory<1 x 12, f32, f32>)
    at %at scale 0.288675135 outs(%out : tensor<?x24xf32>) -> tensor<?x24xf32>
  return %0 : tensor<?x24xf32>
}

func.func @decode(%q: tensor<1x576xf32>,
    %k: tensor<3x50x64xf32>,
    %v: tensor<3x50x64xf32>,
    %at: index,
    %m: !fot.memory<3 x 64, bf16, bf16>,
    %out: tensor<1x576xf32>) -> tensor<1x576xf32>
    attributes {fot.check = [{sizes = [1], scalars = [40], memory = [1000]}]} {
  %0 = fot.memory_attention topk : 32 ins(%q, %k, %v, %m : tensor<1x576xf32>, tensor<3x50x64xf32>, tensor<3x50x64xf32>, !fot.memory<3 x 64, bf16, bf16>)
    at %at scale 0.125000000 outs(%out : tensor<1x576xf32>) -> tensor<1x576xf32>
  return %0 : tensor<1x576xf32>
}

func.func @strategy(%q: tensor<?x512xf32>,
    %k: tensor<2x50x64xf32>,
    %v: tensor<2x50x64xf32>,
    %at: index,
    %m: !fot.memory<2 x 64, f32, f32>,
    %out: tensor<?x512xf32>) -> tensor<?x512xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]},
        {sizes = [2], scalars = [3], memory = [1]},
        {sizes = [7], scalars = [0], memory = [7]},
        {sizes = [33], scalars = [3], memory = [100]},
        {sizes = [2], scalars = [30], memory = [1000]}]} {
  %0 = fot.memory_attention topk : 8 ins(%q, %k, %v, %m : tensor<?x512xf32>, tensor<2x50x64xf32>, tensor<2x50x64xf32>, !fot.memory<2 x 64, f32, f32>)
    at %at scale 0.125000000 outs(%out : tensor<?x512xf32>) {strategy = #fot.strategy<tokens = 3, grain = 2, keys = 20>} -> tensor<?x512xf32>
  return %0 : tensor<?x512xf32>
}
