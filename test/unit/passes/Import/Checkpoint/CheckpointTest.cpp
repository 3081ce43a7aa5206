// Opening whole checkpoints: both formats give the same model, configurations
// are understood or refused, and what is missing or misshapen is named.
#include "passes/Import/Checkpoint/Checkpoint.h"

#include "TestFiles.h"
#include "passes/Import/Checkpoint/Gguf.h"
#include "passes/Import/Checkpoint/RowReader.h"
#include "passes/Import/Checkpoint/WeightCodec.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <set>

using namespace mlir::fot;
using namespace fot_test;
using llvm::json::Object;

/// Writes the tiny model as one file, with some fields of its configuration
/// replaced, and opens it.
static llvm::Expected<std::unique_ptr<Checkpoint>>
openTiny(const TempDir &dir, Object changes = {}) {
  Object config = tinyConfig();
  for (auto &[key, value] : changes) {
    config[key] = value;
  }
  dir.write("config.json", toText(std::move(config)));
  dir.write("model.safetensors", safeTensors(asF32(tinyTensors())));
  return Checkpoint::open(dir.path());
}

/// Rows [begin, end) as float32.
static std::vector<float> rowsOf(const Checkpoint &checkpoint,
                                 llvm::StringRef name) {
  TensorSource source = llvm::cantFail(checkpoint.tensor(name));
  RowReader reader(source);
  std::vector<float> values(reader.rows() * reader.cols());
  reader.readF32(0, reader.rows(), values.data());
  return values;
}

static void expectError(llvm::Expected<std::unique_ptr<Checkpoint>> opened,
                        llvm::StringRef complaint) {
  std::string message = messageOf(opened.takeError());
  EXPECT_TRUE(llvm::StringRef(message).contains(complaint)) << message;
}

TEST(Checkpoint, OpensAHuggingFaceDirectory) {
  TempDir dir;
  auto checkpoint = llvm::cantFail(openTiny(dir));
  const ModelConfig &config = checkpoint->config();
  EXPECT_EQ(config.architecture, "llama");
  EXPECT_EQ(config.hidden, kHidden);
  EXPECT_EQ(config.kvHeads, kKvHeads);
  EXPECT_EQ(config.headDim, kHeadDim);
  EXPECT_EQ(config.rmsEps, 1e-5);
  EXPECT_EQ(config.ropeTheta, 50000);
  EXPECT_EQ(config.maxPositions, 128);
  EXPECT_FALSE(config.isFoT);
  EXPECT_FALSE(config.memLayers);
  EXPECT_EQ(config.bos, 1);
  EXPECT_EQ(config.eos, std::vector<int64_t>{2});
  EXPECT_EQ(config.pad, std::nullopt);
  EXPECT_EQ(checkpoint->gguf(), nullptr);
  EXPECT_EQ(checkpoint->tensorNames().size(), 3u + 9 * kLayers);
  EXPECT_EQ(checkpoint->tensorNames().front(), "embedding");
  EXPECT_EQ(checkpoint->tensorNames().back(), "head");
  std::vector<TestTensor> tensors = tinyTensors();
  EXPECT_EQ(rowsOf(*checkpoint, "embedding"), tensors.front().values);
  EXPECT_EQ(rowsOf(*checkpoint, "head"), tensors.back().values);
  auto missing = checkpoint->tensor("layers.2.q");
  EXPECT_NE(messageOf(missing.takeError()).find("no weight 'layers.2.q'"),
            std::string::npos);
}

