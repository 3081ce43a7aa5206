// Opening whole checkpoints: both formats give the same model, and what is
// missing or misshapen is named.
#include "TinyCheckpoint.h"
#include "passes/Import/Checkpoint/Gguf.h"
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
