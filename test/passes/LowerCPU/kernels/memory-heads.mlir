// Memories that only some key-value heads own, and rows of bytes: append, view,
// retrieval, and attention over them, fused and not.
// RUN: fot-check %s

func.func @append(%k: tensor<4x50x24xf32>, %v: tensor<4x50x24xf32>,
    %count: index, %m: !fot.memory<4 x 24, i8, i8, heads = [1, 3]>)
    -> !fot.memory<4 x 24, i8, i8, heads = [1, 3]>
    attributes {fot.check = [{scalars = [0], memory = [0]},
        {scalars = [7], memory = [5]}, {scalars = [50], memory = [200]}]} {
  %0 = fot.append_memory %m, %k, %v count %count : !fot.memory<4 x 24, i8, i8, heads = [1, 3]>, tensor<4x50x24xf32>, tensor<4x50x24xf32>
  return %0 : !fot.memory<4 x 24, i8, i8, heads = [1, 3]>
}

func.func @view(%m: !fot.memory<3 x 20, i8, bf16, heads = [2]>,
    %k: tensor<3x?x20xf32>, %v: tensor<3x?x20xf32>)
    -> (tensor<3x?x20xf32>, tensor<3x?x20xf32>)
    attributes {fot.check = [{sizes = [1, 1], memory = [1]},
        {sizes = [90, 90], memory = [90]}]} {
  %0:2 = fot.view_memory %m : !fot.memory<3 x 20, i8, bf16, heads = [2]> outs(%k, %v : tensor<3x?x20xf32>, tensor<3x?x20xf32>) -> tensor<3x?x20xf32>, tensor<3x?x20xf32>
  return %0#0, %0#1 : tensor<3x?x20xf32>, tensor<3x?x20xf32>
}

func.func @unfused(%q: tensor<?x96xf32>, %k: tensor<2x50x16xf32>,
    %v: tensor<2x50x16xf32>, %at: index,
    %m: !fot.memory<2 x 16, i8, i8, heads = [1]>,
    %scores: tensor<?x6x?xf32>, %indices: tensor<?x6x?xi64>,
    %keys: tensor<?x6x?x16xf32>, %values: tensor<?x6x?x16xf32>,
    %out: tensor<?x96xf32>)
    -> (tensor<?x6x?xf32>, tensor<?x6x?xi64>, tensor<?x96xf32>)
    attributes {fot.check = [
        {sizes = [1, 1, 5, 1, 5, 1, 5, 1, 5, 1], scalars = [3], memory = [5]},
        {sizes = [9, 9, 7, 9, 7, 9, 7, 9, 7, 9], scalars = [11], memory = [300]}]} {
  %0:2 = fot.knn ins(%q, %m : tensor<?x96xf32>, !fot.memory<2 x 16, i8, i8, heads = [1]>) outs(%scores, %indices : tensor<?x6x?xf32>, tensor<?x6x?xi64>) -> tensor<?x6x?xf32>, tensor<?x6x?xi64>
  %1:2 = fot.gather ins(%0#1, %m : tensor<?x6x?xi64>, !fot.memory<2 x 16, i8, i8, heads = [1]>) outs(%keys, %values : tensor<?x6x?x16xf32>, tensor<?x6x?x16xf32>) -> tensor<?x6x?x16xf32>, tensor<?x6x?x16xf32>
  %2 = fot.attention ins(%q, %k, %v : tensor<?x96xf32>, tensor<2x50x16xf32>, tensor<2x50x16xf32>) at %at retrieved(%1#0, %1#1 : tensor<?x6x?x16xf32>, tensor<?x6x?x16xf32>) scale 0.25 outs(%out : tensor<?x96xf32>) {memory_heads = array<i64: 1>} -> tensor<?x96xf32>
  return %0#0, %0#1, %2 : tensor<?x6x?xf32>, tensor<?x6x?xi64>, tensor<?x96xf32>
}

func.func @topk(%q: tensor<?x300xf32>, %k: tensor<3x50x100xf32>,
    %v: tensor<3x50x100xf32>, %at: index,
    %m: !fot.memory<3 x 100, i8, i8, heads = [0, 2]>,
    %out: tensor<?x300xf32>) -> tensor<?x300xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]},
        {sizes = [1], scalars = [9], memory = [1000]},
        {sizes = [33], scalars = [3], memory = [100]}]} {
  %0 = fot.memory_attention topk : 8 ins(%q, %k, %v, %m : tensor<?x300xf32>, tensor<3x50x100xf32>, tensor<3x50x100xf32>, !fot.memory<3 x 100, i8, i8, heads = [0, 2]>)
    at %at scale 0.1 outs(%out : tensor<?x300xf32>) -> tensor<?x300xf32>
  return %0 : tensor<?x300xf32>
}

func.func @dense(%q: tensor<?x64xf32>, %k: tensor<2x50x32xf32>,
    %v: tensor<2x50x32xf32>, %at: index,
    %m: !fot.memory<2 x 32, i8, f16, heads = [0]>,
    %out: tensor<?x64xf32>) -> tensor<?x64xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]},
        {sizes = [40], scalars = [9], memory = [500]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<?x64xf32>, tensor<2x50x32xf32>, tensor<2x50x32xf32>, !fot.memory<2 x 32, i8, f16, heads = [0]>)
    at %at scale 0.176 outs(%out : tensor<?x64xf32>) -> tensor<?x64xf32>
  return %0 : tensor<?x64xf32>
}
