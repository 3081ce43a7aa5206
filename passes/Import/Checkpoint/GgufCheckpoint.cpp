// Opens GGUF files of the llama architecture, also when they are split, and
// binds their tensors to the model's weights.
#include "passes/Import/Checkpoint/Files.h"
#include "passes/Import/Checkpoint/Gguf.h"
#include "passes/Import/Checkpoint/Loaders.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#include <cmath>
#include <map>

namespace mlir::fot::checkpoint {

using llvm::Twine;

namespace {

/// Reads metadata "llama.<key>". The first one that is wrong is remembered.
class MetadataReader {
public:
  explicit MetadataReader(const GgufFile &file) : file(file) {}

  static std::string full(llvm::StringRef key) { return "llama." + key.str(); }
  bool has(llvm::StringRef key) const { return file.has(full(key)); }

  int64_t size(llvm::StringRef key, std::optional<int64_t> byDefault = {},
               int64_t most = kLargestSize) {
    if (!has(key)) {
      if (!byDefault) {
        wrong("expected metadata '" + full(key) + "', which is missing");
      }
      return byDefault.value_or(1);
    }
    std::optional<int64_t> value = file.getInteger(full(key));
    // A value per layer is as good, if it is the same for all of them.
    if (auto list = file.getArrayOfIntegers(full(key));
        list && !list->empty() && llvm::all_equal(*list)) {
      value = list->front();
    }
    if (!value || *value < 1 || *value > most) {
      wrong("expected metadata '" + full(key) +
            "' to be an integer from 1 to " + Twine(most) +
            ", the same for all layers");
      return 1;
    }
    return *value;
  }

  double positive(llvm::StringRef key, std::optional<double> byDefault = {}) {
    if (!has(key) && byDefault) {
      return *byDefault;
    }
    std::optional<double> value = file.getDouble(full(key));
    if (!value || !std::isfinite(*value) || *value <= 0) {
      wrong("expected metadata '" + full(key) + "' to be a positive number");
      return 1;
    }
    return *value;
  }

  /// A token id of the tokenizer; nothing if absent or out of range.
  std::optional<int64_t> token(llvm::StringRef key) const {
    std::optional<int64_t> id = file.getInteger("tokenizer.ggml." + key.str());
    return id && *id >= 0 && *id <= kLargestSize ? id : std::nullopt;
  }

