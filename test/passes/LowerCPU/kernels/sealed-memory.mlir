// Retrieval from sealed segments: bounds of codes decide which keys are read.
// What comes out must be the bits of a scan of all keys, with every scan, key
// type, shape of heads and kind of key: shared means, ties, zeros, tiny, huge
// and no numbers, and the best all among the first.
// RUN: fot-check %s

func.func @int8_f32_128(%q: tensor<1x256xf32>,
    %k: tensor<2x50x128xf32>, %v: tensor<2x50x128xf32>,
    %at: index, %m: !fot.memory<2 x 128, f32, f32>,
    %out: tensor<1x256xf32>) -> tensor<1x256xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [3000], sealed = 1024},
        {sizes = [1], scalars = [3], memory = [500], sealed = 64, shift = 3.0},
        {sizes = [1], scalars = [3], memory = [3000], sealed = 1024, loud = 100},
        {sizes = [1], scalars = [3], memory = [60], sealed = 64}]} {
  %0 = fot.memory_attention topk : 16
    ins(%q, %k, %v, %m : tensor<1x256xf32>, tensor<2x50x128xf32>, tensor<2x50x128xf32>, !fot.memory<2 x 128, f32, f32>)
    at %at scale 0.088388348 outs(%out : tensor<1x256xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 64, scan = int8>} -> tensor<1x256xf32>
  return %0 : tensor<1x256xf32>
}

func.func @int4_f32_128(%q: tensor<1x256xf32>,
    %k: tensor<2x50x128xf32>, %v: tensor<2x50x128xf32>,
    %at: index, %m: !fot.memory<2 x 128, f32, f32>,
    %out: tensor<1x256xf32>) -> tensor<1x256xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [3000], sealed = 1024},
        {sizes = [1], scalars = [3], memory = [500], sealed = 64, shift = 3.0},
        {sizes = [1], scalars = [3], memory = [60], sealed = 64}]} {
  %0 = fot.memory_attention topk : 16
    ins(%q, %k, %v, %m : tensor<1x256xf32>, tensor<2x50x128xf32>, tensor<2x50x128xf32>, !fot.memory<2 x 128, f32, f32>)
    at %at scale 0.088388348 outs(%out : tensor<1x256xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 64, scan = int4>} -> tensor<1x256xf32>
  return %0 : tensor<1x256xf32>
}

func.func @int4_bf16_64_grain3(%q: tensor<1x384xf32>,
    %k: tensor<2x50x64xf32>, %v: tensor<2x50x64xf32>,
    %at: index, %m: !fot.memory<2 x 64, bf16, bf16>,
    %out: tensor<1x384xf32>) -> tensor<1x384xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [3000], sealed = 1024},
        {sizes = [1], scalars = [3], memory = [500], sealed = 64, shift = 3.0},
        {sizes = [1], scalars = [3], memory = [3000], sealed = 1024, loud = 100},
        {sizes = [1], scalars = [3], memory = [60], sealed = 64},
        {sizes = [1], scalars = [3], memory = [2000], sealed = 512, odd = 50},
        {sizes = [1], scalars = [3], memory = [1000], sealed = 256, period = 9},
        {sizes = [1], scalars = [3], memory = [700], sealed = 300, muted = [1]}]} {
  %0 = fot.memory_attention topk : 8
    ins(%q, %k, %v, %m : tensor<1x384xf32>, tensor<2x50x64xf32>, tensor<2x50x64xf32>, !fot.memory<2 x 64, bf16, bf16>)
    at %at scale 0.125000000 outs(%out : tensor<1x384xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 64, scan = int4>} -> tensor<1x384xf32>
  return %0 : tensor<1x384xf32>
}

