// What tiles of queries retrieve on tensor cores is what one token would: keys
// of every type, heads that do not fill steps, several segments, ranges without
// entries, more entries than wait at once, fewer than k, equal scores, keys and
// queries of a size whose scores tensor cores know badly, heads without a memory
// and silent ones.
// RUN: rm -rf %t && mkdir %t
// RUN: fot-check --levels=cuda-emulated --dump=%t %s
// RUN: FileCheck %s --check-prefix=BF16 --implicit-check-not=.local \
// RUN:   --input-file %t/topk_bf16_64.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=I8 --implicit-check-not=.local \
// RUN:   --input-file %t/topk_i8_100_blocks.cuda-emulated.ptx

// Keys alone, both parts of the queries, and no logit is stored.
//     BF16: .entry memory_attention_1
//     BF16: cp.async.cg.shared.global {{.*}}, 16;
//     BF16: ld.shared.v4.b32
//     BF16: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// BF16-COUNT-4: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
//     BF16: vote.sync.any.pred
//     BF16: .entry memory_attention_2

//     I8: .entry memory_attention_1
//     I8: cp.async.ca.shared.global {{.*}}, 8;
//     I8: ldmatrix.sync.aligned.m8n8.x4.shared.b16
// I8-COUNT-4: mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32
//     I8: .entry memory_attention_2

