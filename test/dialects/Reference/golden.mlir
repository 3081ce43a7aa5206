// The tiny three-layer model of fot-reference 7.6 as fot ops: a prompt of ten
// tokens in windows of 4, 4 and 2, layer 1 with a dense memory, then five
// tokens one by one with an eviction at the third. The expected logits are the
// published ones, which the reference PyTorch file computed.
// RUN: %python %S/Inputs/golden.py weights %t.bin
// RUN: %python %S/Inputs/golden.py ir %t.bin %s > %t.mlir
// RUN: fot-opt %t.mlir -fot-evaluate -o /dev/null > %t.txt
// RUN: %python %S/Inputs/golden.py check %t.txt

// golden.py puts a fot.weight here for each matrix.

fot.weight @ones : tensor<16xf32> from dense<1.0> : tensor<16xf32>
fot.weight @rope : tensor<4x8xf32> from #fot.rope_table<1.0e4>

!matrix = tensor<16x16xf32>
!wide = tensor<24x16xf32>
!tall = tensor<16x24xf32>
!cache = tensor<2x4x8xf32>
!memory = !fot.memory<2 x 8, f32, f32>
!x = tensor<?x16xf32>
!h = tensor<?x24xf32>

// The part of a layer behind its attention.
func.func @mlp(%x: !x, %a: !x, %o: !matrix, %gate: !wide, %up: !wide, %down: !tall) -> !x {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : !x
  %ones = fot.load_weight @ones : tensor<16xf32>
  %e = tensor.empty(%n) : !x
  %w = tensor.empty(%n) : !h
  %y = fot.matmul ins(%a, %o : !x, !matrix) residual(%x : !x) outs(%e : !x) -> !x
  %m = fot.rms_norm ins(%y, %ones : !x, tensor<16xf32>) eps 1.0e-6 outs(%e : !x) -> !x
  %g = fot.matmul ins(%m, %gate : !x, !wide) outs(%w : !h) -> !h
  %u = fot.matmul ins(%m, %up : !x, !wide) outs(%w : !h) -> !h
  %s = fot.swiglu ins(%g, %u : !h, !h) outs(%w : !h) -> !h
  %d = fot.matmul ins(%s, %down : !h, !tall) outs(%e : !x) -> !x
  %z = linalg.add ins(%y, %d : !x, !x) outs(%e : !x) -> !x
  return %z : !x
}

// Keys rotated and as they are, values, and the attention's output before o.
// With `remembers`, the memory joins the softmax.
func.func @attend(%x: !x, %p: index, %kc: !cache, %vc: !cache, %rc: !cache, %m: !memory,
                  %remembers: i1, %q: !matrix, %k: !matrix, %v: !matrix)
    -> (!x, !cache, !cache, !cache) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : !x
  %ones = fot.load_weight @ones : tensor<16xf32>
  %rope = fot.load_weight @rope : tensor<4x8xf32>
  %e = tensor.empty(%n) : !x
  %0 = fot.rms_norm ins(%x, %ones : !x, tensor<16xf32>) eps 1.0e-6 outs(%e : !x) -> !x
  %q0 = fot.matmul ins(%0, %q : !x, !matrix) outs(%e : !x) -> !x
  %k0 = fot.matmul ins(%0, %k : !x, !matrix) outs(%e : !x) -> !x
  %v0 = fot.matmul ins(%0, %v : !x, !matrix) outs(%e : !x) -> !x
  %q1 = fot.rope ins(%q0, %rope : !x, tensor<4x8xf32>) at %p head_dim 8 outs(%e : !x) -> !x
  %k1 = fot.rope ins(%k0, %rope : !x, tensor<4x8xf32>) at %p head_dim 8 outs(%e : !x) -> !x
  %kn = fot.append_window ins(%k1 : !x) at %p outs(%kc : !cache) -> !cache
  %vn = fot.append_window ins(%v0 : !x) at %p outs(%vc : !cache) -> !cache
  %rn = fot.append_window ins(%k0 : !x) at %p outs(%rc : !cache) -> !cache
  %a = scf.if %remembers -> !x {
    %b = fot.memory_attention dense ins(%q1, %kn, %vn, %m : !x, !cache, !cache, !memory)
      at %p scale 0.35355339059327379 outs(%e : !x) -> !x
    scf.yield %b : !x
  } else {
    %b = fot.attention ins(%q1, %kn, %vn : !x, !cache, !cache)
      at %p scale 0.35355339059327379 outs(%e : !x) -> !x
    scf.yield %b : !x
  }
  return %a, %kn, %vn, %rn : !x, !cache, !cache, !cache
}

