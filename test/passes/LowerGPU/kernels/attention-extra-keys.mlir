// Retrieved keys of each query, or prefix keys of all, in the softmax of the
// window: behind tiles of queries, behind one token's ranges, by token and head;
// for some heads only; results in blocks that heads share.
// RUN: rm -rf %t && mkdir %t
// RUN: fot-check --levels=cuda-emulated --dump=%t %s
// RUN: FileCheck %s --check-prefix=TILES --implicit-check-not=.local \
// RUN:   --input-file %t/retrieved_many.cuda-emulated.ptx
// RUN: FileCheck %s --check-prefix=RANGES --implicit-check-not=.local \
// RUN:   --input-file %t/prefix_one_blocks.cuda-emulated.ptx

//     TILES: .entry attention_0
//     TILES: mma.sync.aligned.m16n8k16
//     TILES: .entry attention_1
// TILES-NOT: mma.sync
//     TILES: ld.global{{.*}}.v4.b32
// TILES-NOT: .entry

// The second launch reads neither window nor prefix.
//     RANGES: .entry attention_0
//     RANGES: ld.global{{.*}}.v4.b32
//     RANGES: .entry attention_1
// RANGES-NOT: .v4
// RANGES-NOT: .entry

func.func @retrieved_many(%q: tensor<?x256xf32>, %k: tensor<2x90x64xbf16>, %v: tensor<2x90x64xbf16>, %at: index,
    %mk: tensor<?x4x?x64xf32>, %mv: tensor<?x4x?x64xf32>, %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [1, 1, 3, 1, 3, 1], scalars = [0]},
        {sizes = [40, 40, 6, 40, 6, 40], scalars = [30]}, {sizes = [3, 3, 0, 3, 0, 3], scalars = [9]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x256xf32>, tensor<2x90x64xbf16>, tensor<2x90x64xbf16>) at %at
    retrieved(%mk, %mv : tensor<?x4x?x64xf32>, tensor<?x4x?x64xf32>)
    scale 0.125000000 outs(%out : tensor<?x256xf32>) {memory_heads = array<i64: 1>} -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

func.func @prefix_many_blocks(%q: tensor<?x200xf32>, %k: tensor<2x60x100xf16>, %v: tensor<2x60x100xf16>, %at: index,
    %mk: tensor<2x?x100xf32>, %mv: tensor<2x?x100xf32>, %out: tensor<?x7x!fot.block<a8>>) -> tensor<?x7x!fot.block<a8>>
    attributes {fot.check = [{sizes = [33, 130, 130, 33], scalars = [5]}, {sizes = [2, 0, 0, 2], scalars = [9]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x200xf32>, tensor<2x60x100xf16>, tensor<2x60x100xf16>) at %at
    prefix(%mk, %mv : tensor<2x?x100xf32>, tensor<2x?x100xf32>)
    scale 0.100000000 outs(%out : tensor<?x7x!fot.block<a8>>) -> tensor<?x7x!fot.block<a8>>
  return %0 : tensor<?x7x!fot.block<a8>>
}

// Heads of 130 numbers have no tile.
func.func @prefix_by_token(%q: tensor<?x260xf32>, %k: tensor<1x40x130xf32>, %v: tensor<1x40x130xf32>, %at: index,
    %mk: tensor<1x?x130xf32>, %mv: tensor<1x?x130xf32>, %out: tensor<?x260xf32>) -> tensor<?x260xf32>
    attributes {fot.check = [{sizes = [7, 70, 70, 7], scalars = [5]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<?x260xf32>, tensor<1x40x130xf32>, tensor<1x40x130xf32>) at %at
    prefix(%mk, %mv : tensor<1x?x130xf32>, tensor<1x?x130xf32>)
    scale 0.087705802 outs(%out : tensor<?x260xf32>) -> tensor<?x260xf32>
  return %0 : tensor<?x260xf32>
}

func.func @prefix_one_blocks(%q: tensor<1x128xf32>, %k: tensor<2x300x32xf32>, %v: tensor<2x300x32xf32>, %at: index,
    %mk: tensor<2x?x32xf32>, %mv: tensor<2x?x32xf32>, %out: tensor<1x4x!fot.block<a8>>) -> tensor<1x4x!fot.block<a8>>
    attributes {fot.check = [{sizes = [70, 70], scalars = [200]}, {sizes = [0, 0], scalars = [0]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<1x128xf32>, tensor<2x300x32xf32>, tensor<2x300x32xf32>) at %at
    prefix(%mk, %mv : tensor<2x?x32xf32>, tensor<2x?x32xf32>)
    scale 0.176776695 outs(%out : tensor<1x4x!fot.block<a8>>)
    {fot.gpu_splits = 6 : i64, memory_heads = array<i64: 0>} -> tensor<1x4x!fot.block<a8>>
  return %0 : tensor<1x4x!fot.block<a8>>
}

func.func @retrieved_one(%q: tensor<1x128xf32>, %k: tensor<2x300x32xbf16>, %v: tensor<2x300x32xbf16>, %at: index,
    %mk: tensor<1x4x?x32xf32>, %mv: tensor<1x4x?x32xf32>, %out: tensor<1x128xf32>) -> tensor<1x128xf32>
    attributes {fot.check = [{sizes = [8, 8], scalars = [250]}, {sizes = [130, 130], scalars = [0]}]} {
  %0 = fot.attention ins(%q, %k, %v : tensor<1x128xf32>, tensor<2x300x32xbf16>, tensor<2x300x32xbf16>) at %at
    retrieved(%mk, %mv : tensor<1x4x?x32xf32>, tensor<1x4x?x32xf32>)
    scale 0.176776695 outs(%out : tensor<1x128xf32>) -> tensor<1x128xf32>
  return %0 : tensor<1x128xf32>
}