  void wrong(const Twine &message) {
    if (failure.empty()) {
      failure = message.str();
    }
  }
  llvm::Error takeError() const {
    return failure.empty() ? llvm::Error::success()
                           : fileError(file.path(), failure);
  }

private:
  const GgufFile &file;
  std::string failure;
};

} // namespace

static void refuseExtensions(MetadataReader &metadata, const GgufFile &file,
                             const ModelConfig &config) {
  llvm::StringRef scaling =
      file.getString("llama.rope.scaling.type").value_or("none");
  bool scaled = false;
  for (llvm::StringRef key : {"rope.scaling.factor", "rope.scale_linear"}) {
    scaled |= metadata.positive(key, 1) != 1;
  }
  if ((scaling != "none" && scaling != "linear") || scaled) {
    metadata.wrong("metadata ask for scaled rotary positions (" +
                   quoted(scaling) + "), but only unscaled ones are read");
  }
  if (metadata.size("rope.dimension_count", config.headDim) != config.headDim ||
      metadata.size("attention.value_length", config.headDim) !=
          config.headDim) {
    metadata.wrong("expected rotary dimensions and value heads as wide as key "
                   "heads, " +
                   Twine(config.headDim));
  }
  if (file.getInteger("llama.expert_count").value_or(0) > 0) {
    metadata.wrong("a mixture of experts, which is not read");
  }
  if (int64_t window = file.getInteger("llama.attention.sliding_window")
                           .value_or(config.maxPositions);
      window > 0 && window < config.maxPositions) {
    metadata.wrong("attention has a sliding window of " + Twine(window) +
                   ", but only models without one are read");
  }
}

llvm::Expected<ModelConfig> configFromGguf(const GgufFile &file) {
  MetadataReader metadata(file);
  llvm::StringRef architecture =
      file.getString("general.architecture").value_or("");
  if (architecture != "llama") {
    return fileError(file.path(), "architecture " + quoted(architecture) +
                                      " is not one of those that are read: "
                                      "llama");
  }
  ModelConfig config;
  config.architecture = "llama";
  config.name = file.getString("general.name")
                    .value_or(llvm::sys::path::stem(file.path()))
                    .str();
  config.hidden = metadata.size("embedding_length");
  config.intermediate = metadata.size("feed_forward_length");
  config.layers = metadata.size("block_count", {}, kMostLayers);
  config.heads = metadata.size("attention.head_count");
  config.kvHeads = metadata.size("attention.head_count_kv", config.heads);
  if (!metadata.has("attention.key_length") && config.hidden % config.heads) {
    metadata.wrong("the embedding length " + Twine(config.hidden) +
                   " is not a multiple of the " + Twine(config.heads) +
                   " attention heads, and there is no attention.key_length");
  }
  config.headDim =
      metadata.size("attention.key_length",
                    std::max<int64_t>(config.hidden / config.heads, 1));
  config.maxPositions = metadata.size("context_length");
  config.rmsEps = metadata.positive("attention.layer_norm_rms_epsilon");
  config.ropeTheta = metadata.positive("rope.freq_base", 10000);
  if (metadata.has("vocab_size")) {
    config.vocab = metadata.size("vocab_size");
  }
  config.bos = metadata.token("bos_token_id");
  for (llvm::StringRef key : {"eos_token_id", "eot_token_id", "eom_token_id"}) {
    std::optional<int64_t> id = metadata.token(key);
    if (id && !llvm::is_contained(config.eos, *id)) {
      config.eos.push_back(*id);
    }
  }
  config.pad = metadata.token("padding_token_id");
  refuseExtensions(metadata, file, config);
  if (llvm::Error error = metadata.takeError()) {
    return error;
  }
  if (llvm::Error error = checkConfig(file.path(), config)) {
    return error;
  }
  return config;
}

namespace {

class GgufCheckpoint : public Checkpoint {
public:
  llvm::Error load(llvm::StringRef path);
  const GgufFile *gguf() const override { return files.front().get(); }

private:
  struct Place {
    const GgufFile *file;
    const GgufTensor *tensor;
  };
  llvm::Error loadSplits(llvm::StringRef path);
  llvm::Error collect();
  llvm::Error finishConfig();
  llvm::Error refuseUnknown(llvm::ArrayRef<WeightSlot> slots) const;
  llvm::Error bind(const WeightSlot &slot);

