// One token's attention, cut up for many blocks of threads: more ranges than
// keys, ranges that are not equal, results in blocks that heads share.
// RUN: fot-check --levels=cuda-emulated %s

func.func @five_of_100(%q: tensor<1x256xf32>, %k: tensor<2x100x64xf32>, %v: tensor<2x100x64xf32>, %at: index, %out: tensor<1x256xf32>) -> tensor<1x256xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [1], scalars = [3]}, {sizes = [1], scalars = [50]}, {sizes = [1], scalars = [99]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<1x256xf32>, tensor<2x100x64xf32>, tensor<2x100x64xf32>) at %at
    scale 0.125000000 outs(%out : tensor<1x256xf32>) {fot.gpu_splits = 5 : i64} -> tensor<1x256xf32>
  return %0 : tensor<1x256xf32>
}

func.func @as_chosen(%q: tensor<1x192xf32>, %k: tensor<2x1000x32xbf16>, %v: tensor<2x1000x32xbf16>, %at: index, %out: tensor<1x192xf32>) -> tensor<1x192xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [1], scalars = [129]}, {sizes = [1], scalars = [999]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<1x192xf32>, tensor<2x1000x32xbf16>, tensor<2x1000x32xbf16>) at %at
    scale 0.176776695 outs(%out : tensor<1x192xf32>) -> tensor<1x192xf32>
  return %0 : tensor<1x192xf32>
}

func.func @head_100_f16(%q: tensor<1x400xf32>, %k: tensor<2x64x100xf16>, %v: tensor<2x64x100xf16>, %at: index, %out: tensor<1x13x!fot.block<a8>>) -> tensor<1x13x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [1], scalars = [7]}, {sizes = [1], scalars = [63]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<1x400xf32>, tensor<2x64x100xf16>, tensor<2x64x100xf16>) at %at
    scale 0.100000000 outs(%out : tensor<1x13x!fot.block<a8>>) {fot.gpu_splits = 3 : i64} -> tensor<1x13x!fot.block<a8>>
  return %0 : tensor<1x13x!fot.block<a8>>
}

func.func @head_24_blocks(%q: tensor<1x72xf32>, %k: tensor<1x40x24xf32>, %v: tensor<1x40x24xf32>, %at: index, %out: tensor<1x3x!fot.block<a8>>) -> tensor<1x3x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [1], scalars = [39]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<1x72xf32>, tensor<1x40x24xf32>, tensor<1x40x24xf32>) at %at
    scale 0.204124145 outs(%out : tensor<1x3x!fot.block<a8>>) {fot.gpu_splits = 4 : i64} -> tensor<1x3x!fot.block<a8>>
  return %0 : tensor<1x3x!fot.block<a8>>
}

func.func @dense(%q: tensor<1x256xf32>, %k: tensor<2x50x64xf32>, %v: tensor<2x50x64xf32>, %at: index, %m: !fot.memory<2 x 64, f32, f32>, %out: tensor<1x256xf32>) -> tensor<1x256xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]}, {sizes = [1], scalars = [0], memory = [3]}, {sizes = [1], scalars = [49], memory = [200]}, {sizes = [1], scalars = [20], memory = [100], muted = [1]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<1x256xf32>, tensor<2x50x64xf32>, tensor<2x50x64xf32>, !fot.memory<2 x 64, f32, f32>) at %at
    scale 0.125000000 outs(%out : tensor<1x256xf32>) {fot.gpu_splits = 7 : i64} -> tensor<1x256xf32>
  return %0 : tensor<1x256xf32>
}

func.func @dense_int8(%q: tensor<1x200xf32>, %k: tensor<2x50x100xbf16>, %v: tensor<2x50x100xbf16>, %at: index, %m: !fot.memory<2 x 100, i8, i8>, %out: tensor<1x7x!fot.block<a8>>) -> tensor<1x7x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [1]}, {sizes = [1], scalars = [49], memory = [77]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<1x200xf32>, tensor<2x50x100xbf16>, tensor<2x50x100xbf16>, !fot.memory<2 x 100, i8, i8>) at %at
    scale 0.100000000 outs(%out : tensor<1x7x!fot.block<a8>>) {fot.gpu_splits = 4 : i64} -> tensor<1x7x!fot.block<a8>>
  return %0 : tensor<1x7x!fot.block<a8>>
}

func.func @dense_as_chosen(%q: tensor<1x128xf32>, %k: tensor<2x50x32xf32>, %v: tensor<2x50x32xf32>, %at: index, %m: !fot.memory<2 x 32, bf16, bf16, heads = [1]>, %out: tensor<1x128xf32>) -> tensor<1x128xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [0]}, {sizes = [1], scalars = [49], memory = [500]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<1x128xf32>, tensor<2x50x32xf32>, tensor<2x50x32xf32>, !fot.memory<2 x 32, bf16, bf16, heads = [1]>) at %at
    scale 0.176776695 outs(%out : tensor<1x128xf32>) -> tensor<1x128xf32>
  return %0 : tensor<1x128xf32>
}

func.func @topk(%q: tensor<1x128xf32>, %k: tensor<2x300x32xf32>, %v: tensor<2x300x32xf32>, %at: index, %m: !fot.memory<2 x 32, f32, f32>, %out: tensor<1x128xf32>) -> tensor<1x128xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]}, {sizes = [1], scalars = [9], memory = [5]}, {sizes = [1], scalars = [299], memory = [400]}]} {
  %0 = fot.memory_attention topk : 8 ins(%q, %k, %v, %m : tensor<1x128xf32>, tensor<2x300x32xf32>, tensor<2x300x32xf32>, !fot.memory<2 x 32, f32, f32>) at %at
    scale 0.176776695 outs(%out : tensor<1x128xf32>) {fot.gpu_splits = 6 : i64} -> tensor<1x128xf32>
  return %0 : tensor<1x128xf32>
}
