// What kernels are made of that show it nowhere else: 16 bytes a load of weights,
// dp4a for one token and mma.sync for many in every layout, and no local memory.
// (seal_memory has no kernel.)
// RUN: rm -rf %t && mkdir %t
// RUN: fot-check --levels=cuda-emulated --dump=%t %s
// RUN: FileCheck %s --check-prefix=ONE-Q80 --implicit-check-not=.local \
// RUN:   --implicit-check-not=mma.sync --input-file %t/one_q8_0.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=ONE-Q40 --implicit-check-not=.local \
// RUN:   --implicit-check-not=mma.sync --input-file %t/one_q4_0.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=ONE-Q41 --implicit-check-not=.local \
// RUN:   --implicit-check-not=mma.sync --input-file %t/one_q4_1.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=ONE-Q51 --implicit-check-not=.local \
// RUN:   --implicit-check-not=mma.sync --input-file %t/one_q5_1.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=ONE-Q60 --implicit-check-not=.local \
// RUN:   --implicit-check-not=mma.sync --input-file %t/one_q6_0.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=MANY --implicit-check-not=.local \
// RUN:   --implicit-check-not=dp4a --input-file %t/many_q8_0.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=MANY --implicit-check-not=.local \
// RUN:   --implicit-check-not=dp4a --input-file %t/many_q4_0.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=MANY --implicit-check-not=.local \
// RUN:   --implicit-check-not=dp4a --input-file %t/many_q4_1.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=MANY --implicit-check-not=.local \
// RUN:   --implicit-check-not=dp4a --input-file %t/many_q5_1.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=HALVES --implicit-check-not=.local \
// RUN:   --implicit-check-not=dp4a --input-file %t/many_q6_0.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=ADD --implicit-check-not=.local \
// RUN:   --input-file %t/add.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=SWIGLU --implicit-check-not=.local \
// RUN:   --input-file %t/swiglu.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=QUANTIZE --implicit-check-not=.local \
// RUN:   --input-file %t/quantize.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=ROPE --implicit-check-not=.local \
// RUN:   --input-file %t/rope.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=ROWS --implicit-check-not=.local \
// RUN:   --input-file %t/rows.cuda-emulated.ptx

// Codes and scales of 4 rows; words of the token one by one.
//         ONE-Q80: .entry matmul_0
//         ONE-Q80: ld.global.nc.v4
//         ONE-Q80: ld.global.nc.v4
// ONE-Q80-COUNT-4: dp4a.s32.s32
//         ONE-Q80: shfl.sync.bfly

// 8 times the sum of what the token has is taken away.
//         ONE-Q40: .entry matmul_0
//         ONE-Q40: ld.global.nc.v4
// ONE-Q40-COUNT-2: dp4a.s32.s32
// ONE-Q40-COUNT-2: dp4a.u32.s32
//         ONE-Q40: ld.global.nc.v4
// ONE-Q40-COUNT-6: dp4a.u32.s32
//         ONE-Q40: shfl.sync.bfly

// Scales, codes and minima.
//         ONE-Q41: .entry matmul_0
// ONE-Q41-COUNT-2: ld.global.nc.v4
// ONE-Q41-COUNT-8: dp4a.u32.s32
//         ONE-Q41: shfl.sync.bfly

// A lane takes a whole step of 4 rows, or half of one.
//          ONE-Q51: .entry matmul_0
//  ONE-Q51-COUNT-7: ld.global.nc.v4
// ONE-Q51-COUNT-32: dp4a.s32.s32
//          ONE-Q51: shfl.sync.bfly

//          ONE-Q60: .entry matmul_0
//  ONE-Q60-COUNT-4: ld.global.nc.v4
// ONE-Q60-COUNT-16: dp4a.s32.s32
//          ONE-Q60: shfl.sync.bfly

