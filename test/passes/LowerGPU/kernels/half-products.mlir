// Prefill with 16-bit weights on tensor cores: rows that do not fill panels,
// panels that do not fill blocks of threads, tokens that do not fill tiles, one
// step and many, residuals, rotated heads and gates. What has inputs that do not
// fill a step goes another way.
// RUN: rm -rf %t && mkdir %t
// RUN: fot-check --levels=cuda-emulated --dump=%t %s
// RUN: FileCheck %s --check-prefix=BF16 --implicit-check-not=.local \
// RUN:   --input-file %t/bf16.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=F16 --implicit-check-not=.local \
// RUN:   --input-file %t/f16.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=GATE --implicit-check-not=.local \
// RUN:   --input-file %t/gate_blocks.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=OTHER --implicit-check-not=mma.sync \
// RUN:   --input-file %t/inputs_40.cuda-emulated.ptx

// Three steps are asked for before the loop, a panel's piece and two of tokens'
// in each. In the loop activations become three bf16, 2 tiles of tokens with 2
// words each; panels come transposed and whole, and meet both tiles three times.
//            BF16: .entry matmul_0
//  BF16-COUNT-3: cp.async.cg.shared.global {{.*}}, 16;
//            BF16: cp.async.commit_group
//  BF16-COUNT-6: cp.async.cg.shared.global {{.*}}, 16;
//        BF16-NOT: mma.sync
// BF16-COUNT-12: cvt.rn.bf16x2.f32
//        BF16-NOT: cvt.rn
//            BF16: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
//  BF16-COUNT-6: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
//        BF16-NOT: mma.sync
//            BF16: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
// BF16-COUNT-18: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
//        BF16-NOT: mma.sync
//            BF16: cp.async.wait_group 2
//       BF16-NEXT: bar.sync

// The same, and weights become two bf16, which adds two products.
//             F16: .entry matmul_0
//  F16-COUNT-12: cvt.rn.bf16x2.f32
//             F16: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
//   F16-COUNT-8: cvt.rn.bf16x2.f32
//         F16-NOT: cvt.rn
//  F16-COUNT-10: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
//         F16-NOT: mma.sync
//             F16: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16

// Two panels of a gate, two of what it opens.
//            GATE: .entry gated_matmul_0
// GATE-COUNT-40: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
//        GATE-NOT: mma.sync
//            GATE: cp.async.wait_group 2
//            GATE: ex2.approx.f32

//            OTHER: .entry matmul_0
//            OTHER: ld.global.nc.v4
//            OTHER: fma.rn.f32

fot.weight @bf16.w : tensor<70x160xbf16> from #fot.random<53, 0.5>
func.func @bf16(%x: tensor<?x160xf32>, %out: tensor<?x70xf32>) -> tensor<?x70xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7]}, {sizes = [64]}, {sizes = [130]}]} {
  %w = fot.load_weight @bf16.w : tensor<70x160xbf16>
  %0 = fot.matmul ins(%x, %w : tensor<?x160xf32>, tensor<70x160xbf16>)
    outs(%out : tensor<?x70xf32>) -> tensor<?x70xf32>
  return %0 : tensor<?x70xf32>
}

fot.weight @f16.w : tensor<70x160xf16> from #fot.random<54, 0.5>
func.func @f16(%x: tensor<?x160xf32>, %out: tensor<?x70xf32>) -> tensor<?x70xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7]}, {sizes = [64]}, {sizes = [130]}]} {
  %w = fot.load_weight @f16.w : tensor<70x160xf16>
  %0 = fot.matmul ins(%x, %w : tensor<?x160xf32>, tensor<70x160xf16>)
    outs(%out : tensor<?x70xf32>) -> tensor<?x70xf32>
  return %0 : tensor<?x70xf32>
}

fot.weight @one_step.w : tensor<1x16xbf16> from #fot.random<55, 0.5>
func.func @one_step(%x: tensor<?x16xf32>, %out: tensor<?x1xf32>) -> tensor<?x1xf32>
    attributes {fot.check = [{sizes = [2]}, {sizes = [33]}]} {
  %w = fot.load_weight @one_step.w : tensor<1x16xbf16>
  %0 = fot.matmul ins(%x, %w : tensor<?x16xf32>, tensor<1x16xbf16>)
    outs(%out : tensor<?x1xf32>) -> tensor<?x1xf32>
  return %0 : tensor<?x1xf32>
}

fot.weight @deep.w : tensor<33x3200xbf16> from #fot.random<56, 0.5>
func.func @deep(%x: tensor<?x3200xf32>, %out: tensor<?x33xf32>) -> tensor<?x33xf32>
    attributes {fot.check = [{sizes = [33]}]} {
  %w = fot.load_weight @deep.w : tensor<33x3200xbf16>
  %0 = fot.matmul ins(%x, %w : tensor<?x3200xf32>, tensor<33x3200xbf16>)
    outs(%out : tensor<?x33xf32>) -> tensor<?x33xf32>
  return %0 : tensor<?x33xf32>
}

