// Blocks of the window by themselves, and attention that joins them: positions
// in the first block, at its ends, and in the last.
// RUN: fot-check %s

func.func @three_share(%q: tensor<1x576xf32>, %k: tensor<3x100x64xf32>, %v: tensor<3x100x64xf32>, %at: index, %out: tensor<1x576xf32>) -> tensor<1x576xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [1], scalars = [1]}, {sizes = [1], scalars = [50]}, {sizes = [1], scalars = [63]}, {sizes = [1], scalars = [64]}, {sizes = [1], scalars = [65]}, {sizes = [1], scalars = [99]}]} {
  %init = tensor.empty() : tensor<2x9x66xf32>
  %parts = fot.partial_attention of 64 ins(%q, %k, %v : tensor<1x576xf32>, tensor<3x100x64xf32>, tensor<3x100x64xf32>) at %at
    scale 0.125000000 outs(%init : tensor<2x9x66xf32>) -> tensor<2x9x66xf32>
  %0 = fot.attention ins(%q, %k, %v : tensor<1x576xf32>, tensor<3x100x64xf32>, tensor<3x100x64xf32>) at %at
    parts(%parts of 64 : tensor<2x9x66xf32>) scale 0.125000000 outs(%out : tensor<1x576xf32>) -> tensor<1x576xf32>
  return %0 : tensor<1x576xf32>
}

func.func @no_sharing_12(%q: tensor<1x48xf32>, %k: tensor<4x100x12xf32>, %v: tensor<4x100x12xf32>, %at: index, %out: tensor<1x48xf32>) -> tensor<1x48xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [1], scalars = [1]}, {sizes = [1], scalars = [15]}, {sizes = [1], scalars = [16]}, {sizes = [1], scalars = [17]}, {sizes = [1], scalars = [50]}, {sizes = [1], scalars = [99]}]} {
  %init = tensor.empty() : tensor<7x4x14xf32>
  %parts = fot.partial_attention of 16 ins(%q, %k, %v : tensor<1x48xf32>, tensor<4x100x12xf32>, tensor<4x100x12xf32>) at %at
    scale 0.288675135 outs(%init : tensor<7x4x14xf32>) -> tensor<7x4x14xf32>
  %0 = fot.attention ins(%q, %k, %v : tensor<1x48xf32>, tensor<4x100x12xf32>, tensor<4x100x12xf32>) at %at
    parts(%parts of 16 : tensor<7x4x14xf32>) scale 0.288675135 outs(%out : tensor<1x48xf32>) -> tensor<1x48xf32>
  return %0 : tensor<1x48xf32>
}

func.func @head_100_bf16(%q: tensor<1x600xf32>, %k: tensor<2x200x100xbf16>, %v: tensor<2x200x100xbf16>, %at: index, %out: tensor<1x600xf32>) -> tensor<1x600xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [1], scalars = [1]}, {sizes = [1], scalars = [63]}, {sizes = [1], scalars = [64]}, {sizes = [1], scalars = [65]}, {sizes = [1], scalars = [100]}, {sizes = [1], scalars = [199]}]} {
  %init = tensor.empty() : tensor<4x6x102xf32>
  %parts = fot.partial_attention of 64 ins(%q, %k, %v : tensor<1x600xf32>, tensor<2x200x100xbf16>, tensor<2x200x100xbf16>) at %at
    scale 0.100000000 outs(%init : tensor<4x6x102xf32>) -> tensor<4x6x102xf32>
  %0 = fot.attention ins(%q, %k, %v : tensor<1x600xf32>, tensor<2x200x100xbf16>, tensor<2x200x100xbf16>) at %at
    parts(%parts of 64 : tensor<4x6x102xf32>) scale 0.100000000 outs(%out : tensor<1x600xf32>) -> tensor<1x600xf32>
  return %0 : tensor<1x600xf32>
}

