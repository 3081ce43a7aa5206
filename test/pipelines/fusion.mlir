// The fusion phase on a layer of a model with a memory and 4-bit weights, as
// the memory phase leaves it. Any pass can be left out; the values stay.
// RUN: fot-opt %s --fot-fusion | FileCheck %s --check-prefix=FUSED
// RUN: fot-opt %s --fot-fusion="disable=fot-fuse-retrieval-into-attention,fot-fuse-rope-into-projection,fot-fuse-window-into-projection,fot-fuse-residual-into-matmul,fot-fuse-swiglu-into-projections,fot-fuse-quantize-into-producer" \
// RUN:   | FileCheck %s --check-prefix=UNFUSED
// RUN: fot-opt %s --fot-fusion=disable=fot-fuse-swiglu-into-projections \
// RUN:   | FileCheck %s --check-prefix=GATED
// RUN: fot-opt %s --fot-evaluate --fot-fusion --fot-evaluate -o /dev/null \
// RUN:   | %python %S/../passes/Fusion/Inputs/same-values.py

// FUSED-LABEL: func @main
//       FUSED: fot.rms_norm {{.*}} -> tensor<3x2x!fot.block<a8>>
//       FUSED: fot.matmul {{.*}} rope({{.*}} -> tensor<3x64xf32>
//       FUSED: fot.window_matmul {{.*}} -> tensor<3x32xf32>, tensor<2x8x16xf32>
//       FUSED: fot.window_matmul {{.*}} -> tensor<3x32xf32>, tensor<2x8x16xf32>
//       FUSED: fot.memory_attention topk : 2 {{.*}} -> tensor<3x2x!fot.block<a8>>
//       FUSED: fot.matmul {{.*}} residual({{.*}} -> tensor<3x64xf32>
//       FUSED: fot.rms_norm {{.*}} -> tensor<3x2x!fot.block<a8>>
//       FUSED: fot.gated_matmul {{.*}} -> tensor<3x3x!fot.block<a8>>
//       FUSED: fot.matmul {{.*}} residual({{.*}} -> tensor<3x64xf32>
//  FUSED-NEXT: return

// UNFUSED-LABEL: func @main
//       UNFUSED: fot.quantize
//       UNFUSED: fot.rope
//       UNFUSED: fot.append_window
//       UNFUSED: fot.knn
//       UNFUSED: fot.gather
//       UNFUSED: fot.attention
//       UNFUSED: linalg.add
//       UNFUSED: fot.swiglu
//       UNFUSED: linalg.add

// GATED-NOT: fot.gated_matmul
//     GATED: fot.swiglu {{.*}} -> tensor<3x3x!fot.block<a8>>

!mem = !fot.memory<2 x 16, bf16, bf16>
!window = tensor<2x8x16xf32>
!x = tensor<3x64xf32>
!kv = tensor<3x32xf32>
!ff = tensor<3x96xf32>
!x8 = tensor<3x2x!fot.block<a8>>
!ff8 = tensor<3x3x!fot.block<a8>>
!wq = tensor<64x2x!fot.block<q4_0>>
!wkv = tensor<32x2x!fot.block<q4_0>>
!wff = tensor<96x2x!fot.block<q4_0>>
!wdown = tensor<64x3x!fot.block<q4_0>>
!found = tensor<3x4x?xf32>
!at = tensor<3x4x?xi64>
!entries = tensor<3x4x?x16xf32>

fot.weight @x : !x from #fot.random<1, 1.0>
fot.weight @window : !window from #fot.random<2, 1.0>
fot.weight @gain : tensor<64xf32> from #fot.random<3, 1.0>
fot.weight @table : tensor<8x16xf32> from #fot.rope_table<10000.0>
fot.weight @q : !wq from #fot.random<4, 0.3>
fot.weight @k : !wkv from #fot.random<5, 0.3>
fot.weight @v : !wkv from #fot.random<6, 0.3>
fot.weight @o : !wq from #fot.random<7, 0.3>
fot.weight @gate : !wff from #fot.random<8, 0.3>
fot.weight @up : !wff from #fot.random<9, 0.3>
fot.weight @down : !wdown from #fot.random<10, 0.3>