fot.weight @deep_f16.w : tensor<17x1600xf16> from #fot.random<57, 0.5>
func.func @deep_f16(%x: tensor<?x1600xf32>, %out: tensor<?x17xf32>) -> tensor<?x17xf32>
    attributes {fot.check = [{sizes = [9]}]} {
  %w = fot.load_weight @deep_f16.w : tensor<17x1600xf16>
  %0 = fot.matmul ins(%x, %w : tensor<?x1600xf32>, tensor<17x1600xf16>)
    outs(%out : tensor<?x17xf32>) -> tensor<?x17xf32>
  return %0 : tensor<?x17xf32>
}

fot.weight @inputs_40.w : tensor<17x40xbf16> from #fot.random<58, 0.5>
func.func @inputs_40(%x: tensor<?x40xf32>, %out: tensor<?x17xf32>) -> tensor<?x17xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [33]}]} {
  %w = fot.load_weight @inputs_40.w : tensor<17x40xbf16>
  %0 = fot.matmul ins(%x, %w : tensor<?x40xf32>, tensor<17x40xbf16>)
    outs(%out : tensor<?x17xf32>) -> tensor<?x17xf32>
  return %0 : tensor<?x17xf32>
}

// f16 would hold neither these activations nor the rest of those weights.
fot.weight @large.w : tensor<20x64xf16> from #fot.random<59, 1.0e-4>
func.func @large(%x: tensor<?x64xf32>, %out: tensor<?x20xf32>) -> tensor<?x20xf32>
    attributes {fot.check = [{sizes = [3], scale = 1.0e6}, {sizes = [3], scale = 1.0e-6}]} {
  %w = fot.load_weight @large.w : tensor<20x64xf16>
  %0 = fot.matmul ins(%x, %w : tensor<?x64xf32>, tensor<20x64xf16>)
    outs(%out : tensor<?x20xf32>) -> tensor<?x20xf32>
  return %0 : tensor<?x20xf32>
}

fot.weight @heads.w : tensor<36x32xbf16> from #fot.random<72, 0.5>
fot.weight @heads.t : tensor<64x12xf32> from #fot.rope_table<10000.0>
func.func @heads(%x: tensor<?x32xf32>, %position: index, %residual: tensor<?x36xf32>, %out: tensor<?x36xf32>) -> tensor<?x36xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3]}, {sizes = [33], scalars = [31]}]} {
  %w = fot.load_weight @heads.w : tensor<36x32xbf16>
  %t = fot.load_weight @heads.t : tensor<64x12xf32>
  %0 = fot.matmul ins(%x, %w : tensor<?x32xf32>, tensor<36x32xbf16>) rope(%t : tensor<64x12xf32>) at %position
    residual(%residual : tensor<?x36xf32>)
    outs(%out : tensor<?x36xf32>) {head_dim = 12 : i64} -> tensor<?x36xf32>
  return %0 : tensor<?x36xf32>
}

fot.weight @residual.w : tensor<36x32xf16> from #fot.random<73, 0.5>
func.func @residual(%x: tensor<?x32xf32>, %residual: tensor<?x36xf32>, %out: tensor<?x36xf32>) -> tensor<?x36xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [65]}]} {
  %w = fot.load_weight @residual.w : tensor<36x32xf16>
  %0 = fot.matmul ins(%x, %w : tensor<?x32xf32>, tensor<36x32xf16>)
    residual(%residual : tensor<?x36xf32>)
    outs(%out : tensor<?x36xf32>) -> tensor<?x36xf32>
  return %0 : tensor<?x36xf32>
}

fot.weight @gate_bf16.g : tensor<17x32xbf16> from #fot.random<17, 0.3>
fot.weight @gate_bf16.u : tensor<17x32xbf16> from #fot.random<18, 0.3>
func.func @gate_bf16(%x: tensor<?x32xf32>, %out: tensor<?x17xf32>) -> tensor<?x17xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [33]}]} {
  %g = fot.load_weight @gate_bf16.g : tensor<17x32xbf16>
  %u = fot.load_weight @gate_bf16.u : tensor<17x32xbf16>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x32xf32>, tensor<17x32xbf16>, tensor<17x32xbf16>)
    features 17 outs(%out : tensor<?x17xf32>) -> tensor<?x17xf32>
  return %0 : tensor<?x17xf32>
}

fot.weight @gate_blocks.g : tensor<100x64xf16> from #fot.random<19, 0.3>
fot.weight @gate_blocks.u : tensor<100x64xf16> from #fot.random<20, 0.3>
func.func @gate_blocks(%x: tensor<?x64xf32>, %out: tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
    attributes {fot.check = [{sizes = [7]}, {sizes = [65]}]} {
  %g = fot.load_weight @gate_blocks.g : tensor<100x64xf16>
  %u = fot.load_weight @gate_blocks.u : tensor<100x64xf16>
  %0 = fot.gated_matmul ins(%x, %g, %u : tensor<?x64xf32>, tensor<100x64xf16>, tensor<100x64xf16>)
    features 100 outs(%out : tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
  return %0 : tensor<?x4x!fot.block<a8>>
}
