// Sources that do not hold what the weight says.
// RUN: %python %S/Inputs/weights.py %t.bin
// RUN: sed "s|FILE|%t.bin|" %s > %t.mlir
// RUN: fot-opt %t.mlir -split-input-file -fot-evaluate -o /dev/null -verify-diagnostics

fot.weight @w : tensor<2x2xf32>
  from #fot.source<"/no/such/file", offset = 0, bytes = 16, type = "f32", shape = [2, 2]>
func.func @main() -> tensor<2x2xf32> {
  // expected-error @below {{weight 'w': cannot read '/no/such/file'}}
  %0 = fot.load_weight @w : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

fot.weight @w : tensor<2x2xf32>
  from #fot.source<"FILE", offset = 92, bytes = 16, type = "f32", shape = [2, 2]>
func.func @main() -> tensor<2x2xf32> {
  // expected-error @below {{weight 'w': expects bytes 92 + 16 in}}
  %0 = fot.load_weight @w : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

fot.weight @w : tensor<2x2xf32>
  from #fot.source<"FILE", offset = -4, bytes = 16, type = "f32", shape = [2, 2]>
func.func @main() -> tensor<2x2xf32> {
  // expected-error @below {{weight 'w': expects bytes -4 + 16 in}}
  %0 = fot.load_weight @w : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

fot.weight @w : tensor<2x2xf32>
  from #fot.source<"FILE", offset = 0, bytes = 12, type = "f32", shape = [2, 2]>
func.func @main() -> tensor<2x2xf32> {
  // expected-error @below {{weight 'w': expects the bytes of 2 x 2 numbers of f32, found 12}}
  %0 = fot.load_weight @w : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

fot.weight @w : tensor<2x2xf32>
  from #fot.source<"FILE", offset = 0, bytes = 16, type = "f64", shape = [2, 2]>
func.func @main() -> tensor<2x2xf32> {
  // expected-error @below {{weight 'w': expects a source of type f32, f16}}
  %0 = fot.load_weight @w : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

fot.weight @w : tensor<2x2xf32>
  from #fot.source<"FILE", offset = 0, bytes = 24, type = "f32", shape = [2, 3]>
func.func @main() -> tensor<2x2xf32> {
  // expected-error @below {{weight 'w': expects a source of 2 x 2 numbers, found [2, 3]}}
  %0 = fot.load_weight @w : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

fot.weight @w : tensor<2x2xf32>
  from #fot.source<"FILE", offset = 0, bytes = 16, type = "f32", shape = [2, 2], interleaved = 3>
func.func @main() -> tensor<2x2xf32> {
  // expected-error @below {{weight 'w': expects interleaved heads that divide 2 rows, found 3}}
  %0 = fot.load_weight @w : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

fot.weight @w : tensor<2x2xf32> from dense<1.0> : tensor<3xf32>
func.func @main() -> tensor<2x2xf32> {
  // expected-error @below {{weight 'w': expects 4 dense floating-point numbers, found tensor<3xf32>}}
  %0 = fot.load_weight @w : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}