TEST(Checkpoint, BothFormatsGiveTheSameWeights) {
  TempDir dir;
  auto huggingFace = llvm::cantFail(openTiny(dir));
  auto fromGguf = llvm::cantFail(
      Checkpoint::open(dir.write("tiny.gguf", gguf(asF32(tinyGgufTensors())))));
  EXPECT_EQ(fromGguf->config().name, "tiny");
  EXPECT_EQ(fromGguf->config().vocab, kVocab);
  EXPECT_EQ(fromGguf->config().headDim, kHeadDim);
  EXPECT_FALSE(fromGguf->config().tieEmbeddings);
  EXPECT_EQ(fromGguf->gguf()->arraySize("tokenizer.ggml.tokens"), 3u);
  ASSERT_EQ(fromGguf->tensorNames(), huggingFace->tensorNames());
  for (const std::string &name : huggingFace->tensorNames()) {
    EXPECT_EQ(rowsOf(*fromGguf, name), rowsOf(*huggingFace, name)) << name;
  }
  EXPECT_TRUE(llvm::cantFail(fromGguf->tensor("layers.0.q")).rowsInterleaved);
  EXPECT_FALSE(llvm::cantFail(fromGguf->tensor("layers.0.v")).rowsInterleaved);
}

TEST(Checkpoint, ReadsRawRowsInLogicalOrder) {
  TempDir dir;
  auto checkpoint = llvm::cantFail(
      Checkpoint::open(dir.write("tiny.gguf", gguf(asF32(tinyGgufTensors())))));
  for (const char *name : {"layers.1.q", "layers.1.gate"}) {
    RowReader reader(llvm::cantFail(checkpoint->tensor(name)));
    std::vector<float> decoded(3 * reader.cols()), raw(3 * reader.cols());
    reader.readF32(2, 5, decoded.data());
    reader.readRaw(2, 5, reinterpret_cast<uint8_t *>(raw.data()));
    EXPECT_EQ(decoded, raw);
  }
}

TEST(Checkpoint, FileRowUndoesTheInterleaving) {
  // Two heads of six rows, in the file as 0 3 1 4 2 5 | 6 9 7 10 8 11.
  const int64_t stored[] = {0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11};
  for (int64_t row = 0; row < 12; ++row) {
    EXPECT_EQ(stored[fileRow(row, 6)], row);
  }
}

/// Writes the tiny model in two shards with an index, after `edit`.
static void writeShards(const TempDir &dir, void (*edit)(Object &weightMap)) {
  std::vector<StoredTensor> tensors = asF32(tinyTensors());
  size_t half = tensors.size() / 2;
  Object map;
  for (size_t i = 0; i < tensors.size(); ++i) {
    map[tensors[i].name] =
        i < half ? "part-1.safetensors" : "part-2.safetensors";
  }
  edit(map);
  dir.write("config.json", toText(tinyConfig()));
  dir.write("part-1.safetensors",
            safeTensors({tensors.begin(), tensors.begin() + half}));
  dir.write("part-2.safetensors",
            safeTensors({tensors.begin() + half, tensors.end()}));
  dir.write("model.safetensors.index.json",
            toText(Object{{"weight_map", std::move(map)}}));
}

TEST(Checkpoint, OpensShards) {
  TempDir dir;
  writeShards(dir, [](Object &) {});
  auto checkpoint = llvm::cantFail(Checkpoint::open(dir.path()));
  EXPECT_EQ(rowsOf(*checkpoint, "embedding"), tinyTensors().front().values);
  EXPECT_EQ(rowsOf(*checkpoint, "head"), tinyTensors().back().values);
}

TEST(Checkpoint, RefusesBadIndexes) {
  TempDir dir;
  writeShards(
      dir, [](Object &map) { map["lm_head.weight"] = "part-3.safetensors"; });
  expectError(Checkpoint::open(dir.path()),
              "shard 'part-3.safetensors', which holds tensor "
              "'lm_head.weight', is missing");
  writeShards(
      dir, [](Object &map) { map["lm_head.weight"] = "part-1.safetensors"; });
  expectError(Checkpoint::open(dir.path()),
              "tensor 'lm_head.weight' is mapped to shard "
              "'part-1.safetensors', which does not have it");
  for (const char *name : {"../part-1.safetensors", "/etc/passwd", "..", ""}) {
    static const char *current;
    current = name;
    writeShards(dir, [](Object &map) { map["lm_head.weight"] = current; });
    expectError(Checkpoint::open(dir.path()), "the name of a file");
  }
  writeShards(dir, [](Object &map) { map["model.norm.weight"] = 3; });
  expectError(Checkpoint::open(dir.path()), "the name of a file");
  writeShards(dir, [](Object &map) { map.erase("model.norm.weight"); });
  expectError(Checkpoint::open(dir.path()),
              "tensor 'model.norm.weight' of shape [64] is missing");
  dir.write("model.safetensors.index.json", "{}");
  expectError(Checkpoint::open(dir.path()), "'weight_map'");
}

