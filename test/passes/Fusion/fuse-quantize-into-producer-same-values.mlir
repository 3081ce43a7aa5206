// Rounding at the producer gives the blocks that rounding later did.
// RUN: fot-opt %s --fot-fuse-quantize-into-producer | FileCheck %s
// RUN: fot-opt %s --fot-evaluate --fot-fuse-quantize-into-producer \
// RUN:   --fot-evaluate -o /dev/null | %python %S/Inputs/same-values.py

// CHECK-LABEL: func @main
//   CHECK-NOT: fot.quantize

!mem = !fot.memory<2 x 10, f32, f32>
!window = tensor<2x6x10xf32>
!heads = tensor<3x40xf32>
!blocks = tensor<3x2x!fot.block<a8>>
!weight = tensor<40x2x!fot.block<q8_0>>
fot.weight @x : !heads from #fot.random<1, 1.0>
fot.weight @gain : tensor<40xf32> from #fot.random<2, 1.0>
fot.weight @k : !window from #fot.random<3, 1.0>
fot.weight @w : !weight from #fot.random<4, 1.0>

// 40 features: the second block is filled up with zeros. Every product reads
// the blocks of one producer.
func.func @main() -> (!heads, !heads, !heads, !heads, !heads) {
  %x = fot.load_weight @x : !heads
  %gain = fot.load_weight @gain : tensor<40xf32>
  %k = fot.load_weight @k : !window
  %w = fot.load_weight @w : !weight
  %c2 = arith.constant 2 : index
  %init = tensor.empty() : !heads
  %out = tensor.empty() : !blocks
  %mem0 = fot.create_memory : !mem
  %mem = fot.append_memory %mem0, %k, %k count %c2 : !mem, !window, !window

  %0 = fot.rms_norm ins(%x, %gain : !heads, tensor<40xf32>) eps 1.0e-5
    outs(%init : !heads) -> !heads
  %q0 = fot.quantize ins(%0 : !heads) outs(%out : !blocks) -> !blocks
  %1 = fot.swiglu ins(%x, %x : !heads, !heads) outs(%init : !heads) -> !heads
  %q1 = fot.quantize ins(%1 : !heads) outs(%out : !blocks) -> !blocks
  %2 = fot.gated_matmul ins(%q0, %w, %w : !blocks, !weight, !weight)
    features 40 outs(%init : !heads) -> !heads
  %q2 = fot.quantize ins(%2 : !heads) outs(%out : !blocks) -> !blocks
  %3 = fot.attention ins(%x, %k, %k : !heads, !window, !window) at %c2
    scale 0.3 outs(%init : !heads) -> !heads
  %q3 = fot.quantize ins(%3 : !heads) outs(%out : !blocks) -> !blocks
  %4 = fot.memory_attention topk : 1
    ins(%x, %k, %k, %mem : !heads, !window, !window, !mem) at %c2
    scale 0.3 outs(%init : !heads) -> !heads
  %q4 = fot.quantize ins(%4 : !heads) outs(%out : !blocks) -> !blocks

  %5 = fot.matmul ins(%q0, %w : !blocks, !weight)
    outs(%init : !heads) -> !heads
  %6 = fot.matmul ins(%q1, %w : !blocks, !weight)
    outs(%init : !heads) -> !heads
  %7 = fot.matmul ins(%q2, %w : !blocks, !weight)
    outs(%init : !heads) -> !heads
  %8 = fot.matmul ins(%q3, %w : !blocks, !weight)
    outs(%init : !heads) -> !heads
  %9 = fot.matmul ins(%q4, %w : !blocks, !weight)
    outs(%init : !heads) -> !heads
  return %5, %6, %7, %8, %9 : !heads, !heads, !heads, !heads, !heads
}
