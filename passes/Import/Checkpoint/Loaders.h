// Inside the checkpoint reader only: the steps that Hugging Face directories
// and GGUF files share or do each in their own way.
#ifndef FOT_PASSES_IMPORT_CHECKPOINT_LOADERS_H
#define FOT_PASSES_IMPORT_CHECKPOINT_LOADERS_H

#include "passes/Import/Checkpoint/Checkpoint.h"

#include "llvm/Support/JSON.h"

namespace mlir::fot::checkpoint {

/// One weight of the model: its names and the shape it must have.
struct WeightSlot {
  std::string canonical;
  std::string huggingFace;
  std::string gguf;
  llvm::SmallVector<int64_t, 2> shape;
  /// Set for q and k, which GGUF stores interleaved.
  bool rotated = false;
};

/// All weights of a model, in the order in which it uses them. The head is
/// last, and absent if embeddings are tied.
std::vector<WeightSlot> weightSlots(const ModelConfig &config);

/// Fails if `found` is not the slot's shape.
llvm::Error checkShape(llvm::StringRef file, llvm::StringRef tensor,
                       const WeightSlot &slot, llvm::ArrayRef<int64_t> found);

/// Fails if sizes of the configuration contradict each other. `file` is what
/// the error names.
llvm::Error checkConfig(llvm::StringRef file, const ModelConfig &config);

/// The largest width, length or count that a configuration may state: products
/// of two of them fit 63 bits.
inline constexpr int64_t kLargestSize = int64_t(1) << 31;
inline constexpr int64_t kMostLayers = 4096;

/// The configuration that a parsed config.json describes. `name` is used when
/// it has no name of its own.
llvm::Expected<ModelConfig> configFromJson(const llvm::json::Object &json,
                                           llvm::StringRef file,
                                           llvm::StringRef name);

/// Adds the end-of-text ids of a generation_config.json.
llvm::Error addGenerationConfig(const llvm::json::Object &json,
                                llvm::StringRef file, ModelConfig &config);

/// The configuration that GGUF metadata describe, but for what only the
/// tensors tell: tied embeddings, and vocab, which is 0 if not stated.
llvm::Expected<ModelConfig> configFromGguf(const GgufFile &file);

llvm::Expected<std::unique_ptr<Checkpoint>>
openHuggingFace(llvm::StringRef directory);
llvm::Expected<std::unique_ptr<Checkpoint>> openGguf(llvm::StringRef path);

} // namespace mlir::fot::checkpoint

#endif
