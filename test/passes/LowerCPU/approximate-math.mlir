// Exponentials become polynomials: code segments link against no library.
// RUN: fot-opt %s --fot-approximate-math -o %t.once
// RUN: FileCheck %s < %t.once
// RUN: fot-opt %t.once --fot-approximate-math | diff %t.once -

// CHECK-LABEL: func @vector
//   CHECK-NOT: math.exp
//       CHECK: math.fma {{.*}} : vector<8xf32>
//   CHECK-NOT: math.exp
//       CHECK: return
func.func @vector(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = math.exp %x : vector<8xf32>
  return %0 : vector<8xf32>
}

// CHECK-LABEL: func @wide
//   CHECK-NOT: math.exp
//       CHECK: math.fma {{.*}} : vector<16xf32>
func.func @wide(%x: vector<16xf32>) -> vector<16xf32> {
  %0 = math.exp %x : vector<16xf32>
  return %0 : vector<16xf32>
}

// CHECK-LABEL: func @scalar
//   CHECK-NOT: math.exp
//       CHECK: math.fma {{.*}} : f32
func.func @scalar(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  return %0 : f32
}

// What is no function of a library stays.
// CHECK-LABEL: func @root
//       CHECK: math.sqrt
func.func @root(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = math.sqrt %x : vector<8xf32>
  return %0 : vector<8xf32>
}