TEST(Checkpoint, RefusesWhatIsNoCheckpoint) {
  TempDir dir;
  expectError(Checkpoint::open(dir.path("nothing")), "cannot be opened");
  expectError(Checkpoint::open(dir.path()), "no config.json");
  expectError(Checkpoint::open("/dev/zero"), "expected a regular file");
  dir.write("config.json", toText(tinyConfig()));
  expectError(Checkpoint::open(dir.path()), "found neither");
  dir.write("config.json", "{");
  expectError(Checkpoint::open(dir.path()), "not valid JSON");
}

TEST(Checkpoint, UnderstandsConfigurations) {
  TempDir dir;
  // A tied head in the file is not used.
  auto tied =
      llvm::cantFail(openTiny(dir, Object{{"tie_word_embeddings", true}}));
  EXPECT_FALSE(tied->hasTensor("head"));

  auto longLlama = llvm::cantFail(openTiny(
      dir, Object{{"model_type", "longllama"},
                  {"architectures", llvm::json::Array{"LongLlamaForCausalLM"}},
                  {"mem_layers", llvm::json::Array{1, 0}},
                  {"mem_dtype", "float32"},
                  {"pad_token_id", 0}}));
  const ModelConfig &config = longLlama->config();
  EXPECT_EQ(config.architecture, "longllama");
  EXPECT_TRUE(config.isFoT);
  EXPECT_EQ(config.memLayers, (std::vector<int64_t>{0, 1}));
  EXPECT_EQ(config.memDtype, WeightType::F32);
  EXPECT_EQ(config.memPositionals, true);
  EXPECT_EQ(config.lastContextLength, 1024);
  EXPECT_EQ(config.pad, 0);

  // FoT fields make a plain LLaMA a FoT model; what is not said stays open.
  auto fot = llvm::cantFail(
      openTiny(dir, Object{{"mem_layers", llvm::json::Array{1}}}));
  EXPECT_TRUE(fot->config().isFoT);
  EXPECT_EQ(fot->config().architecture, "llama");
  EXPECT_EQ(fot->config().lastContextLength, std::nullopt);

  auto mistral =
      llvm::cantFail(openTiny(dir, Object{{"model_type", "mistral"},
                                          {"architectures", nullptr},
                                          {"sliding_window", nullptr}}));
  EXPECT_EQ(mistral->config().architecture, "llama");

  auto newStyle = llvm::cantFail(
      openTiny(dir, Object{{"rope_theta", nullptr},
                           {"rope_parameters", Object{{"rope_type", "default"},
                                                      {"rope_theta", 12345.0}}},
                           {"rope_scaling", Object{{"type", "default"}}},
                           {"eos_token_id", llvm::json::Array{2, 3}},
                           {"pad_token_id", -1}}));
  EXPECT_EQ(newStyle->config().ropeTheta, 12345);
  EXPECT_EQ(newStyle->config().eos, (std::vector<int64_t>{2, 3}));
  EXPECT_EQ(newStyle->config().pad, std::nullopt);

  dir.write("generation_config.json", R"({"eos_token_id": [2, 7]})");
  auto generation = llvm::cantFail(openTiny(dir));
  EXPECT_EQ(generation->config().eos, (std::vector<int64_t>{2, 7}));
}

struct BadField {
  const char *key;
  const char *value; // JSON
  const char *complaint;
};

/// For the names of the tests, which would show addresses otherwise.
static void PrintTo(const BadField &field, std::ostream *stream) {
  *stream << field.key << ": " << field.value;
}

