// Descriptions: made from artifacts, kept in files, compared with each other.
#include "runtime/memory/BankDescription.h"

#include "fot/bank_layout.h"
#include "fot/kernel_abi.h"
#include "fot/schema/memory_generated.h"

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <functional>

namespace fot::rt {

/// Far above what models have; keeps products of them within 64 bits.
static constexpr size_t kMostLayers = 4096;
static constexpr size_t kMostHeads = 4096;
static constexpr uint32_t kMostHeadDim = 1u << 16;
/// Limits of the FlatBuffers verifier.
static constexpr flatbuffers::uoffset_t kMostDepth = 8;
static constexpr flatbuffers::uoffset_t kMostTables = 2 * kMostLayers;

uint64_t rowBytes(schema::ElementType type, uint32_t headDim) {
  switch (type) {
  case schema::ElementType::F32:
    return uint64_t(headDim) * 4;
  case schema::ElementType::F16:
  case schema::ElementType::BF16:
    return uint64_t(headDim) * 2;
  case schema::ElementType::I8:
    return static_cast<uint64_t>(FOT_I8_ROW_BYTES(headDim));
  default:
    return 0;
  }
}

static std::string text(const flatbuffers::String *string) {
  return string ? string->str() : std::string();
}

static std::string typeText(schema::ElementType type) {
  std::string word = schema::EnumNameElementType(type);
  std::transform(word.begin(), word.end(), word.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return word;
}

StatusOr<BankDescription>
BankDescription::of(const schema::Artifact &artifact) {
  const schema::Model *model = artifact.model();
  if (!model || !artifact.memories() || artifact.memories()->size() == 0) {
    return Status::failure(
        "the model has no memory; compile it with --memory-layers");
  }
  if (!model->fingerprint() || model->fingerprint()->size() != 16) {
    return Status::failure("the model has no fingerprint of its weights, which "
                           "a bank needs; compile it again with this fotc");
  }
  BankDescription about;
  about.model = text(model->name());
  about.weights = text(model->weights());
  std::copy(model->fingerprint()->begin(), model->fingerprint()->end(),
            about.fingerprint.begin());
  const schema::MemoryBank &first = *artifact.memories()->Get(0);
  about.keyType = first.key_type();
  about.valueType = first.value_type();
  about.headDim = first.head_dim();
  for (const schema::MemoryBank *bank : *artifact.memories()) {
    if (bank->key_type() != about.keyType ||
        bank->value_type() != about.valueType ||
        bank->head_dim() != about.headDim) {
      return Status::failure(
          "expected memories of one type and head dimension in all layers, "
          "but layer " +
          std::to_string(bank->layer()) + " differs from layer " +
          std::to_string(first.layer()));
    }
    BankLayer layer{bank->layer(), {}};
    layer.heads.assign(bank->heads()->begin(), bank->heads()->end());
    about.layers.push_back(std::move(layer));
  }
  std::sort(
      about.layers.begin(), about.layers.end(),
      [](const BankLayer &a, const BankLayer &b) { return a.layer < b.layer; });
  FOT_RETURN_IF_ERROR(about.verify());
  return about;
}

std::string BankDescription::fingerprintText() const {
  std::string digits;
  for (uint8_t byte : fingerprint) {
    char pair[3];
    std::snprintf(pair, sizeof(pair), "%02x", byte);
    digits += pair;
  }
  return digits;
}

static std::string headsText(const BankLayer &layer) {
  std::string line;
  for (uint32_t head : layer.heads) {
    line += (line.empty() ? "" : "+") + std::to_string(head);
  }
  return line;
}

std::string BankDescription::layersText() const {
  std::string line;
  for (const BankLayer &layer : layers) {
    line += (line.empty() ? "" : " ") + std::to_string(layer.layer) + ":" +
            headsText(layer);
  }
  return line;
}

Status BankDescription::compatible(const BankDescription &bank) const {
  if (bank.fingerprint != fingerprint) {
    return Status::failure("the bank was made with another model: expected '" +
                           model + "' with fingerprint " + fingerprintText() +
                           ", found '" + bank.model + "' with " +
                           bank.fingerprintText());
  }
  if (bank.keyType != keyType || bank.valueType != valueType) {
    return Status::failure(
        "the bank stores other types: expected keys of " + typeText(keyType) +
        " and values of " + typeText(valueType) + ", found " +
        typeText(bank.keyType) + " and " + typeText(bank.valueType));
  }
  if (bank.headDim != headDim) {
    return Status::failure("the bank has another head dimension: expected " +
                           std::to_string(headDim) + ", found " +
                           std::to_string(bank.headDim));
  }
  if (bank.layers != layers) {
    return Status::failure("the bank has memories of other layers or "
                           "key-value heads: expected " +
                           layersText() + ", found " + bank.layersText());
  }
  return Status();
}

Status BankDescription::verify() const {
  auto wrong = [](const std::string &what) {
    return Status::failure("no bank can have " + what);
  };
  for (schema::ElementType type : {keyType, valueType}) {
    if (rowBytes(type, 1) == 0) {
      return wrong("keys or values of type " +
                   std::to_string(static_cast<unsigned>(type)) +
                   "; known are f32, f16, bf16 and i8");
    }
  }
  if (headDim == 0 || headDim > kMostHeadDim) {
    return wrong("a head dimension of " + std::to_string(headDim));
  }
  if (layers.empty() || layers.size() > kMostLayers) {
    return wrong(std::to_string(layers.size()) + " layers");
  }
  for (size_t i = 0; i < layers.size(); ++i) {
    const std::vector<uint32_t> &heads = layers[i].heads;
    if (i != 0 && layers[i].layer <= layers[i - 1].layer) {
      return wrong("layers that do not ascend");
    }
    if (heads.empty() || heads.size() > kMostHeads ||
        std::adjacent_find(heads.begin(), heads.end(),
                           std::greater_equal<>()) != heads.end()) {
      return wrong("such key-value heads in layer " +
                   std::to_string(layers[i].layer) +
                   ": expected some, ascending");
    }
  }
  return Status();
}

std::vector<std::byte> BankDescription::serialize() const {
  schema::BankT bank;
  bank.format_major = FOT_BANK_MAJOR;
  bank.format_minor = FOT_BANK_MINOR;
  bank.schema_hash = FOT_MEMORY_SCHEMA_HASH;
  bank.model = model;
  bank.weights = weights;
  bank.fingerprint.assign(fingerprint.begin(), fingerprint.end());
  bank.key_type = keyType;
  bank.value_type = valueType;
  bank.head_dim = headDim;
  for (const BankLayer &layer : layers) {
    auto one = std::make_unique<schema::BankLayerT>();
    one->layer = layer.layer;
    one->heads = layer.heads;
    bank.layers.push_back(std::move(one));
  }
  flatbuffers::FlatBufferBuilder builder;
  schema::FinishBankBuffer(builder, schema::CreateBank(builder, &bank));
  const auto *begin =
      reinterpret_cast<const std::byte *>(builder.GetBufferPointer());
  return {begin, begin + builder.GetSize()};
}

StatusOr<BankDescription>
BankDescription::parse(std::span<const std::byte> bytes) {
  const auto *data = reinterpret_cast<const uint8_t *>(bytes.data());
  flatbuffers::Verifier verifier(data, bytes.size(), kMostDepth, kMostTables);
  if (bytes.size() < 8 || !schema::VerifyBankBuffer(verifier)) {
    return Status::failure("the bank is damaged: its description is not a "
                           "well-formed FlatBuffer of type FOTB");
  }
  const schema::Bank &bank = *schema::GetBank(data);
  if (bank.format_minor() == FOT_BANK_MINOR &&
      bank.schema_hash() != FOT_MEMORY_SCHEMA_HASH) {
    return Status::failure("the bank was made with another edition of its "
                           "format than that of this runtime; make it again");
  }
  BankDescription about;
  about.model = text(bank.model());
  about.weights = text(bank.weights());
  if (!bank.fingerprint() || bank.fingerprint()->size() != 16) {
    return Status::failure(
        "the bank's description is wrong: expected a fingerprint of 16 bytes, "
        "found " +
        std::to_string(bank.fingerprint() ? bank.fingerprint()->size() : 0));
  }
  std::copy(bank.fingerprint()->begin(), bank.fingerprint()->end(),
            about.fingerprint.begin());
  about.keyType = bank.key_type();
  about.valueType = bank.value_type();
  about.headDim = bank.head_dim();
  for (uint32_t i = 0; bank.layers() && i < bank.layers()->size(); ++i) {
    const schema::BankLayer &layer = *bank.layers()->Get(i);
    about.layers.push_back({layer.layer(), {}});
    if (layer.heads()) {
      about.layers.back().heads.assign(layer.heads()->begin(),
                                       layer.heads()->end());
    }
  }
  FOT_RETURN_IF_ERROR(about.verify().at("the bank's description is wrong"));
  return about;
}

} // namespace fot::rt
