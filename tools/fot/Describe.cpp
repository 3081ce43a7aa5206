// The header of an artifact as JSON.
#include "tools/fot/Describe.h"

#include "runtime/device/cpu/CodeObject.h"
#include "runtime/device/cpu/CpuFeatures.h"

#include <cctype>
#include <cstdio>

namespace fot::tool {

using namespace fot::rt;
using Json = nlohmann::ordered_json;

static std::string text(const flatbuffers::String *string) {
  return string ? string->str() : std::string();
}

/// `each(element)` of every element of a vector that may be missing.
template <typename T, typename Function>
static Json listOf(const flatbuffers::Vector<T> *vector, Function each) {
  Json list = Json::array();
  for (uint32_t i = 0; vector && i < vector->size(); ++i) {
    list.push_back(each(vector->Get(i)));
  }
  return list;
}

std::string lower(std::string word) {
  for (char &c : word) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return word;
}

std::string hex(uint64_t value) {
  char digits[17];
  std::snprintf(digits, sizeof(digits), "%016llx",
                static_cast<unsigned long long>(value));
  return digits;
}

static Json describeModel(const schema::Model &model) {
  std::string fingerprint;
  for (uint32_t i = 0; model.fingerprint() && i < model.fingerprint()->size();
       ++i) {
    char digits[3];
    std::snprintf(digits, sizeof(digits), "%02x", model.fingerprint()->Get(i));
    fingerprint += digits;
  }
  return {{"name", text(model.name())},
          {"architecture", text(model.architecture())},
          {"layers", model.layers()},
          {"hidden", model.hidden()},
          {"intermediate", model.intermediate()},
          {"heads", model.heads()},
          {"kv_heads", model.kv_heads()},
          {"head_dim", model.head_dim()},
          {"vocab", model.vocab()},
          {"rms_eps", model.rms_eps()},
          {"rope_theta", model.rope_theta()},
          {"window", model.window()},
          {"last_context", model.last_context()},
          {"evicts", model.evicts()},
          {"memory", lower(schema::EnumNameMemoryMode(model.memory_mode()))},
          {"top_k", model.top_k()},
          {"weights", text(model.weights())},
          {"fingerprint", fingerprint},
          {"bos", model.bos()},
          {"eos", listOf(model.eos(), [](int32_t id) { return Json(id); })},
          {"pad", model.pad()}};
}

static Json describeArgument(const schema::Argument &argument) {
  Json facts = {{"name", text(argument.name())},
                {"kind", lower(schema::EnumNameArgumentKind(argument.kind()))},
                {"role", schema::EnumNameRole(argument.role())}};
  if (argument.kind() == schema::ArgumentKind::Tensor) {
    facts["type"] = lower(schema::EnumNameElementType(argument.type()));
    facts["dims"] =
        listOf(argument.dims(), [](int64_t size) { return Json(size); });
  }
  if (argument.layer() >= 0) {
    facts["layer"] = argument.layer();
  }
  return facts;
}

static Json describeCalibration(const schema::Calibration &calibration) {
  return {{"memory_layers", text(calibration.memory_layers())},
          {"text_tokens", calibration.text_tokens()},
          {"facts", calibration.facts()},
          {"loss_without", calibration.loss_without()},
          {"loss", calibration.loss()},
          {"steps",
           listOf(calibration.steps(), [](const schema::CalibrationStep *step) {
             return Json{{"heads", step->heads()},
                         {"loss", step->loss()},
                         {"check_loss", step->check_loss()}};
           })}};
}

Json describe(const Artifact &artifact) {
  const schema::Artifact &header = artifact.header();
  auto features = permittedFeatures(header, hostCpuFeatures());
  Json facts = {{"file", artifact.path()},
                {"bytes", artifact.fileBytes()},
                {"format", std::to_string(header.format_major()) + "." +
                               std::to_string(header.format_minor())},
                {"producer", text(header.producer())},
                {"schema_hash", hex(header.schema_hash())}};
  facts["model"] = header.model() ? describeModel(*header.model()) : Json();
  facts["memories"] =
      listOf(header.memories(), [](const schema::MemoryBank *bank) {
        return Json{
            {"layer", bank->layer()},
            {"heads",
             listOf(bank->heads(), [](uint32_t head) { return Json(head); })},
            {"head_dim", bank->head_dim()},
            {"key_type", lower(schema::EnumNameElementType(bank->key_type()))},
            {"value_type",
             lower(schema::EnumNameElementType(bank->value_type()))}};
      });
  facts["code"] = listOf(header.codes(), [&](const schema::Code *code) {
    bool elf = code->format() == schema::CodeFormat::Elf;
    return Json{{"level", code->level()->str()},
                {"format", lower(schema::EnumNameCodeFormat(code->format()))},
                {"bytes", artifact.segment(code->segment()).size()},
                {"kernel_abi", code->kernel_abi()},
                {"features", listOf(code->features(),
                                    [](const flatbuffers::String *name) {
                                      return Json(name->str());
                                    })},
                {"runs_here", elf && missingFeatures(*code, features).empty()}};
  });
  facts["entries"] = listOf(header.entries(), [](const schema::Entry *entry) {
    return Json{{"name", entry->name()->str()},
                {"workspace_bytes", entry->workspace_bytes()},
                {"max_tokens", entry->max_tokens()},
                {"max_memory", entry->max_memory()},
                {"arguments",
                 listOf(entry->arguments(), [](const schema::Argument *one) {
                   return describeArgument(*one);
                 })}};
  });
  facts["segments"] =
      listOf(header.segments(), [](const schema::Segment *segment) {
        return Json{
            {"kind", lower(schema::EnumNameSegmentKind(segment->kind()))},
            {"name", text(segment->name())},
            {"offset", segment->offset()},
            {"bytes", segment->size()},
            {"checksum", hex(segment->checksum())}};
      });
  facts["weights"] = listOf(header.weights(), [](const schema::Weight *weight) {
    return Json{{"name", text(weight->name())},
                {"type", text(weight->type())},
                {"shape", listOf(weight->shape(),
                                 [](int64_t size) { return Json(size); })},
                {"offset", weight->offset()},
                {"bytes", weight->size()}};
  });
  const schema::Tokenizer *tokenizer = header.tokenizer();
  facts["tokenizer"] =
      tokenizer ? Json{{"kind", text(tokenizer->kind())},
                       {"add_bos", tokenizer->add_bos()},
                       {"chat_template", text(tokenizer->chat_template())}}
                : Json();
  facts["options"] = Json::object();
  for (uint32_t i = 0; header.options() && i < header.options()->size(); ++i) {
    const schema::Option *option = header.options()->Get(i);
    facts["options"][text(option->name())] = text(option->value());
  }
  const schema::Calibration *calibration = header.calibration();
  facts["calibration"] =
      calibration ? describeCalibration(*calibration) : Json();
  return facts;
}

} // namespace fot::tool
