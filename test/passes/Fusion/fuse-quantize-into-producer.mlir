// The op that computes activations rounds them if nobody else reads them.
// RUN: fot-opt %s --fot-fuse-quantize-into-producer -verify-diagnostics \
// RUN:   --remarks-filter=fot-fuse-quantize-into-producer -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: fot-opt %t.once --fot-fuse-quantize-into-producer | diff %t.once -

!mem = !fot.memory<1 x 8, f32, f32>
!blocks = tensor<4x2x!fot.block<a8>>

// Several products may share the blocks.
// CHECK-LABEL: func @rms_norm
//  CHECK-SAME: %[[X:.+]]: tensor<4x40xf32>, %[[GAIN:.+]]: tensor<40xf32>
//  CHECK-NEXT: %[[OUT:.*]] = tensor.empty() : tensor<4x2x!fot.block<a8>>
//  CHECK-NEXT: %[[Q:.*]] = fot.rms_norm ins(%[[X]], %[[GAIN]] :
//  CHECK-SAME:   eps 1.000000e-05
//  CHECK-SAME:   outs(%[[OUT]] : tensor<4x2x!fot.block<a8>>)
//  CHECK-NEXT: return %[[Q]], %[[Q]]
func.func @rms_norm(%x: tensor<4x40xf32>, %gain: tensor<40xf32>)
    -> (!blocks, !blocks) {
  %init = tensor.empty() : tensor<4x40xf32>
  %0 = fot.rms_norm ins(%x, %gain : tensor<4x40xf32>, tensor<40xf32>)
    eps 1.0e-5 outs(%init : tensor<4x40xf32>) -> tensor<4x40xf32>
  %out = tensor.empty() : !blocks
  // expected-remark@+1 {{[Passed] FuseQuantizeIntoProducer | Category:fot-fuse-quantize-into-producer | Function=rms_norm | Remark="fot.rms_norm writes blocks"}}
  %1 = fot.quantize ins(%0 : tensor<4x40xf32>) outs(%out : !blocks) -> !blocks
  return %1, %1 : !blocks, !blocks
}

// CHECK-LABEL: func @feed_forward
//       CHECK: fot.swiglu {{.*}} -> tensor<4x2x!fot.block<a8>>
//       CHECK: fot.gated_matmul {{.*}} -> tensor<4x2x!fot.block<a8>>
//   CHECK-NOT: fot.quantize
//       CHECK: return
func.func @feed_forward(%g: tensor<4x40xf32>, %w: tensor<40x40xf32>)
    -> (!blocks, !blocks) {
  %init = tensor.empty() : tensor<4x40xf32>
  %out = tensor.empty() : !blocks
  %0 = fot.swiglu ins(%g, %g : tensor<4x40xf32>, tensor<4x40xf32>)
    outs(%init : tensor<4x40xf32>) -> tensor<4x40xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}fot.swiglu writes blocks}}
  %1 = fot.quantize ins(%0 : tensor<4x40xf32>) outs(%out : !blocks) -> !blocks
  %2 = fot.gated_matmul ins(%g, %w, %w : tensor<4x40xf32>, tensor<40x40xf32>,
      tensor<40x40xf32>) features 40
    outs(%init : tensor<4x40xf32>) -> tensor<4x40xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}fot.gated_matmul writes blocks}}
  %3 = fot.quantize ins(%2 : tensor<4x40xf32>) outs(%out : !blocks) -> !blocks
  return %1, %3 : !blocks, !blocks
}

// CHECK-LABEL: func @attention
//       CHECK: fot.attention {{.*}} -> tensor<4x2x!fot.block<a8>>
//       CHECK: fot.memory_attention {{.*}} -> tensor<4x2x!fot.block<a8>>
//   CHECK-NOT: fot.quantize
//       CHECK: return
func.func @attention(%q: tensor<4x40xf32>, %k: tensor<1x6x8xf32>, %mem: !mem,
                     %pos: index) -> (!blocks, !blocks) {
  %init = tensor.empty() : tensor<4x40xf32>
  %out = tensor.empty() : !blocks
  %0 = fot.attention ins(%q, %k, %k : tensor<4x40xf32>, tensor<1x6x8xf32>,
      tensor<1x6x8xf32>) at %pos scale 0.35
    outs(%init : tensor<4x40xf32>) -> tensor<4x40xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}fot.attention writes blocks}}
  %1 = fot.quantize ins(%0 : tensor<4x40xf32>) outs(%out : !blocks) -> !blocks
  %2 = fot.memory_attention dense ins(%q, %k, %k, %mem : tensor<4x40xf32>,
      tensor<1x6x8xf32>, tensor<1x6x8xf32>, !mem) at %pos scale 0.35
    outs(%init : tensor<4x40xf32>) -> tensor<4x40xf32>
  // expected-remark-re@+1 {{[Passed]{{.*}}fot.memory_attention writes blocks}}
  %3 = fot.quantize ins(%2 : tensor<4x40xf32>) outs(%out : !blocks) -> !blocks
  return %1, %3 : !blocks, !blocks
}

// Rounding later would read a memory that no longer is what it was.
// CHECK-LABEL: func @memory_grows
//       CHECK: fot.quantize
func.func @memory_grows(%q: tensor<4x40xf32>, %k: tensor<1x6x8xf32>,
                        %mem: !mem, %pos: index) -> (!blocks, !mem) {
  %init = tensor.empty() : tensor<4x40xf32>
  %out = tensor.empty() : !blocks
  %0 = fot.memory_attention dense ins(%q, %k, %k, %mem : tensor<4x40xf32>,
      tensor<1x6x8xf32>, tensor<1x6x8xf32>, !mem) at %pos scale 0.35
    outs(%init : tensor<4x40xf32>) -> tensor<4x40xf32>
  %1 = fot.append_memory %mem, %k, %k count %pos : !mem, tensor<1x6x8xf32>,
    tensor<1x6x8xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}the memory grows between fot.memory_attention and its rounding}}
  %2 = fot.quantize ins(%0 : tensor<4x40xf32>) outs(%out : !blocks) -> !blocks
  return %2, %1 : !blocks, !mem
}

// CHECK-LABEL: func @declines
// CHECK-COUNT-3: fot.quantize
func.func @declines(%x: tensor<4x40xf32>, %gain: tensor<40xf32>,
                    %w: tensor<40x40xf32>)
    -> (!blocks, !blocks, !blocks, tensor<4x40xf32>) {
  %init = tensor.empty() : tensor<4x40xf32>
  %out = tensor.empty() : !blocks
  // expected-remark-re@+1 {{[Missed]{{.*}}its input is an argument}}
  %0 = fot.quantize ins(%x : tensor<4x40xf32>) outs(%out : !blocks) -> !blocks
  %1 = fot.matmul ins(%x, %w : tensor<4x40xf32>, tensor<40x40xf32>)
    outs(%init : tensor<4x40xf32>) -> tensor<4x40xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.matmul cannot write blocks}}
  %2 = fot.quantize ins(%1 : tensor<4x40xf32>) outs(%out : !blocks) -> !blocks
  %3 = fot.rms_norm ins(%x, %gain : tensor<4x40xf32>, tensor<40xf32>)
    eps 1.0e-5 outs(%init : tensor<4x40xf32>) -> tensor<4x40xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.rms_norm has other uses}}
  %4 = fot.quantize ins(%3 : tensor<4x40xf32>) outs(%out : !blocks) -> !blocks
  return %0, %2, %4, %3 : !blocks, !blocks, !blocks, tensor<4x40xf32>
}
