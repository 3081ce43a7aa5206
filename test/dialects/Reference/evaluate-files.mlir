// Values from and to .npy files, written and read by a separate Python program.
// RUN: rm -rf %t && mkdir %t && cd %t
// RUN: %python %S/Inputs/npy.py write f4 2,3 x.npy 1 2 3 4 5 6
// RUN: %python %S/Inputs/npy.py write i8 2 i.npy -1 9007199254740992
// RUN: %python %S/Inputs/npy.py write f8 "" s.npy 2.5
// RUN: %python %S/Inputs/npy.py write f4 1,2,2 k.npy 1 2 3 4
// RUN: %python %S/Inputs/npy.py write f8 1,2,2 v.npy 1.00390625 6 7 8
// RUN: fot-opt %s -o /dev/null -fot-evaluate="function=main inputs=x.npy,i.npy,s.npy,k.npy+v.npy outputs=y.npy,j.npy,t.npy,k2.npy+v2.npy" \
// RUN:   | count 0
// RUN: %python %S/Inputs/npy.py read y.npy j.npy t.npy k2.npy v2.npy | FileCheck %s

// CHECK: y.npy <f4 (2, 3) [2.0, 4.0, 6.0, 8.0, 10.0, 12.0]
// CHECK: j.npy <i8 (2,) [-1, 9007199254740992]
// CHECK: t.npy <f4 () [2.5]
// CHECK: k2.npy <f4 (1, 2, 2) [1.0, 2.0, 3.0, 4.0]
// A memory's values become values of its type.
// CHECK: v2.npy <f4 (1, 2, 2) [1.0, 6.0, 7.0, 8.0]
func.func @main(%x: tensor<?x3xf32>, %i: tensor<2xi64>, %s: f32, %m: !fot.memory<1 x 2, f32, bf16>)
    -> (tensor<?x3xf32>, tensor<2xi64>, f32, !fot.memory<1 x 2, f32, bf16>) {
  %y = linalg.add ins(%x, %x : tensor<?x3xf32>, tensor<?x3xf32>) outs(%x : tensor<?x3xf32>) -> tensor<?x3xf32>
  return %y, %i, %s, %m : tensor<?x3xf32>, tensor<2xi64>, f32, !fot.memory<1 x 2, f32, bf16>
}
