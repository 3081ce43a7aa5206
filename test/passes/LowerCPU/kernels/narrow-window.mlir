// Window caches of 16-bit floats: what is written is rounded once, to nearest,
// and what is read is exact.
// RUN: fot-check %s

func.func @append_bf16(%x: tensor<?x60xf32>, %at: index, %cache: tensor<2x40x30xbf16>) -> tensor<2x40x30xbf16>
    attributes {fot.check = [{sizes = [2], scalars = [5]},
        {sizes = [40], scalars = [0]}]} {
  %0 = fot.append_window ins(%x : tensor<?x60xf32>) at %at outs(%cache : tensor<2x40x30xbf16>) -> tensor<2x40x30xbf16>
  return %0 : tensor<2x40x30xbf16>
}

func.func @append_f16(%x: tensor<1x512xf32>, %at: index, %cache: tensor<4x16x128xf16>) -> tensor<4x16x128xf16>
    attributes {fot.check = [{sizes = [1], scalars = [15]}]} {
  %0 = fot.append_window ins(%x : tensor<1x512xf32>) at %at outs(%cache : tensor<4x16x128xf16>) -> tensor<4x16x128xf16>
  return %0 : tensor<4x16x128xf16>
}

func.func @evict_bf16(%m: !fot.memory<3 x 64, f32, i8>, %k: tensor<3x32x64xbf16>, %v: tensor<3x32x64xbf16>,
    %count: index) -> !fot.memory<3 x 64, f32, i8> attributes {fot.check = [{memory = [0], scalars = [32]},
        {memory = [7], scalars = [20]}]} {
  %0 = fot.append_memory %m, %k, %v count %count : !fot.memory<3 x 64, f32, i8>, tensor<3x32x64xbf16>, tensor<3x32x64xbf16>
  return %0 : !fot.memory<3 x 64, f32, i8>
}

func.func @evict_f16(%m: !fot.memory<1 x 30, f16, bf16>, %k: tensor<1x50x30xf16>, %v: tensor<1x50x30xf16>,
    %count: index) -> !fot.memory<1 x 30, f16, bf16> attributes {fot.check = [{memory = [300], scalars = [49]}]} {
  %0 = fot.append_memory %m, %k, %v count %count : !fot.memory<1 x 30, f16, bf16>, tensor<1x50x30xf16>, tensor<1x50x30xf16>
  return %0 : !fot.memory<1 x 30, f16, bf16>
}

func.func @three_share_bf16(%q: tensor<?x576xf32>, %k: tensor<3x100x64xbf16>, %v: tensor<3x100x64xbf16>,
    %at: index, %out: tensor<?x576xf32>) -> tensor<?x576xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x576xf32>, tensor<3x100x64xbf16>, tensor<3x100x64xbf16>) at %at
    scale 0.125000000 outs(%out : tensor<?x576xf32>) -> tensor<?x576xf32>
  return %0 : tensor<?x576xf32>
}

func.func @pairs_share_100_f16(%q: tensor<?x600xf32>, %k: tensor<2x100x100xf16>, %v: tensor<2x100x100xf16>,
    %at: index, %out: tensor<?x600xf32>) -> tensor<?x600xf32>
    attributes {fot.check = [{sizes = [1], scalars = [99]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x600xf32>, tensor<2x100x100xf16>, tensor<2x100x100xf16>) at %at
    scale 0.100000000 outs(%out : tensor<?x600xf32>) -> tensor<?x600xf32>
  return %0 : tensor<?x600xf32>
}

func.func @decode_bf16(%q: tensor<1x576xf32>, %k: tensor<3x50x64xbf16>, %v: tensor<3x50x64xbf16>,
    %at: index, %m: !fot.memory<3 x 64, bf16, bf16>, %out: tensor<1x576xf32>) -> tensor<1x576xf32>
    attributes {fot.check = [{sizes = [1], scalars = [40], memory = [1000]}]} {
  %0 = fot.memory_attention topk : 32 ins(%q, %k, %v, %m : tensor<1x576xf32>, tensor<3x50x64xbf16>, tensor<3x50x64xbf16>, !fot.memory<3 x 64, bf16, bf16>)
    at %at scale 0.125000000 outs(%out : tensor<1x576xf32>) -> tensor<1x576xf32>
  return %0 : tensor<1x576xf32>
}

func.func @dense_f16(%q: tensor<?x500xf32>, %k: tensor<5x50x100xf16>, %v: tensor<5x50x100xf16>,
    %at: index, %m: !fot.memory<5 x 100, f16, f16>, %out: tensor<?x500xf32>) -> tensor<?x500xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]},
        {sizes = [33], scalars = [3], memory = [100]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<?x500xf32>, tensor<5x50x100xf16>, tensor<5x50x100xf16>, !fot.memory<5 x 100, f16, f16>)
    at %at scale 0.100000000 outs(%out : tensor<?x500xf32>) -> tensor<?x500xf32>
  return %0 : tensor<?x500xf32>
}
