// Defaults of fotc's options for plain and LongLLaMA configurations, and the
// sentences about values that make no sense (docs: contract of fotc).
#include "passes/Driver/Resolve.h"

#include <gtest/gtest.h>

using namespace mlir::fot;

namespace {
using Layers = std::vector<std::string>;

ModelConfig plain(int64_t context) {
  ModelConfig config;
  config.layers = 4;
  config.kvHeads = 2;
  config.maxPositions = context;
  return config;
}

/// As config.json of LongLLaMA: window 2048, layers 1 and 3 remember.
ModelConfig longLlama() {
  ModelConfig config = plain(2048);
  config.isFoT = true;
  config.memLayers = {1, 3};
  config.memDtype = WeightType::F32;
  config.lastContextLength = 1024;
  return config;
}

CompilerOptions resolved(const CompileRequest &request,
                         const ModelConfig &config) {
  llvm::Expected<CompilerOptions> options = resolveOptions(request);
  if (!options) {
    ADD_FAILURE() << llvm::toString(options.takeError());
    return {};
  }
  if (llvm::Error error = resolveMemory(request, config, *options)) {
    ADD_FAILURE() << llvm::toString(std::move(error));
  }
  return *options;
}

Layers layersOf(const CompilerOptions &options) {
  Layers layers;
  for (const MemoryLayer &layer : options.memoryLayers) {
    layers.push_back(layer.str());
  }
  return layers;
}

/// The sentence about a request that is wrong; it is a usage error.
std::string refusal(const CompileRequest &request, const ModelConfig &config) {
  llvm::Expected<CompilerOptions> options = resolveOptions(request);
  llvm::Error error =
      options ? resolveMemory(request, config, *options) : options.takeError();
  if (!error) {
    return "no error";
  }
  EXPECT_TRUE(error.isA<UsageError>());
  return llvm::toString(std::move(error));
}
} // namespace

TEST(Resolve, PlainModelHasNoMemoryAndAllOfItsContext) {
  CompilerOptions options = resolved({}, plain(8192));
  EXPECT_EQ(layersOf(options), Layers());
  EXPECT_EQ(options.window, 8192);
  EXPECT_EQ(options.lastContext, 8192);
}

TEST(Resolve, SaysWhoNamedTheLayers) {
  CompileRequest request;
  EXPECT_EQ(resolved(request, plain(64)).memoryNamedBy,
            "the checkpoint's config");
  request.memoryLayers = "1,3:0";
  EXPECT_EQ(resolved(request, plain(64)).memoryNamedBy,
            "--memory-layers=1,3:0");
  // The driver puts what calibration chose where the user's choice would be.
  request.calibration = Calibration{"1,3:0"};
  EXPECT_EQ(resolved(request, plain(64)).memoryNamedBy,
            "calibration (--memory-layers=auto)");
}

TEST(Resolve, PlainModelWithMemoryHasAWindow) {
  CompileRequest request;
  request.memoryLayers = "all";
  CompilerOptions options = resolved(request, plain(8192));
  EXPECT_EQ(layersOf(options), (Layers{"0", "1", "2", "3"}));
  EXPECT_EQ(options.memoryMode, "topk");
  EXPECT_EQ(options.topK, 8);
  EXPECT_EQ(options.memoryType, "bf16");
  EXPECT_EQ(options.window, 2048);
  EXPECT_EQ(options.lastContext, 1024);

  options = resolved(request, plain(600));
  EXPECT_EQ(options.window, 600);
  EXPECT_EQ(options.lastContext, 300);
  options = resolved(request, plain(1));
  EXPECT_EQ(options.lastContext, 1);
}

TEST(Resolve, LongLlamaIsAsItsConfigurationSays) {
  CompilerOptions options = resolved({}, longLlama());
  EXPECT_EQ(layersOf(options), (Layers{"1", "3"}));
  EXPECT_EQ(options.memoryMode, "dense");
  EXPECT_EQ(options.memoryType, "f32");
  EXPECT_EQ(options.window, 2048);
  EXPECT_EQ(options.lastContext, 1024);
}

