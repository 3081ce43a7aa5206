// fot inspect: what a .fotm artifact or a .fotmem bank holds, for people and as
// JSON.
#include "tools/fot/Command.h"
#include "tools/fot/Describe.h"
#include "tools/fot/DescribeBank.h"
#include "tools/fot/Output.h"
#include "tools/fot/Roofline.h"

#include "runtime/artifact/Artifact.h"

#include <nlohmann/json.hpp>

#include <cstring>
#include <memory>

namespace fot::tool {

using namespace fot::rt;
using Json = nlohmann::ordered_json;

namespace {
struct InspectOptions {
  std::string file;
  bool json = false, verify = false, weights = false, report = false;
};
} // namespace

static std::string size(const Json &bytes) {
  return sizeText(bytes.get<uint64_t>());
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
  if (const Json &found = facts["calibration"]; !found.is_null()) {
    out += "calibrated " + plain(found["memory_layers"]) + ": loss " +
           plain(found["loss"]) + ", without memory " +
           plain(found["loss_without"]) + " (" + plain(found["facts"]) +
           " facts in " + plain(found["text_tokens"]) + " tokens)\n";
    for (const Json &step : found["steps"]) {
      out += "  step     " + plain(step["heads"]) + " heads: loss " +
             plain(step["check_loss"]) + "\n";
    }
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

static Status printFacts(const InspectOptions &options, Json facts,
                         std::string text) {
  if (options.verify) {
    facts["verified"] = true;
    text += "verified   all checksums match\n";
  }
  auto written = writeOutput(
      options.json
          // Names in a file need not be UTF-8.
          ? facts.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"
          : text);
  return written.ok() ? Status() : written.takeStatus();
}

static Status inspectBank(const InspectOptions &options) {
  FOT_ASSIGN_OR_RETURN(auto bank, BankFile::open(options.file));
  if (options.verify) {
    ProgressLine line("verifying", "MB", bank->fileBytes() / 1000000);
    FOT_RETURN_IF_ERROR(bank->verify([&](uint64_t done) {
      line.update(done / 1000000);
      return true;
    }));
  }
  return printFacts(options, describeBank(*bank),
                    describeBankText(*bank, false));
}

static Status inspect(const InspectOptions &options) {
  {
    FOT_ASSIGN_OR_RETURN(MappedFile file, MappedFile::open(options.file));
    if (file.bytes().size() >= 8 &&
        std::memcmp(file.bytes().data(), FOT_BANK_MAGIC, 8) == 0) {
      return inspectBank(options);
    }
  }
  FOT_ASSIGN_OR_RETURN(auto artifact, Artifact::open(options.file));
  if (options.verify) {
    FOT_RETURN_IF_ERROR(artifact->verifyWeights());
  }
  Json facts = describe(*artifact);
  std::string text = describeText(facts, options.weights);
  if (options.report) {
    FOT_ASSIGN_OR_RETURN(auto threads, ThreadPool::create(usableCores()));
    FOT_ASSIGN_OR_RETURN(Json bounds, boundsOf(*artifact, *threads));
    text += "\n" + rooflineText(bounds);
    facts["report"] = std::move(bounds);
  }
  return printFacts(options, facts, text);
}

void addInspect(CLI::App &app, Action &action) {
  auto options = std::make_shared<InspectOptions>();
  CLI::App *command =
      app.add_subcommand("inspect", "Show what an artifact or a bank holds");
  command
      ->add_option("FILE", options->file, "A .fotm artifact or a .fotmem bank")
      ->required();
  command->add_flag("--json", options->json, "Print everything as JSON");
  command->add_flag("--verify", options->verify,
                    "Compare all checksums, those of the weights too");
  command->add_flag("--weights", options->weights, "List every weight");
  command->add_flag("--report", options->report,
                    "Of an artifact: what prefill and decode move and compute, "
                    "and the time this machine needs for it at least");
  command->footer("Examples:\n"
                  "  fot inspect model.fotm\n"
                  "  fot inspect --verify model.fotm\n"
                  "  fot inspect --json model.fotm\n"
                  "  fot inspect notes.fotmem");
  command->callback(
      [options, &action] { action = [options] { return inspect(*options); }; });
}

} // namespace fot::tool