class BadConfig : public testing::TestWithParam<BadField> {};

TEST_P(BadConfig, IsRefused) {
  TempDir dir;
  const BadField &field = GetParam();
  expectError(openTiny(dir, Object{{field.key, llvm::cantFail(llvm::json::parse(
                                                   field.value))}}),
              field.complaint);
}

INSTANTIATE_TEST_SUITE_P(
    Fields, BadConfig,
    testing::Values(
        BadField{"model_type", "\"qwen2\"", "read: llama, longllama, mistral"},
        BadField{"architectures", "[\"GPT2LMHeadModel\"]",
                 "'GPT2LMHeadModel' is not one of those that are read: "
                 "LlamaForCausalLM"},
        BadField{"hidden_size", "null", "'hidden_size', which is missing"},
        BadField{"hidden_size", "\"64\"", "'hidden_size' to be an integer"},
        BadField{"hidden_size", "0", "'hidden_size' to be an integer"},
        BadField{"hidden_size", "-64", "'hidden_size' to be an integer"},
        BadField{"hidden_size", "1e18", "'hidden_size' to be an integer"},
        BadField{"hidden_size", "65", "should have shape [40, 65]"},
        BadField{"vocab_size", "41",
                 "tensor 'model.embed_tokens.weight' should have shape "
                 "[41, 64] by the model's configuration, but has [40, 64]"},
        BadField{"num_hidden_layers", "1",
                 "'model.layers.1.input_layernorm.weight' belongs to no "
                 "weight of a LLaMA model with 1 layers"},
        BadField{"num_hidden_layers", "3",
                 "tensor 'model.layers.2.input_layernorm.weight' of shape "
                 "[64] is missing"},
        BadField{"num_hidden_layers", "4000000000", "from 1 to 4096"},
        BadField{"num_key_value_heads", "2", "shared evenly by 2"},
        BadField{"head_dim", "7", "even head dimension"},
        BadField{"head_dim", "null", "must be a multiple of the 3"},
        BadField{"head_dim", "16", "should have shape [48, 64]"},
        BadField{"rms_norm_eps", "0", "'rms_norm_eps' to be a positive"},
        BadField{"rope_theta", "\"x\"", "'rope_theta' to be a positive"},
        BadField{"rope_scaling", "{\"type\": \"linear\", \"factor\": 2}",
                 "'linear' scaling"},
        BadField{"rope_scaling", "{\"rope_type\": \"llama3\"}",
                 "'llama3' scaling"},
        BadField{"rope_scaling", "{\"factor\": 8.0}", "unscaled"},
        BadField{"rope_scaling", "7", "an object or null"},
        BadField{"rope_parameters", "{\"rope_type\": \"yarn\"}",
                 "'yarn' scaling"},
        BadField{"hidden_act", "\"gelu\"", "only 'silu'"},
        BadField{"attention_bias", "true", "'attention_bias' is true"},
        BadField{"mlp_bias", "true", "'mlp_bias' is true"},
        BadField{"mlp_bias", "1", "'mlp_bias' to be true or false"},
        BadField{"partial_rotary_factor", "0.5", "whole heads"},
        BadField{"quantization_config", "{}", "F32, F16 and BF16"},
        BadField{"mem_layers", "[2]", "list integers from 0 to 1"},
        BadField{"mem_layers", "[1, 1]", "a layer twice"},
        BadField{"mem_dtype", "\"int8\"", "float32, float16 or bfloat16"},
        BadField{"last_context_length", "0", "'last_context_length'"},
        BadField{"eos_token_id", "[2, 40]", "from 0 to 39"},
        BadField{"bos_token_id", "-2", "'bos_token_id' to be an integer"}));

TEST(Checkpoint, RefusesMistralsSlidingWindow) {
  TempDir dir;
  expectError(openTiny(dir, Object{{"model_type", "mistral"},
                                   {"architectures", nullptr},
                                   {"sliding_window", 64}}),
              "sliding window of 64");
}