func.func @five_share_f16(%q: tensor<1x150xf32>, %k: tensor<1x70x30xf16>, %v: tensor<1x70x30xf16>, %at: index, %out: tensor<1x150xf32>) -> tensor<1x150xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [1], scalars = [1]}, {sizes = [1], scalars = [31]}, {sizes = [1], scalars = [32]}, {sizes = [1], scalars = [33]}, {sizes = [1], scalars = [35]}, {sizes = [1], scalars = [69]}]} {
  %init = tensor.empty() : tensor<3x5x32xf32>
  %parts = fot.partial_attention of 32 ins(%q, %k, %v : tensor<1x150xf32>, tensor<1x70x30xf16>, tensor<1x70x30xf16>) at %at
    scale 0.182574186 outs(%init : tensor<3x5x32xf32>) -> tensor<3x5x32xf32>
  %0 = fot.attention ins(%q, %k, %v : tensor<1x150xf32>, tensor<1x70x30xf16>, tensor<1x70x30xf16>) at %at
    parts(%parts of 32 : tensor<3x5x32xf32>) scale 0.182574186 outs(%out : tensor<1x150xf32>) -> tensor<1x150xf32>
  return %0 : tensor<1x150xf32>
}

func.func @many_blocks(%q: tensor<1x192xf32>, %k: tensor<1x1000x64xf32>, %v: tensor<1x1000x64xf32>, %at: index, %out: tensor<1x192xf32>) -> tensor<1x192xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]}, {sizes = [1], scalars = [1]}, {sizes = [1], scalars = [63]}, {sizes = [1], scalars = [64]}, {sizes = [1], scalars = [65]}, {sizes = [1], scalars = [500]}, {sizes = [1], scalars = [999]}]} {
  %init = tensor.empty() : tensor<16x3x66xf32>
  %parts = fot.partial_attention of 64 ins(%q, %k, %v : tensor<1x192xf32>, tensor<1x1000x64xf32>, tensor<1x1000x64xf32>) at %at
    scale 0.125000000 outs(%init : tensor<16x3x66xf32>) -> tensor<16x3x66xf32>
  %0 = fot.attention ins(%q, %k, %v : tensor<1x192xf32>, tensor<1x1000x64xf32>, tensor<1x1000x64xf32>) at %at
    parts(%parts of 64 : tensor<16x3x66xf32>) scale 0.125000000 outs(%out : tensor<1x192xf32>) -> tensor<1x192xf32>
  return %0 : tensor<1x192xf32>
}

func.func @parts_alone(%q: tensor<1x384xf32>, %k: tensor<2x128x64xf32>, %v: tensor<2x128x64xf32>, %at: index,
    %parts: tensor<2x6x66xf32>) -> tensor<2x6x66xf32>
    attributes {fot.check = [{sizes = [1], scalars = [10]}, {sizes = [1], scalars = [127]}]} {
  %0 = fot.partial_attention of 64 ins(%q, %k, %v : tensor<1x384xf32>, tensor<2x128x64xf32>, tensor<2x128x64xf32>) at %at
    scale 0.125 outs(%parts : tensor<2x6x66xf32>) -> tensor<2x6x66xf32>
  return %0 : tensor<2x6x66xf32>
}

func.func @with_memory(%q: tensor<1x576xf32>, %k: tensor<3x150x64xf32>, %v: tensor<3x150x64xf32>, %at: index,
    %m: !fot.memory<3 x 64, bf16, bf16>, %out: tensor<1x576xf32>) -> tensor<1x576xf32>
    attributes {fot.check = [{sizes = [1], scalars = [40], memory = [1000]}, {sizes = [1], scalars = [149], memory = [7]}]} {
  %init = tensor.empty() : tensor<3x9x66xf32>
  %parts = fot.partial_attention of 64 ins(%q, %k, %v : tensor<1x576xf32>, tensor<3x150x64xf32>, tensor<3x150x64xf32>) at %at
    scale 0.125 outs(%init : tensor<3x9x66xf32>) -> tensor<3x9x66xf32>
  %0 = fot.memory_attention topk : 32 ins(%q, %k, %v, %m : tensor<1x576xf32>, tensor<3x150x64xf32>, tensor<3x150x64xf32>, !fot.memory<3 x 64, bf16, bf16>)
    at %at parts(%parts of 64 : tensor<3x9x66xf32>) scale 0.125 outs(%out : tensor<1x576xf32>) -> tensor<1x576xf32>
  return %0 : tensor<1x576xf32>
}
