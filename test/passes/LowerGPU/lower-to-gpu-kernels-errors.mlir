// RUN: fot-opt %s --split-input-file --verify-diagnostics --fot-lower-to-gpu-kernels

module attributes {fot.gpu = ["sm_80"]} {
  func.func @decode(%q: memref<1x8xf32>, %scores: memref<1x1x8192xf32>,
                    %entries: memref<1x1x8192xi64>,
                    %memory: !fot.memory<1 x 8, f32, f32>) {
    // expected-error @below {{has k = 8192, the GPU kernel takes at most 4096}}
    fot.partial_knn ins(%q, %memory : memref<1x8xf32>, !fot.memory<1 x 8, f32, f32>)
      outs(%scores, %entries : memref<1x1x8192xf32>, memref<1x1x8192xi64>)
    return
  }
}

// -----

module attributes {fot.gpu = ["sm_80"]} {
  func.func @decode(%x: memref<1x32xf32>, %w: memref<32x32xf32>,
                    %y: memref<1x32xf32>) {
    // expected-error @below {{expects a packed weight, found one of 'f32'}}
    fot.matmul ins(%x, %w : memref<1x32xf32>, memref<32x32xf32>)
      outs(%y : memref<1x32xf32>)
    return
  }
}

// -----

module attributes {fot.gpu = ["sm_80"]} {
  func.func @decode() {
    // expected-error @below {{'memref.alloc' op cannot be lowered to a GPU kernel}}
    %0 = memref.alloc() : memref<4xf32>
    return
  }
}
