// The fused op computes what retrieval and attention did, in the cases that
// are easy to get wrong.
// RUN: fot-opt %s --fot-fuse-retrieval-into-attention | FileCheck %s
// RUN: fot-opt %s --fot-evaluate=function=topk \
// RUN:   --fot-fuse-retrieval-into-attention --fot-evaluate=function=topk \
// RUN:   -o /dev/null | %python %S/Inputs/same-values.py
// RUN: fot-opt %s --fot-evaluate=function=few \
// RUN:   --fot-fuse-retrieval-into-attention --fot-evaluate=function=few \
// RUN:   -o /dev/null | %python %S/Inputs/same-values.py
// RUN: fot-opt %s --fot-evaluate=function=empty \
// RUN:   --fot-fuse-retrieval-into-attention --fot-evaluate=function=empty \
// RUN:   -o /dev/null | %python %S/Inputs/same-values.py
// RUN: fot-opt %s --fot-evaluate=function=dense \
// RUN:   --fot-fuse-retrieval-into-attention --fot-evaluate=function=dense \
// RUN:   -o /dev/null | %python %S/Inputs/same-values.py

// CHECK-COUNT-4: fot.memory_attention
//     CHECK-NOT: fot.attention

!mem = !fot.memory<2 x 4, bf16, bf16>
!window = tensor<2x6x4xf32>
fot.weight @q : tensor<3x16xf32> from #fot.random<1, 1.0>
fot.weight @k : !window from #fot.random<2, 1.0>
fot.weight @v : !window from #fot.random<3, 1.0>

