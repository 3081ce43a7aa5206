// Reads config.json and generation_config.json of LLaMA-family models, and
// refuses what would compute something else than the model we build.
#include "passes/Import/Checkpoint/Files.h"
#include "passes/Import/Checkpoint/Loaders.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

#include <cmath>

namespace mlir::fot::checkpoint {

using llvm::Twine;

namespace {

/// Reads fields by name. The first one that is wrong is remembered; from then
/// on every field reads as its default.
class FieldReader {
public:
  FieldReader(const llvm::json::Object &json, llvm::StringRef file)
      : json(json), file(file) {}

  /// The value, or null if the field is absent or null.
  const llvm::json::Value *find(llvm::StringRef key) const {
    const llvm::json::Value *value = json.get(key);
    return value && value->kind() != llvm::json::Value::Null ? value : nullptr;
  }

  std::optional<int64_t> integer(llvm::StringRef key, int64_t least,
                                 int64_t most) {
    const llvm::json::Value *value = find(key);
    if (!value) {
      return std::nullopt;
    }
    std::optional<int64_t> number = value->getAsInteger();
    if (!number || *number < least || *number > most) {
      wrong("expected '" + key + "' to be an integer from " + Twine(least) +
            " to " + Twine(most));
      return std::nullopt;
    }
    return number;
  }

  /// A size of the model: required unless there is a default.
  int64_t size(llvm::StringRef key, std::optional<int64_t> byDefault = {},
               int64_t most = kLargestSize) {
    if (!find(key) && !byDefault) {
      wrong("expected '" + key + "', which is missing");
      return 1;
    }
    return integer(key, 1, most).value_or(byDefault.value_or(1));
  }

  double positive(llvm::StringRef key, double byDefault) {
    const llvm::json::Value *value = find(key);
    if (!value) {
      return byDefault;
    }
    std::optional<double> number = value->getAsNumber();
    if (!number || !std::isfinite(*number) || *number <= 0) {
      wrong("expected '" + key + "' to be a positive number");
      return byDefault;
    }
    return *number;
  }

  std::optional<bool> flag(llvm::StringRef key) {
    const llvm::json::Value *value = find(key);
    std::optional<bool> result = value ? value->getAsBoolean() : std::nullopt;
    if (value && !result) {
      wrong("expected '" + key + "' to be true or false");
    }
    return result;
  }

  std::optional<llvm::StringRef> string(llvm::StringRef key) {
    const llvm::json::Value *value = find(key);
    std::optional<llvm::StringRef> result =
        value ? value->getAsString() : std::nullopt;
    if (value && !result) {
      wrong("expected '" + key + "' to be a string");
    }
    return result;
  }

  /// A list of integers; a single integer counts as a list of one.
  std::vector<int64_t> integers(llvm::StringRef key, int64_t least,
                                int64_t most) {
    std::vector<int64_t> result;
    const llvm::json::Value *value = find(key);
    if (!value) {
      return result;
    }
    if (!value->getAsArray()) {
      if (std::optional<int64_t> one = integer(key, least, most)) {
        result.push_back(*one);
      }
      return result;
    }
    for (const llvm::json::Value &element : *value->getAsArray()) {
      std::optional<int64_t> number = element.getAsInteger();
      if (!number || *number < least || *number > most) {
        wrong("expected '" + key + "' to list integers from " + Twine(least) +
              " to " + Twine(most));
        return {};
      }
      result.push_back(*number);
    }
    return result;
  }

  void wrong(const Twine &message) {
    if (failure.empty()) {
      failure = message.str();
    }
  }

