// Modules that are no imported model: one sentence, no crash.
// RUN: fot-opt %s --fot-create-entry-points --split-input-file \
// RUN:   --verify-diagnostics

// expected-error @+1 {{expects a function @model}}
module {
}

// -----

// expected-error @+1 {{expects the module attribute fot.model}}
module {
  func.func @model(%ids: tensor<?xi32>, %logits: tensor<?x40xf32>)
      -> tensor<?x40xf32> {
    return %logits : tensor<?x40xf32>
  }
}

// -----

// A fact of the wrong type.
// expected-error @+1 {{expects fot.model to have 'name', found 3}}
module attributes {fot.model = {name = 3 : i64}} {
  func.func @model(%ids: tensor<?xi32>, %logits: tensor<?x40xf32>)
      -> tensor<?x40xf32> {
    return %logits : tensor<?x40xf32>
  }
}

// -----

module {
  // expected-error @+1 {{expects @model to take tokens and logits and to return logits, in one block, found '() -> ()'}}
  func.func @model() {
    return
  }
}

// -----

module {
  // expected-error @+1 {{expects @model to take tokens and logits}}
  func.func private @model(tensor<?xi32>, tensor<?x40xf32>) -> tensor<?x40xf32>
}

// -----

module {
  // expected-error @+1 {{found '(tensor<?xi64>, tensor<?x40xf32>) -> tensor<?x40xf32>'}}
  func.func @model(%ids: tensor<?xi64>, %logits: tensor<?x40xf32>)
      -> tensor<?x40xf32> {
    return %logits : tensor<?x40xf32>
  }
}

// -----

module {
  // expected-error @+1 {{in one block}}
  func.func @model(%ids: tensor<?xi32>, %logits: tensor<?x40xf32>)
      -> tensor<?x40xf32> {
    cf.br ^next
  ^next:
    return %logits : tensor<?x40xf32>
  }
}

// -----

// Keys that come from nowhere.
!x = tensor<?x16xf32>
!cache = tensor<1x8x8xf32>
module attributes {fot.model = {
    name = "tiny", architecture = "llama", hidden = 16 : i64,
    intermediate = 24 : i64, layers = 2 : i64, heads = 2 : i64,
    kv_heads = 1 : i64, head_dim = 8 : i64, vocab = 40 : i64,
    rms_eps = 1.0e-5 : f64, rope_theta = 10000.0 : f64, context = 64 : i64,
    fot = false, mem_positionals = true, mem_layers = array<i64>, mem_dtype = "",
    last_context = 0 : i64, window = 0 : i64, memory = "none", top_k = 0 : i64,
    evicts = false, bos = 1 : i64, pad = -1 : i64, eos = array<i64: 2>,
    checkpoint = "tiny"}} {
  func.func @model(%ids: tensor<?xi32>, %logits: !x) -> !x {
    %zero = arith.constant 0 : index
    %keys = tensor.empty() : !cache
    // expected-error @+1 {{expects keys and values from fot.append_window and fot.layer}}
    %0 = fot.attention ins(%logits, %keys, %keys : !x, !cache, !cache) at %zero
      scale 0.5 outs(%logits : !x) {fot.layer = 0 : i64} -> !x
    return %0 : !x
  }
}

// -----

// Two attentions that claim one layer.
!x = tensor<?x16xf32>
!kv = tensor<?x8xf32>
!cache = tensor<1x8x8xf32>
module attributes {fot.model = {
    name = "tiny", architecture = "llama", hidden = 16 : i64,
    intermediate = 24 : i64, layers = 2 : i64, heads = 2 : i64,
    kv_heads = 1 : i64, head_dim = 8 : i64, vocab = 40 : i64,
    rms_eps = 1.0e-5 : f64, rope_theta = 10000.0 : f64, context = 64 : i64,
    fot = false, mem_positionals = true, mem_layers = array<i64>, mem_dtype = "",
    last_context = 0 : i64, window = 0 : i64, memory = "none", top_k = 0 : i64,
    evicts = false, bos = 1 : i64, pad = -1 : i64, eos = array<i64: 2>,
    checkpoint = "tiny"}} {
  func.func @model(%ids: tensor<?xi32>, %logits: !x) -> !x {
    %zero = arith.constant 0 : index
    %n = tensor.dim %ids, %zero : tensor<?xi32>
    %kv = tensor.empty(%n) : !kv
    %empty = tensor.empty() : !cache
    %keys = fot.append_window ins(%kv : !kv) at %zero outs(%empty : !cache) -> !cache
    %0 = fot.attention ins(%logits, %keys, %keys : !x, !cache, !cache) at %zero
      scale 0.5 outs(%logits : !x) {fot.layer = 4 : i64} -> !x
    // expected-error @+1 {{expects one attention in a layer, found another in layer 4}}
    %1 = fot.attention ins(%0, %keys, %keys : !x, !cache, !cache) at %zero
      scale 0.5 outs(%logits : !x) {fot.layer = 4 : i64} -> !x
    return %1 : !x
  }
}