// Two query heads read one head of the memory, three of whose keys come twice:
// among equal scores the older entry wins.
func.func @topk() -> tensor<3x16xf32> {
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c5 = arith.constant 5 : index
  %c6 = arith.constant 6 : index
  %q = fot.load_weight @q : tensor<3x16xf32>
  %keys = fot.load_weight @k : !window
  %values = fot.load_weight @v : !window
  %mem0 = fot.create_memory : !mem
  %mem1 = fot.append_memory %mem0, %keys, %values count %c6
    : !mem, !window, !window
  %mem = fot.append_memory %mem1, %keys, %keys count %c3
    : !mem, !window, !window
  %size = fot.memory_size %mem : !mem
  %k = arith.minui %size, %c5 : index
  %scores = tensor.empty(%k) : tensor<3x4x?xf32>
  %indices = tensor.empty(%k) : tensor<3x4x?xi64>
  %entries = tensor.empty(%k) : tensor<3x4x?x4xf32>
  %found:2 = fot.knn ins(%q, %mem : tensor<3x16xf32>, !mem)
    outs(%scores, %indices : tensor<3x4x?xf32>, tensor<3x4x?xi64>)
    -> tensor<3x4x?xf32>, tensor<3x4x?xi64>
  %kv:2 = fot.gather ins(%found#1, %mem : tensor<3x4x?xi64>, !mem)
    outs(%entries, %entries : tensor<3x4x?x4xf32>, tensor<3x4x?x4xf32>)
    -> tensor<3x4x?x4xf32>, tensor<3x4x?x4xf32>
  %init = tensor.empty() : tensor<3x16xf32>
  %0 = fot.attention ins(%q, %keys, %values : tensor<3x16xf32>, !window, !window)
    at %c2 retrieved(%kv#0, %kv#1 : tensor<3x4x?x4xf32>, tensor<3x4x?x4xf32>)
    scale 0.5 outs(%init : tensor<3x16xf32>) -> tensor<3x16xf32>
  return %0 : tensor<3x16xf32>
}

// Fewer entries than k.
func.func @few() -> tensor<3x16xf32> {
  %c2 = arith.constant 2 : index
  %c5 = arith.constant 5 : index
  %q = fot.load_weight @q : tensor<3x16xf32>
  %keys = fot.load_weight @k : !window
  %values = fot.load_weight @v : !window
  %mem0 = fot.create_memory : !mem
  %mem = fot.append_memory %mem0, %keys, %values count %c2
    : !mem, !window, !window
  %size = fot.memory_size %mem : !mem
  %k = arith.minui %size, %c5 : index
  %scores = tensor.empty(%k) : tensor<3x4x?xf32>
  %indices = tensor.empty(%k) : tensor<3x4x?xi64>
  %entries = tensor.empty(%k) : tensor<3x4x?x4xf32>
  %found:2 = fot.knn ins(%q, %mem : tensor<3x16xf32>, !mem)
    outs(%scores, %indices : tensor<3x4x?xf32>, tensor<3x4x?xi64>)
    -> tensor<3x4x?xf32>, tensor<3x4x?xi64>
  %kv:2 = fot.gather ins(%found#1, %mem : tensor<3x4x?xi64>, !mem)
    outs(%entries, %entries : tensor<3x4x?x4xf32>, tensor<3x4x?x4xf32>)
    -> tensor<3x4x?x4xf32>, tensor<3x4x?x4xf32>
  %init = tensor.empty() : tensor<3x16xf32>
  %0 = fot.attention ins(%q, %keys, %values : tensor<3x16xf32>, !window, !window)
    at %c2 retrieved(%kv#0, %kv#1 : tensor<3x4x?x4xf32>, tensor<3x4x?x4xf32>)
    scale 0.5 outs(%init : tensor<3x16xf32>) -> tensor<3x16xf32>
  return %0 : tensor<3x16xf32>
}

// No entry at all.
func.func @empty() -> tensor<3x16xf32> {
  %c2 = arith.constant 2 : index
  %c5 = arith.constant 5 : index
  %q = fot.load_weight @q : tensor<3x16xf32>
  %keys = fot.load_weight @k : !window
  %values = fot.load_weight @v : !window
  %mem = fot.create_memory : !mem
  %size = fot.memory_size %mem : !mem
  %k = arith.minui %size, %c5 : index
  %scores = tensor.empty(%k) : tensor<3x4x?xf32>
  %indices = tensor.empty(%k) : tensor<3x4x?xi64>
  %entries = tensor.empty(%k) : tensor<3x4x?x4xf32>
  %found:2 = fot.knn ins(%q, %mem : tensor<3x16xf32>, !mem)
    outs(%scores, %indices : tensor<3x4x?xf32>, tensor<3x4x?xi64>)
    -> tensor<3x4x?xf32>, tensor<3x4x?xi64>
  %kv:2 = fot.gather ins(%found#1, %mem : tensor<3x4x?xi64>, !mem)
    outs(%entries, %entries : tensor<3x4x?x4xf32>, tensor<3x4x?x4xf32>)
    -> tensor<3x4x?x4xf32>, tensor<3x4x?x4xf32>
  %init = tensor.empty() : tensor<3x16xf32>
  %0 = fot.attention ins(%q, %keys, %values : tensor<3x16xf32>, !window, !window)
    at %c2 retrieved(%kv#0, %kv#1 : tensor<3x4x?x4xf32>, tensor<3x4x?x4xf32>)
    scale 0.5 outs(%init : tensor<3x16xf32>) -> tensor<3x16xf32>
  return %0 : tensor<3x16xf32>
}

func.func @dense() -> tensor<3x16xf32> {
  %c2 = arith.constant 2 : index
  %c5 = arith.constant 5 : index
  %q = fot.load_weight @q : tensor<3x16xf32>
  %keys = fot.load_weight @k : !window
  %values = fot.load_weight @v : !window
  %mem0 = fot.create_memory : !mem
  %mem = fot.append_memory %mem0, %keys, %values count %c5
    : !mem, !window, !window
  %size = fot.memory_size %mem : !mem
  %entries = tensor.empty(%size) : tensor<2x?x4xf32>
  %kv:2 = fot.view_memory %mem : !mem
    outs(%entries, %entries : tensor<2x?x4xf32>, tensor<2x?x4xf32>)
    -> tensor<2x?x4xf32>, tensor<2x?x4xf32>
  %init = tensor.empty() : tensor<3x16xf32>
  %0 = fot.attention ins(%q, %keys, %values : tensor<3x16xf32>, !window, !window)
    at %c2 prefix(%kv#0, %kv#1 : tensor<2x?x4xf32>, tensor<2x?x4xf32>)
    scale 0.5 outs(%init : tensor<3x16xf32>) -> tensor<3x16xf32>
  return %0 : tensor<3x16xf32>
}
