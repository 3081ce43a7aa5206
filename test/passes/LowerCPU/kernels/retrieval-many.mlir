// Top-k retrieval for many queries: tiles of many rows multiply the codes of
// sealed segments. What comes out is that of an exact scan, bit for bit.
// RUN: fot-check %s

func.func @f32_128(%q: tensor<?x256xf32>,
    %k: tensor<2x150x128xf32>,
    %v: tensor<2x150x128xf32>,
    %at: index,
    %m: !fot.memory<2 x 128, f32, f32>,
    %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [130], scalars = [0], memory = [1500], sealed = 256},
        {sizes = [9], scalars = [3], memory = [1000], sealed = 100},
        {sizes = [17], scalars = [0], memory = [900], sealed = 900, odd = 50}]} {
  %0 = fot.memory_attention topk : 16 ins(%q, %k, %v, %m : tensor<?x256xf32>, tensor<2x150x128xf32>, tensor<2x150x128xf32>, !fot.memory<2 x 128, f32, f32>)
    at %at scale 0.088388348 outs(%out : tensor<?x256xf32>) -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

func.func @bf16_100_grain3(%q: tensor<?x600xf32>,
    %k: tensor<2x150x100xf32>,
    %v: tensor<2x150x100xf32>,
    %at: index,
    %m: !fot.memory<2 x 100, bf16, bf16>,
    %out: tensor<?x600xf32>) -> tensor<?x600xf32>
    attributes {fot.check = [{sizes = [43], scalars = [0], memory = [2000], sealed = 512},
        {sizes = [50], scalars = [0], memory = [700], sealed = 64}]} {
  %0 = fot.memory_attention topk : 128 ins(%q, %k, %v, %m : tensor<?x600xf32>, tensor<2x150x100xf32>, tensor<2x150x100xf32>, !fot.memory<2 x 100, bf16, bf16>)
    at %at scale 0.100000000 outs(%out : tensor<?x600xf32>) -> tensor<?x600xf32>
  return %0 : tensor<?x600xf32>
}

func.func @f16_64_grain2(%q: tensor<?x256xf32>,
    %k: tensor<2x150x64xf32>,
    %v: tensor<2x150x64xf32>,
    %at: index,
    %m: !fot.memory<2 x 64, f16, f32>,
    %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [66], scalars = [0], memory = [1000], sealed = 320},
        {sizes = [64], scalars = [5], memory = [1000], sealed = 192, period = 31}]} {
  %0 = fot.memory_attention topk : 1 ins(%q, %k, %v, %m : tensor<?x256xf32>, tensor<2x150x64xf32>, tensor<2x150x64xf32>, !fot.memory<2 x 64, f16, f32>)
    at %at scale 0.125000000 outs(%out : tensor<?x256xf32>) -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

func.func @i8_80_grain4(%q: tensor<?x320xf32>,
    %k: tensor<1x150x80xf32>,
    %v: tensor<1x150x80xf32>,
    %at: index,
    %m: !fot.memory<1 x 80, i8, i8>,
    %out: tensor<?x320xf32>) -> tensor<?x320xf32>
    attributes {fot.check = [{sizes = [40], scalars = [0], memory = [1000], sealed = 256},
        {sizes = [8], scalars = [0], memory = [600], sealed = 128, period = 200}]} {
  %0 = fot.memory_attention topk : 33 ins(%q, %k, %v, %m : tensor<?x320xf32>, tensor<1x150x80xf32>, tensor<1x150x80xf32>, !fot.memory<1 x 80, i8, i8>)
    at %at scale 0.111803399 outs(%out : tensor<?x320xf32>) -> tensor<?x320xf32>
  return %0 : tensor<?x320xf32>
}

func.func @bf16_64_some_heads(%q: tensor<?x384xf32>,
    %k: tensor<3x150x64xf32>,
    %v: tensor<3x150x64xf32>,
    %at: index,
    %m: !fot.memory<3 x 64, bf16, i8, heads = [0, 2]>,
    %out: tensor<?x384xf32>) -> tensor<?x384xf32>
    attributes {fot.check = [{sizes = [60], scalars = [0], memory = [1200], sealed = 256},
        {sizes = [60], scalars = [0], memory = [800], sealed = 256, muted = [2]}]} {
  %0 = fot.memory_attention topk : 8 ins(%q, %k, %v, %m : tensor<?x384xf32>, tensor<3x150x64xf32>, tensor<3x150x64xf32>, !fot.memory<3 x 64, bf16, i8, heads = [0, 2]>)
    at %at scale 0.125000000 outs(%out : tensor<?x384xf32>) -> tensor<?x384xf32>
  return %0 : tensor<?x384xf32>
}

func.func @f32_16(%q: tensor<?x32xf32>,
    %k: tensor<2x150x16xf32>,
    %v: tensor<2x150x16xf32>,
    %at: index,
    %m: !fot.memory<2 x 16, f32, bf16>,
    %out: tensor<?x32xf32>) -> tensor<?x32xf32>
    attributes {fot.check = [{sizes = [20], scalars = [0], memory = [1400], sealed = 320}]} {
  %0 = fot.memory_attention topk : 300 ins(%q, %k, %v, %m : tensor<?x32xf32>, tensor<2x150x16xf32>, tensor<2x150x16xf32>, !fot.memory<2 x 16, f32, bf16>)
    at %at scale 0.250000000 outs(%out : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}

func.func @bf16_8(%q: tensor<?x8xf32>,
    %k: tensor<1x150x8xf32>,
    %v: tensor<1x150x8xf32>,
    %at: index,
    %m: !fot.memory<1 x 8, bf16, bf16>,
    %out: tensor<?x8xf32>) -> tensor<?x8xf32>
    attributes {fot.check = [{sizes = [129], scalars = [0], memory = [1000], sealed = 128},
        {sizes = [129], scalars = [0], memory = [5], sealed = 1}]} {
  %0 = fot.memory_attention topk : 7 ins(%q, %k, %v, %m : tensor<?x8xf32>, tensor<1x150x8xf32>, tensor<1x150x8xf32>, !fot.memory<1 x 8, bf16, bf16>)
    at %at scale 0.353553391 outs(%out : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %0 : tensor<?x8xf32>
}

func.func @f32_256(%q: tensor<?x256xf32>,
    %k: tensor<1x150x256xf32>,
    %v: tensor<1x150x256xf32>,
    %at: index,
    %m: !fot.memory<1 x 256, f32, f32>,
    %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [30], scalars = [0], memory = [700], sealed = 256, scale = 100.0},
        {sizes = [30], scalars = [0], memory = [700], sealed = 256, scale = 1.0e-18}]} {
  %0 = fot.memory_attention topk : 20 ins(%q, %k, %v, %m : tensor<?x256xf32>, tensor<1x150x256xf32>, tensor<1x150x256xf32>, !fot.memory<1 x 256, f32, f32>)
    at %at scale 0.062500000 outs(%out : tensor<?x256xf32>) -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

func.func @f32_97_k1024(%q: tensor<?x97xf32>,
    %k: tensor<1x150x97xf32>,
    %v: tensor<1x150x97xf32>,
    %at: index,
    %m: !fot.memory<1 x 97, f32, f32>,
    %out: tensor<?x97xf32>) -> tensor<?x97xf32>
    attributes {fot.check = [{sizes = [24], scalars = [0], memory = [3000], sealed = 1024}]} {
  %0 = fot.memory_attention topk : 1024 ins(%q, %k, %v, %m : tensor<?x97xf32>, tensor<1x150x97xf32>, tensor<1x150x97xf32>, !fot.memory<1 x 97, f32, f32>)
    at %at scale 0.101534617 outs(%out : tensor<?x97xf32>) -> tensor<?x97xf32>
  return %0 : tensor<?x97xf32>
}