func.func @int8_f16_80_grain2(%q: tensor<1x480xf32>,
    %k: tensor<3x50x80xf32>, %v: tensor<3x50x80xf32>,
    %at: index, %m: !fot.memory<3 x 80, f16, f32>,
    %out: tensor<1x480xf32>) -> tensor<1x480xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [1000], sealed = 192, shift = 2.0},
        {sizes = [1], scalars = [3], memory = [90], sealed = 64},
        {sizes = [1], scalars = [3], memory = [900], sealed = 128, period = 30}]} {
  %0 = fot.memory_attention topk : 100
    ins(%q, %k, %v, %m : tensor<1x480xf32>, tensor<3x50x80xf32>, tensor<3x50x80xf32>, !fot.memory<3 x 80, f16, f32>)
    at %at scale 0.111803399 outs(%out : tensor<1x480xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 2, keys = 64, scan = int8>} -> tensor<1x480xf32>
  return %0 : tensor<1x480xf32>
}

func.func @int4_i8_100_grain4(%q: tensor<1x400xf32>,
    %k: tensor<1x50x100xf32>, %v: tensor<1x50x100xf32>,
    %at: index, %m: !fot.memory<1 x 100, i8, i8>,
    %out: tensor<1x400xf32>) -> tensor<1x400xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [3000], sealed = 1024},
        {sizes = [1], scalars = [3], memory = [500], sealed = 64, shift = 3.0},
        {sizes = [1], scalars = [3], memory = [3000], sealed = 1024, loud = 100},
        {sizes = [1], scalars = [3], memory = [60], sealed = 64}]} {
  %0 = fot.memory_attention topk : 1
    ins(%q, %k, %v, %m : tensor<1x400xf32>, tensor<1x50x100xf32>, tensor<1x50x100xf32>, !fot.memory<1 x 100, i8, i8>)
    at %at scale 0.100000000 outs(%out : tensor<1x400xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 4, keys = 64, scan = int4>} -> tensor<1x400xf32>
  return %0 : tensor<1x400xf32>
}

func.func @int8_i8_128(%q: tensor<1x256xf32>,
    %k: tensor<2x50x128xf32>, %v: tensor<2x50x128xf32>,
    %at: index, %m: !fot.memory<2 x 128, i8, bf16>,
    %out: tensor<1x256xf32>) -> tensor<1x256xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [2000], sealed = 512, shift = 1.0}]} {
  %0 = fot.memory_attention topk : 32
    ins(%q, %k, %v, %m : tensor<1x256xf32>, tensor<2x50x128xf32>, tensor<2x50x128xf32>, !fot.memory<2 x 128, i8, bf16>)
    at %at scale 0.088388348 outs(%out : tensor<1x256xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 64, scan = int8>} -> tensor<1x256xf32>
  return %0 : tensor<1x256xf32>
}

func.func @int4_f32_256(%q: tensor<1x512xf32>,
    %k: tensor<1x50x256xf32>, %v: tensor<1x50x256xf32>,
    %at: index, %m: !fot.memory<1 x 256, f32, f32>,
    %out: tensor<1x512xf32>) -> tensor<1x512xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [1500], sealed = 512, shift = 4.0},
        {sizes = [1], scalars = [3], memory = [1500], sealed = 512, odd = 33}]} {
  %0 = fot.memory_attention topk : 64
    ins(%q, %k, %v, %m : tensor<1x512xf32>, tensor<1x50x256xf32>, tensor<1x50x256xf32>, !fot.memory<1 x 256, f32, f32>)
    at %at scale 0.062500000 outs(%out : tensor<1x512xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 2, keys = 64, scan = int4>} -> tensor<1x512xf32>
  return %0 : tensor<1x512xf32>
}

func.func @int4_f32_16(%q: tensor<1x64xf32>,
    %k: tensor<2x50x16xf32>, %v: tensor<2x50x16xf32>,
    %at: index, %m: !fot.memory<2 x 16, f32, f32>,
    %out: tensor<1x64xf32>) -> tensor<1x64xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [3000], sealed = 1024},
        {sizes = [1], scalars = [3], memory = [500], sealed = 64, shift = 3.0},
        {sizes = [1], scalars = [3], memory = [3000], sealed = 1024, loud = 100},
        {sizes = [1], scalars = [3], memory = [60], sealed = 64}]} {
  %0 = fot.memory_attention topk : 8
    ins(%q, %k, %v, %m : tensor<1x64xf32>, tensor<2x50x16xf32>, tensor<2x50x16xf32>, !fot.memory<2 x 16, f32, f32>)
    at %at scale 0.250000000 outs(%out : tensor<1x64xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 2, keys = 64, scan = int4>} -> tensor<1x64xf32>
  return %0 : tensor<1x64xf32>
}

