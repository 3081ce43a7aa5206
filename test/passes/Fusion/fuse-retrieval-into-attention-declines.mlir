// Each reason for which retrieval and attention stay apart.
// RUN: fot-opt %s --fot-fuse-retrieval-into-attention -verify-diagnostics \
// RUN:   --remarks-filter=fot-fuse-retrieval-into-attention | FileCheck %s

!mem = !fot.memory<1 x 8, f32, f32>
!window = tensor<1x6x8xf32>
!view = tensor<1x?x8xf32>
!scores = tensor<1x2x3xf32>
!indices = tensor<1x2x3xi64>
!entries = tensor<1x2x3x8xf32>
!heads = tensor<1x16xf32>

// CHECK-LABEL: func @foreign_entries
// CHECK-COUNT-4: fot.attention
func.func @foreign_entries(%q: !heads, %w: !window, %mem: !mem, %pos: index,
                           %e: !entries, %at: !indices, %view: !view)
    -> (!heads, !heads, !heads, !heads) {
  // expected-remark-re@+1 {{[Missed]{{.*}}keys and values are not those of one fot.gather}}
  %0 = fot.attention ins(%q, %w, %w : !heads, !window, !window) at %pos
    retrieved(%e, %e : !entries, !entries) scale 0.35
    outs(%q : !heads) -> !heads
  %kv:2 = fot.gather ins(%at, %mem : !indices, !mem)
    outs(%e, %e : !entries, !entries) -> !entries, !entries
  // expected-remark-re@+1 {{[Missed]{{.*}}keys and values are not those of one fot.gather}}
  %1 = fot.attention ins(%q, %w, %w : !heads, !window, !window) at %pos
    retrieved(%kv#1, %kv#0 : !entries, !entries) scale 0.35
    outs(%q : !heads) -> !heads
  // expected-remark-re@+1 {{[Missed]{{.*}}the entries do not come from a fot.knn}}
  %2 = fot.attention ins(%q, %w, %w : !heads, !window, !window) at %pos
    retrieved(%kv#0, %kv#1 : !entries, !entries) scale 0.35
    outs(%q : !heads) -> !heads
  // expected-remark-re@+1 {{[Missed]{{.*}}keys and values are not those of one fot.view_memory}}
  %3 = fot.attention ins(%q, %w, %w : !heads, !window, !window) at %pos
    prefix(%view, %view : !view, !view) scale 0.35
    outs(%q : !heads) -> !heads
  return %0, %1, %2, %3 : !heads, !heads, !heads, !heads
}

// CHECK-LABEL: func @two_memories
//       CHECK: fot.attention
func.func @two_memories(%q: !heads, %w: !window, %mem: !mem, %mem2: !mem,
                        %pos: index, %s: !scores, %i: !indices, %e: !entries)
    -> !heads {
  %found:2 = fot.knn ins(%q, %mem : !heads, !mem)
    outs(%s, %i : !scores, !indices) -> !scores, !indices
  %kv:2 = fot.gather ins(%found#1, %mem2 : !indices, !mem)
    outs(%e, %e : !entries, !entries) -> !entries, !entries
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.knn and fot.gather read different memories}}
  %0 = fot.attention ins(%q, %w, %w : !heads, !window, !window) at %pos
    retrieved(%kv#0, %kv#1 : !entries, !entries) scale 0.35
    outs(%q : !heads) -> !heads
  return %0 : !heads
}

// CHECK-LABEL: func @other_queries
//       CHECK: fot.attention
func.func @other_queries(%q: !heads, %p: !heads, %w: !window, %mem: !mem,
                         %pos: index, %s: !scores, %i: !indices, %e: !entries)
    -> !heads {
  %found:2 = fot.knn ins(%p, %mem : !heads, !mem)
    outs(%s, %i : !scores, !indices) -> !scores, !indices
  %kv:2 = fot.gather ins(%found#1, %mem : !indices, !mem)
    outs(%e, %e : !entries, !entries) -> !entries, !entries
  // expected-remark-re@+1 {{[Missed]{{.*}}retrieval and attention have different queries}}
  %0 = fot.attention ins(%q, %w, %w : !heads, !window, !window) at %pos
    retrieved(%kv#0, %kv#1 : !entries, !entries) scale 0.35
    outs(%q : !heads) -> !heads
  return %0 : !heads
}

// CHECK-LABEL: func @scores_are_used
//       CHECK: fot.attention
func.func @scores_are_used(%q: !heads, %w: !window, %mem: !mem, %pos: index,
                           %s: !scores, %i: !indices, %e: !entries)
    -> (!heads, !scores) {
  %found:2 = fot.knn ins(%q, %mem : !heads, !mem)
    outs(%s, %i : !scores, !indices) -> !scores, !indices
  %kv:2 = fot.gather ins(%found#1, %mem : !indices, !mem)
    outs(%e, %e : !entries, !entries) -> !entries, !entries
  // expected-remark-re@+1 {{[Missed]{{.*}}fot.knn has other uses}}
  %0 = fot.attention ins(%q, %w, %w : !heads, !window, !window) at %pos
    retrieved(%kv#0, %kv#1 : !entries, !entries) scale 0.35
    outs(%q : !heads) -> !heads
  return %0, %found#0 : !heads, !scores
}

// CHECK-LABEL: func @memory_grows
// CHECK-COUNT-2: fot.attention
func.func @memory_grows(%q: !heads, %w: !window, %mem: !mem, %mem2: !mem,
                        %pos: index, %s: !scores, %i: !indices, %e: !entries,
                        %view: !view, %often: i1)
    -> (!heads, !heads, !mem, !mem) {
  %found:2 = fot.knn ins(%q, %mem : !heads, !mem)
    outs(%s, %i : !scores, !indices) -> !scores, !indices
  %kv:2 = fot.gather ins(%found#1, %mem : !indices, !mem)
    outs(%e, %e : !entries, !entries) -> !entries, !entries
  %1 = fot.append_memory %mem, %w, %w count %pos : !mem, !window, !window
  // expected-remark-re@+1 {{[Missed]{{.*}}the memory grows between retrieval and attention}}
  %2 = fot.attention ins(%q, %w, %w : !heads, !window, !window) at %pos
    retrieved(%kv#0, %kv#1 : !entries, !entries) scale 0.35
    outs(%q : !heads) -> !heads
  %all:2 = fot.view_memory %mem2 : !mem outs(%view, %view : !view, !view)
    -> !view, !view
  // Inside of another op between them, too.
  %3 = scf.if %often -> !mem {
    %4 = fot.append_memory %mem2, %w, %w count %pos : !mem, !window, !window
    scf.yield %4 : !mem
  } else {
    scf.yield %mem2 : !mem
  }
  // expected-remark-re@+1 {{[Missed]{{.*}}the memory grows between retrieval and attention}}
  %5 = fot.attention ins(%q, %w, %w : !heads, !window, !window) at %pos
    prefix(%all#0, %all#1 : !view, !view) scale 0.35
    outs(%q : !heads) -> !heads
  return %2, %5, %1, %3 : !heads, !heads, !mem, !mem
}

// Two heads of memory for one of the window.
// CHECK-LABEL: func @heads
//       CHECK: fot.attention
func.func @heads(%q: !heads, %w: !window, %mem: !fot.memory<2 x 8, f32, f32>,
                 %pos: index, %s: !scores, %i: !indices, %e: !entries)
    -> !heads {
  %found:2 = fot.knn ins(%q, %mem : !heads, !fot.memory<2 x 8, f32, f32>)
    outs(%s, %i : !scores, !indices) -> !scores, !indices
  %kv:2 = fot.gather
    ins(%found#1, %mem : !indices, !fot.memory<2 x 8, f32, f32>)
    outs(%e, %e : !entries, !entries) -> !entries, !entries
  // expected-remark-re@+1 {{[Missed]{{.*}}memory and window differ in heads or head dimension}}
  %0 = fot.attention ins(%q, %w, %w : !heads, !window, !window) at %pos
    retrieved(%kv#0, %kv#1 : !entries, !entries) scale 0.35
    outs(%q : !heads) -> !heads
  return %0 : !heads
}

// Neither any K, nor that of another memory, nor 0 will do.
// CHECK-LABEL: func @unknown_k
// CHECK-COUNT-3: fot.attention
func.func @unknown_k(%q: !heads, %w: !window, %mem: !mem, %mem2: !mem,
                     %pos: index) -> (!heads, !heads, !heads) {
  %c4 = arith.constant 4 : index
  %s = tensor.empty(%pos) : tensor<1x2x?xf32>
  %i = tensor.empty(%pos) : tensor<1x2x?xi64>
  %e = tensor.empty(%pos) : tensor<1x2x?x8xf32>
  %found:2 = fot.knn ins(%q, %mem : !heads, !mem)
    outs(%s, %i : tensor<1x2x?xf32>, tensor<1x2x?xi64>)
    -> tensor<1x2x?xf32>, tensor<1x2x?xi64>
  %kv:2 = fot.gather ins(%found#1, %mem : tensor<1x2x?xi64>, !mem)
    outs(%e, %e : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>)
    -> tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}not the least of a positive constant and the memory's size}}
  %0 = fot.attention ins(%q, %w, %w : !heads, !window, !window) at %pos
    retrieved(%kv#0, %kv#1 : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>)
    scale 0.35 outs(%q : !heads) -> !heads
  %size = fot.memory_size %mem2 : !mem
  %k = arith.minui %size, %c4 : index
  %s2 = tensor.empty(%k) : tensor<1x2x?xf32>
  %found2:2 = fot.knn ins(%q, %mem : !heads, !mem)
    outs(%s2, %i : tensor<1x2x?xf32>, tensor<1x2x?xi64>)
    -> tensor<1x2x?xf32>, tensor<1x2x?xi64>
  %kv2:2 = fot.gather ins(%found2#1, %mem : tensor<1x2x?xi64>, !mem)
    outs(%e, %e : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>)
    -> tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}not the least of a positive constant and the memory's size}}
  %1 = fot.attention ins(%q, %w, %w : !heads, !window, !window) at %pos
    retrieved(%kv2#0, %kv2#1 : tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>)
    scale 0.35 outs(%q : !heads) -> !heads
  %s0 = tensor.empty() : tensor<1x2x0xf32>
  %i0 = tensor.empty() : tensor<1x2x0xi64>
  %e0 = tensor.empty() : tensor<1x2x0x8xf32>
  %found3:2 = fot.knn ins(%q, %mem : !heads, !mem)
    outs(%s0, %i0 : tensor<1x2x0xf32>, tensor<1x2x0xi64>)
    -> tensor<1x2x0xf32>, tensor<1x2x0xi64>
  %kv3:2 = fot.gather ins(%found3#1, %mem : tensor<1x2x0xi64>, !mem)
    outs(%e0, %e0 : tensor<1x2x0x8xf32>, tensor<1x2x0x8xf32>)
    -> tensor<1x2x0x8xf32>, tensor<1x2x0x8xf32>
  // expected-remark-re@+1 {{[Missed]{{.*}}not the least of a positive constant and the memory's size}}
  %2 = fot.attention ins(%q, %w, %w : !heads, !window, !window) at %pos
    retrieved(%kv3#0, %kv3#1 : tensor<1x2x0x8xf32>, tensor<1x2x0x8xf32>)
    scale 0.35 outs(%q : !heads) -> !heads
  return %0, %1, %2 : !heads, !heads, !heads
}