/// The tiny model's tensors after `edit`, as a directory.
static llvm::Expected<std::unique_ptr<Checkpoint>>
openEdited(const TempDir &dir, void (*edit)(std::vector<StoredTensor> &)) {
  std::vector<StoredTensor> tensors = asF32(tinyTensors());
  edit(tensors);
  dir.write("config.json", toText(tinyConfig()));
  dir.write("model.safetensors", safeTensors(tensors));
  return Checkpoint::open(dir.path());
}

TEST(Checkpoint, JudgesExtraTensors) {
  TempDir dir;
  llvm::cantFail(openEdited(dir, [](std::vector<StoredTensor> &tensors) {
    tensors.push_back({"model.layers.0.self_attn.rotary_emb.inv_freq",
                       "F32",
                       0,
                       {1},
                       "aaaa"});
    tensors.push_back({"something.else", "U8", 0, {1}, "a"});
  }));
  expectError(openEdited(dir,
                         [](std::vector<StoredTensor> &tensors) {
                           tensors.push_back(
                               {"model.layers.0.self_attn.q_proj.bias",
                                "F32",
                                0,
                                {1},
                                "aaaa"});
                         }),
              "q_proj.bias' is a bias");
  expectError(openEdited(dir,
                         [](std::vector<StoredTensor> &tensors) {
                           tensors.push_back(
                               {"model.layers.0.self_attn.q_norm.weight",
                                "F32",
                                0,
                                {1},
                                "aaaa"});
                         }),
              "q_norm.weight' belongs to no weight");
  expectError(openEdited(dir,
                         [](std::vector<StoredTensor> &tensors) {
                           tensors.front().dtype = "I32";
                         }),
              "'model.embed_tokens.weight' has type 'I32'");
  expectError(
      openEdited(
          dir, [](std::vector<StoredTensor> &tensors) { tensors.pop_back(); }),
      "config.json does not set tie_word_embeddings");
}

/// A GGUF file of the tiny model after `edit`.
static llvm::Expected<std::unique_ptr<Checkpoint>>
openGgufEdited(const TempDir &dir, void (*edit)(std::vector<StoredTensor> &)) {
  std::vector<StoredTensor> tensors = asF32(tinyGgufTensors());
  edit(tensors);
  return Checkpoint::open(dir.write("tiny.gguf", gguf(tensors)));
}

TEST(Checkpoint, JudgesGgufTensors) {
  TempDir dir;
  auto tied = llvm::cantFail(openGgufEdited(
      dir, [](std::vector<StoredTensor> &tensors) { tensors.pop_back(); }));
  EXPECT_TRUE(tied->config().tieEmbeddings);
  EXPECT_FALSE(tied->hasTensor("head"));
  expectError(openGgufEdited(dir,
                             [](std::vector<StoredTensor> &tensors) {
                               tensors.front().ggmlType = 31;
                             }),
              "tensor 'token_embd.weight' has type Q4_0_4_4, which is not one "
              "of those that are read: f32, f16");
  expectError(openGgufEdited(dir,
                             [](std::vector<StoredTensor> &tensors) {
                               tensors.push_back(
                                   {"rope_freqs.weight", "", 0, {1}, "aaaa"});
                             }),
              "'rope_freqs.weight' scales rotary frequencies");
  expectError(openGgufEdited(dir,
                             [](std::vector<StoredTensor> &tensors) {
                               tensors.push_back(
                                   {"blk.1.attn_q.bias", "", 0, {1}, "aaaa"});
                             }),
              "'blk.1.attn_q.bias' is a bias");
  expectError(openGgufEdited(dir,
                             [](std::vector<StoredTensor> &tensors) {
                               tensors.push_back(
                                   {"blk.2.attn_q.weight", "", 0, {1}, "aaaa"});
                             }),
              "'blk.2.attn_q.weight' belongs to no weight");
  expectError(openGgufEdited(dir,
                             [](std::vector<StoredTensor> &tensors) {
                               std::swap(tensors[2].shape[0],
                                         tensors[2].shape[1]);
                             }),
              "tensor 'blk.0.attn_q.weight' should have shape [24, 64]");
  expectError(openGgufEdited(dir,
                             [](std::vector<StoredTensor> &tensors) {
                               tensors.erase(tensors.begin() + 3);
                             }),
              "tensor 'blk.0.attn_k.weight' of shape [8, 64] is missing");
}

