// Attention over the window: heads that share keys or do not, head dimensions
// that fill vectors or do not, tokens that fill tiles or do not, windows of
// less and more than one block of keys.
// RUN: fot-check %s

func.func @one_head(%q: tensor<?x64xf32>,
    %k: tensor<1x100x64xf32>,
    %v: tensor<1x100x64xf32>,
    %at: index,
    %out: tensor<?x64xf32>) -> tensor<?x64xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x64xf32>, tensor<1x100x64xf32>, tensor<1x100x64xf32>) at %at
    scale 0.125000000 outs(%out : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}

func.func @no_sharing(%q: tensor<?x48xf32>,
    %k: tensor<4x100x12xf32>,
    %v: tensor<4x100x12xf32>,
    %at: index,
    %out: tensor<?x48xf32>) -> tensor<?x48xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x48xf32>, tensor<4x100x12xf32>, tensor<4x100x12xf32>) at %at
    scale 0.288675135 outs(%out : tensor<?x48xf32>) -> tensor<?x48xf32>
  return %0 : tensor<?x48xf32>
}

func.func @three_share(%q: tensor<?x576xf32>,
    %k: tensor<3x100x64xf32>,
    %v: tensor<3x100x64xf32>,
    %at: index,
    %out: tensor<?x576xf32>) -> tensor<?x576xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x576xf32>, tensor<3x100x64xf32>, tensor<3x100x64xf32>) at %at
    scale 0.125000000 outs(%out : tensor<?x576xf32>) -> tensor<?x576xf32>
  return %0 : tensor<?x576xf32>
}

func.func @pairs_share_100(%q: tensor<?x600xf32>,
    %k: tensor<2x100x100xf32>,
    %v: tensor<2x100x100xf32>,
    %at: index,
    %out: tensor<?x600xf32>) -> tensor<?x600xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x600xf32>, tensor<2x100x100xf32>, tensor<2x100x100xf32>) at %at
    scale 0.100000000 outs(%out : tensor<?x600xf32>) -> tensor<?x600xf32>
  return %0 : tensor<?x600xf32>
}

func.func @five_share_30(%q: tensor<?x150xf32>,
    %k: tensor<1x100x30xf32>,
    %v: tensor<1x100x30xf32>,
    %at: index,
    %out: tensor<?x150xf32>) -> tensor<?x150xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x150xf32>, tensor<1x100x30xf32>, tensor<1x100x30xf32>) at %at
    scale 0.182574186 outs(%out : tensor<?x150xf32>) -> tensor<?x150xf32>
  return %0 : tensor<?x150xf32>
}

func.func @head_of_128(%q: tensor<?x256xf32>,
    %k: tensor<1x100x128xf32>,
    %v: tensor<1x100x128xf32>,
    %at: index,
    %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x256xf32>, tensor<1x100x128xf32>, tensor<1x100x128xf32>) at %at
    scale 0.088388348 outs(%out : tensor<?x256xf32>) -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

func.func @narrow_heads(%q: tensor<?x12xf32>,
    %k: tensor<2x100x6xf32>,
    %v: tensor<2x100x6xf32>,
    %at: index,
    %out: tensor<?x12xf32>) -> tensor<?x12xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x12xf32>, tensor<2x100x6xf32>, tensor<2x100x6xf32>) at %at
    scale 0.408248290 outs(%out : tensor<?x12xf32>) -> tensor<?x12xf32>
  return %0 : tensor<?x12xf32>
}

func.func @head_of_3(%q: tensor<?x9xf32>,
    %k: tensor<1x100x3xf32>,
    %v: tensor<1x100x3xf32>,
    %at: index,
    %out: tensor<?x9xf32>) -> tensor<?x9xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x9xf32>, tensor<1x100x3xf32>, tensor<1x100x3xf32>) at %at
    scale 0.577350269 outs(%out : tensor<?x9xf32>) -> tensor<?x9xf32>
  return %0 : tensor<?x9xf32>
}

func.func @decode(%q: tensor<1x576xf32>,
    %k: tensor<3x2048x64xf32>,
    %v: tensor<3x2048x64xf32>,
    %at: index,
    %out: tensor<1x576xf32>) -> tensor<1x576xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [1], scalars = [63]},
        {sizes = [1], scalars = [2047]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<1x576xf32>, tensor<3x2048x64xf32>, tensor<3x2048x64xf32>) at %at
    scale 0.125000000 outs(%out : tensor<1x576xf32>) -> tensor<1x576xf32>
  return %0 : tensor<1x576xf32>
}

func.func @decode_no_sharing(%q: tensor<1x200xf32>,
    %k: tensor<2x300x100xf32>,
    %v: tensor<2x300x100xf32>,
    %at: index,
    %out: tensor<1x200xf32>) -> tensor<1x200xf32>
    attributes {fot.check = [{sizes = [1], scalars = [299]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<1x200xf32>, tensor<2x300x100xf32>, tensor<2x300x100xf32>) at %at
    scale 0.100000000 outs(%out : tensor<1x200xf32>) -> tensor<1x200xf32>
  return %0 : tensor<1x200xf32>
}

func.func @strategy(%q: tensor<?x512xf32>,
    %k: tensor<2x100x64xf32>,
    %v: tensor<2x100x64xf32>,
    %at: index,
    %out: tensor<?x512xf32>) -> tensor<?x512xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x512xf32>, tensor<2x100x64xf32>, tensor<2x100x64xf32>) at %at
    scale 0.125000000 outs(%out : tensor<?x512xf32>) {strategy = #fot.strategy<tokens = 3, grain = 2, keys = 20>} -> tensor<?x512xf32>
  return %0 : tensor<?x512xf32>
}

func.func @large_logits(%q: tensor<?x128xf32>,
    %k: tensor<1x100x64xf32>,
    %v: tensor<1x100x64xf32>,
    %at: index,
    %out: tensor<?x128xf32>) -> tensor<?x128xf32>
    attributes {fot.check = [{sizes = [7], scalars = [30], scale = 10.0}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x128xf32>, tensor<1x100x64xf32>, tensor<1x100x64xf32>) at %at
    scale 0.125000000 outs(%out : tensor<?x128xf32>) -> tensor<?x128xf32>
  return %0 : tensor<?x128xf32>
}
