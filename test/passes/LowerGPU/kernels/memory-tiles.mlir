// A dense memory read by tiles of queries: rows of every type, keys and values
// of different ones, heads that do not fill steps, several segments, runs that
// do not fill steps, ranges of which some are empty, heads without a memory and
// silent ones.
// RUN: rm -rf %t && mkdir %t
// RUN: fot-check --levels=cuda-emulated --dump=%t %s
// RUN: FileCheck %s --check-prefix=BF16 --implicit-check-not=.local \
// RUN:   --input-file %t/dense_bf16_64.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=I8 --implicit-check-not=.local \
// RUN:   --input-file %t/dense_i8_128.cuda-emulated.ptx

//     BF16: .entry memory_attention_1
// BF16-COUNT-2: cp.async.cg.shared.global {{.*}}, 16;
//     BF16: ldmatrix.sync.aligned.m8n8.x4.shared.b16
//     BF16: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
//     BF16: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
//     BF16: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
//     BF16: .entry memory_attention_2

// Keys are widened to f16, values to bf16.
//     I8: .entry memory_attention_1
// I8-COUNT-2: cp.async.ca.shared.global {{.*}}, 4;
//     I8: st.shared.v2.b32
//     I8: mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32
//     I8: ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16
//     I8: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
//     I8: .entry memory_attention_2

func.func @dense_bf16_64(%q: tensor<?x256xf32>, %k: tensor<2x90x64xbf16>, %v: tensor<2x90x64xbf16>, %at: index, %m: !fot.memory<2 x 64, bf16, bf16>, %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]}, {sizes = [40], scalars = [30], memory = [50]}, {sizes = [35], scalars = [0], memory = [300], muted = [0]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<?x256xf32>, tensor<2x90x64xbf16>, tensor<2x90x64xbf16>, !fot.memory<2 x 64, bf16, bf16>) at %at
    scale 0.125000000 outs(%out : tensor<?x256xf32>) -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

// One range for three tiles.
func.func @dense_f32_6(%q: tensor<?x30xf32>, %k: tensor<5x200x6xf32>, %v: tensor<5x200x6xf32>, %at: index, %m: !fot.memory<5 x 6, f32, f32, heads = [1, 4]>, %out: tensor<?x30xf32>) -> tensor<?x30xf32>
    attributes {fot.check = [{sizes = [150], scalars = [0], memory = [131]}, {sizes = [2], scalars = [3], memory = [700]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<?x30xf32>, tensor<5x200x6xf32>, tensor<5x200x6xf32>, !fot.memory<5 x 6, f32, f32, heads = [1, 4]>) at %at
    scale 0.408248290 outs(%out : tensor<?x30xf32>) {fot.gpu_splits = 2 : i64} -> tensor<?x30xf32>
  return %0 : tensor<?x30xf32>
}

func.func @dense_i8_100_blocks(%q: tensor<?x400xf32>, %k: tensor<2x60x100xf16>, %v: tensor<2x60x100xf16>, %at: index, %m: !fot.memory<2 x 100, i8, i8>, %out: tensor<?x13x!fot.block<a8>>) -> tensor<?x13x!fot.block<a8>>
    attributes {fot.check = [{sizes = [21], scalars = [30], memory = [33]}, {sizes = [33], scalars = [0], memory = [200]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<?x400xf32>, tensor<2x60x100xf16>, tensor<2x60x100xf16>, !fot.memory<2 x 100, i8, i8>) at %at
    scale 0.100000000 outs(%out : tensor<?x13x!fot.block<a8>>) -> tensor<?x13x!fot.block<a8>>
  return %0 : tensor<?x13x!fot.block<a8>>
}

func.func @dense_i8_128(%q: tensor<?x256xf32>, %k: tensor<1x60x128xf32>, %v: tensor<1x60x128xf32>, %at: index, %m: !fot.memory<1 x 128, i8, i8>, %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [34], scalars = [20], memory = [150]}, {sizes = [3], scalars = [0], memory = [66], scale = 30.0}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<?x256xf32>, tensor<1x60x128xf32>, tensor<1x60x128xf32>, !fot.memory<1 x 128, i8, i8>) at %at
    scale 0.088388348 outs(%out : tensor<?x256xf32>) {fot.gpu_splits = 3 : i64} -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

func.func @dense_i8_f32_64(%q: tensor<?x192xf32>, %k: tensor<1x60x64xf32>, %v: tensor<1x60x64xf32>, %at: index, %m: !fot.memory<1 x 64, i8, f32>, %out: tensor<?x192xf32>) -> tensor<?x192xf32>
    attributes {fot.check = [{sizes = [34], scalars = [20], memory = [150]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<?x192xf32>, tensor<1x60x64xf32>, tensor<1x60x64xf32>, !fot.memory<1 x 64, i8, f32>) at %at
    scale 0.125000000 outs(%out : tensor<?x192xf32>) {fot.gpu_splits = 4 : i64} -> tensor<?x192xf32>
  return %0 : tensor<?x192xf32>
}

func.func @dense_f32_f16_20(%q: tensor<?x60xf32>, %k: tensor<3x80x20xbf16>, %v: tensor<3x80x20xbf16>, %at: index, %m: !fot.memory<3 x 20, f32, f16>, %out: tensor<?x60xf32>) -> tensor<?x60xf32>
    attributes {fot.check = [{sizes = [70], scalars = [10], memory = [99]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<?x60xf32>, tensor<3x80x20xbf16>, tensor<3x80x20xbf16>, !fot.memory<3 x 20, f32, f16>) at %at
    scale 0.223606798 outs(%out : tensor<?x60xf32>) {fot.gpu_splits = 5 : i64} -> tensor<?x60xf32>
  return %0 : tensor<?x60xf32>
}

// Without splits a block of threads reads the memory for one token and head.
func.func @dense_by_token(%q: tensor<?x256xf32>, %k: tensor<2x50x64xbf16>, %v: tensor<2x50x64xbf16>, %at: index, %m: !fot.memory<2 x 64, bf16, bf16>, %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [7], scalars = [40], memory = [40]}]} {
  %0 = fot.memory_attention dense ins(%q, %k, %v, %m : tensor<?x256xf32>, tensor<2x50x64xbf16>, tensor<2x50x64xbf16>, !fot.memory<2 x 64, bf16, bf16>) at %at
    scale 0.125000000 outs(%out : tensor<?x256xf32>) {fot.gpu_splits = 0 : i64} -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}
