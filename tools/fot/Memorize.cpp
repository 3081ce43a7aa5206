// fot memorize: texts to a bank file.
#include "runtime/memorize/Memorizer.h"
#include "tools/fot/Command.h"
#include "tools/fot/Output.h"
#include "tools/fot/Program.h"

#include <cstdio>
#include <memory>
#include <unistd.h>

namespace fot::tool {

using namespace fot::rt;

namespace {
struct MemorizeOptions {
  std::string artifact, output, encode = "sequential";
  std::vector<std::string> texts;
  DeviceOptions device;
};

/// One line on a terminal, four times a second.
class MemorizeLine {
public:
  explicit MemorizeLine(uint64_t totalBytes)
      : totalBytes(totalBytes), terminal(isatty(STDERR_FILENO)) {}
  ~MemorizeLine() {
    if (shown) {
      std::fputs("\r\033[K", stderr);
    }
  }

  void update(const MemorizeProgress &progress) {
    double now = watch.seconds();
    if (!terminal || now < last + 0.25 || !progress.document) {
      return;
    }
    last = now;
    shown = true;
    std::fprintf(stderr, "\r\033[K%s: %llu tokens, %.0f tokens/s",
                 progress.document->c_str(),
                 static_cast<unsigned long long>(progress.tokens),
                 static_cast<double>(progress.tokens) / now);
    uint64_t done = progress.bytes - progress.skippedBytes;
    if (totalBytes >= progress.bytes && done != 0) {
      std::fprintf(stderr, ", %.0f %%, %.0f s left",
                   100.0 * static_cast<double>(progress.bytes) /
                       static_cast<double>(totalBytes),
                   now * static_cast<double>(totalBytes - progress.bytes) /
                       static_cast<double>(done));
    }
  }
  double seconds() const { return watch.seconds(); }

private:
  uint64_t totalBytes; // 0: not known
  bool terminal, shown = false;
  double last = 0;
  Stopwatch watch;
};
} // namespace

static Status memorize(const MemorizeOptions &options) {
  std::vector<TextSource> texts(options.texts.begin(), options.texts.end());
  if (Status once = checkTexts(texts); !once.ok()) {
    throw UsageError(once.message());
  }
  FOT_ASSIGN_OR_RETURN(uint64_t totalBytes, sizeOfTexts(texts));
  FOT_ASSIGN_OR_RETURN(auto session,
                       openSession(options.artifact, options.device));
  const Artifact &artifact = session->module().artifact();
  FOT_ASSIGN_OR_RETURN(auto tokenizer, openTokenizer(artifact));
  BankEncoding encoding = options.encode == "independent"
                              ? BankEncoding::Independent
                              : BankEncoding::Sequential;
  MemorizeLine line(totalBytes);
  Memorizer memorizer(*session, *tokenizer, encoding,
                      [&](const MemorizeProgress &progress) {
                        line.update(progress);
                        return true;
                      });
  auto done = memorizer.run(texts, options.output);
  if (!done.ok()) {
    return done.takeStatus();
  }
  double seconds = line.seconds();
  char summary[256];
  std::snprintf(
      summary, sizeof(summary),
      ": %llu document%s, %llu tokens, encoded %s; in this run %llu tokens in "
      "%.2f s, %.1f tokens/s\n",
      static_cast<unsigned long long>(done->documents),
      done->documents == 1 ? "" : "s",
      static_cast<unsigned long long>(done->bankTokens), encodingName(encoding),
      static_cast<unsigned long long>(done->tokens), seconds,
      seconds > 0 ? static_cast<double>(done->tokens) / seconds : 0);
  auto written = writeOutput(options.output + summary);
  return written.ok() ? Status() : written.takeStatus();
}

void addMemorize(CLI::App &app, Action &action) {
  auto options = std::make_shared<MemorizeOptions>();
  CLI::App *command = app.add_subcommand(
      "memorize", "Turn texts into a bank that models can be given");
  command->add_option("MODEL", options->artifact, "A .fotm artifact")
      ->required();
  command
      ->add_option("FILE", options->texts,
                   "Texts, each a document of its own; - is standard input")
      ->required();
  command
      ->add_option("-o,--output", options->output,
                   "The bank; if it is there, from an earlier run with the "
                   "same texts, it is continued")
      ->type_name("BANK.fotmem")
      ->required();
  command
      ->add_option("--encode", options->encode,
                   "What a window attends to while it is read: all the bank "
                   "so far (sequential), which models find more in, or itself "
                   "(independent), which takes less time and can be merged")
      ->check(
          [](const std::string &value) {
            return value == "sequential" || value == "independent"
                       ? std::string()
                       : "expected sequential or independent, found '" + value +
                             "'";
          },
          "{sequential,independent}")
      ->capture_default_str();
  options->device.add(*command);
  command->footer("Examples:\n"
                  "  fot memorize model.fotm book.txt -o book.fotmem\n"
                  "  fot run model.fotm --memory book.fotmem --prompt "
                  "\"In the end\"\n"
                  "  zcat wiki.gz | fot memorize model.fotm - -o wiki.fotmem "
                  "--encode=independent");
  command->callback([options, &action] {
    action = [options] { return memorize(*options); };
  });
}

} // namespace fot::tool
