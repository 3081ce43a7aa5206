// fot run: continues a text.
#include "tools/fot/Command.h"
#include "tools/fot/Explainer.h"
#include "tools/fot/Generator.h"
#include "tools/fot/Output.h"
#include "tools/fot/Program.h"

#include <cstdio>
#include <memory>
#include <optional>
#include <unistd.h>

namespace fot::tool {

using namespace fot::rt;

namespace {
struct RunOptions {
  std::string artifact;
  std::optional<std::string> prompt, promptFile;
  DeviceOptions device;
  GenerationOptions generation;
  MemoryOptions memory;
};
} // namespace

static StatusOr<std::string> readPrompt(const RunOptions &options) {
  if (options.prompt) {
    return *options.prompt;
  }
  return options.promptFile ? readText(*options.promptFile) : readInput();
}

static Status run(const RunOptions &options) {
  FOT_ASSIGN_OR_RETURN(auto session,
                       openSession(options.artifact, options.device));
  const Artifact &artifact = session->module().artifact();
  FOT_ASSIGN_OR_RETURN(auto tokenizer, openTokenizer(artifact));
  FOT_RETURN_IF_ERROR(attachMemories(*session, options.memory));
  FOT_ASSIGN_OR_RETURN(auto generator, Generator::create(*session, *tokenizer,
                                                         options.generation));
  Explainer explainer(*session, *tokenizer);
  if (options.memory.explain) {
    generator->explainWith(&explainer);
  }
  FOT_ASSIGN_OR_RETURN(std::string prompt, readPrompt(options));
  FOT_ASSIGN_OR_RETURN(
      std::vector<int32_t> ids,
      tokenizer->encode(prompt,
                        {.addBos = artifact.header().tokenizer()->add_bos(),
                         .parseSpecial = true}));
  if (ids.empty() && tokenizer->bos()) {
    ids.push_back(*tokenizer->bos());
  }
  if (ids.empty()) {
    return Status::failure("expected a prompt, found an empty one");
  }
  FOT_ASSIGN_OR_RETURN(Continuation continuation, generator->generate(ids));
  if (isatty(STDOUT_FILENO)) {
    FOT_ASSIGN_OR_RETURN(bool wanted, writeOutput("\n"));
    (void)wanted;
  }
  if (continuation.end == End::WindowFull) {
    std::fprintf(stderr, "note: %s\n", generator->windowFullSentence().c_str());
  }
  if (options.generation.stats) {
    generator->printStats(continuation);
  }
  return saveMemory(*session, options.memory, *tokenizer);
}

void addRun(CLI::App &app, Action &action) {
  auto options = std::make_shared<RunOptions>();
  CLI::App *command =
      app.add_subcommand("run", "Continue a text on standard output");
  command->add_option("MODEL", options->artifact, "A .fotm artifact")
      ->required();
  auto *prompt =
      command->add_option("--prompt", options->prompt, "The text to continue")
          ->type_name("TEXT");
  command
      ->add_option("--prompt-file", options->promptFile,
                   "A file with the text; without either, standard input")
      ->type_name("FILE")
      ->excludes(prompt);
  options->generation.add(*command);
  options->memory.addAll(*command);
  options->device.add(*command);
  command->footer("Examples:\n"
                  "  fot run model.fotm --prompt \"The capital of France is\"\n"
                  "  fot run model.fotm --prompt-file book.txt --max-tokens 64 "
                  "--stats\n"
                  "  fot run model.fotm --memory book.fotmem --explain "
                  "--prompt \"In the end\"\n"
                  "  echo \"Once upon a time\" | fot run model.fotm "
                  "--temperature 0.8 --seed 7");
  command->callback(
      [options, &action] { action = [options] { return run(*options); }; });
}

} // namespace fot::tool