func.func @main() -> !x {
  %c2 = arith.constant 2 : index
  %c5 = arith.constant 5 : index
  %x = fot.load_weight @x : !x
  %window = fot.load_weight @window : !window
  %gain = fot.load_weight @gain : tensor<64xf32>
  %table = fot.load_weight @table : tensor<8x16xf32>
  %wq = fot.load_weight @q : !wq
  %wk = fot.load_weight @k : !wkv
  %wv = fot.load_weight @v : !wkv
  %wo = fot.load_weight @o : !wq
  %wgate = fot.load_weight @gate : !wff
  %wup = fot.load_weight @up : !wff
  %wdown = fot.load_weight @down : !wdown
  %mem0 = fot.create_memory : !mem
  %mem = fot.append_memory %mem0, %window, %window count %c5
    : !mem, !window, !window

  %init = tensor.empty() : !x
  %initkv = tensor.empty() : !kv
  %initff = tensor.empty() : !ff
  %init8 = tensor.empty() : !x8
  %initff8 = tensor.empty() : !ff8
  %norm = fot.rms_norm ins(%x, %gain : !x, tensor<64xf32>) eps 1.0e-5
    outs(%init : !x) -> !x
  %norm8 = fot.quantize ins(%norm : !x) outs(%init8 : !x8) -> !x8
  %raw = fot.matmul ins(%norm8, %wq : !x8, !wq) outs(%init : !x) -> !x
  %q = fot.rope ins(%raw, %table : !x, tensor<8x16xf32>) at %c5 head_dim 16
    outs(%init : !x) -> !x
  %k = fot.matmul ins(%norm8, %wk : !x8, !wkv) outs(%initkv : !kv) -> !kv
  %v = fot.matmul ins(%norm8, %wv : !x8, !wkv) outs(%initkv : !kv) -> !kv
  %keys = fot.append_window ins(%k : !kv) at %c5
    outs(%window : !window) -> !window
  %values = fot.append_window ins(%v : !kv) at %c5
    outs(%window : !window) -> !window

  %size = fot.memory_size %mem : !mem
  %topk = arith.minui %size, %c2 : index
  %scores = tensor.empty(%topk) : !found
  %indices = tensor.empty(%topk) : !at
  %entries = tensor.empty(%topk) : !entries
  %found:2 = fot.knn ins(%q, %mem : !x, !mem)
    outs(%scores, %indices : !found, !at) -> !found, !at
  %kv:2 = fot.gather ins(%found#1, %mem : !at, !mem)
    outs(%entries, %entries : !entries, !entries) -> !entries, !entries
  %heads = fot.attention ins(%q, %keys, %values : !x, !window, !window) at %c5
    retrieved(%kv#0, %kv#1 : !entries, !entries) scale 0.25
    outs(%init : !x) -> !x
  %heads8 = fot.quantize ins(%heads : !x) outs(%init8 : !x8) -> !x8
  %o = fot.matmul ins(%heads8, %wo : !x8, !wq) outs(%init : !x) -> !x
  %y = linalg.add ins(%x, %o : !x, !x) outs(%init : !x) -> !x

  %norm2 = fot.rms_norm ins(%y, %gain : !x, tensor<64xf32>) eps 1.0e-5
    outs(%init : !x) -> !x
  %norm28 = fot.quantize ins(%norm2 : !x) outs(%init8 : !x8) -> !x8
  %gate = fot.matmul ins(%norm28, %wgate : !x8, !wff)
    outs(%initff : !ff) -> !ff
  %up = fot.matmul ins(%norm28, %wup : !x8, !wff) outs(%initff : !ff) -> !ff
  %act = fot.swiglu ins(%gate, %up : !ff, !ff) outs(%initff : !ff) -> !ff
  %act8 = fot.quantize ins(%act : !ff) outs(%initff8 : !ff8) -> !ff8
  %down = fot.matmul ins(%act8, %wdown : !ff8, !wdown) outs(%init : !x) -> !x
  %z = linalg.add ins(%y, %down : !x, !x) outs(%init : !x) -> !x
  return %z : !x
}