TEST(Resolve, LongLlamaWithLittleSaid) {
  ModelConfig config = longLlama();
  config.maxPositions = 512;
  config.memDtype.reset();
  config.lastContextLength.reset();
  CompilerOptions options = resolved({}, config);
  EXPECT_EQ(options.memoryType, "bf16");
  EXPECT_EQ(options.window, 512);
  EXPECT_EQ(options.lastContext, 512); // 1024, but no more than the window
}

TEST(Resolve, OptionsWinOverTheConfiguration) {
  CompileRequest request;
  request.memoryLayers = "2,0,2";
  request.memory = "topk:16384";
  request.memoryDtype = "f16";
  request.window = 100;
  request.lastContext = 7;
  request.prefillTokens = 32;
  CompilerOptions options = resolved(request, longLlama());
  EXPECT_EQ(layersOf(options), (Layers{"0", "2"}));
  EXPECT_EQ(options.memoryMode, "topk");
  EXPECT_EQ(options.topK, 16384);
  EXPECT_EQ(options.memoryType, "f16");
  EXPECT_EQ(options.window, 100);
  EXPECT_EQ(options.lastContext, 7);
  EXPECT_EQ(options.prefillTokens, 32);

  // A smaller window alone takes the last context along.
  request = {};
  request.window = 64;
  EXPECT_EQ(resolved(request, longLlama()).lastContext, 64);
  EXPECT_EQ(resolved(request, plain(4096)).lastContext, 64);
  request.memoryLayers = "1";
  EXPECT_EQ(resolved(request, plain(4096)).lastContext, 32);
}

TEST(Resolve, MemoryCanBeTakenAway) {
  CompileRequest request;
  request.memoryLayers = "none";
  EXPECT_EQ(layersOf(resolved(request, longLlama())), Layers());
  EXPECT_EQ(resolved(request, longLlama()).window, 2048);
}

TEST(Resolve, CodeAndWeightsHaveDefaults) {
  CompilerOptions options = resolved({}, plain(16));
  EXPECT_EQ(options.weights, WeightChoice::Keep);
  EXPECT_EQ(options.cpuLevels,
            (std::vector<std::string>{"x86-64-v3", "avx512vnni", "amx"}));
  EXPECT_TRUE(options.fuse);

  CompileRequest request;
  request.weights = "q8_0";
  request.cpuLevels = {"znver4"};
  request.targets = {"cpu"};
  request.fusion = "none";
  options = resolved(request, plain(16));
  EXPECT_EQ(options.weights, WeightChoice::Q8_0);
  EXPECT_EQ(options.cpuLevels, std::vector<std::string>{"znver4"});
  EXPECT_FALSE(options.fuse);
}

