// Retrieved keys of each query, or prefix keys of all, in the softmax of the
// window.
// RUN: fot-check %s

func.func @retrieved(%q: tensor<?x384xf32>,
    %k: tensor<2x50x64xf32>,
    %v: tensor<2x50x64xf32>,
    %at: index,
    %mk: tensor<?x6x?x64xf32>,
    %mv: tensor<?x6x?x64xf32>,
    %out: tensor<?x384xf32>) -> tensor<?x384xf32>
    attributes {fot.check = [{sizes = [1, 1, 1, 1, 1, 1], scalars = [0]},
        {sizes = [7, 7, 100, 7, 100, 7], scalars = [5]},
        {sizes = [3, 3, 0, 3, 0, 3], scalars = [9]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x384xf32>, tensor<2x50x64xf32>, tensor<2x50x64xf32>) at %at
    retrieved(%mk, %mv : tensor<?x6x?x64xf32>, tensor<?x6x?x64xf32>)
    scale 0.125000000 outs(%out : tensor<?x384xf32>) -> tensor<?x384xf32>
  return %0 : tensor<?x384xf32>
}

func.func @prefix(%q: tensor<?x108xf32>,
    %k: tensor<3x50x12xf32>,
    %v: tensor<3x50x12xf32>,
    %at: index,
    %mk: tensor<3x?x12xf32>,
    %mv: tensor<3x?x12xf32>,
    %out: tensor<?x108xf32>) -> tensor<?x108xf32>
    attributes {fot.check = [{sizes = [1, 1, 1, 1], scalars = [0]},
        {sizes = [7, 130, 130, 7], scalars = [5]},
        {sizes = [33, 64, 64, 33], scalars = [2]},
        {sizes = [2, 0, 0, 2], scalars = [9]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x108xf32>, tensor<3x50x12xf32>, tensor<3x50x12xf32>) at %at
    prefix(%mk, %mv : tensor<3x?x12xf32>, tensor<3x?x12xf32>)
    scale 0.288675135 outs(%out : tensor<?x108xf32>) -> tensor<?x108xf32>
  return %0 : tensor<?x108xf32>
}
