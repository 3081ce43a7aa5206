// fot tokenize: text to token ids.
#include "tools/fot/Command.h"
#include "tools/fot/Output.h"
#include "tools/fot/Program.h"

#include <memory>

namespace fot::tool {

using namespace fot::rt;

namespace {
struct TokenizeOptions {
  std::string artifact;
  std::string text;
  bool bos = false;
  bool plain = false;
};
} // namespace

static Status tokenize(const TokenizeOptions &options) {
  FOT_ASSIGN_OR_RETURN(auto artifact, Artifact::open(options.artifact));
  FOT_ASSIGN_OR_RETURN(auto tokenizer, openTokenizer(*artifact));
  FOT_ASSIGN_OR_RETURN(
      std::vector<int32_t> ids,
      tokenizer->encode(options.text, {.addBos = options.bos,
                                       .parseSpecial = !options.plain}));
  std::string line;
  for (int32_t id : ids) {
    line += (line.empty() ? "" : " ") + std::to_string(id);
  }
  auto written = writeOutput(line + "\n");
  return written.ok() ? Status() : written.takeStatus();
}

void addTokenize(CLI::App &app, Action &action) {
  auto options = std::make_shared<TokenizeOptions>();
  CLI::App *command =
      app.add_subcommand("tokenize", "Print the token ids of a text");
  command->add_option("MODEL", options->artifact, "A .fotm artifact")
      ->required();
  command->add_option("TEXT", options->text, "The text")->required();
  command->add_flag("--bos", options->bos,
                    "Put the beginning-of-sequence token first");
  command->add_flag("--plain", options->plain,
                    "Read the spelling of special tokens as plain text");
  command->footer("Examples:\n"
                  "  fot tokenize model.fotm \"Hello world\"\n"
                  "  fot tokenize model.fotm -- \"--a text that begins with "
                  "dashes\"");
  command->callback([options, &action] {
    action = [options] { return tokenize(*options); };
  });
}

} // namespace fot::tool