func.func @topk_bf16_64(%q: tensor<?x256xf32>, %k: tensor<2x90x64xbf16>, %v: tensor<2x90x64xbf16>, %at: index, %m: !fot.memory<2 x 64, bf16, bf16>, %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [1], scalars = [0], memory = [0]}, {sizes = [40], scalars = [30], memory = [400]}, {sizes = [35], scalars = [0], memory = [3], muted = [0]}, {sizes = [9], scalars = [0], memory = [200], odd = 9}]} {
  %0 = fot.memory_attention topk : 6 ins(%q, %k, %v, %m : tensor<?x256xf32>, tensor<2x90x64xbf16>, tensor<2x90x64xbf16>, !fot.memory<2 x 64, bf16, bf16>) at %at
    scale 0.125000000 outs(%out : tensor<?x256xf32>) {fot.gpu_splits = 5 : i64} -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

func.func @topk_ties_f32_12(%q: tensor<?x60xf32>, %k: tensor<5x70x12xf32>, %v: tensor<5x70x12xf32>, %at: index, %m: !fot.memory<5 x 12, f32, f16, heads = [1, 4]>, %out: tensor<?x60xf32>) -> tensor<?x60xf32>
    attributes {fot.check = [{sizes = [66], scalars = [0], memory = [333], period = 50}, {sizes = [2], scalars = [3], memory = [700], period = 1}]} {
  %0 = fot.memory_attention topk : 33 ins(%q, %k, %v, %m : tensor<?x60xf32>, tensor<5x70x12xf32>, tensor<5x70x12xf32>, !fot.memory<5 x 12, f32, f16, heads = [1, 4]>) at %at
    scale 0.288675134 outs(%out : tensor<?x60xf32>) {fot.gpu_splits = 3 : i64} -> tensor<?x60xf32>
  return %0 : tensor<?x60xf32>
}

// The same bits, read by token.
func.func @topk_ties_f32_12_by_token(%q: tensor<?x60xf32>, %k: tensor<5x70x12xf32>, %v: tensor<5x70x12xf32>, %at: index, %m: !fot.memory<5 x 12, f32, f16, heads = [1, 4]>, %out: tensor<?x60xf32>) -> tensor<?x60xf32>
    attributes {fot.check_as_before, fot.check = [{sizes = [66], scalars = [0], memory = [333], period = 50}, {sizes = [2], scalars = [3], memory = [700], period = 1}]} {
  %0 = fot.memory_attention topk : 33 ins(%q, %k, %v, %m : tensor<?x60xf32>, tensor<5x70x12xf32>, tensor<5x70x12xf32>, !fot.memory<5 x 12, f32, f16, heads = [1, 4]>) at %at
    scale 0.288675134 outs(%out : tensor<?x60xf32>) {fot.gpu_splits = 0 : i64} -> tensor<?x60xf32>
  return %0 : tensor<?x60xf32>
}

func.func @topk_i8_100_blocks(%q: tensor<?x400xf32>, %k: tensor<2x60x100xf16>, %v: tensor<2x60x100xf16>, %at: index, %m: !fot.memory<2 x 100, i8, i8>, %out: tensor<?x13x!fot.block<a8>>) -> tensor<?x13x!fot.block<a8>>
    attributes {fot.check = [{sizes = [21], scalars = [30], memory = [33]}, {sizes = [33], scalars = [0], memory = [500], scale = 20.0}]} {
  %0 = fot.memory_attention topk : 100 ins(%q, %k, %v, %m : tensor<?x400xf32>, tensor<2x60x100xf16>, tensor<2x60x100xf16>, !fot.memory<2 x 100, i8, i8>) at %at
    scale 0.100000000 outs(%out : tensor<?x13x!fot.block<a8>>) -> tensor<?x13x!fot.block<a8>>
  return %0 : tensor<?x13x!fot.block<a8>>
}

// The same bits, read by token.
func.func @topk_i8_100_blocks_by_token(%q: tensor<?x400xf32>, %k: tensor<2x60x100xf16>, %v: tensor<2x60x100xf16>, %at: index, %m: !fot.memory<2 x 100, i8, i8>, %out: tensor<?x13x!fot.block<a8>>) -> tensor<?x13x!fot.block<a8>>
    attributes {fot.check_as_before, fot.check = [{sizes = [21], scalars = [30], memory = [33]}, {sizes = [33], scalars = [0], memory = [500], scale = 20.0}]} {
  %0 = fot.memory_attention topk : 100 ins(%q, %k, %v, %m : tensor<?x400xf32>, tensor<2x60x100xf16>, tensor<2x60x100xf16>, !fot.memory<2 x 100, i8, i8>) at %at
    scale 0.100000000 outs(%out : tensor<?x13x!fot.block<a8>>) {fot.gpu_splits = 0 : i64} -> tensor<?x13x!fot.block<a8>>
  return %0 : tensor<?x13x!fot.block<a8>>
}

func.func @topk_f16_128(%q: tensor<?x256xf32>, %k: tensor<1x60x128xf32>, %v: tensor<1x60x128xf32>, %at: index, %m: !fot.memory<1 x 128, f16, bf16>, %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [34], scalars = [20], memory = [450]}, {sizes = [3], scalars = [0], memory = [66], scale = 0.01}]} {
  %0 = fot.memory_attention topk : 1 ins(%q, %k, %v, %m : tensor<?x256xf32>, tensor<1x60x128xf32>, tensor<1x60x128xf32>, !fot.memory<1 x 128, f16, bf16>) at %at
    scale 0.088388348 outs(%out : tensor<?x256xf32>) {fot.gpu_splits = 1 : i64} -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

func.func @topk_f32_128(%q: tensor<?x128xf32>, %k: tensor<1x40x128xf32>, %v: tensor<1x40x128xf32>, %at: index, %m: !fot.memory<1 x 128, f32, f32>, %out: tensor<?x128xf32>) -> tensor<?x128xf32>
    attributes {fot.check = [{sizes = [20], scalars = [9], memory = [1100]}]} {
  %0 = fot.memory_attention topk : 512 ins(%q, %k, %v, %m : tensor<?x128xf32>, tensor<1x40x128xf32>, tensor<1x40x128xf32>, !fot.memory<1 x 128, f32, f32>) at %at
    scale 0.088388348 outs(%out : tensor<?x128xf32>) {fot.gpu_splits = 2 : i64} -> tensor<?x128xf32>
  return %0 : tensor<?x128xf32>
}

// One key and small differences to it, for 1000 rows: now and then what the parts
// of a query leave out decides about the winner. Both fail without the bound.
func.func @topk_near_bf16(%q: tensor<?x128xf32>, %k: tensor<1x250x32xf32>, %v: tensor<1x250x32xf32>, %at: index, %m: !fot.memory<1 x 32, bf16, f32>, %out: tensor<?x128xf32>) -> tensor<?x128xf32>
    attributes {fot.check = [{sizes = [250], scalars = [0], memory = [150], shift = 100.0, seed = 1}, {sizes = [250], scalars = [0], memory = [150], shift = 1000.0, seed = 3}]} {
  %0 = fot.memory_attention topk : 1 ins(%q, %k, %v, %m : tensor<?x128xf32>, tensor<1x250x32xf32>, tensor<1x250x32xf32>, !fot.memory<1 x 32, bf16, f32>) at %at
    scale 0.0001 outs(%out : tensor<?x128xf32>) {fot.gpu_splits = 1 : i64} -> tensor<?x128xf32>
  return %0 : tensor<?x128xf32>
}

// The same bits, read by token.
func.func @topk_near_bf16_by_token(%q: tensor<?x128xf32>, %k: tensor<1x250x32xf32>, %v: tensor<1x250x32xf32>, %at: index, %m: !fot.memory<1 x 32, bf16, f32>, %out: tensor<?x128xf32>) -> tensor<?x128xf32>
    attributes {fot.check_as_before, fot.check = [{sizes = [250], scalars = [0], memory = [150], shift = 100.0, seed = 1}, {sizes = [250], scalars = [0], memory = [150], shift = 1000.0, seed = 3}]} {
  %0 = fot.memory_attention topk : 1 ins(%q, %k, %v, %m : tensor<?x128xf32>, tensor<1x250x32xf32>, tensor<1x250x32xf32>, !fot.memory<1 x 32, bf16, f32>) at %at
    scale 0.0001 outs(%out : tensor<?x128xf32>) {fot.gpu_splits = 0 : i64} -> tensor<?x128xf32>
  return %0 : tensor<?x128xf32>
}
