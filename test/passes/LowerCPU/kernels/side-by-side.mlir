// Products of one input, shared out as one list: whatever the number of workers
// and the sizes of items, each item is somebody's.
// RUN: fot-check --workers=1,2,3,4,5,7,16,33 %s

fot.weight @q : tensor<144x2x!fot.block<q4_0>> from #fot.random<1, 0.5>
fot.weight @k : tensor<48x2x!fot.block<q8_0>> from #fot.random<2, 0.5>
fot.weight @v : tensor<80x2x!fot.block<q4_1>> from #fot.random<3, 0.5>
fot.weight @t : tensor<64x24xf32> from #fot.rope_table<10000.0>

func.func @products(%x: tensor<?x2x!fot.block<a8>>, %at: index, %keys: tensor<2x40x24xf32>,
    %values: tensor<5x40x16xf32>, %queries: tensor<?x144xf32>, %more: tensor<?x48xf32>, %less: tensor<?x80xf32>)
    -> (tensor<?x144xf32>, tensor<2x40x24xf32>, tensor<5x40x16xf32>)
    attributes {fot.check = [{sizes = [1, 1, 1, 1], scalars = [0]}, {sizes = [19, 19, 19, 19], scalars = [20]}]} {
  %wq = fot.load_weight @q : tensor<144x2x!fot.block<q4_0>>
  %wk = fot.load_weight @k : tensor<48x2x!fot.block<q8_0>>
  %wv = fot.load_weight @v : tensor<80x2x!fot.block<q4_1>>
  %t = fot.load_weight @t : tensor<64x24xf32>
  %q = fot.matmul ins(%x, %wq : tensor<?x2x!fot.block<a8>>, tensor<144x2x!fot.block<q4_0>>)
    rope(%t : tensor<64x24xf32>) at %at outs(%queries : tensor<?x144xf32>) {head_dim = 24 : i64} -> tensor<?x144xf32>
  %k:2 = fot.window_matmul ins(%x, %wk : tensor<?x2x!fot.block<a8>>, tensor<48x2x!fot.block<q8_0>>)
    rope(%t : tensor<64x24xf32>) at %at outs(%more, %keys : tensor<?x48xf32>, tensor<2x40x24xf32>)
    -> tensor<?x48xf32>, tensor<2x40x24xf32>
  %v:2 = fot.window_matmul ins(%x, %wv : tensor<?x2x!fot.block<a8>>, tensor<80x2x!fot.block<q4_1>>) at %at
    outs(%less, %values : tensor<?x80xf32>, tensor<5x40x16xf32>) -> tensor<?x80xf32>, tensor<5x40x16xf32>
  return %q, %k#1, %v#1 : tensor<?x144xf32>, tensor<2x40x24xf32>, tensor<5x40x16xf32>
}
