// What checkpoints of both kinds share: choosing the reader, the list of
// weights that a configuration calls for, and looking them up.
#include "passes/Import/Checkpoint/Checkpoint.h"

#include "passes/Import/Checkpoint/Files.h"
#include "passes/Import/Checkpoint/Loaders.h"

#include "llvm/Support/FileSystem.h"

namespace mlir::fot {

using llvm::Twine;

namespace checkpoint {

std::vector<WeightSlot> weightSlots(const ModelConfig &config) {
  int64_t hidden = config.hidden;
  int64_t queries = config.heads * config.headDim;
  int64_t keys = config.kvHeads * config.headDim;
  int64_t inner = config.intermediate;
  std::vector<WeightSlot> slots;
  slots.push_back({"embedding",
                   "model.embed_tokens.weight",
                   "token_embd.weight",
                   {config.vocab, hidden}});
  for (int64_t i = 0; i < config.layers; ++i) {
    std::string canonical = "layers." + std::to_string(i) + ".";
    std::string huggingFace = "model.layers." + std::to_string(i) + ".";
    std::string gguf = "blk." + std::to_string(i) + ".";
    auto add = [&](const char *name, const char *inHuggingFace,
                   const char *inGguf, llvm::SmallVector<int64_t, 2> shape,
                   bool rotated = false) {
      slots.push_back({canonical + name,
                       huggingFace + inHuggingFace + ".weight",
                       gguf + inGguf + ".weight", std::move(shape), rotated});
    };
    add("attention_norm", "input_layernorm", "attn_norm", {hidden});
    add("q", "self_attn.q_proj", "attn_q", {queries, hidden}, true);
    add("k", "self_attn.k_proj", "attn_k", {keys, hidden}, true);
    add("v", "self_attn.v_proj", "attn_v", {keys, hidden});
    add("o", "self_attn.o_proj", "attn_output", {hidden, queries});
    add("mlp_norm", "post_attention_layernorm", "ffn_norm", {hidden});
    add("gate", "mlp.gate_proj", "ffn_gate", {inner, hidden});
    add("up", "mlp.up_proj", "ffn_up", {inner, hidden});
    add("down", "mlp.down_proj", "ffn_down", {hidden, inner});
  }
  slots.push_back(
      {"norm", "model.norm.weight", "output_norm.weight", {hidden}});
  if (!config.tieEmbeddings) {
    slots.push_back(
        {"head", "lm_head.weight", "output.weight", {config.vocab, hidden}});
  }
  return slots;
}

llvm::Error checkShape(llvm::StringRef file, llvm::StringRef tensor,
                       const WeightSlot &slot, llvm::ArrayRef<int64_t> found) {
  if (found == llvm::ArrayRef<int64_t>(slot.shape)) {
    return llvm::Error::success();
  }
  return fileError(file, "tensor " + quoted(tensor) + " should have shape " +
                             shapeText(slot.shape) +
                             " by the model's configuration, but has " +
                             shapeText(found));
}

llvm::Error checkConfig(llvm::StringRef file, const ModelConfig &config) {
  if (config.heads % config.kvHeads) {
    return fileError(file, "the " + Twine(config.heads) +
                               " attention heads cannot be shared evenly by " +
                               Twine(config.kvHeads) + " key-value heads");
  }
  if (config.headDim % 2) {
    return fileError(file, "expected an even head dimension, found " +
                               Twine(config.headDim));
  }
  return llvm::Error::success();
}

} // namespace checkpoint

using namespace checkpoint;

Checkpoint::~Checkpoint() = default;

llvm::Expected<std::unique_ptr<Checkpoint>>
Checkpoint::open(llvm::StringRef path) {
  llvm::sys::fs::file_status status;
  if (std::error_code failure = llvm::sys::fs::status(path, status)) {
    return fileError(path, "cannot be opened: " + failure.message());
  }
  auto opened = status.type() == llvm::sys::fs::file_type::directory_file
                    ? openHuggingFace(path)
                    : openGguf(path);
  if (opened) {
    (*opened)->location = path.str();
  }
  return opened;
}

llvm::Expected<TensorSource>
Checkpoint::tensor(llvm::StringRef canonicalName) const {
  auto it = tensors.find(canonicalName);
  if (it == tensors.end()) {
    return fileError(location,
                     "the model has no weight " + quoted(canonicalName));
  }
  return it->second;
}

bool Checkpoint::hasTensor(llvm::StringRef canonicalName) const {
  return tensors.contains(canonicalName);
}

} // namespace mlir::fot