struct BadMetadata {
  void (*write)(GgufWriter &);
  const char *complaint;
};

static void PrintTo(const BadMetadata &metadata, std::ostream *stream) {
  *stream << metadata.complaint;
}

class BadGguf : public testing::TestWithParam<BadMetadata> {};

TEST_P(BadGguf, IsRefused) {
  TempDir dir;
  expectError(
      Checkpoint::open(dir.write(
          "tiny.gguf", gguf(asF32(tinyGgufTensors()), GetParam().write))),
      GetParam().complaint);
}

INSTANTIATE_TEST_SUITE_P(
    Metadata, BadGguf,
    testing::Values(
        BadMetadata{
            [](GgufWriter &w) { w.string("general.architecture", "gpt2"); },
            "architecture 'gpt2' is not one of those that are read: "
            "llama"},
        BadMetadata{[](GgufWriter &) {}, "architecture '' is not one"},
        BadMetadata{
            [](GgufWriter &w) { w.string("general.architecture", "llama"); },
            "'llama.embedding_length', which is missing"},
        BadMetadata{[](GgufWriter &w) {
                      tinyMetadata(w);
                      w.string("llama.rope.scaling.type", "yarn");
                    },
                    "'yarn'"},
        BadMetadata{[](GgufWriter &w) {
                      tinyMetadata(w);
                      w.f32("llama.rope.scaling.factor", 4);
                    },
                    "scaled rotary positions"},
        BadMetadata{[](GgufWriter &w) {
                      tinyMetadata(w);
                      w.u32("llama.expert_count", 8);
                    },
                    "mixture of experts"},
        BadMetadata{[](GgufWriter &w) {
                      tinyMetadata(w);
                      w.u32("llama.rope.dimension_count", 4);
                    },
                    "as wide as key heads, 8"},
        BadMetadata{[](GgufWriter &w) {
                      tinyMetadata(w);
                      w.u32("llama.attention.sliding_window", 32);
                    },
                    "sliding window of 32"},
        BadMetadata{[](GgufWriter &w) {
                      tinyMetadata(w);
                      w.u32("tokenizer.ggml.padding_token_id", 40);
                    },
                    "special token 40 is not in the vocabulary of 40"},
        BadMetadata{[](GgufWriter &w) {
                      tinyMetadata(w);
                      w.u32("split.count", 3);
                    },
                    "NAME-00001-of-00003.gguf"}));

TEST(Checkpoint, OpensSplitGguf) {
  TempDir dir;
  std::vector<StoredTensor> tensors = asF32(tinyGgufTensors());
  std::vector<StoredTensor> first(tensors.begin(), tensors.begin() + 5);
  std::vector<StoredTensor> second(tensors.begin() + 5, tensors.end());
  auto splitMetadata = [](GgufWriter &w) {
    tinyMetadata(w);
    w.u32("split.count", 2);
  };
  std::string path =
      dir.write("tiny-00001-of-00002.gguf", gguf(first, splitMetadata));
  expectError(Checkpoint::open(path), "tiny-00002-of-00002.gguf");
  dir.write("tiny-00002-of-00002.gguf",
            gguf(second, [](GgufWriter &w) { w.u32("split.no", 1); }));
  auto checkpoint = llvm::cantFail(Checkpoint::open(path));
  EXPECT_EQ(rowsOf(*checkpoint, "head"), tinyTensors().back().values);
  dir.write("tiny-00002-of-00002.gguf",
            gguf(tensors, [](GgufWriter &w) { w.u32("split.no", 1); }));
  expectError(Checkpoint::open(path), "is also in another part");
}

