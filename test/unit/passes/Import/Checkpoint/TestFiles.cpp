// Builds small checkpoints for the tests.
#include "TestFiles.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

#include <gtest/gtest.h>
#include <random>

namespace fot_test {

TempDir::TempDir() {
  EXPECT_FALSE(llvm::sys::fs::createUniqueDirectory("fot-checkpoint", root));
}

TempDir::~TempDir() { llvm::sys::fs::remove_directories(root); }

std::string TempDir::path(llvm::StringRef name) const {
  llvm::SmallString<128> result(root);
  llvm::sys::path::append(result, name);
  return result.str().str();
}

std::string TempDir::write(llvm::StringRef name, llvm::StringRef bytes) const {
  std::string file = path(name);
  std::error_code failure;
  llvm::raw_fd_ostream stream(file, failure);
  EXPECT_FALSE(failure) << file;
  stream << bytes;
  return file;
}

static TestTensor randomTensor(std::mt19937 &random, std::string name,
                               std::vector<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape) {
    count *= size;
  }
  std::normal_distribution<float> normal(0, 0.1f);
  std::vector<float> values(count);
  for (float &value : values) {
    value = normal(random);
  }
  return {std::move(name), std::move(shape), std::move(values)};
}

std::vector<TestTensor> tinyTensors() {
  std::mt19937 random(11);
  std::vector<TestTensor> tensors;
  auto add = [&](std::string name, std::vector<int64_t> shape) {
    tensors.push_back(randomTensor(random, std::move(name), std::move(shape)));
  };
  add("model.embed_tokens.weight", {kVocab, kHidden});
  for (int64_t i = 0; i < kLayers; ++i) {
    std::string layer = "model.layers." + std::to_string(i) + ".";
    add(layer + "input_layernorm.weight", {kHidden});
    add(layer + "self_attn.q_proj.weight", {kHeads * kHeadDim, kHidden});
    add(layer + "self_attn.k_proj.weight", {kKvHeads * kHeadDim, kHidden});
    add(layer + "self_attn.v_proj.weight", {kKvHeads * kHeadDim, kHidden});
    add(layer + "self_attn.o_proj.weight", {kHidden, kHeads * kHeadDim});
    add(layer + "post_attention_layernorm.weight", {kHidden});
    add(layer + "mlp.gate_proj.weight", {kInner, kHidden});
    add(layer + "mlp.up_proj.weight", {kInner, kHidden});
    add(layer + "mlp.down_proj.weight", {kHidden, kInner});
  }
  add("model.norm.weight", {kHidden});
  add("lm_head.weight", {kVocab, kHidden});
  return tensors;
}

llvm::json::Object tinyConfig() {
  return llvm::json::Object{
      {"architectures", llvm::json::Array{"LlamaForCausalLM"}},
      {"model_type", "llama"},
      {"hidden_size", kHidden},
      {"intermediate_size", kInner},
      {"num_hidden_layers", kLayers},
      {"num_attention_heads", kHeads},
      {"num_key_value_heads", kKvHeads},
      {"head_dim", kHeadDim},
      {"vocab_size", kVocab},
      {"rms_norm_eps", 1e-5},
      {"rope_theta", 50000.0},
      {"rope_scaling", nullptr},
      {"max_position_embeddings", 128},
      {"hidden_act", "silu"},
      {"tie_word_embeddings", false},
      {"bos_token_id", 1},
      {"eos_token_id", 2},
  };
}

std::string toText(llvm::json::Object object) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::json::Value(std::move(object));
  return text;
}

StoredTensor asF32(const TestTensor &tensor) {
  StoredTensor stored;
  stored.name = tensor.name;
  stored.dtype = "F32";
  stored.ggmlType = 0;
  stored.shape = tensor.shape;
  stored.bytes.assign(reinterpret_cast<const char *>(tensor.values.data()),
                      tensor.values.size() * sizeof(float));
  return stored;
}

std::vector<StoredTensor> asF32(const std::vector<TestTensor> &tensors) {
  std::vector<StoredTensor> stored;
  for (const TestTensor &tensor : tensors) {
    stored.push_back(asF32(tensor));
  }
  return stored;
}

std::string safeTensorsRaw(llvm::StringRef header, llvm::StringRef data) {
  uint64_t length = header.size();
  std::string file(reinterpret_cast<const char *>(&length), sizeof(length));
  file += header;
  file += data;
  return file;
}

std::string safeTensors(const std::vector<StoredTensor> &tensors) {
  llvm::json::Object header{
      {"__metadata__", llvm::json::Object{{"format", "pt"}}}};
  std::string data;
  for (const StoredTensor &tensor : tensors) {
    int64_t begin = data.size();
    data += tensor.bytes;
    header[tensor.name] = llvm::json::Object{
        {"dtype", tensor.dtype},
        {"shape", llvm::json::Array(tensor.shape)},
        {"data_offsets",
         llvm::json::Array{begin, static_cast<int64_t>(data.size())}}};
  }
  return safeTensorsRaw(toText(std::move(header)), data);
}