func.func @int8_f32_8(%q: tensor<1x16xf32>,
    %k: tensor<2x50x8xf32>, %v: tensor<2x50x8xf32>,
    %at: index, %m: !fot.memory<2 x 8, f32, f32>,
    %out: tensor<1x16xf32>) -> tensor<1x16xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [3000], sealed = 1024},
        {sizes = [1], scalars = [3], memory = [500], sealed = 64, shift = 3.0},
        {sizes = [1], scalars = [3], memory = [60], sealed = 64}]} {
  %0 = fot.memory_attention topk : 8
    ins(%q, %k, %v, %m : tensor<1x16xf32>, tensor<2x50x8xf32>, tensor<2x50x8xf32>, !fot.memory<2 x 8, f32, f32>)
    at %at scale 0.353553391 outs(%out : tensor<1x16xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 64, scan = int8>} -> tensor<1x16xf32>
  return %0 : tensor<1x16xf32>
}

func.func @int4_f32_8(%q: tensor<1x16xf32>,
    %k: tensor<2x50x8xf32>, %v: tensor<2x50x8xf32>,
    %at: index, %m: !fot.memory<2 x 8, f32, f32>,
    %out: tensor<1x16xf32>) -> tensor<1x16xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [3000], sealed = 1024},
        {sizes = [1], scalars = [3], memory = [900], sealed = 512}]} {
  %0 = fot.memory_attention topk : 1024
    ins(%q, %k, %v, %m : tensor<1x16xf32>, tensor<2x50x8xf32>, tensor<2x50x8xf32>, !fot.memory<2 x 8, f32, f32>)
    at %at scale 0.353553391 outs(%out : tensor<1x16xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 64, scan = int4>} -> tensor<1x16xf32>
  return %0 : tensor<1x16xf32>
}

func.func @int4_bf16_40_keys(%q: tensor<1x40xf32>,
    %k: tensor<1x50x40xf32>, %v: tensor<1x50x40xf32>,
    %at: index, %m: !fot.memory<1 x 40, bf16, bf16>,
    %out: tensor<1x40xf32>) -> tensor<1x40xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [3000], sealed = 1024},
        {sizes = [1], scalars = [3], memory = [500], sealed = 64, shift = 3.0},
        {sizes = [1], scalars = [3], memory = [60], sealed = 64}]} {
  %0 = fot.memory_attention topk : 5
    ins(%q, %k, %v, %m : tensor<1x40xf32>, tensor<1x50x40xf32>, tensor<1x50x40xf32>, !fot.memory<1 x 40, bf16, bf16>)
    at %at scale 0.158113883 outs(%out : tensor<1x40xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 256, scan = int4>} -> tensor<1x40xf32>
  return %0 : tensor<1x40xf32>
}

func.func @exact_f32_100(%q: tensor<1x300xf32>,
    %k: tensor<1x50x100xf32>, %v: tensor<1x50x100xf32>,
    %at: index, %m: !fot.memory<1 x 100, f32, f32>,
    %out: tensor<1x300xf32>) -> tensor<1x300xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [3000], sealed = 1024},
        {sizes = [1], scalars = [3], memory = [500], sealed = 64, shift = 3.0},
        {sizes = [1], scalars = [3], memory = [60], sealed = 64}]} {
  %0 = fot.memory_attention topk : 10
    ins(%q, %k, %v, %m : tensor<1x300xf32>, tensor<1x50x100xf32>, tensor<1x50x100xf32>, !fot.memory<1 x 100, f32, f32>)
    at %at scale 0.100000000 outs(%out : tensor<1x300xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 64, scan = exact>} -> tensor<1x300xf32>
  return %0 : tensor<1x300xf32>
}

