// fot-check judges compiled code by the evaluator: it passes what is right,
// fails what is further off than allowed, and refuses what it cannot try.
// RUN: fot-check %s --function=norm --levels=x86-64-v3 | FileCheck %s --check-prefix=OK
// RUN: fot-check %s --function=norm --levels=x86-64-v3 --workers=2 --repeat=3 --no-fuse | FileCheck %s --check-prefix=TIMED
// RUN: not fot-check %s --function=strict --levels=x86-64-v3 | FileCheck %s --check-prefix=OFF
// RUN: not fot-check %s --function=norm --same-bits --levels=x86-64-v3,cuda-emulated | FileCheck %s --check-prefix=BITS
// RUN: not fot-check %s --function=norm --function=other --levels=x86-64-v3 | FileCheck %s --check-prefix=BEFORE
// RUN: not fot-check %s --function=lost 2>&1 | FileCheck %s --check-prefix=LOST
// RUN: not fot-check %s --function=field 2>&1 | FileCheck %s --check-prefix=FIELD
// RUN: not fot-check %s --function=class 2>&1 | FileCheck %s --check-prefix=CLASS
// RUN: not fot-check %s --function=beyond 2>&1 | FileCheck %s --check-prefix=BEYOND
// RUN: not fot-check %s --function=unmarked 2>&1 | FileCheck %s --check-prefix=NOTHING
// RUN: not fot-check %s --levels=pentium 2>&1 | FileCheck %s --check-prefix=LEVEL
// RUN: not fot-check %s --workers=0 2>&1 | FileCheck %s --check-prefix=WORKERS
// RUN: not fot-check 2>&1 | FileCheck %s --check-prefix=USAGE

// OK: ok {{ *}}norm {{ *}}x86-64-v3 {{ *}}error {{.*}}e-0{{.*}} of 1.00e-05
// TIMED: ok {{ *}}norm {{.*}} us
// Other code adds in another order.
// BITS: ok {{ *}}norm {{ *}}x86-64-v3
// BITS: FAILED {{ *}}norm {{ *}}cuda-emulated
// BITS-NEXT: its results have other bits than those of the level before
func.func @norm(%x: tensor<?x40xf32>, %g: tensor<40xf32>, %o: tensor<?x40xf32>) -> tensor<?x40xf32>
    attributes {fot.check = [{sizes = [1]}, {sizes = [7], scale = 3.0, seed = 2}]} {
  %0 = fot.rms_norm ins(%x, %g : tensor<?x40xf32>, tensor<40xf32>) eps 1.0e-5
    outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %0 : tensor<?x40xf32>
}

// BEFORE: ok {{ *}}norm {{ *}}x86-64-v3
// BEFORE: FAILED {{ *}}other {{ *}}x86-64-v3
// BEFORE-NEXT: its results have other bits than those of the function before
func.func @other(%x: tensor<?x40xf32>, %g: tensor<40xf32>, %o: tensor<?x40xf32>) -> tensor<?x40xf32>
    attributes {fot.check_as_before, fot.check = [{sizes = [1]}, {sizes = [7], scale = 3.0, seed = 2}]} {
  %0 = fot.rms_norm ins(%x, %g : tensor<?x40xf32>, tensor<40xf32>) eps 1.1e-5
    outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %0 : tensor<?x40xf32>
}

// The exponential is not exact.
// OFF: FAILED {{ *}}strict {{ *}}x86-64-v3 {{ *}}error {{.*}} of 0.00e+00
// OFF-NEXT: case 0, 1 threads: result 0, row {{[0-9]+}}, column {{[0-9]+}}: expected {{.*}}, found
func.func @strict(%x: tensor<?x40xf32>, %o: tensor<?x40xf32>) -> tensor<?x40xf32>
    attributes {fot.check = {sizes = [3], tolerance = "exact"}} {
  %0 = fot.swiglu ins(%x, %x : tensor<?x40xf32>, tensor<?x40xf32>)
    outs(%o : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %0 : tensor<?x40xf32>
}

// LOST: error: expects results that are arguments, updated by destination-style ops
func.func @lost(%x: tensor<2x4xf32>) -> tensor<2x4xf32> attributes {fot.check = {}} {
  %e = tensor.empty() : tensor<2x4xf32>
  %0 = fot.swiglu ins(%x, %x : tensor<2x4xf32>, tensor<2x4xf32>)
    outs(%e : tensor<2x4xf32>) -> tensor<2x4xf32>
  return %0 : tensor<2x4xf32>
}

// FIELD: error: expects fot.check of sizes, scalars, {{.*}}, found "size" = [1]
func.func @field(%x: tensor<2x4xf32>) -> tensor<2x4xf32> attributes {fot.check = {size = [1]}} {
  return %x : tensor<2x4xf32>
}

// CLASS: error: expects a tolerance of exact, f32, exp or a8, found 'f16'
func.func @class(%x: tensor<2x4xf32>) -> tensor<2x4xf32> attributes {fot.check = {tolerance = "f16"}} {
  return %x : tensor<2x4xf32>
}

// The evaluator's diagnostics are those of the check.
// BEYOND: error: 'fot.append_window' op expects positions within the window of 8, found 6 + 3
func.func @beyond(%x: tensor<3x4xf32>, %p: index, %w: tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
    attributes {fot.check = {scalars = [6]}} {
  %0 = fot.append_window ins(%x : tensor<3x4xf32>) at %p outs(%w : tensor<1x8x4xf32>) -> tensor<1x8x4xf32>
  return %0 : tensor<1x8x4xf32>
}

// NOTHING: error: expected functions with fot.check, found none
func.func @unmarked() {
  return
}

// LEVEL: error: {{.*}}'pentium'
// WORKERS: error: expected at least one worker and one call
// USAGE: error:
