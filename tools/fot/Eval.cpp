// fot eval: how well a model finds what it has read, by length and depth.
#include "tools/fot/Command.h"
#include "tools/fot/Describe.h"
#include "tools/fot/EvalAnswers.h"
#include "tools/fot/EvalProgress.h"
#include "tools/fot/EvalReport.h"
#include "tools/fot/Output.h"
#include "tools/fot/Program.h"

#include "runtime/base/FileWriter.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>

namespace fot::tool {

using namespace fot::rt;
using Json = nlohmann::ordered_json;

namespace {
struct EvalOptions {
  std::string task, artifact;
  std::vector<uint64_t> lengths{2048, 4096, 8192};
  std::vector<double> depths{0.1, 0.3, 0.5, 0.7, 0.9};
  uint64_t trials = 1, seed = 0;
  std::string encode = "sequential", style = "auto";
  std::string text, json, svg;
  bool memoryOff = false;
  DeviceOptions device;

  EvalTask kind() const {
    return task == "passkey" ? EvalTask::Passkey : EvalTask::Retrieval;
  }
};

/// A text, and the depths of what is hidden in it.
struct Text {
  uint64_t length, trial;
  std::vector<double> depths;
};

/// All that a run needs, opened.
struct Evaluation {
  std::unique_ptr<Session> session;
  std::unique_ptr<Tokenizer> tokenizer;
  std::string prose; // empty: own prose
  bool chat = false, memory = false;
};
} // namespace

template <typename T> static void sortUnique(std::vector<T> &values) {
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
}

static void checkOptions(EvalOptions &options) {
  for (double depth : options.depths) {
    if (!(depth >= 0 && depth <= 1)) {
      throw UsageError("--depths: expected depths from 0 to 1, found " +
                       std::to_string(depth));
    }
  }
  sortUnique(options.lengths);
  sortUnique(options.depths);
  size_t most = mostFacts(options.kind());
  if (options.kind() == EvalTask::Retrieval && options.depths.size() > most) {
    throw UsageError("--depths: expected at most " + std::to_string(most) +
                     " depths, found " + std::to_string(options.depths.size()));
  }
}

static StatusOr<Evaluation> open(const EvalOptions &options) {
  Evaluation evaluation;
  FOT_ASSIGN_OR_RETURN(evaluation.session,
                       openSession(options.artifact, options.device));
  const Artifact &artifact = evaluation.session->module().artifact();
  FOT_ASSIGN_OR_RETURN(evaluation.tokenizer, openTokenizer(artifact));
  evaluation.memory =
      !options.memoryOff && !evaluation.session->memories().empty();
  bool canChat = hasChatTemplate(artifact);
  if (options.style == "chat" && !canChat) {
    return Status::failure(options.artifact +
                           ": expected a model with a chat template, found "
                           "one without; use --style=plain");
  }
  evaluation.chat = options.style != "plain" && canChat;
  if (!options.text.empty()) {
    FOT_ASSIGN_OR_RETURN(evaluation.prose, readText(options.text));
    if (!makeSentencesOf(evaluation.prose, 0)) {
      return Status::failure(options.text + ": expected sentences, found none");
    }
  }
  return evaluation;
}

/// Texts of one length and depth, and so of one cell, follow each other.
static std::vector<Text> listTexts(const EvalOptions &options) {
  std::vector<Text> texts;
  for (uint64_t length : options.lengths) {
    std::vector<std::vector<double>> depths{options.depths};
    if (options.kind() == EvalTask::Passkey) {
      depths.clear();
      for (double depth : options.depths) {
        depths.push_back({depth});
      }
    }
    for (const std::vector<double> &some : depths) {
      for (uint64_t trial = 0; trial < options.trials; ++trial) {
        texts.push_back({length, trial, some});
      }
    }
  }
  return texts;
}

static Status askAbout(const EvalOptions &options, const Text &text,
                       const PromptBuilder &builder, EvalReader &reader,
                       const Evaluation &evaluation, EvalProgress &progress,
                       EvalReport &report) {
  std::vector<Fact> facts = makeFacts(options.kind(), options.seed, text.length,
                                      text.trial, text.depths);
  // The prose is the same at all depths.
  EvalRandom random{options.seed, text.length, text.trial};
  uint64_t seed = random.next();
  auto source = evaluation.prose.empty()
                    ? makeProse(seed)
                    : makeSentencesOf(evaluation.prose, seed);
  FOT_ASSIGN_OR_RETURN(std::vector<Prompt> prompts,
                       builder.build(facts, *source, text.length));
  FOT_RETURN_IF_ERROR(reader.read(
      prompts, [&](uint64_t tokens) { progress.readTokens(tokens); }));
  for (size_t i = 0; i < facts.size(); ++i) {
    FOT_ASSIGN_OR_RETURN(EvalAnswer answer, reader.ask(prompts[i]));
    bool right = holdsAnswer(answer.text, facts[i].answer);
    report.records.push_back(
        {text.length, text.trial, facts[i], std::move(answer), right});
  }
  return Status();
}

static std::string plural(uint64_t count, const std::string &what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// The facts of model and run that the answers depend on.
static void describeSetting(const EvalOptions &options,
                            const Evaluation &evaluation, EvalReport &report) {
  const Module &module = evaluation.session->module();
  Json facts = describe(module.artifact());
  const Json &model = facts["model"];
  Json memories = Json::array();
  uint64_t heads = 0;
  for (const Json &memory : facts["memories"]) {
    memories.push_back(
        {{"layer", memory["layer"]}, {"heads", memory["heads"]}});
    heads += memory["heads"].size();
  }
  std::string mode = model["memory"].get<std::string>();
  if (mode == "topk") {
    mode = "topk:" + std::to_string(model["top_k"].get<uint64_t>());
  }
  std::string encode = evaluation.memory ? options.encode : "off";
  report.setting = {
      {"model", options.artifact},
      {"name", model["name"]},
      {"fingerprint", model["fingerprint"]},
      {"window", model["window"]},
      {"last_context", model["last_context"]},
      {"memory", mode},
      {"memories", std::move(memories)},
      {"encode", encode},
      {"style", evaluation.chat ? "chat" : "plain"},
      {"text", options.text.empty() ? Json() : Json(options.text)},
      {"seed", options.seed},
      {"trials", options.trials},
      {"cpu_level", module.cpuLevel()},
      {"threads", module.numThreads()}};
  report.caption = "window " + model["window"].dump();
  if (evaluation.memory) {
    report.caption += ", last context " + model["last_context"].dump() +
                      ", memory " + mode + " in " + plural(heads, "head") +
                      " of " + plural(facts["memories"].size(), "layer") +
                      ", " + encode;
  } else {
    report.caption += ", no memory";
  }
  report.caption += "; " + plural(options.trials, "trial");
}

static Status writeFile(std::optional<FileWriter> &file,
                        const std::string &content) {
  if (!file) {
    return Status();
  }
  FOT_RETURN_IF_ERROR(file->write(content));
  return file->commit();
}

/// Opens an output before the work, so that a wrong name costs nothing.
static Status openOutput(const std::string &path,
                         std::optional<FileWriter> &file) {
  if (!path.empty()) {
    FOT_ASSIGN_OR_RETURN(FileWriter writer, FileWriter::create(path));
    file.emplace(std::move(writer));
  }
  return Status();
}

static Status eval(EvalOptions options) {
  checkOptions(options);
  FOT_ASSIGN_OR_RETURN(Evaluation evaluation, open(options));
  std::optional<FileWriter> json, svg;
  FOT_RETURN_IF_ERROR(openOutput(options.json, json));
  FOT_RETURN_IF_ERROR(openOutput(options.svg, svg));

  EvalReport report;
  report.task = options.task;
  report.lengths = options.lengths;
  report.depths = options.depths;
  describeSetting(options, evaluation, report);
  PromptBuilder builder(evaluation.session->module().artifact(),
                        *evaluation.tokenizer, evaluation.chat);
  EvalReader reader(*evaluation.session, *evaluation.tokenizer,
                    {.independent = options.encode == "independent",
                     .memoryOff = !evaluation.memory});
  std::vector<Text> texts = listTexts(options);
  uint64_t tokens = 0;
  for (const Text &text : texts) {
    tokens += text.length;
  }
  {
    EvalProgress progress(options.lengths.size() * options.depths.size(),
                          tokens);
    for (size_t i = 0; i < texts.size(); ++i) {
      FOT_RETURN_IF_ERROR(askAbout(options, texts[i], builder, reader,
                                   evaluation, progress, report));
      progress.setCells((i + 1) / options.trials * texts[i].depths.size());
      progress.finishText(texts[i].length);
    }
  }
  FOT_RETURN_IF_ERROR(
      writeFile(json, renderJson(report).dump(2, ' ', false,
                                              Json::error_handler_t::replace) +
                          "\n"));
  FOT_RETURN_IF_ERROR(writeFile(svg, renderHeatMap(report)));
  auto written = writeOutput(renderTable(report));
  return written.ok() ? Status() : written.takeStatus();
}

static void addOptions(CLI::App &command, EvalOptions &options) {
  command
      .add_option("TASK", options.task, "What is hidden: passkey, retrieval")
      ->required()
      ->check(CLI::IsMember({"passkey", "retrieval"}));
  command.add_option("MODEL", options.artifact, "A .fotm artifact")->required();
  command
      .add_option("--lengths", options.lengths,
                  "Tokens of text, question and answer together")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(wholeNumber(1, 100000000))
      ->type_name("N,...")
      ->default_str("2048,4096,8192");
  command
      .add_option("--depths", options.depths,
                  "Where in the text the fact stands: 0 its beginning, 1 its "
                  "end")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("D,...")
      ->default_str("0.1,0.3,0.5,0.7,0.9");
  command
      .add_option("--trials", options.trials,
                  "Texts for each length and depth, each with other words")
      ->check(wholeNumber(1, 1000000))
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--encode", options.encode,
                  "What a window attends to while the text is read: the "
                  "memory so far, or none")
      ->check(CLI::IsMember({"sequential", "independent"}))
      ->capture_default_str();
  command.add_flag("--memory-off", options.memoryOff,
                   "Show the model only the end of the text, as much as its "
                   "window holds");
  command
      .add_option("--style", options.style,
                  "Ask in a message of the model's chat template, or in plain "
                  "text; auto: chat if there is a template")
      ->check(CLI::IsMember({"auto", "chat", "plain"}))
      ->capture_default_str();
  command
      .add_option("--text", options.text,
                  "A file whose sentences are the text, over and over, in "
                  "place of own prose")
      ->type_name("FILE");
  command.add_option("--seed", options.seed, "Seed of texts and facts")
      ->check(wholeNumber(0))
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--json", options.json,
                  "Write settings, counts and every answer to a file")
      ->type_name("FILE");
  command
      .add_option("--svg", options.svg,
                  "Write a heat map of the accuracy to a file")
      ->type_name("FILE");
  options.device.add(command);
}

void addEval(CLI::App &app, Action &action) {
  auto options = std::make_shared<EvalOptions>();
  CLI::App *command = app.add_subcommand(
      "eval", "Measure how well a model finds what is hidden in long texts");
  addOptions(*command, *options);
  command->footer(
      "passkey hides one five-digit key in each text and asks for it; "
      "retrieval hides a fact about a person at every depth of one text and "
      "asks for each. An answer is right if greedy decoding writes it; the "
      "loss is that of the right answer's tokens.\n"
      "Examples:\n"
      "  fot eval passkey model.fotm --lengths 2048,4096 --svg passkey.svg\n"
      "  fot eval passkey model.fotm --lengths 2048 --memory-off\n"
      "  fot eval retrieval model.fotm --lengths 32768 --depths 0,0.25,0.5,1 "
      "--trials 4 --encode=independent --json facts.json");
  command->callback(
      [options, &action] { action = [options] { return eval(*options); }; });
}

} // namespace fot::tool
