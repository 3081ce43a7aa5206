// Many tokens' attention by tiles of queries: windows of every type, tokens and
// keys that do not fill tiles, heads that do not fill steps, groups that do not
// divide tiles, results in blocks within heads and across them; with a memory
// the window's part alone.
// RUN: fot-check --levels=cuda-emulated %s

func.func @bf16_64(%q: tensor<?x256xf32>, %k: tensor<2x200x64xbf16>, %v: tensor<2x200x64xbf16>, %at: index, %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [33], scalars = [0]}, {sizes = [70], scalars = [65]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x256xf32>, tensor<2x200x64xbf16>, tensor<2x200x64xbf16>) at %at
    scale 0.125000000 outs(%out : tensor<?x256xf32>) -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

func.func @f16_64_blocks(%q: tensor<?x192xf32>, %k: tensor<1x150x64xf16>, %v: tensor<1x150x64xf16>, %at: index, %out: tensor<?x6x!fot.block<a8>>) -> tensor<?x6x!fot.block<a8>>
    attributes {fot.check = [{sizes = [2], scalars = [0]}, {sizes = [45], scalars = [100]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x192xf32>, tensor<1x150x64xf16>, tensor<1x150x64xf16>) at %at
    scale 0.125000000 outs(%out : tensor<?x6x!fot.block<a8>>) -> tensor<?x6x!fot.block<a8>>
  return %0 : tensor<?x6x!fot.block<a8>>
}

func.func @f32_64_blocks(%q: tensor<?x384xf32>, %k: tensor<2x100x64xf32>, %v: tensor<2x100x64xf32>, %at: index, %out: tensor<?x12x!fot.block<a8>>) -> tensor<?x12x!fot.block<a8>>
    attributes {fot.check = [{sizes = [2], scalars = [7]}, {sizes = [40], scalars = [60]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x384xf32>, tensor<2x100x64xf32>, tensor<2x100x64xf32>) at %at
    scale 0.125000000 outs(%out : tensor<?x12x!fot.block<a8>>) -> tensor<?x12x!fot.block<a8>>
  return %0 : tensor<?x12x!fot.block<a8>>
}

func.func @bf16_100_blocks(%q: tensor<?x400xf32>, %k: tensor<4x130x100xbf16>, %v: tensor<4x130x100xbf16>, %at: index, %out: tensor<?x13x!fot.block<a8>>) -> tensor<?x13x!fot.block<a8>>
    attributes {fot.check = [{sizes = [66], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x400xf32>, tensor<4x130x100xbf16>, tensor<4x130x100xbf16>) at %at
    scale 0.100000000 outs(%out : tensor<?x13x!fot.block<a8>>) -> tensor<?x13x!fot.block<a8>>
  return %0 : tensor<?x13x!fot.block<a8>>
}

func.func @f32_100(%q: tensor<?x200xf32>, %k: tensor<2x80x100xf32>, %v: tensor<2x80x100xf32>, %at: index, %out: tensor<?x200xf32>) -> tensor<?x200xf32>
    attributes {fot.check = [{sizes = [3], scalars = [0]}, {sizes = [65], scalars = [15]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x200xf32>, tensor<2x80x100xf32>, tensor<2x80x100xf32>) at %at
    scale 0.100000000 outs(%out : tensor<?x200xf32>) -> tensor<?x200xf32>
  return %0 : tensor<?x200xf32>
}

func.func @f16_128(%q: tensor<?x512xf32>, %k: tensor<1x100x128xf16>, %v: tensor<1x100x128xf16>, %at: index, %out: tensor<?x512xf32>) -> tensor<?x512xf32>
    attributes {fot.check = [{sizes = [37], scalars = [63]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x512xf32>, tensor<1x100x128xf16>, tensor<1x100x128xf16>) at %at
    scale 0.088388348 outs(%out : tensor<?x512xf32>) -> tensor<?x512xf32>
  return %0 : tensor<?x512xf32>
}

func.func @f32_128_blocks(%q: tensor<?x256xf32>, %k: tensor<1x60x128xf32>, %v: tensor<1x60x128xf32>, %at: index, %out: tensor<?x8x!fot.block<a8>>) -> tensor<?x8x!fot.block<a8>>
    attributes {fot.check = [{sizes = [34], scalars = [20]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x256xf32>, tensor<1x60x128xf32>, tensor<1x60x128xf32>) at %at
    scale 0.088388348 outs(%out : tensor<?x8x!fot.block<a8>>) -> tensor<?x8x!fot.block<a8>>
  return %0 : tensor<?x8x!fot.block<a8>>
}

func.func @f32_6(%q: tensor<?x30xf32>, %k: tensor<5x70x6xf32>, %v: tensor<5x70x6xf32>, %at: index, %out: tensor<?x30xf32>) -> tensor<?x30xf32>
    attributes {fot.check = [{sizes = [70], scalars = [0]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x30xf32>, tensor<5x70x6xf32>, tensor<5x70x6xf32>) at %at
    scale 0.408248290 outs(%out : tensor<?x30xf32>) -> tensor<?x30xf32>
  return %0 : tensor<?x30xf32>
}

func.func @bf16_8(%q: tensor<?x64xf32>, %k: tensor<2x140x8xbf16>, %v: tensor<2x140x8xbf16>, %at: index, %out: tensor<?x64xf32>) -> tensor<?x64xf32>
    attributes {fot.check = [{sizes = [100], scalars = [40]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x64xf32>, tensor<2x140x8xbf16>, tensor<2x140x8xbf16>) at %at
    scale 0.353553391 outs(%out : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}


func.func @topk_bf16(%q: tensor<?x256xf32>, %k: tensor<2x90x64xbf16>, %v: tensor<2x90x64xbf16>, %at: index, %m: !fot.memory<2 x 64, bf16, bf16>, %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]}, {sizes = [40], scalars = [30], memory = [50]}, {sizes = [35], scalars = [0], memory = [3], muted = [0]}]} {
  %0 = fot.memory_attention topk : 6 ins(%q, %k, %v, %m : tensor<?x256xf32>, tensor<2x90x64xbf16>, tensor<2x90x64xbf16>, !fot.memory<2 x 64, bf16, bf16>) at %at
    scale 0.125000000 outs(%out : tensor<?x256xf32>) -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

func.func @dense_f16_blocks(%q: tensor<?x400xf32>, %k: tensor<4x60x100xf16>, %v: tensor<4x60x100xf16>, %at: index, %m: !fot.memory<4 x 100, i8, i8, heads = [0, 2]>, %out: tensor<?x13x!fot.block<a8>>) -> tensor<?x13x!fot.block<a8>>
    attributes {fot.check = [{sizes = [21], scalars = [30], memory = [33]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<?x400xf32>, tensor<4x60x100xf16>, tensor<4x60x100xf16>, !fot.memory<4 x 100, i8, i8, heads = [0, 2]>) at %at
    scale 0.100000000 outs(%out : tensor<?x13x!fot.block<a8>>) -> tensor<?x13x!fot.block<a8>>
  return %0 : tensor<?x13x!fot.block<a8>>
}

func.func @by_token(%q: tensor<?x256xf32>, %k: tensor<2x50x64xbf16>, %v: tensor<2x50x64xbf16>, %at: index, %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [7], scalars = [40]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x256xf32>, tensor<2x50x64xbf16>, tensor<2x50x64xbf16>) at %at
    scale 0.125000000 outs(%out : tensor<?x256xf32>) {fot.gpu_tile = false} -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

func.func @large_heads(%q: tensor<?x320xf32>, %k: tensor<1x50x160xf32>, %v: tensor<1x50x160xf32>, %at: index, %out: tensor<?x320xf32>) -> tensor<?x320xf32>
    attributes {fot.check = [{sizes = [7], scalars = [40]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x320xf32>, tensor<1x50x160xf32>, tensor<1x50x160xf32>) at %at
    scale 0.079056942 outs(%out : tensor<?x320xf32>) -> tensor<?x320xf32>
  return %0 : tensor<?x320xf32>
}