TEST(Resolve, NamesTheKnownValues) {
  auto expect = [](auto set, const char *sentence) {
    CompileRequest request;
    set(request);
    EXPECT_EQ(refusal(request, plain(64)), sentence);
  };
  expect([](auto &r) { r.weights = "q2_K"; },
         "--weights: expected keep, f32, f16, bf16, q8_0 or q4_0, found "
         "'q2_K'");
  expect([](auto &r) { r.targets = {"cpu", "tpu"}; },
         "--target: expected cpu or cuda, found 'tpu'");
  expect([](auto &r) { r.cudaArchitectures = {"sm_80"}; },
         "--cuda-arch: expected --target=cuda too, found none");
  expect(
      [](auto &r) {
        r.targets = {"cuda"};
        r.cudaArchitectures = {"sm_70"};
      },
      "--cuda-arch: expected a GPU architecture (sm_80, sm_86, sm_89, sm_90, "
      "sm_90a, sm_100, sm_100a, sm_120, sm_120a), found 'sm_70'");
  expect(
      [](auto &r) {
        r.targets = {"cuda"};
        r.cpuLevels = {"x86-64-v3"};
      },
      "--cpu: expected --target=cpu too, found only --target=cuda");
  expect([](auto &r) { r.cpuLevels = {"x86-64-v3", "x86-64-v3"}; },
         "--cpu: expected every level once, found 'x86-64-v3' twice");
  expect([](auto &r) { r.fusion = "some"; },
         "--fusion: expected full or none, found 'some'");
  expect([](auto &r) { r.memory = "sparse"; },
         "--memory: expected dense or topk:K with K from 1 to 16384, found "
         "'sparse'");
  expect([](auto &r) { r.memoryDtype = "f64"; },
         "--memory-dtype: expected f32, f16, bf16 or int8, found 'f64'");
  expect([](auto &r) { r.memoryLayers = "0,4"; },
         "--memory-layers: expected layers from 0 to 3, all or none, found "
         "'4'");
  expect([](auto &r) { r.window = 65; },
         "--window: expected 1 to 64, the model's context length, found 65");
  expect([](auto &r) { r.window = 0; },
         "--window: expected 1 to 64, the model's context length, found 0");
  expect([](auto &r) { r.window = 32, r.lastContext = 33; },
         "--last-context: expected 1 to 32, the window, found 33");
  expect([](auto &r) { r.prefillTokens = 0; },
         "--prefill-tokens: expected at least 1, found 0");
}

TEST(Resolve, RefusesAWindowThatNoDiskHolds) {
  ModelConfig config = longLlama();
  config.maxPositions = int64_t(1) << 31;
  CompileRequest request;
  EXPECT_EQ(refusal(request, config),
            "--window: expected at most 16777216, found none and a model of "
            "context length 2147483648");
  request.window = (1 << 24) + 1;
  EXPECT_EQ(refusal(request, config),
            "--window: expected 1 to 16777216, found 16777217");
  request.window = 1 << 24;
  EXPECT_EQ(resolved(request, config).window, 1 << 24);
}

TEST(Resolve, RefusesWhatIsNoNumber) {
  for (const char *text :
       {"topk:", "topk:0", "topk:-1", "topk:8x", "topk:16385", "topk", "Dense",
        "topk:1e3", "topk:99999999999999999999"}) {
    CompileRequest request;
    request.memory = text;
    EXPECT_NE(refusal(request, plain(64)).find("--memory: expected dense"),
              std::string::npos)
        << text;
  }
  for (const char *text : {"-1", "1,", ",", "one", "0 1", "0-2", "ALL",
                           "1:", "1:0+", "1:x", "1:9999", "1:0:1"}) {
    CompileRequest request;
    request.memoryLayers = text;
    EXPECT_NE(refusal(request, plain(64)).find("--memory-layers: "),
              std::string::npos)
        << text;
  }
}

TEST(Resolve, MemoryOfSomeHeads) {
  CompileRequest request;
  ModelConfig config = plain(64);
  config.kvHeads = 3;
  request.memoryLayers = "2:2+0,1:1,2:0,3:0+1+2,1";
  EXPECT_EQ(layersOf(resolved(request, config)), (Layers{"1", "2:0+2", "3"}));
  request.memoryLayers = "1:3";
  EXPECT_EQ(refusal(request, config),
            "--memory-layers: expected key-value heads from 0 to 2 behind the "
            "colon, as in 8:0+2, found '1:3'");
}

TEST(Resolve, OnlyFusionsAndPhasesOfPassesCanBeChanged) {
  CompileRequest request;
  request.disabledPasses = {"fot-pack-weights"};
  EXPECT_NE(refusal(request, plain(64))
                .find("--disable-pass: expected the name of a fusion"),
            std::string::npos);
  request = {};
  request.phasePipelines = {{"fuse", "canonicalize"}};
  EXPECT_NE(refusal(request, plain(64))
                .find("--phase-pipeline: expected a phase made of passes"),
            std::string::npos);
  request.phasePipelines = {{"emit", "canonicalize"}};
  EXPECT_NE(refusal(request, plain(64)).find("found 'emit'"),
            std::string::npos);
}