func.func @some_heads(%q: tensor<1x256xf32>,
    %k: tensor<4x50x64xf32>, %v: tensor<4x50x64xf32>,
    %at: index, %m: !fot.memory<4 x 64, bf16, bf16, heads = [1, 3]>,
    %out: tensor<1x256xf32>) -> tensor<1x256xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [2000], sealed = 512}]} {
  %0 = fot.memory_attention topk : 8
    ins(%q, %k, %v, %m : tensor<1x256xf32>, tensor<4x50x64xf32>, tensor<4x50x64xf32>, !fot.memory<4 x 64, bf16, bf16, heads = [1, 3]>)
    at %at scale 0.125000000 outs(%out : tensor<1x256xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 64, scan = int4>} -> tensor<1x256xf32>
  return %0 : tensor<1x256xf32>
}

func.func @many_int8(%q: tensor<?x256xf32>,
    %k: tensor<2x50x64xf32>, %v: tensor<2x50x64xf32>,
    %at: index, %m: !fot.memory<2 x 64, bf16, bf16>,
    %out: tensor<?x256xf32>) -> tensor<?x256xf32>
    attributes {fot.check = [{sizes = [5], scalars = [3], memory = [1500], sealed = 256, shift = 2.0},
        {sizes = [17], scalars = [3], memory = [700], sealed = 128},
        {sizes = [3], scalars = [3], memory = [60], sealed = 64},
        {sizes = [3], scalars = [3], memory = [900], sealed = 128, odd = 41},
        {sizes = [4], scalars = [3], memory = [900], sealed = 128, period = 12}]} {
  %0 = fot.memory_attention topk : 8
    ins(%q, %k, %v, %m : tensor<?x256xf32>, tensor<2x50x64xf32>, tensor<2x50x64xf32>, !fot.memory<2 x 64, bf16, bf16>)
    at %at scale 0.125000000 outs(%out : tensor<?x256xf32>)
    {strategy = #fot.strategy<tokens = 4, grain = 2, keys = 64, scan = int8>} -> tensor<?x256xf32>
  return %0 : tensor<?x256xf32>
}

func.func @many_int4(%q: tensor<?x300xf32>,
    %k: tensor<1x50x100xf32>, %v: tensor<1x50x100xf32>,
    %at: index, %m: !fot.memory<1 x 100, f32, f32>,
    %out: tensor<?x300xf32>) -> tensor<?x300xf32>
    attributes {fot.check = [{sizes = [5], scalars = [3], memory = [1500], sealed = 256, shift = 2.0},
        {sizes = [17], scalars = [3], memory = [700], sealed = 128},
        {sizes = [3], scalars = [3], memory = [60], sealed = 64}]} {
  %0 = fot.memory_attention topk : 33
    ins(%q, %k, %v, %m : tensor<?x300xf32>, tensor<1x50x100xf32>, tensor<1x50x100xf32>, !fot.memory<1 x 100, f32, f32>)
    at %at scale 0.100000000 outs(%out : tensor<?x300xf32>)
    {strategy = #fot.strategy<tokens = 2, grain = 3, keys = 64, scan = int4>} -> tensor<?x300xf32>
  return %0 : tensor<?x300xf32>
}

func.func @split_int4(%q: tensor<1x192xf32>,
    %k: tensor<1x50x64xf32>, %v: tensor<1x50x64xf32>,
    %at: index, %m: !fot.memory<1 x 64, bf16, bf16>,
    %out: tensor<1x192xf32>) -> tensor<1x192xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [3000], sealed = 1024},
        {sizes = [1], scalars = [3], memory = [500], sealed = 64, shift = 3.0},
        {sizes = [1], scalars = [3], memory = [60], sealed = 64},
        {sizes = [1], scalars = [3], memory = [2000], sealed = 512, period = 11},
        {sizes = [1], scalars = [3], memory = [700], sealed = 300, muted = [0]}]} {
  %0 = fot.memory_attention topk : 8
    ins(%q, %k, %v, %m : tensor<1x192xf32>, tensor<1x50x64xf32>, tensor<1x50x64xf32>, !fot.memory<1 x 64, bf16, bf16>)
    at %at scale 0.125000000 outs(%out : tensor<1x192xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 64, scan = int4, splits = 5>} -> tensor<1x192xf32>
  return %0 : tensor<1x192xf32>
}