// Three of four stages are asked for, then 4 panels meet 2 times 8 tokens.
//         MANY: .entry matmul_0
// MANY-COUNT-4: cp.async.cg.shared.global {{.*}}, 16;
// MANY-COUNT-3: cp.async.ca.shared.global {{.*}}, 8;
//         MANY: cp.async.commit_group
//         MANY: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// MANY-COUNT-8: mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32
//     MANY-NOT: mma.sync
//         MANY: cp.async.wait_group 2

// A scale each 16 inputs: the halves of a step are multiplied by themselves.
//          HALVES: .entry matmul_0
//          HALVES: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// HALVES-COUNT-16: mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32
//      HALVES-NOT: mma.sync
//          HALVES: cp.async.wait_group 2

// ADD: .entry add_0
// ADD: add.rn.f32
// ADD: st.global.b32

// A warp finds a block's largest number and its sum.
//         SWIGLU: .entry swiglu_0
//         SWIGLU: ex2.approx
// SWIGLU-COUNT-5: shfl.sync.bfly
//         SWIGLU: cvt.rni
// SWIGLU-COUNT-5: shfl.sync.bfly
//         SWIGLU: st.global.v2.b32

//         QUANTIZE: .entry quantize_0
// QUANTIZE-COUNT-5: shfl.sync.bfly
//         QUANTIZE: cvt.rni
// QUANTIZE-COUNT-5: shfl.sync.bfly
//         QUANTIZE: st.global.b8
//         QUANTIZE: st.global.v2.b32

// Both of a pair are read, turned and stored by one thread.
//         ROPE: .entry rope_0
// ROPE-COUNT-4: ld.global.nc
//         ROPE: fma.rn.f32
// ROPE-COUNT-2: st.global.b32

// ROWS: .entry embedding_0
// ROWS: ld.global.nc
// ROWS: st.global.b32

fot.weight @one_q8_0.w : tensor<40x8x!fot.block<q8_0>> from #fot.random<1, 0.5>
func.func @one_q8_0(%x: tensor<1x8x!fot.block<a8>>, %out: tensor<1x40xf32>) -> tensor<1x40xf32>
    attributes {fot.check = {}} {
  %w = fot.load_weight @one_q8_0.w : tensor<40x8x!fot.block<q8_0>>
  %0 = fot.matmul ins(%x, %w : tensor<1x8x!fot.block<a8>>, tensor<40x8x!fot.block<q8_0>>)
    outs(%out : tensor<1x40xf32>) -> tensor<1x40xf32>
  return %0 : tensor<1x40xf32>
}

fot.weight @many_q8_0.w : tensor<70x4x!fot.block<q8_0>> from #fot.random<2, 0.5>
func.func @many_q8_0(%x: tensor<?x4x!fot.block<a8>>, %out: tensor<?x70xf32>) -> tensor<?x70xf32>
    attributes {fot.check = [{sizes = [5]}, {sizes = [70]}]} {
  %w = fot.load_weight @many_q8_0.w : tensor<70x4x!fot.block<q8_0>>
  %0 = fot.matmul ins(%x, %w : tensor<?x4x!fot.block<a8>>, tensor<70x4x!fot.block<q8_0>>)
    outs(%out : tensor<?x70xf32>) -> tensor<?x70xf32>
  return %0 : tensor<?x70xf32>
}

fot.weight @one_q4_0.w : tensor<40x8x!fot.block<q4_0>> from #fot.random<3, 0.5>
func.func @one_q4_0(%x: tensor<1x8x!fot.block<a8>>, %out: tensor<1x40xf32>) -> tensor<1x40xf32>
    attributes {fot.check = {}} {
  %w = fot.load_weight @one_q4_0.w : tensor<40x8x!fot.block<q4_0>>
  %0 = fot.matmul ins(%x, %w : tensor<1x8x!fot.block<a8>>, tensor<40x8x!fot.block<q4_0>>)
    outs(%out : tensor<1x40xf32>) -> tensor<1x40xf32>
  return %0 : tensor<1x40xf32>
}

