// A copy of decode whose head keeps the best tokens; all else is shared.
// RUN: fot-opt %s --split-input-file --fot-add-best-decode | FileCheck %s
// RUN: fot-opt %s --split-input-file --fot-add-best-decode \
// RUN:   --fot-lower-to-kernels="level=x86-64-v3" \
// RUN:   | FileCheck %s --check-prefix=KERNELS
// RUN: fot-opt %s --split-input-file --fot-add-best-decode -o /dev/null \
// RUN:   --remarks-filter=fot-add-best-decode 2>&1 \
// RUN:   | FileCheck %s --check-prefix=REMARK
// REMARK: [Passed] AddBestDecode | {{.*}} | Function=decode | Remark="has a form without logits, of whose head fot.matmul of head only the best tokens are kept", Site=@decode
// REMARK: [Missed] AddBestDecode | {{.*}} | Function=decode | Remark="has no form without logits: they are not just what one product of one token writes", Site=@decode
// Without being asked nobody is told.
// RUN: fot-opt %s --split-input-file --fot-add-best-decode -o /dev/null 2>&1 \
// RUN:   | count 0

module {
  fot.weight @head : tensor<38x64x!fot.panel<f32 x 16>> from #fot.random<1, 1.0> at 0
  // CHECK-LABEL: func.func @decode(
  //   CHECK-NOT:   fot.best
  // CHECK-LABEL: func.func @decode_best(
  //  CHECK-SAME:   %[[X:.*]]: memref<1x64xf32>, %[[OUT:.*]]: memref<1x600xf32> {fot.role = "logits"})
  //       CHECK:   fot.matmul ins(%[[X]], %{{.*}} outs(%[[OUT]] : memref<1x600xf32>) {fot.best}
  // CHECK-LABEL: func.func @prefill(
  //   CHECK-NOT:   fot.best
  //   CHECK-NOT: func.func
  //
  // Two kernels, of 38 panels and of 3 items of 256 tokens.
  // KERNELS-LABEL: func.func @decode(
  //       KERNELS:   arith.constant 38 : index
  //       KERNELS:   call @[[ALL:matmul_[0-9]+]](
  // KERNELS-LABEL: func.func @decode_best(
  //       KERNELS:   arith.constant 3 : index
  //   KERNELS-NOT:   call @[[ALL]](
  //       KERNELS:   call @matmul_
  // KERNELS-LABEL: func.func @prefill(
  //       KERNELS:   call @[[ALL]](
  func.func @decode(%x: memref<1x64xf32>, %logits: memref<1x600xf32> {fot.role = "logits"}) {
    %w = fot.load_weight @head : memref<38x64x!fot.panel<f32 x 16>>
    fot.matmul ins(%x, %w : memref<1x64xf32>, memref<38x64x!fot.panel<f32 x 16>>) outs(%logits : memref<1x600xf32>)
    return
  }
  func.func @prefill(%x: memref<1x64xf32>, %logits: memref<1x600xf32> {fot.role = "logits"}) {
    %w = fot.load_weight @head : memref<38x64x!fot.panel<f32 x 16>>
    fot.matmul ins(%x, %w : memref<1x64xf32>, memref<38x64x!fot.panel<f32 x 16>>) outs(%logits : memref<1x600xf32>)
    return
  }
}

// -----

// What is added to the logits is part of them; and a GPU has its own way.
//   CHECK-LABEL: func.func @decode(
//     CHECK-NOT: decode_best
// KERNELS-LABEL: func.func @decode(
//   KERNELS-NOT: decode_best
module {
  fot.weight @head : tensor<38x64x!fot.panel<f32 x 16>> from #fot.random<1, 1.0> at 0
  func.func @decode(%x: memref<1x64xf32>, %y: memref<1x600xf32>, %logits: memref<1x600xf32> {fot.role = "logits"}) {
    %w = fot.load_weight @head : memref<38x64x!fot.panel<f32 x 16>>
    fot.matmul ins(%x, %w : memref<1x64xf32>, memref<38x64x!fot.panel<f32 x 16>>) residual(%y : memref<1x600xf32>) outs(%logits : memref<1x600xf32>)
    return
  }
}

// -----

// CHECK-LABEL: module attributes {fot.gpu = ["sm_80"]}
//       CHECK: func.func @decode(
//   CHECK-NOT: decode_best
module attributes {fot.gpu = ["sm_80"]} {
  fot.weight @head : tensor<38x64x!fot.panel<f32 x 16>> from #fot.random<1, 1.0> at 0
  func.func @decode(%x: memref<1x64xf32>, %logits: memref<1x600xf32> {fot.role = "logits"}) {
    %w = fot.load_weight @head : memref<38x64x!fot.panel<f32 x 16>>
    fot.matmul ins(%x, %w : memref<1x64xf32>, memref<38x64x!fot.panel<f32 x 16>>) outs(%logits : memref<1x600xf32>)
    return
  }
}
