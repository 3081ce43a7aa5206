// Retrieval or a view of a memory, and attention, become one op.
// RUN: fot-opt %s --fot-fuse-retrieval-into-attention -verify-diagnostics \
// RUN:   --remarks-filter=fot-fuse-retrieval-into-attention -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: fot-opt %t.once --fot-fuse-retrieval-into-attention | diff %t.once -

!mem = !fot.memory<1 x 8, bf16, bf16>
!window = tensor<1x6x8xf32>
!view = tensor<1x?x8xf32>

// As the memory phase writes it; all that only retrieval needed goes away.
// CHECK-LABEL: func @topk
//  CHECK-SAME: %[[Q:.+]]: tensor<?x16xf32>, %[[K:.+]]: tensor<1x6x8xf32>, %[[V:.+]]: tensor<1x6x8xf32>, %[[MEM:.+]]: !fot.memory<1 x 8, bf16, bf16>, %[[POS:.+]]: index, %[[INIT:.+]]: tensor<?x16xf32>
//  CHECK-NEXT: %[[OUT:.*]] = fot.memory_attention topk : 4
//  CHECK-SAME:   ins(%[[Q]], %[[K]], %[[V]], %[[MEM]] :
//  CHECK-SAME:   at %[[POS]] scale 3.500000e-01
//  CHECK-SAME:   outs(%[[INIT]] : tensor<?x16xf32>)
//  CHECK-SAME:   #fot.strategy<tokens = 2, grain = 1, keys = 32>
//  CHECK-NEXT: return %[[OUT]]
func.func @topk(%q: tensor<?x16xf32>, %keys: !window, %values: !window,
                %mem: !mem, %pos: index, %init: tensor<?x16xf32>)
    -> tensor<?x16xf32> {
  %c0 = arith.constant 0 : index
  %c4 = arith.constant 4 : index
  %n = tensor.dim %q, %c0 : tensor<?x16xf32>
  %size = fot.memory_size %mem : !mem
  %k = arith.minui %size, %c4 : index
  %scores = tensor.empty(%n, %k) : tensor<?x2x?xf32>
  %indices = tensor.empty(%n, %k) : tensor<?x2x?xi64>
  %entries = tensor.empty(%n, %k) : tensor<?x2x?x8xf32>
  %found:2 = fot.knn ins(%q, %mem : tensor<?x16xf32>, !mem)
    outs(%scores, %indices : tensor<?x2x?xf32>, tensor<?x2x?xi64>)
    -> tensor<?x2x?xf32>, tensor<?x2x?xi64>
  %kv:2 = fot.gather ins(%found#1, %mem : tensor<?x2x?xi64>, !mem)
    outs(%entries, %entries : tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
    -> tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>
  // expected-remark@+1 {{[Passed] FuseRetrievalIntoAttention | Category:fot-fuse-retrieval-into-attention | Function=topk | Remark="became a fot.memory_attention topk:4"}}
  %0 = fot.attention
    ins(%q, %keys, %values : tensor<?x16xf32>, !window, !window) at %pos
    retrieved(%kv#0, %kv#1 : tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>)
    scale 0.35 outs(%init : tensor<?x16xf32>)
    {strategy = #fot.strategy<tokens = 2, grain = 1, keys = 32>}
    -> tensor<?x16xf32>
  return %0 : tensor<?x16xf32>
}

// The constant may stand first, other ops may use the size, and the memory
// may grow later.
// CHECK-LABEL: func @topk_of_one_token
//       CHECK: %[[SIZE:.*]] = fot.memory_size
//       CHECK: fot.memory_attention topk : 8 {{.*}} tensor<1x2x!fot.block<a8>>
//       CHECK: fot.append_memory
//       CHECK: return {{.*}} %[[SIZE]]
func.func @topk_of_one_token(%q: tensor<1x40xf32>, %w: !window, %mem: !mem,
                             %pos: index, %init: tensor<1x2x!fot.block<a8>>)
    -> (tensor<1x2x!fot.block<a8>>, !mem, index) {
  %c8 = arith.constant 8 : index
  %size = fot.memory_size %mem : !mem
  %k = arith.minui %c8, %size : index
  %scores = tensor.empty(%k) : tensor<1x5x?xf32>
  %indices = tensor.empty(%k) : tensor<1x5x?xi64>
  %entries = tensor.empty(%k) : tensor<1x5x?x8xf32>
  %found:2 = fot.knn ins(%q, %mem : tensor<1x40xf32>, !mem)
    outs(%scores, %indices : tensor<1x5x?xf32>, tensor<1x5x?xi64>)
    -> tensor<1x5x?xf32>, tensor<1x5x?xi64>
  %kv:2 = fot.gather ins(%found#1, %mem : tensor<1x5x?xi64>, !mem)
    outs(%entries, %entries : tensor<1x5x?x8xf32>, tensor<1x5x?x8xf32>)
    -> tensor<1x5x?x8xf32>, tensor<1x5x?x8xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}became a fot.memory_attention topk:8}}
  %0 = fot.attention ins(%q, %w, %w : tensor<1x40xf32>, !window, !window)
    at %pos
    retrieved(%kv#0, %kv#1 : tensor<1x5x?x8xf32>, tensor<1x5x?x8xf32>)
    scale 0.35 outs(%init : tensor<1x2x!fot.block<a8>>)
    -> tensor<1x2x!fot.block<a8>>
  %1 = fot.append_memory %mem, %w, %w count %pos : !mem, !window, !window
  return %0, %1, %size : tensor<1x2x!fot.block<a8>>, !mem, index
}

// CHECK-LABEL: func @static_k
//       CHECK: fot.memory_attention topk : 3
//   CHECK-NOT: fot.knn
func.func @static_k(%q: tensor<1x16xf32>, %w: !window, %mem: !mem, %pos: index,
                    %init: tensor<1x16xf32>) -> tensor<1x16xf32> {
  %scores = tensor.empty() : tensor<1x2x3xf32>
  %indices = tensor.empty() : tensor<1x2x3xi64>
  %entries = tensor.empty() : tensor<1x2x3x8xf32>
  %found:2 = fot.knn ins(%q, %mem : tensor<1x16xf32>, !mem)
    outs(%scores, %indices : tensor<1x2x3xf32>, tensor<1x2x3xi64>)
    -> tensor<1x2x3xf32>, tensor<1x2x3xi64>
  %kv:2 = fot.gather ins(%found#1, %mem : tensor<1x2x3xi64>, !mem)
    outs(%entries, %entries : tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>)
    -> tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}became a fot.memory_attention topk:3}}
  %0 = fot.attention ins(%q, %w, %w : tensor<1x16xf32>, !window, !window)
    at %pos
    retrieved(%kv#0, %kv#1 : tensor<1x2x3x8xf32>, tensor<1x2x3x8xf32>)
    scale 0.35 outs(%init : tensor<1x16xf32>) -> tensor<1x16xf32>
  return %0 : tensor<1x16xf32>
}

// An attention without a memory is none of this pass's.
// CHECK-LABEL: func @dense
//  CHECK-SAME: %[[Q:.+]]: tensor<4x16xf32>, %[[W:.+]]: tensor<1x6x8xf32>, %[[MEM:.+]]: !fot.memory<1 x 8, bf16, bf16>, %[[POS:.+]]: index, %[[INIT:.+]]: tensor<4x16xf32>
//  CHECK-NEXT: fot.attention
//  CHECK-NEXT: %[[OUT:.*]] = fot.memory_attention dense
//  CHECK-SAME:   ins(%{{.*}}, %[[W]], %[[W]], %[[MEM]] :
//  CHECK-SAME:   at %[[POS]] scale 3.500000e-01
//  CHECK-SAME:   outs(%[[INIT]] : tensor<4x16xf32>)
//  CHECK-NEXT: return %[[OUT]]
func.func @dense(%q: tensor<4x16xf32>, %w: !window, %mem: !mem, %pos: index,
                 %init: tensor<4x16xf32>) -> tensor<4x16xf32> {
  %size = fot.memory_size %mem : !mem
  %entries = tensor.empty(%size) : !view
  %local = fot.attention ins(%q, %w, %w : tensor<4x16xf32>, !window, !window)
    at %pos scale 0.35 outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  %kv:2 = fot.view_memory %mem : !mem outs(%entries, %entries : !view, !view)
    -> !view, !view
  // expected-remark-re@+1 {{[Passed]{{.*}}became a fot.memory_attention dense}}
  %0 = fot.attention ins(%local, %w, %w : tensor<4x16xf32>, !window, !window)
    at %pos prefix(%kv#0, %kv#1 : !view, !view)
    scale 0.35 outs(%init : tensor<4x16xf32>) -> tensor<4x16xf32>
  return %0 : tensor<4x16xf32>
}
