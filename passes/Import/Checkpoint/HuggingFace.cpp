// Opens Hugging Face directories: config.json, and safetensors in one file or
// in shards that an index lists.
#include "passes/Import/Checkpoint/Files.h"
#include "passes/Import/Checkpoint/Loaders.h"
#include "passes/Import/Checkpoint/SafeTensors.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include <map>

namespace mlir::fot::checkpoint {

using llvm::Twine;

namespace {

constexpr llvm::StringLiteral singleFile = "model.safetensors";
constexpr llvm::StringLiteral indexFile = "model.safetensors.index.json";

class HuggingFaceCheckpoint : public Checkpoint {
public:
  llvm::Error load(llvm::StringRef directory);

private:
  struct Place {
    const SafeTensorsFile *file;
    const SafeTensor *tensor;
  };
  std::string inside(llvm::StringRef name) const {
    llvm::SmallString<128> path(directory);
    llvm::sys::path::append(path, name);
    return path.str().str();
  }
  llvm::Error loadConfig();
  llvm::Error loadShards();
  llvm::Error loadSingle();
  llvm::Error refuseUnknown(llvm::ArrayRef<WeightSlot> slots) const;
  llvm::Error bind(const WeightSlot &slot);

  std::string directory;
  std::map<std::string, std::unique_ptr<SafeTensorsFile>> shards;
  /// Ordered, so that of several errors always the same one is reported.
  std::map<std::string, Place> places;
};

llvm::Error HuggingFaceCheckpoint::loadConfig() {
  std::string path = inside("config.json");
  if (!llvm::sys::fs::exists(path)) {
    return fileError(directory,
                     "expected a Hugging Face directory, but it has no "
                     "config.json");
  }
  auto json = readJsonObject(path);
  if (!json) {
    return json.takeError();
  }
  llvm::SmallString<128> real(directory);
  llvm::sys::fs::make_absolute(real);
  llvm::sys::path::remove_dots(real, /*remove_dot_dot=*/true);
  auto config = configFromJson(*json, path, llvm::sys::path::filename(real));
  if (!config) {
    return config.takeError();
  }
  model = std::move(*config);
  std::string generation = inside("generation_config.json");
  if (!llvm::sys::fs::exists(generation)) {
    return llvm::Error::success();
  }
  auto more = readJsonObject(generation);
  return more ? addGenerationConfig(*more, generation, model)
              : more.takeError();
}

llvm::Error HuggingFaceCheckpoint::loadSingle() {
  auto file = SafeTensorsFile::open(inside(singleFile));
  if (!file) {
    return file.takeError();
  }
  for (const auto &entry : (*file)->tensors()) {
    places[entry.first().str()] = {file->get(), &entry.second};
  }
  shards[singleFile.str()] = std::move(*file);
  return llvm::Error::success();
}

llvm::Error HuggingFaceCheckpoint::loadShards() {
  std::string path = inside(indexFile);
  auto json = readJsonObject(path);
  if (!json) {
    return json.takeError();
  }
  const llvm::json::Object *map = json->getObject("weight_map");
  if (!map) {
    return fileError(path, "expected an object 'weight_map'");
  }
  for (const auto &[key, value] : *map) {
    std::optional<llvm::StringRef> shard = value.getAsString();
    if (!shard || shard->empty() || shard->contains('\0') ||
        llvm::sys::path::filename(*shard) != *shard || *shard == "." ||
        *shard == "..") {
      return fileError(path, "expected tensor " + quoted(key) +
                                 " to be mapped to the name of a file in the "
                                 "same directory");
    }
    std::unique_ptr<SafeTensorsFile> &file = shards[shard->str()];
    if (!file) {
      if (!llvm::sys::fs::exists(inside(*shard))) {
        return fileError(path, "shard " + quoted(*shard) +
                                   ", which holds tensor " + quoted(key) +
                                   ", is missing from the directory");
      }
      auto opened = SafeTensorsFile::open(inside(*shard));
      if (!opened) {
        return opened.takeError();
      }
      file = std::move(*opened);
    }
    const SafeTensor *tensor = file->find(key);
    if (!tensor) {
      return fileError(path, "tensor " + quoted(key) + " is mapped to shard " +
                                 quoted(*shard) + ", which does not have it");
    }
    places[key.str()] = {file.get(), tensor};
  }
  return llvm::Error::success();
}

/// Tensors that the model does not use are harmless outside of the layers (a
/// head that is tied anyway). Inside a layer they mean another computation,
/// except for the buffers that old versions saved.
llvm::Error
HuggingFaceCheckpoint::refuseUnknown(llvm::ArrayRef<WeightSlot> slots) const {
  llvm::StringMap<bool> known;
  for (const WeightSlot &slot : slots) {
    known[slot.huggingFace] = true;
  }
  for (const auto &[name, place] : places) {
    llvm::StringRef text = name;
    if (known.contains(text) || text.ends_with(".rotary_emb.inv_freq")) {
      continue;
    }
    if (text.ends_with(".bias")) {
      return fileError(place.file->path(),
                       "tensor " + quoted(name) +
                           " is a bias, but models with biases are not read");
    }
    if (text.starts_with("model.layers.")) {
      return fileError(place.file->path(),
                       "tensor " + quoted(name) +
                           " belongs to no weight of a LLaMA model with " +
                           Twine(model.layers) + " layers");
    }
  }
  return llvm::Error::success();
}

llvm::Error HuggingFaceCheckpoint::bind(const WeightSlot &slot) {
  auto found = places.find(slot.huggingFace);
  if (found == places.end()) {
    return fileError(directory, "tensor " + quoted(slot.huggingFace) +
                                    " of shape " + shapeText(slot.shape) +
                                    " is missing" +
                                    (slot.canonical == "head"
                                         ? ", and config.json does not set "
                                           "tie_word_embeddings"
                                         : ""));
  }
  const auto &[file, tensor] = found->second;
  auto type = llvm::StringSwitch<std::optional<WeightType>>(tensor->dtype)
                  .Case("F32", WeightType::F32)
                  .Case("F16", WeightType::F16)
                  .Case("BF16", WeightType::BF16)
                  .Default(std::nullopt);
  if (!type) {
    return fileError(file->path(),
                     "tensor " + quoted(slot.huggingFace) + " has type " +
                         quoted(tensor->dtype) +
                         ", but of safetensors only F32, F16 and BF16 weights "
                         "are read");
  }
  if (llvm::Error error =
          checkShape(file->path(), slot.huggingFace, slot, tensor->shape)) {
    return error;
  }
  TensorSource source;
  source.name = slot.huggingFace;
  source.file = file->path().str();
  source.offset = tensor->offset;
  source.bytes = tensor->bytes;
  source.type = *type;
  source.shape = tensor->shape;
  source.data = file->data(*tensor);
  names.push_back(slot.canonical);
  tensors.try_emplace(slot.canonical, std::move(source));
  return llvm::Error::success();
}

llvm::Error HuggingFaceCheckpoint::load(llvm::StringRef path) {
  directory = path.str();
  if (llvm::Error error = loadConfig()) {
    return error;
  }
  if (llvm::sys::fs::exists(inside(singleFile))) {
    if (llvm::Error error = loadSingle()) {
      return error;
    }
  } else if (llvm::sys::fs::exists(inside(indexFile))) {
    if (llvm::Error error = loadShards()) {
      return error;
    }
  } else {
    return fileError(directory, "expected " + Twine(singleFile) + " or " +
                                    indexFile +
                                    ", found neither; other weight formats "
                                    "are not read");
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

llvm::Expected<std::unique_ptr<Checkpoint>>
openHuggingFace(llvm::StringRef directory) {
  auto checkpoint = std::make_unique<HuggingFaceCheckpoint>();
  if (llvm::Error error = checkpoint->load(directory)) {
    return error;
  }
  return checkpoint;
}

} // namespace mlir::fot::checkpoint
