// Selection by cpuid, and what every code object has to export.
#include "runtime/device/cpu/CodeObject.h"

#include <optional>
#include <utility>

namespace fot::rt {

using FeatureSet = std::set<std::string, std::less<>>;

std::vector<std::string> missingFeatures(const schema::Code &code,
                                         const FeatureSet &features) {
  std::vector<std::string> missing;
  for (uint32_t i = 0; code.features() && i < code.features()->size(); ++i) {
    std::string name = code.features()->Get(i)->str();
    if (!features.count(name)) {
      missing.push_back(name);
    }
  }
  return missing;
}

/// "x86-64-v3 (runs here), znver4 (needs avx512f, avx512vnni)".
static std::string describeLevels(const schema::Artifact &header,
                                  const FeatureSet &features) {
  std::string text;
  for (uint32_t i = 0; header.codes() && i < header.codes()->size(); ++i) {
    const schema::Code &code = *header.codes()->Get(i);
    if (code.format() != schema::CodeFormat::Elf) {
      continue;
    }
    text += (text.empty() ? "" : ", ") + code.level()->str();
    std::vector<std::string> missing = missingFeatures(code, features);
    if (missing.empty()) {
      text += " (runs here)";
      continue;
    }
    text += " (needs ";
    for (size_t f = 0; f < missing.size(); ++f) {
      text += (f ? ", " : "") + missing[f];
    }
    text += ")";
  }
  return text.empty() ? "no CPU code at all" : text;
}

StatusOr<uint32_t> selectCpuCode(const schema::Artifact &header,
                                 const std::string &level,
                                 const FeatureSet &features) {
  std::optional<uint32_t> best;
  uint32_t bestNeeds = 0;
  bool levelExists = false;
  for (uint32_t i = 0; header.codes() && i < header.codes()->size(); ++i) {
    const schema::Code &code = *header.codes()->Get(i);
    if (code.format() != schema::CodeFormat::Elf ||
        (!level.empty() && code.level()->str() != level)) {
      continue;
    }
    levelExists = true;
    uint32_t needs = code.features() ? code.features()->size() : 0;
    if (missingFeatures(code, features).empty() &&
        (!best || needs >= bestNeeds)) {
      best = i;
      bestNeeds = needs;
    }
  }
  if (best) {
    return *best;
  }
  std::string levels = describeLevels(header, features);
  if (level.empty()) {
    return Status::failure("no code in the artifact runs on this CPU; it has " +
                           levels);
  }
  return Status::failure(
      (levelExists ? "CPU level '" + level + "' cannot run on this CPU"
                   : "the artifact has no CPU level '" + level + "'") +
      "; it has " + levels);
}

static FeatureSet withoutTiles(FeatureSet features) {
  std::erase_if(features, [](const std::string &feature) {
    return feature.starts_with("amx-");
  });
  return features;
}

std::set<std::string, std::less<>>
permittedFeatures(const schema::Artifact &header, FeatureSet features,
                  bool (*request)()) {
  FeatureSet without = withoutTiles(features);
  for (uint32_t i = 0; header.codes() && i < header.codes()->size(); ++i) {
    const schema::Code &code = *header.codes()->Get(i);
    if (code.format() == schema::CodeFormat::Elf &&
        missingFeatures(code, features).empty() &&
        !missingFeatures(code, without).empty()) {
      return request() ? features : without;
    }
  }
  return features;
}

StatusOr<uint32_t> selectPermittedCode(const schema::Artifact &header,
                                       const std::string &level,
                                       FeatureSet features, bool (*request)()) {
  auto chosen = selectCpuCode(header, level, features);
  if (!chosen.ok()) {
    return chosen;
  }
  FeatureSet without = withoutTiles(features);
  bool usesTiles =
      !missingFeatures(*header.codes()->Get(*chosen), without).empty();
  if (usesTiles && !request()) {
    return selectCpuCode(header, level, without);
  }
  return chosen;
}

StatusOr<CodeObject> CodeObject::load(std::span<const std::byte> elf,
                                      const std::string &name) {
  FOT_ASSIGN_OR_RETURN(SharedObject library, SharedObject::load(elf, name));
  const auto *version =
      static_cast<const uint32_t *>(library.find("fot_kernel_abi_version"));
  if (!version || *version != FOT_KERNEL_ABI_VERSION) {
    return Status::failure(
        name + " has kernel ABI " +
        (version ? std::to_string(*version) : std::string("of no version")) +
        ", this runtime needs " + std::to_string(FOT_KERNEL_ABI_VERSION) +
        "; compile the model again with the fotc of this runtime");
  }
  return CodeObject(std::move(library), name);
}

StatusOr<fot_entry> CodeObject::entry(const std::string &symbol) const {
  void *address = library.find(symbol.c_str());
  if (!address) {
    return Status::failure(name + " lacks the entry point '" + symbol + "'");
  }
  return reinterpret_cast<fot_entry>(address);
}

} // namespace fot::rt
