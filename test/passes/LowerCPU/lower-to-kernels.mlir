// Entry points become functions of the kernel ABI that call kernels with this
// worker's share of the work. Each kernel's code is tested in kernels/.
// RUN: fot-opt %s --fot-lower-to-kernels="level=x86-64-v3" -o %t.v3
// RUN: FileCheck %s --check-prefixes=CHECK,V3 < %t.v3
// RUN: fot-opt %s --fot-lower-to-kernels="level=x86-64-v4" \
// RUN:   | FileCheck %s --check-prefixes=CHECK,V4
// Without the option, the module's own level is the one.
// RUN: fot-opt %s --pass-pipeline="builtin.module(fot-expand-cpu-levels{levels=x86-64-v4,x86-64-v3},builtin.module(fot-lower-to-kernels))" \
// RUN:   | FileCheck %s --check-prefix=LEVELS

!x = memref<?x64xf32>
!mem = !fot.memory<2 x 8, bf16, bf16>
!cache = memref<2x32x8xf32>

//    LEVELS: module @"x86-64-v4"
// LEVELS-NOT: vector<8xf32>
//    LEVELS: vector<16xf32>
//    LEVELS: module @"x86-64-v3"
// LEVELS-NOT: vector<16xf32>
//    LEVELS: vector<8xf32>
module {
  // Weights are places in the weights segment from here on.
  // CHECK-NOT: fot.weight
  fot.weight @gain : tensor<64xf32> from #fot.random<1, 1.0> at 0
  fot.weight @other : tensor<64xf32> from #fot.random<2, 1.0> at 256

  // Norms alike in types and attributes share one kernel; another eps is
  // another kernel.
  // CHECK-LABEL: func.func @norms(
  //  CHECK-SAME:   %[[CALL:[^:]+]]: !llvm.ptr, %[[WORKER:[^:]+]]: i32, %[[WORKERS:[^:]+]]: i32) -> i32
  // The weights segment, at byte 16 of the call; @other at byte 256 of it.
  //       CHECK: %[[B16:.*]] = llvm.mlir.constant(16 : i64)
  //       CHECK: %[[P16:.*]] = llvm.getelementptr %[[CALL]][%[[B16]]]
  //       CHECK: %[[WEIGHTS:.*]] = llvm.load %[[P16]]
  //       CHECK: %[[I:.*]] = arith.index_castui %[[WORKER]]
  //       CHECK: %[[OF:.*]] = arith.index_castui %[[WORKERS]]
  //       CHECK: %[[B256:.*]] = llvm.mlir.constant(256 : i64)
  //       CHECK: %[[OTHER:.*]] = llvm.getelementptr %[[WEIGHTS]][%[[B256]]]
  // Work items [n * i / of, n * (i + 1) / of).
  //       CHECK: %[[SCALED:.*]] = arith.muli %[[ITEMS:.*]], %[[I]]
  //       CHECK: %[[BEGIN:.*]] = arith.divui %[[SCALED]], %[[OF]]
  //       CHECK: %[[NEXT:.*]] = arith.addi %[[I]], %{{.*}}
  //       CHECK: %[[SCALED2:.*]] = arith.muli %[[ITEMS]], %[[NEXT]]
  //       CHECK: %[[END:.*]] = arith.divui %[[SCALED2]], %[[OF]]
  //       CHECK: call @[[NORM:rms_norm_[0-9]+]]({{.*}}, %[[BEGIN]], %[[END]])
  // A barrier is a call of the host's function.
  //       CHECK: llvm.call %{{.*}}(%{{.*}}, %[[WORKER]]) : !llvm.ptr, (!llvm.ptr, i32) -> ()
  //       CHECK: call @[[NORM]](
  //       CHECK: call @[[EPS:rms_norm_[0-9]+]](
  //   CHECK-NOT: call @
  //       CHECK: %[[ZERO:.*]] = arith.constant 0 : i32
  //       CHECK: return %[[ZERO]] : i32
  func.func @norms(%x: !x, %y: !x) {
    %gain = fot.load_weight @gain : memref<64xf32>
    %other = fot.load_weight @other : memref<64xf32>
    %zero = arith.constant 0 : index
    %n = memref.dim %x, %zero : !x
    %middle = fot.workspace_buffer at 0 bytes 2048 sizes(%n) : !x
    fot.rms_norm ins(%x, %gain : !x, memref<64xf32>) eps 1.0e-5 outs(%middle : !x)
    fot.barrier
    fot.rms_norm ins(%middle, %other : !x, memref<64xf32>) eps 1.0e-5 outs(%y : !x)
    fot.rms_norm ins(%middle, %gain : !x, memref<64xf32>) eps 1.0e-6 outs(%x : !x)
    return
  }

  // Memories are pointers; a memory's size is their first field.
  // CHECK-LABEL: func.func @evict(%{{.*}}: !llvm.ptr, %{{.*}}: i32, %{{.*}}: i32) -> i32
  //       CHECK: call @append_memory_{{[0-9]+}}({{.*}}) : (!llvm.ptr, memref<1099511627776xf32>, memref<1099511627776xf32>, index, index, index) -> ()
  func.func @evict(%count: index, %k: !cache, %v: !cache, %mem: !mem) {
    %0 = fot.append_memory %mem, %k, %v count %count : !mem, !cache, !cache
    return
  }

  // CHECK-LABEL: func.func @sum
  //       CHECK: call @[[ADD:add_[0-9]+]](
  func.func @sum(%a: !x, %b: !x, %out: !x) {
    linalg.add ins(%a, %b : !x, !x) outs(%out : !x)
    return
  }

  // Kernels are private, know that their buffers are distinct, and use the
  // level's vectors.
  //       CHECK: func.func private @[[NORM]](
  //  CHECK-SAME:   %{{[^:]+}}: memref<1099511627776xf32> {llvm.noalias}
  //          V3: vector<8xf32>
  //          V4: vector<16xf32>
  //       CHECK: func.func private @[[EPS]](
}
