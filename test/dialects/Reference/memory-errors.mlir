// What only the run can know is checked there.
// RUN: fot-opt %s -split-input-file -fot-evaluate -o /dev/null -verify-diagnostics

!memory = !fot.memory<1 x 2, f32, f32>
func.func @main() -> !memory {
  %m = fot.create_memory : !memory
  %w = arith.constant dense<0.0> : tensor<1x3x2xf32>
  %c4 = arith.constant 4 : index
  // expected-error @below {{expects a count within the window's 3 entries, found 4}}
  %0 = fot.append_memory %m, %w, %w count %c4 : !memory, tensor<1x3x2xf32>, tensor<1x3x2xf32>
  return %0 : !memory
}

// -----

!memory = !fot.memory<1 x 2, f32, f32>
func.func @main() -> tensor<1x2x2xf32> {
  %m = fot.create_memory : !memory
  %e = tensor.empty() : tensor<1x2x2xf32>
  // expected-error @below {{expects init of [1, 0, 2] numbers, found [1, 2, 2]}}
  %0:2 = fot.view_memory %m : !memory outs(%e, %e : tensor<1x2x2xf32>, tensor<1x2x2xf32>)
    -> tensor<1x2x2xf32>, tensor<1x2x2xf32>
  return %0#0 : tensor<1x2x2xf32>
}

// -----

func.func @main() -> tensor<1x3x2xf32> {
  %x = arith.constant dense<0.0> : tensor<2x2xf32>
  %w = arith.constant dense<0.0> : tensor<1x3x2xf32>
  %c2 = arith.constant 2 : index
  // expected-error @below {{expects positions within the window of 3, found 2 + 2}}
  %0 = fot.append_window ins(%x : tensor<2x2xf32>) at %c2 outs(%w : tensor<1x3x2xf32>) -> tensor<1x3x2xf32>
  return %0 : tensor<1x3x2xf32>
}

// -----

!memory = !fot.memory<1 x 2, f32, f32>
func.func @main() -> tensor<1x1x1xf32> {
  %m = fot.create_memory : !memory
  %q = arith.constant dense<0.0> : tensor<1x2xf32>
  %s = tensor.empty() : tensor<1x1x1xf32>
  %i = tensor.empty() : tensor<1x1x1xi64>
  // expected-error @below {{expects at most as many results as the memory has entries, 0, found 1}}
  %0:2 = fot.knn ins(%q, %m : tensor<1x2xf32>, !memory)
    outs(%s, %i : tensor<1x1x1xf32>, tensor<1x1x1xi64>) -> tensor<1x1x1xf32>, tensor<1x1x1xi64>
  return %0#0 : tensor<1x1x1xf32>
}

// -----

!memory = !fot.memory<1 x 2, f32, f32>
func.func @main() -> tensor<1x1x1x2xf32> {
  %m = fot.create_memory : !memory
  %i = arith.constant dense<0> : tensor<1x1x1xi64>
  %o = tensor.empty() : tensor<1x1x1x2xf32>
  // expected-error @below {{expects entries within the memory's 0, found 0}}
  %0:2 = fot.gather ins(%i, %m : tensor<1x1x1xi64>, !memory)
    outs(%o, %o : tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x1x1x2xf32>, tensor<1x1x1x2xf32>
  return %0#0 : tensor<1x1x1x2xf32>
}

// -----

func.func @main() -> tensor<2x2xf32> {
  %q = arith.constant dense<0.0> : tensor<2x2xf32>
  %w = arith.constant dense<0.0> : tensor<1x3x2xf32>
  %c2 = arith.constant 2 : index
  // expected-error @below {{expects positions within the window of 3, found 2 + 2}}
  %0 = fot.attention ins(%q, %w, %w : tensor<2x2xf32>, tensor<1x3x2xf32>, tensor<1x3x2xf32>)
    at %c2 scale 1.0 outs(%q : tensor<2x2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