  std::vector<std::unique_ptr<GgufFile>> files;
  /// Ordered, so that of several errors always the same one is reported.
  std::map<std::string, Place> places;
};

/// Split models carry the metadata in the first file, whose name ends in
/// "-00001-of-0000N.gguf".
llvm::Error GgufCheckpoint::loadSplits(llvm::StringRef path) {
  int64_t count = files.front()->getInteger("split.count").value_or(0);
  if (count <= 1) {
    return llvm::Error::success();
  }
  llvm::StringRef stem = path;
  if (count > 99999 ||
      !stem.consume_back(
          llvm::formatv("-00001-of-{0,0+5}.gguf", count).str())) {
    return fileError(path, "one of " + Twine(count) +
                               " parts of a split model, but not named as the "
                               "first, NAME-00001-of-" +
                               llvm::formatv("{0,0+5}", count).str() + ".gguf");
  }
  for (int64_t i = 2; i <= count; ++i) {
    std::string part =
        llvm::formatv("{0}-{1,0+5}-of-{2,0+5}.gguf", stem, i, count).str();
    auto file = GgufFile::open(part);
    if (!file) {
      return file.takeError();
    }
    files.push_back(std::move(*file));
  }
  return llvm::Error::success();
}

llvm::Error GgufCheckpoint::collect() {
  for (const auto &file : files) {
    for (const GgufTensor &tensor : file->tensors()) {
      if (!places.try_emplace(tensor.name, Place{file.get(), &tensor}).second) {
        return fileError(file->path(), "tensor " + quoted(tensor.name) +
                                           " is also in another part");
      }
    }
  }
  return llvm::Error::success();
}

/// Fills in what only the tensors say.
llvm::Error GgufCheckpoint::finishConfig() {
  model.tieEmbeddings = !places.count("output.weight");
  if (!model.vocab) {
    auto embedding = places.find("token_embd.weight");
    if (embedding == places.end()) {
      return fileError(files.front()->path(),
                       "tensor 'token_embd.weight' is missing");
    }
    model.vocab = embedding->second.tensor->shape.front();
    if (model.vocab > kLargestSize) {
      return fileError(files.front()->path(),
                       "tensor 'token_embd.weight' has " + Twine(model.vocab) +
                           " rows, more than any vocabulary");
    }
  }
  for (std::optional<int64_t> id : {model.bos, model.pad}) {
    if (id && *id >= model.vocab) {
      return fileError(files.front()->path(),
                       "the tokenizer's special token " + Twine(*id) +
                           " is not in the vocabulary of " +
                           Twine(model.vocab));
    }
  }
  for (int64_t id : model.eos) {
    if (id >= model.vocab) {
      return fileError(files.front()->path(),
                       "the tokenizer's special token " + Twine(id) +
                           " is not in the vocabulary of " +
                           Twine(model.vocab));
    }
  }
  return llvm::Error::success();
}

llvm::Error
GgufCheckpoint::refuseUnknown(llvm::ArrayRef<WeightSlot> slots) const {
  llvm::StringMap<bool> known;
  for (const WeightSlot &slot : slots) {
    known[slot.gguf] = true;
  }
  for (const auto &[name, place] : places) {
    llvm::StringRef text = name;
    if (known.contains(text) || text.ends_with(".attn_rot_embd")) {
      continue;
    }
    if (text.ends_with(".bias")) {
      return fileError(place.file->path(),
                       "tensor " + quoted(name) +
                           " is a bias, but models with biases are not read");
    }
    if (text == "rope_freqs.weight") {
      return fileError(place.file->path(),
                       "tensor 'rope_freqs.weight' scales rotary frequencies, "
                       "but only unscaled rotary positions are read");
    }
    if (text.starts_with("blk.")) {
      return fileError(place.file->path(),
                       "tensor " + quoted(name) +
                           " belongs to no weight of a LLaMA model with " +
                           Twine(model.layers) + " layers");
    }
  }
  return llvm::Error::success();
}

llvm::Error GgufCheckpoint::bind(const WeightSlot &slot) {
  auto found = places.find(slot.gguf);
  if (found == places.end()) {
    return fileError(files.front()->path(),
                     "tensor " + quoted(slot.gguf) + " of shape " +
                         shapeText(slot.shape) + " is missing");
  }
  const auto &[file, tensor] = found->second;
  std::optional<WeightType> type = weightTypeOfGguf(tensor->ggmlType);
  if (!type) {
    return fileError(file->path(), "tensor " + quoted(slot.gguf) +
                                       " has type " +
                                       ggufTypeName(tensor->ggmlType) +
                                       ", which is not one of those that are "
                                       "read: " +
                                       weightTypeNames());
  }
  if (llvm::Error error =
          checkShape(file->path(), slot.gguf, slot, tensor->shape)) {
    return error;
  }
  TensorSource source;
  source.name = slot.gguf;
  source.file = file->path().str();
  source.offset = tensor->offset;
  source.bytes = tensor->bytes;
  source.type = *type;
  source.shape.assign(tensor->shape.begin(), tensor->shape.end());
  source.data = file->data(*tensor);
  source.rowsInterleaved = slot.rotated;
  source.headDim = slot.rotated ? model.headDim : 0;
  names.push_back(slot.canonical);
  tensors.try_emplace(slot.canonical, std::move(source));
  return llvm::Error::success();
}

llvm::Error GgufCheckpoint::load(llvm::StringRef path) {
  auto file = GgufFile::open(path);
  if (!file) {
    return file.takeError();
  }
  files.push_back(std::move(*file));
  auto config = configFromGguf(*files.front());
  if (!config) {
    return config.takeError();
  }
  model = std::move(*config);
  if (llvm::Error error = loadSplits(path)) {
    return error;
  }
  if (llvm::Error error = collect()) {
    return error;
  }
  if (llvm::Error error = finishConfig()) {
    return error;
  }
  std::vector<WeightSlot> slots = weightSlots(model);
  if (llvm::Error error = refuseUnknown(slots)) {
    return error;
  }
  for (const WeightSlot &slot : slots) {
    if (llvm::Error error = bind(slot)) {
      return error;
    }
  }
  return llvm::Error::success();
}

} // namespace

llvm::Expected<std::unique_ptr<Checkpoint>> openGguf(llvm::StringRef path) {
  auto checkpoint = std::make_unique<GgufCheckpoint>();
  if (llvm::Error error = checkpoint->load(path)) {
    return error;
  }
  return checkpoint;
}

} // namespace mlir::fot::checkpoint
