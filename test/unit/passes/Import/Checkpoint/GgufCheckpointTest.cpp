// GGUF files as checkpoints: their tensors, metadata and parts.
#include "TinyCheckpoint.h"
#include "passes/Import/Checkpoint/Gguf.h"

using namespace mlir::fot;
using namespace fot_test;

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