/// As the converter to GGUF does it: a head's first and second half of rows
/// are shuffled into each other.
static void interleave(TestTensor &tensor) {
  std::vector<float> rows;
  int64_t cols = tensor.shape[1];
  for (int64_t head = 0; head < tensor.shape[0] / kHeadDim; ++head) {
    for (int64_t i = 0; i < kHeadDim / 2; ++i) {
      for (int64_t half : {int64_t(0), kHeadDim / 2}) {
        auto row = tensor.values.begin() + (head * kHeadDim + half + i) * cols;
        rows.insert(rows.end(), row, row + cols);
      }
    }
  }
  tensor.values = std::move(rows);
}

std::vector<TestTensor> tinyGgufTensors() {
  static const std::pair<const char *, const char *> renamed[] = {
      {"model.embed_tokens", "token_embd"},
      {"model.layers.", "blk."},
      {"model.norm", "output_norm"},
      {"lm_head", "output"},
      {"input_layernorm", "attn_norm"},
      {"post_attention_layernorm", "ffn_norm"},
      {"self_attn.q_proj", "attn_q"},
      {"self_attn.k_proj", "attn_k"},
      {"self_attn.v_proj", "attn_v"},
      {"self_attn.o_proj", "attn_output"},
      {"mlp.gate_proj", "ffn_gate"},
      {"mlp.up_proj", "ffn_up"},
      {"mlp.down_proj", "ffn_down"},
  };
  std::vector<TestTensor> tensors = tinyTensors();
  for (TestTensor &tensor : tensors) {
    for (const auto &[from, to] : renamed) {
      if (size_t at = tensor.name.find(from); at != std::string::npos) {
        tensor.name.replace(at, llvm::StringRef(from).size(), to);
      }
    }
    llvm::StringRef name = tensor.name;
    if (name.contains("attn_q") || name.contains("attn_k")) {
      interleave(tensor);
    }
  }
  return tensors;
}

void GgufWriter::text(llvm::StringRef value) {
  number<uint64_t>(value.size());
  bytes += value;
}

void GgufWriter::key(llvm::StringRef name, uint32_t type) {
  text(name);
  number(type);
  ++numValues;
}

void GgufWriter::u32(llvm::StringRef name, uint32_t value) {
  key(name, 4);
  number(value);
}

void GgufWriter::f32(llvm::StringRef name, float value) {
  key(name, 6);
  number(value);
}

void GgufWriter::string(llvm::StringRef name, llvm::StringRef value) {
  key(name, 8);
  text(value);
}

void GgufWriter::strings(llvm::StringRef name,
                         const std::vector<std::string> &values) {
  key(name, 9);
  number<uint32_t>(8);
  number<uint64_t>(values.size());
  for (const std::string &value : values) {
    text(value);
  }
}

void GgufWriter::tensor(const StoredTensor &tensor, uint64_t offset) {
  text(tensor.name);
  number<uint32_t>(tensor.shape.size());
  for (auto it = tensor.shape.rbegin(); it != tensor.shape.rend(); ++it) {
    number<uint64_t>(*it);
  }
  number(tensor.ggmlType);
  number(offset);
}

void GgufWriter::pad(size_t alignment) {
  bytes.resize((bytes.size() + alignment - 1) / alignment * alignment);
}

void tinyMetadata(GgufWriter &writer) {
  writer.string("general.architecture", "llama");
  writer.string("general.name", "tiny");
  writer.u32("llama.block_count", kLayers);
  writer.u32("llama.context_length", 128);
  writer.u32("llama.embedding_length", kHidden);
  writer.u32("llama.feed_forward_length", kInner);
  writer.u32("llama.attention.head_count", kHeads);
  writer.u32("llama.attention.head_count_kv", kKvHeads);
  writer.u32("llama.attention.key_length", kHeadDim);
  writer.u32("llama.attention.value_length", kHeadDim);
  writer.f32("llama.rope.freq_base", 50000);
  writer.f32("llama.attention.layer_norm_rms_epsilon", 1e-5f);
  writer.strings("tokenizer.ggml.tokens", {"<unk>", "<s>", "</s>"});
  writer.u32("tokenizer.ggml.bos_token_id", 1);
  writer.u32("tokenizer.ggml.eos_token_id", 2);
}

std::string gguf(const std::vector<StoredTensor> &tensors,
                 void (*metadata)(GgufWriter &), uint32_t version,
                 size_t alignment) {
  GgufWriter values;
  (metadata ? metadata : tinyMetadata)(values);
  GgufWriter file;
  file.bytes = "GGUF";
  file.number(version);
  file.number<uint64_t>(tensors.size());
  file.number(values.numValues);
  file.bytes += values.bytes;
  GgufWriter data;
  for (const StoredTensor &tensor : tensors) {
    data.pad(alignment);
    file.tensor(tensor, data.bytes.size());
    data.bytes += tensor.bytes;
  }
  file.pad(alignment);
  return file.bytes + data.bytes;
}

std::string messageOf(llvm::Error error) {
  EXPECT_TRUE(static_cast<bool>(error)) << "expected an error";
  std::string message = llvm::toString(std::move(error));
  EXPECT_FALSE(message.empty());
  for (char c : message) {
    EXPECT_TRUE(llvm::isPrint(c)) << message;
  }
  return message;
}

std::unique_ptr<llvm::MemoryBuffer> bufferOf(llvm::StringRef bytes) {
  return llvm::MemoryBuffer::getMemBufferCopy(bytes, "memory");
}

} // namespace fot_test
