// Slices, shapes and scalars; by hand. x is 0 to 11 in rows of four.
// RUN: fot-opt %s -fot-evaluate -o /dev/null | FileCheck %s

#row = affine_map<(i, j) -> (i, j)>
#column = affine_map<(i, j) -> (j)>

// CHECK: result 0: tensor<2x2xf32> = {{\[\[}}5, 7], [9, 11]]
// CHECK: result 1: tensor<2xf32> = [6, 10]
// CHECK: result 2: tensor<3x4xf32> = {{\[\[}}0, 1, 2, 3], [4, 5, 7, 7], [8, 9, 11, 11]]
// CHECK: result 3: tensor<2x6xf32> = {{\[\[}}0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]
// CHECK: result 4: tensor<2x2x3xf32> = {{\[\[\[}}0, 1, 2], [3, 4, 5]], {{\[\[}}6, 7, 8], [9, 10, 11]]]
// CHECK: result 5: index = 4
// CHECK: result 6: f32 = 6
// CHECK: result 7: tensor<3x4xf32> = {{\[\[}}0, 2, 4, 6], [8, 10, 12, 14], [16, 18, 20, 22]]
// CHECK: result 8: tensor<2x2xf32> = {{\[\[}}14, 38], [38, 126]]
// CHECK: result 9: tensor<3x4xf32> = {{\[\[}}1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 11, 12]]
// CHECK: result 10: tensor<4xf32> = [12, 15, 18, 21]
func.func @main() -> (tensor<2x2xf32>, tensor<2xf32>, tensor<3x4xf32>, tensor<2x6xf32>,
                      tensor<2x2x3xf32>, index, f32, tensor<3x4xf32>, tensor<2x2xf32>,
                      tensor<3x4xf32>, tensor<4xf32>) {
  %x = arith.constant dense<[[0.0, 1.0, 2.0, 3.0], [4.0, 5.0, 6.0, 7.0], [8.0, 9.0, 10.0, 11.0]]> : tensor<3x4xf32>
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %slice = tensor.extract_slice %x[%c1, 1] [2, %c2] [1, 2] : tensor<3x4xf32> to tensor<2x?xf32>
  %0 = tensor.cast %slice : tensor<2x?xf32> to tensor<2x2xf32>
  %1 = tensor.extract_slice %x[1, 2] [2, 1] [1, 1] : tensor<3x4xf32> to tensor<2xf32>
  %column = tensor.extract_slice %x[1, 3] [2, 1] [1, 1] : tensor<3x4xf32> to tensor<2xf32>
  %2 = tensor.insert_slice %column into %x[1, 2] [2, 1] [1, 1] : tensor<2xf32> into tensor<3x4xf32>
  %flat = tensor.collapse_shape %x [[0, 1]] : tensor<3x4xf32> into tensor<12xf32>
  %3 = tensor.expand_shape %flat [[0, 1]] output_shape [2, 6] : tensor<12xf32> into tensor<2x6xf32>
  %4 = tensor.expand_shape %flat [[0, 1, 2]] output_shape [2, 2, 3] : tensor<12xf32> into tensor<2x2x3xf32>
  %5 = tensor.dim %x, %c1 : tensor<3x4xf32>
  %6 = tensor.extract %x[%c1, %c2] : tensor<3x4xf32>

  %e = tensor.empty() : tensor<3x4xf32>
  %7 = linalg.add ins(%x, %x : tensor<3x4xf32>, tensor<3x4xf32>) outs(%e : tensor<3x4xf32>) -> tensor<3x4xf32>
  // Rows 0 and 1: of their products with each other.
  %two = tensor.extract_slice %x[0, 0] [2, 4] [1, 1] : tensor<3x4xf32> to tensor<2x4xf32>
  %f = tensor.empty() : tensor<2x2xf32>
  %t = tensor.empty() : tensor<4x2xf32>
  %turned = linalg.transpose ins(%two : tensor<2x4xf32>) outs(%t : tensor<4x2xf32>) permutation = [1, 0]
  %zero = arith.constant 0.0 : f32
  %z = linalg.fill ins(%zero : f32) outs(%f : tensor<2x2xf32>) -> tensor<2x2xf32>
  %8 = linalg.matmul ins(%two, %turned : tensor<2x4xf32>, tensor<4x2xf32>) outs(%z : tensor<2x2xf32>) -> tensor<2x2xf32>
  %one = arith.constant 1.0 : f32
  %9 = linalg.generic {indexing_maps = [#row, #row], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<3x4xf32>) outs(%e : tensor<3x4xf32>) {
    ^bb0(%a: f32, %b: f32):
      %s = arith.addf %a, %one : f32
      linalg.yield %s : f32
  } -> tensor<3x4xf32>
  %g = tensor.splat %zero : tensor<4xf32>
  %10 = linalg.generic {indexing_maps = [#row, #column], iterator_types = ["reduction", "parallel"]}
      ins(%x : tensor<3x4xf32>) outs(%g : tensor<4xf32>) {
    ^bb0(%a: f32, %b: f32):
      %s = arith.addf %a, %b : f32
      linalg.yield %s : f32
  } -> tensor<4xf32>
  return %0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10 : tensor<2x2xf32>, tensor<2xf32>, tensor<3x4xf32>,
    tensor<2x6xf32>, tensor<2x2x3xf32>, index, f32, tensor<3x4xf32>, tensor<2x2xf32>, tensor<3x4xf32>, tensor<4xf32>
}
