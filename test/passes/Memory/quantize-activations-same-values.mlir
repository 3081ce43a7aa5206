// A product of activations rounded to 8 bits is close to the one of floats:
// with activations that are 8-bit integers times a scale, the same.
// RUN: fot-opt %s --fot-evaluate --fot-quantize-activations --fot-evaluate \
// RUN:   -o /dev/null | %python %S/../Fusion/Inputs/same-values.py

fot.weight @x : tensor<2x32xf32> from dense<[
  [127.0, 3.0, -4.0, 5.0, 0.0, 1.0, -9.0, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0,
   1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0],
  [-63.5, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0, 6.5, 7.0, 7.5,
   -1.0, -2.0, -3.0, -4.0, -5.0, -6.0, -7.0, -8.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]> : tensor<2x32xf32>
fot.weight @w : tensor<5x1x!fot.block<q4_1>> from #fot.random<7, 0.3>

func.func @main() -> tensor<2x5xf32> {
  %x = fot.load_weight @x : tensor<2x32xf32>
  %w = fot.load_weight @w : tensor<5x1x!fot.block<q4_1>>
  %init = tensor.empty() : tensor<2x5xf32>
  %0 = fot.matmul ins(%x, %w : tensor<2x32xf32>, tensor<5x1x!fot.block<q4_1>>)
    outs(%init : tensor<2x5xf32>) -> tensor<2x5xf32>
  return %0 : tensor<2x5xf32>
}