fot.weight @many_q4_0.w : tensor<70x4x!fot.block<q4_0>> from #fot.random<4, 0.5>
func.func @many_q4_0(%x: tensor<?x4x!fot.block<a8>>, %out: tensor<?x70xf32>) -> tensor<?x70xf32>
    attributes {fot.check = [{sizes = [5]}, {sizes = [70]}]} {
  %w = fot.load_weight @many_q4_0.w : tensor<70x4x!fot.block<q4_0>>
  %0 = fot.matmul ins(%x, %w : tensor<?x4x!fot.block<a8>>, tensor<70x4x!fot.block<q4_0>>)
    outs(%out : tensor<?x70xf32>) -> tensor<?x70xf32>
  return %0 : tensor<?x70xf32>
}

fot.weight @one_q4_1.w : tensor<40x8x!fot.block<q4_1>> from #fot.random<5, 0.5>
func.func @one_q4_1(%x: tensor<1x8x!fot.block<a8>>, %out: tensor<1x40xf32>) -> tensor<1x40xf32>
    attributes {fot.check = {}} {
  %w = fot.load_weight @one_q4_1.w : tensor<40x8x!fot.block<q4_1>>
  %0 = fot.matmul ins(%x, %w : tensor<1x8x!fot.block<a8>>, tensor<40x8x!fot.block<q4_1>>)
    outs(%out : tensor<1x40xf32>) -> tensor<1x40xf32>
  return %0 : tensor<1x40xf32>
}

fot.weight @many_q4_1.w : tensor<70x4x!fot.block<q4_1>> from #fot.random<6, 0.5>
func.func @many_q4_1(%x: tensor<?x4x!fot.block<a8>>, %out: tensor<?x70xf32>) -> tensor<?x70xf32>
    attributes {fot.check = [{sizes = [5]}, {sizes = [70]}]} {
  %w = fot.load_weight @many_q4_1.w : tensor<70x4x!fot.block<q4_1>>
  %0 = fot.matmul ins(%x, %w : tensor<?x4x!fot.block<a8>>, tensor<70x4x!fot.block<q4_1>>)
    outs(%out : tensor<?x70xf32>) -> tensor<?x70xf32>
  return %0 : tensor<?x70xf32>
}

fot.weight @one_q5_1.w : tensor<40x8x!fot.block<q5_1>> from #fot.random<7, 0.5>
func.func @one_q5_1(%x: tensor<1x8x!fot.block<a8>>, %out: tensor<1x40xf32>) -> tensor<1x40xf32>
    attributes {fot.check = {}} {
  %w = fot.load_weight @one_q5_1.w : tensor<40x8x!fot.block<q5_1>>
  %0 = fot.matmul ins(%x, %w : tensor<1x8x!fot.block<a8>>, tensor<40x8x!fot.block<q5_1>>)
    outs(%out : tensor<1x40xf32>) -> tensor<1x40xf32>
  return %0 : tensor<1x40xf32>
}

fot.weight @many_q5_1.w : tensor<70x4x!fot.block<q5_1>> from #fot.random<8, 0.5>
func.func @many_q5_1(%x: tensor<?x4x!fot.block<a8>>, %out: tensor<?x70xf32>) -> tensor<?x70xf32>
    attributes {fot.check = [{sizes = [5]}, {sizes = [70]}]} {
  %w = fot.load_weight @many_q5_1.w : tensor<70x4x!fot.block<q5_1>>
  %0 = fot.matmul ins(%x, %w : tensor<?x4x!fot.block<a8>>, tensor<70x4x!fot.block<q5_1>>)
    outs(%out : tensor<?x70xf32>) -> tensor<?x70xf32>
  return %0 : tensor<?x70xf32>
}

