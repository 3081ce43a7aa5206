// What folds away without changing a number.
// RUN: fot-opt %s -canonicalize | FileCheck %s

// The last R of R rows are all of them.
// CHECK-LABEL: @all_rows
//  CHECK-SAME: (%[[X:.*]]: tensor<3x4xf32>, %{{.*}})
//  CHECK-NEXT: return %[[X]]
func.func @all_rows(%x: tensor<3x4xf32>, %o: tensor<3x4xf32>) -> tensor<3x4xf32> {
  %0 = fot.last_rows ins(%x : tensor<3x4xf32>) outs(%o : tensor<3x4xf32>) -> tensor<3x4xf32>
  return %0 : tensor<3x4xf32>
}

// Fewer rows, and sizes that only the run knows, stay.
// CHECK-LABEL: @some_rows
// CHECK-COUNT-2: fot.last_rows
func.func @some_rows(%x: tensor<3x4xf32>, %o: tensor<1x4xf32>,
                     %y: tensor<?x4xf32>) -> (tensor<1x4xf32>, tensor<?x4xf32>) {
  %0 = fot.last_rows ins(%x : tensor<3x4xf32>) outs(%o : tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = fot.last_rows ins(%y : tensor<?x4xf32>) outs(%y : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %0, %1 : tensor<1x4xf32>, tensor<?x4xf32>
}

// On buffers the rows must really get there.
// CHECK-LABEL: @buffers
// CHECK: fot.last_rows
func.func @buffers(%x: memref<3x4xf32>, %o: memref<3x4xf32>) {
  fot.last_rows ins(%x : memref<3x4xf32>) outs(%o : memref<3x4xf32>)
  return
}

// A memory just created has no entries.
// CHECK-LABEL: @empty
//  CHECK-NEXT: %[[ZERO:.*]] = arith.constant 0 : index
//  CHECK-NEXT: return %[[ZERO]]
func.func @empty() -> index {
  %0 = fot.create_memory : !fot.memory<1 x 4, f32, f32>
  %1 = fot.memory_size %0 : !fot.memory<1 x 4, f32, f32>
  return %1 : index
}

// One that was appended to, or comes from outside, may have some.
// CHECK-LABEL: @unknown
// CHECK-COUNT-2: fot.memory_size
func.func @unknown(%m: !fot.memory<1 x 4, f32, f32>, %w: tensor<1x2x4xf32>,
                   %n: index) -> (index, index) {
  %0 = fot.create_memory : !fot.memory<1 x 4, f32, f32>
  %1 = fot.append_memory %0, %w, %w count %n : !fot.memory<1 x 4, f32, f32>, tensor<1x2x4xf32>, tensor<1x2x4xf32>
  %2 = fot.memory_size %1 : !fot.memory<1 x 4, f32, f32>
  %3 = fot.memory_size %m : !fot.memory<1 x 4, f32, f32>
  return %2, %3 : index, index
}

// Nobody needs what is computed on tensors and not used; what is written to
// buffers or appended to a memory stays.
// CHECK-LABEL: @unused
//  CHECK-NEXT: fot.append_memory
//  CHECK-NEXT: fot.rms_norm ins({{.*}} : memref
//  CHECK-NEXT: return
fot.weight @w : tensor<4xf32> from #fot.random<1, 1.0>
func.func @unused(%x: tensor<3x4xf32>, %m: !fot.memory<1 x 4, f32, f32>,
                  %w: tensor<1x2x4xf32>, %n: index,
                  %b: memref<3x4xf32>, %g: memref<4xf32>) {
  %0 = fot.load_weight @w : tensor<4xf32>
  %1 = fot.rms_norm ins(%x, %0 : tensor<3x4xf32>, tensor<4xf32>) eps 0.0
    outs(%x : tensor<3x4xf32>) -> tensor<3x4xf32>
  %2 = fot.memory_size %m : !fot.memory<1 x 4, f32, f32>
  %3 = fot.append_memory %m, %w, %w count %n : !fot.memory<1 x 4, f32, f32>, tensor<1x2x4xf32>, tensor<1x2x4xf32>
  fot.rms_norm ins(%b, %g : memref<3x4xf32>, memref<4xf32>) eps 0.0
    outs(%b : memref<3x4xf32>)
  return
}
