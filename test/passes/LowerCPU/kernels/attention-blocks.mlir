// Attention that rounds its result to a8 blocks, which lie within a head, span
// several, or reach from one key-value head's queries into the next one's.
// RUN: fot-check %s

func.func @within_heads(%q: tensor<?x576xf32>,
    %k: tensor<3x100x64xf32>,
    %v: tensor<3x100x64xf32>,
    %at: index,
    %out: tensor<?x18x!fot.block<a8>>) -> tensor<?x18x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x576xf32>, tensor<3x100x64xf32>, tensor<3x100x64xf32>) at %at
    scale 0.125000000 outs(%out : tensor<?x18x!fot.block<a8>>) -> tensor<?x18x!fot.block<a8>>
  return %0 : tensor<?x18x!fot.block<a8>>
}

func.func @across_groups(%q: tensor<?x108xf32>,
    %k: tensor<3x100x12xf32>,
    %v: tensor<3x100x12xf32>,
    %at: index,
    %out: tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x108xf32>, tensor<3x100x12xf32>, tensor<3x100x12xf32>) at %at
    scale 0.288675135 outs(%out : tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
  return %0 : tensor<?x4x!fot.block<a8>>
}

func.func @partial_last(%q: tensor<?x500xf32>,
    %k: tensor<1x100x100xf32>,
    %v: tensor<1x100x100xf32>,
    %at: index,
    %out: tensor<?x16x!fot.block<a8>>) -> tensor<?x16x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x500xf32>, tensor<1x100x100xf32>, tensor<1x100x100xf32>) at %at
    scale 0.100000000 outs(%out : tensor<?x16x!fot.block<a8>>) -> tensor<?x16x!fot.block<a8>>
  return %0 : tensor<?x16x!fot.block<a8>>
}

func.func @shared_by_two_heads(%q: tensor<?x64xf32>,
    %k: tensor<2x100x16xf32>,
    %v: tensor<2x100x16xf32>,
    %at: index,
    %out: tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1], scalars = [0]},
        {sizes = [2], scalars = [5]},
        {sizes = [7], scalars = [0]},
        {sizes = [33], scalars = [64]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x64xf32>, tensor<2x100x16xf32>, tensor<2x100x16xf32>) at %at
    scale 0.250000000 outs(%out : tensor<?x2x!fot.block<a8>>) -> tensor<?x2x!fot.block<a8>>
  return %0 : tensor<?x2x!fot.block<a8>>
}

func.func @decode(%q: tensor<1x90xf32>,
    %k: tensor<3x100x30xf32>,
    %v: tensor<3x100x30xf32>,
    %at: index,
    %out: tensor<1x3x!fot.block<a8>>) -> tensor<1x3x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1], scalars = [70]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<1x90xf32>, tensor<3x100x30xf32>, tensor<3x100x30xf32>) at %at
    scale 0.182574186 outs(%out : tensor<1x3x!fot.block<a8>>) -> tensor<1x3x!fot.block<a8>>
  return %0 : tensor<1x3x!fot.block<a8>>
}

func.func @memory_across_groups(%q: tensor<?x108xf32>,
    %k: tensor<3x50x12xf32>,
    %v: tensor<3x50x12xf32>,
    %at: index,
    %m: !fot.memory<3 x 12, f32, f32>,
    %out: tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
    attributes {fot.check = [{sizes = [7], scalars = [3], memory = [100]}]} {
  %0 = fot.memory_attention topk : 8 ins(%q, %k, %v, %m : tensor<?x108xf32>, tensor<3x50x12xf32>, tensor<3x50x12xf32>, !fot.memory<3 x 12, f32, f32>)
    at %at scale 0.288675135 outs(%out : tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
  return %0 : tensor<?x4x!fot.block<a8>>
}