func.func @split_int8(%q: tensor<1x256xf32>,
    %k: tensor<2x50x128xf32>, %v: tensor<2x50x128xf32>,
    %at: index, %m: !fot.memory<2 x 128, f32, f32>,
    %out: tensor<1x256xf32>) -> tensor<1x256xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [3000], sealed = 640, shift = 1.0},
        {sizes = [1], scalars = [3], memory = [50], sealed = 64},
        {sizes = [1], scalars = [3], memory = [0], sealed = 64}]} {
  %0 = fot.memory_attention topk : 64
    ins(%q, %k, %v, %m : tensor<1x256xf32>, tensor<2x50x128xf32>, tensor<2x50x128xf32>, !fot.memory<2 x 128, f32, f32>)
    at %at scale 0.088388348 outs(%out : tensor<1x256xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 64, scan = int8, splits = 4>} -> tensor<1x256xf32>
  return %0 : tensor<1x256xf32>
}

func.func @split_exact_heads(%q: tensor<1x192xf32>,
    %k: tensor<3x50x64xf32>, %v: tensor<3x50x64xf32>,
    %at: index, %m: !fot.memory<3 x 64, bf16, bf16, heads = [0, 2]>,
    %out: tensor<1x192xf32>) -> tensor<1x192xf32>
    attributes {fot.check = [{sizes = [1], scalars = [3], memory = [2000], sealed = 512}]} {
  %0 = fot.memory_attention topk : 8
    ins(%q, %k, %v, %m : tensor<1x192xf32>, tensor<3x50x64xf32>, tensor<3x50x64xf32>, !fot.memory<3 x 64, bf16, bf16, heads = [0, 2]>)
    at %at scale 0.125000000 outs(%out : tensor<1x192xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 1, keys = 64, scan = exact, splits = 4>} -> tensor<1x192xf32>
  return %0 : tensor<1x192xf32>
}

// Ranges by themselves.
func.func @partial_knn(%q: tensor<1x384xf32>, %m: !fot.memory<2 x 64, bf16, bf16>,
    %scores: tensor<3x6x20xf32>, %entries: tensor<3x6x20xi64>) -> (tensor<3x6x20xf32>, tensor<3x6x20xi64>)
    attributes {fot.check = [{memory = [1000], sealed = 192}, {memory = [1000], sealed = 300, period = 9},
        {memory = [50], sealed = 64}, {memory = [0]}]} {
  %0:2 = fot.partial_knn ins(%q, %m : tensor<1x384xf32>, !fot.memory<2 x 64, bf16, bf16>)
    outs(%scores, %entries : tensor<3x6x20xf32>, tensor<3x6x20xi64>)
    {strategy = #fot.strategy<tokens = 1, grain = 3, keys = 64, scan = int4, splits = 3>}
    -> tensor<3x6x20xf32>, tensor<3x6x20xi64>
  return %0#0, %0#1 : tensor<3x6x20xf32>, tensor<3x6x20xi64>
}

// A long memory.
func.func @long(%q: tensor<1x32xf32>, %k: tensor<1x50x16xf32>, %v: tensor<1x50x16xf32>,
    %at: index, %m: !fot.memory<1 x 16, bf16, bf16>, %out: tensor<1x32xf32>) -> tensor<1x32xf32>
    attributes {fot.check = [{scalars = [3], memory = [262144], sealed = 65536, shift = 2.0}]} {
  %0 = fot.memory_attention topk : 128
    ins(%q, %k, %v, %m : tensor<1x32xf32>, tensor<1x50x16xf32>, tensor<1x50x16xf32>, !fot.memory<1 x 16, bf16, bf16>)
    at %at scale 0.25 outs(%out : tensor<1x32xf32>)
    {strategy = #fot.strategy<tokens = 1, grain = 2, keys = 64, scan = int4, splits = 4>} -> tensor<1x32xf32>
  return %0 : tensor<1x32xf32>
}
