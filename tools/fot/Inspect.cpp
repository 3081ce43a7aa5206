// fot inspect: what a .fotm artifact holds, for people and as JSON.
#include "tools/fot/Command.h"
#include "tools/fot/Output.h"

#include "runtime/artifact/Artifact.h"
#include "runtime/device/cpu/CodeObject.h"
#include "runtime/device/cpu/CpuFeatures.h"

#include <nlohmann/json.hpp>

#include <cstdio>
#include <map>
#include <memory>

namespace fot::tool {

using namespace fot::rt;
using Json = nlohmann::ordered_json;

namespace {
struct InspectOptions {
  std::string artifact;
  bool json = false, verify = false, weights = false;
};
} // namespace

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

static std::string lower(std::string word) {
  for (char &c : word) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return word;
}

static std::string hex(uint64_t value) {
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

static Json describe(const Artifact &artifact) {
  const schema::Artifact &header = artifact.header();
  auto features = hostCpuFeatures();
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
  return facts;
}

/// Bytes as people read them.
static std::string size(const Json &bytes) {
  double value = bytes.get<double>();
  const char *unit = "bytes";
  for (const char *next : {"kB", "MB", "GB"}) {
    if (value < 1000) {
      break;
    }
    value /= 1000;
    unit = next;
  }
  char digits[64];
  std::snprintf(digits, sizeof(digits), *unit == 'b' ? "%.0f %s" : "%.1f %s",
                value, unit);
  return digits;
}

/// A value on a line: strings without quotes, lists with spaces.
static std::string plain(const Json &value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (!value.is_array()) {
    return value.dump();
  }
  std::string line;
  for (const Json &element : value) {
    line += (line.empty() ? "" : " ") + plain(element);
  }
  return line.empty() ? "none" : line;
}

static std::string describeModelText(const Json &model) {
  std::string line = "model      ";
  line += plain(model["name"]) + " (" + plain(model["architecture"]) + "), " +
          plain(model["layers"]) + " layers, " + plain(model["heads"]) +
          " heads (" + plain(model["kv_heads"]) + " key-value) of " +
          plain(model["head_dim"]) + ", hidden " + plain(model["hidden"]) +
          ", vocabulary " + plain(model["vocab"]) + "\n";
  line += "window     " + plain(model["window"]) + " tokens, last context " +
          plain(model["last_context"]) + "\n";
  std::string mode = plain(model["memory"]);
  line += "memory     " + mode +
          (mode == "topk" ? ", k = " + plain(model["top_k"]) : "") + "\n";
  line += "weights    " + plain(model["weights"]) + "\n";
  return line;
}

static std::string describeText(const Json &facts, bool weights) {
  std::string out = plain(facts["file"]) + ": artifact of format " +
                    plain(facts["format"]) + ", " + size(facts["bytes"]) +
                    ", made by " + plain(facts["producer"]) + "\n";
  if (!facts["model"].is_null()) {
    out += describeModelText(facts["model"]);
  }
  for (const Json &bank : facts["memories"]) {
    out += "  bank     layer " + plain(bank["layer"]) + ", heads " +
           plain(bank["heads"]) + ", keys " + plain(bank["key_type"]) +
           ", values " + plain(bank["value_type"]) + "\n";
  }
  const Json &tokenizer = facts["tokenizer"];
  out += "tokenizer  " +
         (tokenizer.is_null() ? std::string("none")
                              : plain(tokenizer["kind"]) +
                                    (plain(tokenizer["chat_template"]).empty()
                                         ? ", no chat template"
                                         : ", with chat template")) +
         "\n";
  for (const Json &code : facts["code"]) {
    out += "code       " + plain(code["level"]) + " (" + plain(code["format"]) +
           ", " + size(code["bytes"]) + ")" +
           (code["runs_here"].get<bool>() ? ", runs here" : "") + ", needs " +
           plain(code["features"]) + "\n";
  }
  for (const Json &entry : facts["entries"]) {
    out += "entry      " + plain(entry["name"]) + ", " +
           std::to_string(entry["arguments"].size()) + " arguments, " +
           size(entry["workspace_bytes"]) + " workspace\n";
  }
  for (const Json &segment : facts["segments"]) {
    out += "segment    " + plain(segment["kind"]) + " '" +
           plain(segment["name"]) + "' at " + plain(segment["offset"]) + ", " +
           size(segment["bytes"]) + ", checksum " + plain(segment["checksum"]) +
           "\n";
  }
  for (const auto &[name, value] : facts["options"].items()) {
    out += "option     " + name + "=" + plain(value) + "\n";
  }
  for (const Json &weight : facts["weights"]) {
    if (weights) {
      out += "weight     " + plain(weight["name"]) + " " +
             plain(weight["type"]) + " [" + plain(weight["shape"]) + "] at " +
             plain(weight["offset"]) + ", " + size(weight["bytes"]) + "\n";
    }
  }
  return out;
}

static Status inspect(const InspectOptions &options) {
  FOT_ASSIGN_OR_RETURN(auto artifact, Artifact::open(options.artifact));
  if (options.verify) {
    FOT_RETURN_IF_ERROR(artifact->verifyWeights());
  }
  Json facts = describe(*artifact);
  if (options.verify) {
    facts["verified"] = true;
  }
  std::string out =
      options.json
          // Names in a file need not be UTF-8.
          ? facts.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
          : describeText(facts, options.weights) +
                (options.verify ? "verified   all checksums match\n" : "");
  auto written = writeOutput(out);
  return written.ok() ? Status() : written.takeStatus();
}

void addInspect(CLI::App &app, Action &action) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App *command =
      app.add_subcommand("inspect", "Show what an artifact holds");
  command->add_option("FILE", options->artifact, "A .fotm artifact")
      ->required();
  command->add_flag("--json", options->json, "Print everything as JSON");
  command->add_flag("--verify", options->verify,
                    "Compare all checksums, those of the weights too");
  command->add_flag("--weights", options->weights, "List every weight");
  command->footer("Examples:\n"
                  "  fot inspect model.fotm\n"
                  "  fot inspect --verify model.fotm\n"
                  "  fot inspect --json model.fotm");
  command->callback(
      [options, &action] { action = [options] { return inspect(*options); }; });
}

} // namespace fot::tool
