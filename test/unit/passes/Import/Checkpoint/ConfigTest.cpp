// config.json and generation_config.json: understood, or refused by the field.
#include "TinyCheckpoint.h"

using namespace mlir::fot;
using namespace fot_test;
using llvm::json::Object;

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