  llvm::Error takeError() const {
    return failure.empty() ? llvm::Error::success() : fileError(file, failure);
  }

private:
  const llvm::json::Object &json;
  llvm::StringRef file;
  std::string failure;
};

constexpr llvm::StringLiteral knownTypes[] = {"llama", "longllama", "mistral"};
constexpr llvm::StringLiteral knownClasses[] = {
    "LlamaForCausalLM", "LongLlamaForCausalLM", "MistralForCausalLM"};

std::string listOf(llvm::ArrayRef<llvm::StringLiteral> names) {
  return llvm::join(names, ", ");
}

} // namespace

/// The model_type, also from the class if only that is given.
static std::string readModelType(FieldReader &fields,
                                 const llvm::json::Object &json) {
  std::string type = fields.string("model_type").value_or("").str();
  if (const llvm::json::Array *classes = json.getArray("architectures")) {
    for (const llvm::json::Value &value : *classes) {
      llvm::StringRef name = value.getAsString().value_or("");
      const auto *known = llvm::find(knownClasses, name);
      if (known == std::end(knownClasses)) {
        fields.wrong(
            "architecture " + quoted(name) +
            " is not one of those that are read: " + listOf(knownClasses));
        return type;
      }
      if (type.empty()) {
        type = knownTypes[known - std::begin(knownClasses)].str();
      }
    }
  }
  if (!llvm::is_contained(knownTypes, type)) {
    fields.wrong("model_type " + quoted(type) +
                 " is not one of those that are read: " + listOf(knownTypes));
  }
  return type;
}

/// Things of other LLaMA-like models that we do not compute.
static void refuseExtensions(FieldReader &fields) {
  for (llvm::StringRef key : {"attention_bias", "mlp_bias"}) {
    if (fields.flag(key).value_or(false)) {
      fields.wrong("'" + key +
                   "' is true, but projections with biases are "
                   "not read");
    }
  }
  llvm::StringRef activation = fields.string("hidden_act").value_or("silu");
  if (activation != "silu" && activation != "swish") {
    fields.wrong("hidden_act is " + quoted(activation) +
                 ", but only 'silu' is read");
  }
  if (fields.positive("partial_rotary_factor", 1) != 1) {
    fields.wrong("'partial_rotary_factor' is not 1, but only rotation of whole "
                 "heads is read");
  }
  if (fields.find("quantization_config")) {
    fields.wrong("'quantization_config' is set, but of safetensors only F32, "
                 "F16 and BF16 weights are read");
  }
}

/// `key` is "rope_scaling", or "rope_parameters" of newer files, which also
/// holds the base frequency.
static void readRope(FieldReader &fields, llvm::StringRef key,
                     llvm::StringRef file, ModelConfig &config) {
  const llvm::json::Value *value = fields.find(key);
  if (!value) {
    return;
  }
  const llvm::json::Object *object = value->getAsObject();
  if (!object) {
    fields.wrong("expected '" + key + "' to be an object or null");
    return;
  }
  FieldReader rope(*object, file);
  for (llvm::StringRef typeKey : {"type", "rope_type"}) {
    llvm::StringRef type = rope.string(typeKey).value_or("default");
    if (type != "default") {
      fields.wrong("'" + key + "' asks for " + quoted(type) +
                   " scaling, but only unscaled rotary positions are read");
    }
  }
  if (key == "rope_parameters") {
    config.ropeTheta = rope.positive("rope_theta", config.ropeTheta);
  } else if (!rope.find("type") && !rope.find("rope_type")) {
    fields.wrong("'rope_scaling' is set, but only unscaled rotary positions "
                 "are read");
  }
  if (llvm::Error error = rope.takeError()) {
    fields.wrong(key + " is malformed: " + llvm::toString(std::move(error)));
  }
}

static void readFoT(FieldReader &fields, bool isLongLlama,
                    ModelConfig &config) {
  config.isFoT = isLongLlama;
  for (llvm::StringRef key :
       {"mem_layers", "mem_positionals", "mem_dtype", "last_context_length"}) {
    config.isFoT |= fields.find(key) != nullptr;
  }
  if (isLongLlama) {
    // The defaults of the LongLLaMA configuration class.
    config.memLayers.emplace();
    config.memPositionals = true;
    config.memDtype = WeightType::BF16;
    config.lastContextLength = 1024;
  }
  if (fields.find("mem_layers")) {
    std::vector<int64_t> layers =
        fields.integers("mem_layers", 0, config.layers - 1);
    llvm::sort(layers);
    if (std::adjacent_find(layers.begin(), layers.end()) != layers.end()) {
      fields.wrong("'mem_layers' lists a layer twice");
    }
    config.memLayers = std::move(layers);
  }
  if (std::optional<bool> positionals = fields.flag("mem_positionals")) {
    config.memPositionals = positionals;
  }
  if (std::optional<llvm::StringRef> name = fields.string("mem_dtype")) {
    llvm::StringRef bare = *name;
    bare.consume_front("torch.");
    auto type = llvm::StringSwitch<std::optional<WeightType>>(bare)
                    .Case("float32", WeightType::F32)
                    .Case("float16", WeightType::F16)
                    .Case("bfloat16", WeightType::BF16)
                    .Default(std::nullopt);
    if (!type) {
      fields.wrong("mem_dtype is " + quoted(*name) +
                   ", but float32, float16 or bfloat16 is expected");
    }
    config.memDtype = type;
  }
  if (auto length = fields.integer("last_context_length", 1, kLargestSize)) {
    config.lastContextLength = length;
  }
}

llvm::Expected<ModelConfig> configFromJson(const llvm::json::Object &json,
                                           llvm::StringRef file,
                                           llvm::StringRef name) {
  FieldReader fields(json, file);
  ModelConfig config;
  std::string type = readModelType(fields, json);
  bool isMistral = type == "mistral";
  config.architecture = type == "longllama" ? "longllama" : "llama";
  config.name = fields.string("_name_or_path").value_or("").str();
  if (config.name.empty()) {
    config.name = name.str();
  }
  config.hidden = fields.size("hidden_size");
  config.intermediate = fields.size("intermediate_size");
  config.layers = fields.size("num_hidden_layers", {}, kMostLayers);
  config.heads = fields.size("num_attention_heads");
  config.kvHeads = fields.size("num_key_value_heads",
                               isMistral ? std::min<int64_t>(8, config.heads)
                                         : config.heads);
  if (!fields.find("head_dim") && config.hidden % config.heads) {
    fields.wrong("without 'head_dim' the hidden size " + Twine(config.hidden) +
                 " must be a multiple of the " + Twine(config.heads) +
                 " attention heads");
  }
  config.headDim = fields.size(
      "head_dim", std::max<int64_t>(config.hidden / config.heads, 1));
  config.vocab = fields.size("vocab_size");
  config.rmsEps = fields.positive("rms_norm_eps", 1e-6);
  config.ropeTheta = fields.positive("rope_theta", 10000);
  config.maxPositions =
      fields.size("max_position_embeddings", isMistral ? 131072 : 2048);
  config.tieEmbeddings = fields.flag("tie_word_embeddings").value_or(false);
  refuseExtensions(fields);
  readRope(fields, "rope_scaling", file, config);
  readRope(fields, "rope_parameters", file, config);
  if (isMistral) {
    // Absent and null differ: the class's default is a window of 4096.
    const llvm::json::Value *given = json.get("sliding_window");
    int64_t window = fields.size("sliding_window", given ? kLargestSize : 4096);
    if (window < config.maxPositions) {
      fields.wrong("attention has a sliding window of " + Twine(window) +
                   ", but only models without one are read");
    }
  }
  readFoT(fields, type == "longllama", config);
  config.bos = fields.integer("bos_token_id", 0, config.vocab - 1);
  config.eos = fields.integers("eos_token_id", 0, config.vocab - 1);
  // Some files write -1 for none.
  config.pad = fields.integer("pad_token_id", -1, config.vocab - 1);
  if (config.pad == -1) {
    config.pad = std::nullopt;
  }
  if (llvm::Error error = fields.takeError()) {
    return error;
  }
  if (llvm::Error error = checkConfig(file, config)) {
    return error;
  }
  return config;
}

llvm::Error addGenerationConfig(const llvm::json::Object &json,
                                llvm::StringRef file, ModelConfig &config) {
  FieldReader fields(json, file);
  for (int64_t id : fields.integers("eos_token_id", 0, config.vocab - 1)) {
    if (!llvm::is_contained(config.eos, id)) {
      config.eos.push_back(id);
    }
  }
  return fields.takeError();
}

} // namespace mlir::fot::checkpoint