/// Where the golden models are, or an empty string.
static std::string goldenDirectory() {
  const char *given = std::getenv("FOTC_SHARED_DATA");
  std::string path = std::string(given ? given : FOT_SHARED_DATA) + "/golden";
  return llvm::sys::fs::is_directory(path) ? path : "";
}

TEST(Checkpoint, OpensTheGoldenModels) {
  std::string golden = goldenDirectory();
  if (golden.empty()) {
    GTEST_SKIP() << "no golden models: neither " << FOT_SHARED_DATA
                 << " nor $FOTC_SHARED_DATA has a folder golden";
  }
  std::set<std::string> opened;
  std::error_code failure;
  for (llvm::sys::fs::directory_iterator it(golden, failure), end;
       it != end && !failure; it.increment(failure)) {
    std::string model = it->path() + "/model";
    if (!llvm::sys::fs::exists(model)) {
      continue;
    }
    auto checkpoint = llvm::cantFail(Checkpoint::open(model));
    const ModelConfig &config = checkpoint->config();
    EXPECT_EQ(config.architecture, "longllama");
    EXPECT_TRUE(config.isFoT);
    EXPECT_EQ(config.heads * config.headDim, config.hidden);
    EXPECT_EQ(config.ropeTheta, 10000);
    EXPECT_EQ(config.eos, std::vector<int64_t>{2});
    opened.insert(llvm::sys::path::filename(it->path()).str());
    for (const std::string &name : checkpoint->tensorNames()) {
      for (float value : rowsOf(*checkpoint, name)) {
        ASSERT_TRUE(std::isfinite(value)) << model << " " << name;
      }
    }
    if (llvm::StringRef(model).contains("dense-head100")) {
      EXPECT_EQ(config.headDim, 100);
      EXPECT_EQ(config.memLayers, std::vector<int64_t>{1});
      EXPECT_EQ(config.lastContextLength, 16);
    }
    if (llvm::StringRef(model).contains("dense-bf16-memory")) {
      EXPECT_EQ(config.memDtype, WeightType::BF16);
      EXPECT_EQ(llvm::cantFail(checkpoint->tensor("layers.0.q")).type,
                WeightType::BF16);
    }
    if (llvm::StringRef(model).contains("dense-tied-embeddings")) {
      EXPECT_TRUE(config.tieEmbeddings);
      EXPECT_FALSE(checkpoint->hasTensor("head"));
    }
  }
  EXPECT_GE(opened.size(), 9u);
}

TEST(Checkpoint, OpensSmolLM2) {
  const char *path = std::getenv("FOT_SMOLLM2_GGUF");
  if (!path || !llvm::sys::fs::exists(path)) {
    GTEST_SKIP() << "$FOT_SMOLLM2_GGUF does not name "
                    "SmolLM2-135M-Instruct.Q4_1.gguf";
  }
  auto checkpoint = llvm::cantFail(Checkpoint::open(path));
  const ModelConfig &config = checkpoint->config();
  EXPECT_EQ(config.hidden, 576);
  EXPECT_EQ(config.layers, 30);
  EXPECT_EQ(config.heads, 9);
  EXPECT_EQ(config.kvHeads, 3);
  EXPECT_EQ(config.headDim, 64);
  EXPECT_EQ(config.vocab, 49152);
  EXPECT_EQ(config.maxPositions, 8192);
  EXPECT_EQ(config.ropeTheta, 100000);
  EXPECT_TRUE(config.tieEmbeddings);
  EXPECT_EQ(llvm::cantFail(checkpoint->tensor("embedding")).type,
            WeightType::Q8_0);
  EXPECT_EQ(llvm::cantFail(checkpoint->tensor("layers.29.down")).type,
            WeightType::Q4_1);
  EXPECT_EQ(checkpoint->gguf()->getString("tokenizer.ggml.model"), "gpt2");
  for (float value : rowsOf(*checkpoint, "layers.7.k")) {
    ASSERT_LT(std::fabs(value), 10);
  }
}