// One call of a session. Caches: keys and values of layers 0, 1, 2, and the
// keys of layer 1 as they left the projection.
func.func @step(%tokens: tensor<?xi32>, %p: index, %k0: !cache, %v0: !cache,
                %k1: !cache, %v1: !cache, %r1: !cache, %k2: !cache, %v2: !cache, %m: !memory)
    -> (tensor<?x11xf32>, !cache, !cache, !cache, !cache, !cache, !cache, !cache) {
  %c0 = arith.constant 0 : index
  %false = arith.constant false
  %true = arith.constant true
  %n = tensor.dim %tokens, %c0 : tensor<?xi32>
  %emb = fot.load_weight @emb : tensor<11x16xf32>
  %head = fot.load_weight @head : tensor<11x16xf32>
  %e = tensor.empty(%n) : !x
  %x = fot.embedding ins(%tokens, %emb : tensor<?xi32>, tensor<11x16xf32>) outs(%e : !x) -> !x

  %q_0 = fot.load_weight @q0 : !matrix
  %k_0 = fot.load_weight @k0 : !matrix
  %v_0 = fot.load_weight @v0 : !matrix
  %o_0 = fot.load_weight @o0 : !matrix
  %gate_0 = fot.load_weight @gate0 : !wide
  %up_0 = fot.load_weight @up0 : !wide
  %down_0 = fot.load_weight @down0 : !tall
  %a0:4 = call @attend(%x, %p, %k0, %v0, %k0, %m, %false, %q_0, %k_0, %v_0)
    : (!x, index, !cache, !cache, !cache, !memory, i1, !matrix, !matrix, !matrix) -> (!x, !cache, !cache, !cache)
  %x0 = call @mlp(%x, %a0#0, %o_0, %gate_0, %up_0, %down_0) : (!x, !x, !matrix, !wide, !wide, !tall) -> !x

  %q_1 = fot.load_weight @q1 : !matrix
  %k_1 = fot.load_weight @k1 : !matrix
  %v_1 = fot.load_weight @v1 : !matrix
  %o_1 = fot.load_weight @o1 : !matrix
  %gate_1 = fot.load_weight @gate1 : !wide
  %up_1 = fot.load_weight @up1 : !wide
  %down_1 = fot.load_weight @down1 : !tall
  %a1:4 = call @attend(%x0, %p, %k1, %v1, %r1, %m, %true, %q_1, %k_1, %v_1)
    : (!x, index, !cache, !cache, !cache, !memory, i1, !matrix, !matrix, !matrix) -> (!x, !cache, !cache, !cache)
  %x1 = call @mlp(%x0, %a1#0, %o_1, %gate_1, %up_1, %down_1) : (!x, !x, !matrix, !wide, !wide, !tall) -> !x

  %q_2 = fot.load_weight @q2 : !matrix
  %k_2 = fot.load_weight @k2 : !matrix
  %v_2 = fot.load_weight @v2 : !matrix
  %o_2 = fot.load_weight @o2 : !matrix
  %gate_2 = fot.load_weight @gate2 : !wide
  %up_2 = fot.load_weight @up2 : !wide
  %down_2 = fot.load_weight @down2 : !tall
  %a2:4 = call @attend(%x1, %p, %k2, %v2, %k2, %m, %false, %q_2, %k_2, %v_2)
    : (!x, index, !cache, !cache, !cache, !memory, i1, !matrix, !matrix, !matrix) -> (!x, !cache, !cache, !cache)
  %x2 = call @mlp(%x1, %a2#0, %o_2, %gate_2, %up_2, %down_2) : (!x, !x, !matrix, !wide, !wide, !tall) -> !x

  %ones = fot.load_weight @ones : tensor<16xf32>
  %norm = fot.rms_norm ins(%x2, %ones : !x, tensor<16xf32>) eps 1.0e-6 outs(%e : !x) -> !x
  %l = tensor.empty(%n) : tensor<?x11xf32>
  %logits = fot.matmul ins(%norm, %head : !x, tensor<11x16xf32>) outs(%l : tensor<?x11xf32>) -> tensor<?x11xf32>
  return %logits, %a0#1, %a0#2, %a1#1, %a1#2, %a1#3, %a2#1, %a2#2
    : tensor<?x11xf32>, !cache, !cache, !cache, !cache, !cache, !cache, !cache
}

func.func @main() -> (tensor<?x11xf32>, tensor<?x11xf32>, tensor<?x11xf32>, tensor<?x11xf32>,
                      tensor<?x11xf32>, tensor<?x11xf32>, tensor<?x11xf32>, index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %c4 = arith.constant 4 : index
  %new = tensor.empty() : !cache
  %m0 = fot.create_memory : !memory

  // Windows of a prompt are remembered as soon as they have been read.
  %t1 = arith.constant dense<[1, 3, 5, 7]> : tensor<4xi32>
  %d1 = tensor.cast %t1 : tensor<4xi32> to tensor<?xi32>
  %s1:8 = call @step(%d1, %c0, %new, %new, %new, %new, %new, %new, %new, %m0)
    : (tensor<?xi32>, index, !cache, !cache, !cache, !cache, !cache, !cache, !cache, !memory)
    -> (tensor<?x11xf32>, !cache, !cache, !cache, !cache, !cache, !cache, !cache)
  %m1 = fot.append_memory %m0, %s1#5, %s1#4 count %c4 : !memory, !cache, !cache
  %t2 = arith.constant dense<[9, 2, 4, 6]> : tensor<4xi32>
  %d2 = tensor.cast %t2 : tensor<4xi32> to tensor<?xi32>
  %s2:8 = call @step(%d2, %c0, %new, %new, %new, %new, %new, %new, %new, %m1)
    : (tensor<?xi32>, index, !cache, !cache, !cache, !cache, !cache, !cache, !cache, !memory)
    -> (tensor<?x11xf32>, !cache, !cache, !cache, !cache, !cache, !cache, !cache)
  %m2 = fot.append_memory %m1, %s2#5, %s2#4 count %c4 : !memory, !cache, !cache
  %t3 = arith.constant dense<[8, 10]> : tensor<2xi32>
  %d3 = tensor.cast %t3 : tensor<2xi32> to tensor<?xi32>
  %s3:8 = call @step(%d3, %c0, %new, %new, %new, %new, %new, %new, %new, %m2)
    : (tensor<?xi32>, index, !cache, !cache, !cache, !cache, !cache, !cache, !cache, !memory)
    -> (tensor<?x11xf32>, !cache, !cache, !cache, !cache, !cache, !cache, !cache)

  // The last window stays; it fills up and is evicted as a whole.
  %t4 = arith.constant dense<3> : tensor<1xi32>
  %d4 = tensor.cast %t4 : tensor<1xi32> to tensor<?xi32>
  %s4:8 = call @step(%d4, %c2, %s3#1, %s3#2, %s3#3, %s3#4, %s3#5, %s3#6, %s3#7, %m2)
    : (tensor<?xi32>, index, !cache, !cache, !cache, !cache, !cache, !cache, !cache, !memory)
    -> (tensor<?x11xf32>, !cache, !cache, !cache, !cache, !cache, !cache, !cache)
  %t5 = arith.constant dense<1> : tensor<1xi32>
  %d5 = tensor.cast %t5 : tensor<1xi32> to tensor<?xi32>
  %s5:8 = call @step(%d5, %c3, %s4#1, %s4#2, %s4#3, %s4#4, %s4#5, %s4#6, %s4#7, %m2)
    : (tensor<?xi32>, index, !cache, !cache, !cache, !cache, !cache, !cache, !cache, !memory)
    -> (tensor<?x11xf32>, !cache, !cache, !cache, !cache, !cache, !cache, !cache)
  %m3 = fot.append_memory %m2, %s5#5, %s5#4 count %c4 : !memory, !cache, !cache
  %t6 = arith.constant dense<4> : tensor<1xi32>
  %d6 = tensor.cast %t6 : tensor<1xi32> to tensor<?xi32>
  %s6:8 = call @step(%d6, %c0, %new, %new, %new, %new, %new, %new, %new, %m3)
    : (tensor<?xi32>, index, !cache, !cache, !cache, !cache, !cache, !cache, !cache, !memory)
    -> (tensor<?x11xf32>, !cache, !cache, !cache, !cache, !cache, !cache, !cache)
  %s7:8 = call @step(%d5, %c1, %s6#1, %s6#2, %s6#3, %s6#4, %s6#5, %s6#6, %s6#7, %m3)
    : (tensor<?xi32>, index, !cache, !cache, !cache, !cache, !cache, !cache, !cache, !memory)
    -> (tensor<?x11xf32>, !cache, !cache, !cache, !cache, !cache, !cache, !cache)
  %t8 = arith.constant dense<5> : tensor<1xi32>
  %d8 = tensor.cast %t8 : tensor<1xi32> to tensor<?xi32>
  %s8:8 = call @step(%d8, %c2, %s7#1, %s7#2, %s7#3, %s7#4, %s7#5, %s7#6, %s7#7, %m3)
    : (tensor<?xi32>, index, !cache, !cache, !cache, !cache, !cache, !cache, !cache, !memory)
    -> (tensor<?x11xf32>, !cache, !cache, !cache, !cache, !cache, !cache, !cache)
  %size = fot.memory_size %m3 : !memory
  return %s1#0, %s3#0, %s4#0, %s5#0, %s6#0, %s7#0, %s8#0, %size
    : tensor<?x11xf32>, tensor<?x11xf32>, tensor<?x11xf32>, tensor<?x11xf32>, tensor<?x11xf32>,
      tensor<?x11xf32>, tensor<?x11xf32>, index
}
