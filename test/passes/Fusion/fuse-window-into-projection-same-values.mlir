// What goes into caches, and what attention makes of it, stays the same.
// RUN: fot-opt %s --fot-fuse-window-into-projection | FileCheck %s
// RUN: fot-opt %s --fot-evaluate --fot-fuse-window-into-projection \
// RUN:   --fot-evaluate -o /dev/null | %python %S/Inputs/same-values.py

// CHECK-COUNT-3: fot.window_matmul
//     CHECK-NOT: fot.append_window

fot.weight @x : tensor<3x5xf32> from #fot.random<1, 1.0>
fot.weight @k : tensor<12x5xf32> from #fot.random<2, 1.0>
fot.weight @v : tensor<12x5xf32> from #fot.random<3, 1.0>
fot.weight @table : tensor<16x6xf32> from #fot.rope_table<10000.0>
fot.weight @cache : tensor<2x11x6xf32> from #fot.random<4, 1.0>
fot.weight @narrow : tensor<2x11x6xbf16> from #fot.random<5, 1.0>

// Two heads of size 6, neither a power of two; positions 7 to 9.
func.func @main() -> (tensor<2x11x6xf32>, tensor<2x11x6xf32>, tensor<2x11x6xf32>, tensor<2x11x6xbf16>) {
  %x = fot.load_weight @x : tensor<3x5xf32>
  %wk = fot.load_weight @k : tensor<12x5xf32>
  %wv = fot.load_weight @v : tensor<12x5xf32>
  %table = fot.load_weight @table : tensor<16x6xf32>
  %cache = fot.load_weight @cache : tensor<2x11x6xf32>
  %narrow = fot.load_weight @narrow : tensor<2x11x6xbf16>
  %c7 = arith.constant 7 : index
  %init = tensor.empty() : tensor<3x12xf32>
  // Un-rotated keys go into a second cache.
  %k = fot.matmul ins(%x, %wk : tensor<3x5xf32>, tensor<12x5xf32>)
    outs(%init : tensor<3x12xf32>) -> tensor<3x12xf32>
  %rotated = fot.rope ins(%k, %table : tensor<3x12xf32>, tensor<16x6xf32>)
    at %c7 head_dim 6 outs(%init : tensor<3x12xf32>) -> tensor<3x12xf32>
  %keys = fot.append_window ins(%rotated : tensor<3x12xf32>) at %c7
    outs(%cache : tensor<2x11x6xf32>) -> tensor<2x11x6xf32>
  %raw = fot.append_window ins(%k : tensor<3x12xf32>) at %c7
    outs(%cache : tensor<2x11x6xf32>) -> tensor<2x11x6xf32>
  %v = fot.matmul ins(%x, %wv : tensor<3x5xf32>, tensor<12x5xf32>)
    outs(%init : tensor<3x12xf32>) -> tensor<3x12xf32>
  %values = fot.append_window ins(%v : tensor<3x12xf32>) at %c7
    outs(%cache : tensor<2x11x6xf32>) -> tensor<2x11x6xf32>
  // A product that rotates, into a cache that rounds.
  %r = fot.matmul ins(%x, %wk : tensor<3x5xf32>, tensor<12x5xf32>)
    rope(%table : tensor<16x6xf32>) at %c7
    outs(%init : tensor<3x12xf32>) {head_dim = 6 : i64} -> tensor<3x12xf32>
  %rounded = fot.append_window ins(%r : tensor<3x12xf32>) at %c7
    outs(%narrow : tensor<2x11x6xbf16>) -> tensor<2x11x6xbf16>
  return %keys, %raw, %values, %rounded : tensor<2x11x6xf32>, tensor<2x11x6xf32>, tensor<2x11x6xf32>, tensor<2x11x6xbf16>
}