fot.weight @one_q6_0.w : tensor<40x8x!fot.block<q6_0>> from #fot.random<9, 0.5>
func.func @one_q6_0(%x: tensor<1x8x!fot.block<a8>>, %out: tensor<1x40xf32>) -> tensor<1x40xf32>
    attributes {fot.check = {}} {
  %w = fot.load_weight @one_q6_0.w : tensor<40x8x!fot.block<q6_0>>
  %0 = fot.matmul ins(%x, %w : tensor<1x8x!fot.block<a8>>, tensor<40x8x!fot.block<q6_0>>)
    outs(%out : tensor<1x40xf32>) -> tensor<1x40xf32>
  return %0 : tensor<1x40xf32>
}

fot.weight @many_q6_0.w : tensor<70x4x!fot.block<q6_0>> from #fot.random<10, 0.5>
func.func @many_q6_0(%x: tensor<?x4x!fot.block<a8>>, %out: tensor<?x70xf32>) -> tensor<?x70xf32>
    attributes {fot.check = [{sizes = [5]}, {sizes = [70]}]} {
  %w = fot.load_weight @many_q6_0.w : tensor<70x4x!fot.block<q6_0>>
  %0 = fot.matmul ins(%x, %w : tensor<?x4x!fot.block<a8>>, tensor<70x4x!fot.block<q6_0>>)
    outs(%out : tensor<?x70xf32>) -> tensor<?x70xf32>
  return %0 : tensor<?x70xf32>
}

func.func @add(%a: tensor<?x100xf32>, %b: tensor<?x100xf32>, %out: tensor<?x100xf32>) -> tensor<?x100xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7]}]} {
  %0 = linalg.add ins(%a, %b : tensor<?x100xf32>, tensor<?x100xf32>)
    outs(%out : tensor<?x100xf32>) -> tensor<?x100xf32>
  return %0 : tensor<?x100xf32>
}

func.func @swiglu(%gate: tensor<?x100xf32>, %up: tensor<?x100xf32>, %out: tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7]}]} {
  %0 = fot.swiglu ins(%gate, %up : tensor<?x100xf32>, tensor<?x100xf32>)
    outs(%out : tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
  return %0 : tensor<?x4x!fot.block<a8>>
}

func.func @quantize(%x: tensor<?x100xf32>, %out: tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7]}]} {
  %0 = fot.quantize ins(%x : tensor<?x100xf32>) outs(%out : tensor<?x4x!fot.block<a8>>) -> tensor<?x4x!fot.block<a8>>
  return %0 : tensor<?x4x!fot.block<a8>>
}

fot.weight @table : tensor<64x12xf32> from #fot.rope_table<10000.0>
func.func @rope(%x: tensor<?x36xf32>, %position: index, %out: tensor<?x36xf32>) -> tensor<?x36xf32>
    attributes {fot.check = [{sizes = [1], scalars = [63]}, {sizes = [7], scalars = [5]}]} {
  %t = fot.load_weight @table : tensor<64x12xf32>
  %0 = fot.rope ins(%x, %t : tensor<?x36xf32>, tensor<64x12xf32>) at %position head_dim 12
    outs(%out : tensor<?x36xf32>) -> tensor<?x36xf32>
  return %0 : tensor<?x36xf32>
}

fot.weight @rows.w : tensor<37x1x!fot.block<q4_1>> from #fot.random<7, 1.0>
func.func @rows(%tokens: tensor<?xi32>, %out: tensor<?x32xf32>) -> tensor<?x32xf32>
    attributes {fot.check = [{sizes = [40], integers = 37}]} {
  %w = fot.load_weight @rows.w : tensor<37x1x!fot.block<q4_1>>
  %0 = fot.embedding ins(%tokens, %w : tensor<?xi32>, tensor<37x1x!fot.block<q4_1>>)
    outs(%out : tensor<?x32xf32>) -> tensor<?x32xf32>
  return %0 : tensor<?x32xf32>
}
