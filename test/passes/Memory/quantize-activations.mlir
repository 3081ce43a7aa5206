// Products with block-quantised weights read 8-bit activations; products of
// the same activations share them.
// RUN: fot-opt %s --fot-quantize-activations -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: fot-opt %t.once --fot-quantize-activations | diff %t.once -
// What each product reads, and why.
// RUN: fot-opt %s --fot-quantize-activations \
// RUN:   --remarks-filter=fot-quantize-activations --mlir-disable-threading \
// RUN:   -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: fot-opt %t.once --fot-quantize-activations -o /dev/null \
// RUN:   --remarks-filter=fot-quantize-activations --mlir-disable-threading 2>&1 \
// RUN:   | FileCheck %s --check-prefix=AGAIN
// AGAIN: [Analysis] QuantizeActivations | {{.*}} | Function=shared | Remark="reads !fot.block<a8>, as the input says", Site=fot.matmul

!x = tensor<?x64xf32>
!w = tensor<16x2x!fot.block<q4_0>>
!out = tensor<?x16xf32>

// CHECK-LABEL: func @shared
//  CHECK-SAME: %[[X:[^:]+]]: tensor<?x64xf32>, %[[Q:[^:]+]]: {{[^,]*}}, %[[K:[^:]+]]: {{[^,]*}}, %[[INIT:[^:]+]]:
//       CHECK: %[[TOKENS:.*]] = tensor.dim %[[X]], %{{.*}}
//       CHECK: %[[EMPTY:.*]] = tensor.empty(%[[TOKENS]]) : tensor<?x2x!fot.block<a8>>
//       CHECK: %[[A8:.*]] = fot.quantize ins(%[[X]] : {{.*}} outs(%[[EMPTY]] :
//   CHECK-NOT: fot.quantize
//       CHECK: fot.matmul ins(%[[A8]], %[[Q]] :
//       CHECK: fot.matmul ins(%[[A8]], %[[K]] :
//      REMARK: [Passed] QuantizeActivations | {{.*}} | Function=shared | Remark="reads 8-bit activations, as its weight is !fot.block<q4_0>", Site=fot.matmul
//      REMARK: [Passed] QuantizeActivations | {{.*}} | Function=shared | Remark="shares 8-bit activations, as its weight is !fot.block<q4_0>", Site=fot.matmul
func.func @shared(%x: !x, %q: !w, %k: !w, %init: !out) -> (!out, !out) {
  %0 = fot.matmul ins(%x, %q : !x, !w) outs(%init : !out) -> !out
  %1 = fot.matmul ins(%x, %k : !x, !w) outs(%init : !out) -> !out
  return %0, %1 : !out, !out
}

// Activations that an op computes are quantised right behind it, for all
// users; one token needs no size.
// CHECK-LABEL: func @one_token
//       CHECK: %[[NORM:.*]] = fot.rms_norm
//  CHECK-NEXT: %[[EMPTY:.*]] = tensor.empty() : tensor<1x2x!fot.block<a8>>
//  CHECK-NEXT: %[[A8:.*]] = fot.quantize ins(%[[NORM]] : tensor<1x64xf32>)
//       CHECK: fot.matmul ins(%[[A8]], %{{.*}} : tensor<1x2x!fot.block<a8>>, tensor<16x2x!fot.block<q4_0>>)
//       CHECK: return %[[NORM]]
//      REMARK: [Passed] QuantizeActivations | {{.*}} | Function=one_token | Remark="reads 8-bit
func.func @one_token(%x: tensor<1x64xf32>, %gain: tensor<64xf32>, %w: !w,
                     %init: tensor<1x16xf32>)
    -> (tensor<1x64xf32>, tensor<1x16xf32>) {
  %empty = tensor.empty() : tensor<1x64xf32>
  %0 = fot.rms_norm ins(%x, %gain : tensor<1x64xf32>, tensor<64xf32>) eps 1.0e-5
    outs(%empty : tensor<1x64xf32>) -> tensor<1x64xf32>
  %1 = fot.matmul ins(%0, %w : tensor<1x64xf32>, !w)
    outs(%init : tensor<1x16xf32>) -> tensor<1x16xf32>
  return %0, %1 : tensor<1x64xf32>, tensor<1x16xf32>
}

// The last block of 40 features is padded.
// CHECK-LABEL: func @partial_block
//       CHECK: fot.quantize {{.*}} -> tensor<3x2x!fot.block<a8>>
func.func @partial_block(%x: tensor<3x40xf32>, %w: tensor<4x2x!fot.block<q8_0>>,
                         %init: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = fot.matmul ins(%x, %w : tensor<3x40xf32>, tensor<4x2x!fot.block<q8_0>>)
    outs(%init : tensor<3x4xf32>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// A residual and a rotation stay as they are.
// CHECK-LABEL: func @fused_already
//       CHECK: fot.quantize
//       CHECK: fot.matmul {{.*}} rope({{.*}} residual(
func.func @fused_already(%x: !x, %w: !w, %table: tensor<8x4xf32>, %at: index,
                         %r: !out, %init: !out) -> !out {
  %0 = fot.matmul ins(%x, %w : !x, !w) rope(%table : tensor<8x4xf32>) at %at
    residual(%r : !out) outs(%init : !out) {head_dim = 4} -> !out
  return %0 : !out
}

// Float weights read floats.
// CHECK-LABEL: func @float_weights
//   CHECK-NOT: fot.quantize
//       CHECK: fot.matmul ins(%{{.*}}, %{{.*}} : tensor<?x64xf32>, tensor<16x64xf16>)
//      REMARK: [Missed] QuantizeActivations | {{.*}} | Function=float_weights | Remark="reads f32: its weight is f16, not blocks", Site=fot.matmul
//  REMARK-NOT: remark:
func.func @float_weights(%x: !x, %w: tensor<16x64xf16>, %init: !out) -> !out {
  %0 = fot.matmul ins(%x, %w : !x, tensor<16x64xf16>)
    outs(%init : !out) -> !out
  return %0 : !out
}

// CHECK-LABEL: func private @declared
func.func private @declared(!x) -> !out
