// RUN: fot-opt %s --fot-lower-to-gpu-kernels | FileCheck %s
// RUN: fot-opt %s --fot-lower-to-gpu-kernels | FileCheck %s --check-prefix=KERNELS

// Ops alike share a kernel, and the position is read where it lies: the second
// append of this entry launches the first one's kernel, with other arguments.
module attributes {fot.gpu = ["sm_80"]} {
  fot.weight @gain : tensor<64xf32> from #fot.random<1, 1.0> at 128
  // CHECK-LABEL: func.func @decode(%{{.*}}: !llvm.ptr, %{{.*}}: i32, %{{.*}}: i32) -> i32
  // CHECK-NOT: fot.
  // CHECK-COUNT-3: llvm.call %{{.*}}(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) : !llvm.ptr, (!llvm.ptr, i32, !llvm.ptr, !llvm.ptr) -> ()
  // CHECK-NOT: llvm.call
  // CHECK: return %{{.*}} : i32
  func.func @decode(%x: memref<1x64xf32> {fot.role = "input"},
                    %position: index {fot.role = "position"},
                    %keys: memref<2x16x32xf32>, %values: memref<2x16x32xf32>) {
    %gain = fot.load_weight @gain : memref<64xf32>
    %y = fot.workspace_buffer at 0 bytes 256 : memref<1x64xf32>
    fot.rms_norm ins(%x, %gain : memref<1x64xf32>, memref<64xf32>) eps 1.0e-6
      outs(%y : memref<1x64xf32>)
    fot.barrier
    fot.append_window ins(%y : memref<1x64xf32>) at %position
      outs(%keys : memref<2x16x32xf32>)
    fot.append_window ins(%y : memref<1x64xf32>) at %position
      outs(%values : memref<2x16x32xf32>)
    return
  }
}

// KERNELS-LABEL: module @kernels attributes {fot.kernels = ["rms_norm_0", "append_window_1", "arg_max"]}
// KERNELS: llvm.mlir.global internal @rms_norm_0_shared0(){{.*}} {addr_space = 3 : i32, alignment = 16 : i64}
// KERNELS: llvm.func @rms_norm_0({{.*}}) attributes {fot.launches = {decode = array<i64: 1, 0, 512, 0, 0, 0, 0, 0, 0>}, fot.shared = 0 : i64, fot.title = "rms_norm", nvvm.kernel, nvvm.minctasm = 2 : i32, nvvm.reqntid = array<i32: 256, 1, 1>}
// KERNELS: nvvm.shfl.sync
// KERNELS: nvvm.barrier0
// KERNELS: llvm.func @append_window_1(%{{[^,]*}}: !llvm.ptr {{{.*}}}, %[[POSITION:[^,]*]]: !llvm.ptr,
// KERNELS: llvm.load %[[POSITION]] : !llvm.ptr -> i64
