// fot memory: shows bank files, checks them, and puts them together.
#include "tools/fot/Command.h"
#include "tools/fot/DescribeBank.h"
#include "tools/fot/Output.h"

#include "runtime/memory/BankFile.h"
#include "runtime/memory/BankJoin.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace fot::tool {

using namespace fot::rt;
using Json = nlohmann::ordered_json;

namespace {
struct MemoryCommandOptions {
  std::string bank, output;
  std::vector<std::string> banks;
  bool json = false, segments = false;
};
} // namespace

/// Bytes of progress as the megabytes of a ProgressLine.
static uint64_t megabytes(uint64_t bytes) { return bytes / 1000000; }

static Status print(const std::string &text) {
  auto written = writeOutput(text);
  return written.ok() ? Status() : written.takeStatus();
}

static Status info(const MemoryCommandOptions &options) {
  FOT_ASSIGN_OR_RETURN(auto bank, BankFile::open(options.bank));
  return print(options.json
                   // Names in a file need not be UTF-8.
                   ? describeBank(*bank).dump(2, ' ', false,
                                              Json::error_handler_t::replace) +
                         "\n"
                   : describeBankText(*bank, options.segments));
}

static Status verify(const MemoryCommandOptions &options) {
  for (const std::string &path : options.banks) {
    FOT_ASSIGN_OR_RETURN(auto bank, BankFile::open(path));
    {
      ProgressLine line("verifying " + path, "MB",
                        megabytes(bank->fileBytes()));
      FOT_RETURN_IF_ERROR(bank->verify([&](uint64_t done) {
        line.update(megabytes(done));
        return true;
      }));
    }
    FOT_RETURN_IF_ERROR(
        print(path + ": " + summarizeBank(*bank) + ", all checksums match\n"));
  }
  return Status();
}

/// Shows how far joining is, from when it begins to copy.
class JoinLine {
public:
  explicit JoinLine(const std::string &output) : what("writing " + output) {}

  bool operator()(uint64_t done, uint64_t total) {
    if (!line) {
      line.emplace(what, "MB", megabytes(total));
    }
    line->update(megabytes(done));
    return true;
  }

private:
  std::string what;
  std::optional<ProgressLine> line;
};

static Status report(const BankFile &joined) {
  return print(joined.path() + ": " + summarizeBank(joined) + "\n");
}

static Status merge(const MemoryCommandOptions &options) {
  StatusOr<std::shared_ptr<const BankFile>> merged = [&] {
    JoinLine line(options.output);
    return mergeBanks(options.banks, options.output, std::ref(line));
  }();
  return merged.ok() ? report(**merged) : merged.takeStatus();
}

static Status append(const MemoryCommandOptions &options) {
  StatusOr<std::shared_ptr<const BankFile>> grown = [&] {
    JoinLine line(options.bank);
    return appendBanks(options.bank, options.banks, std::ref(line));
  }();
  return grown.ok() ? report(**grown) : grown.takeStatus();
}

void addMemory(CLI::App &app, Action &action) {
  auto options = std::make_shared<MemoryCommandOptions>();
  CLI::App *command =
      app.add_subcommand("memory", "Show, check, merge and extend bank files");
  command->require_subcommand(1);
  command->footer("`fot memory COMMAND --help` explains a command.\n"
                  "Example:\n"
                  "  fot memory info notes.fotmem");
  auto add = [&](const char *name, const char *about,
                 Status (*work)(const MemoryCommandOptions &),
                 const char *examples) {
    CLI::App *one = command->add_subcommand(name, about);
    one->footer(std::string("Examples:\n") + examples);
    one->callback([options, work, &action] {
      action = [options, work] { return work(*options); };
    });
    return one;
  };

  CLI::App *one =
      add("info", "Show whose memory a bank is, and of which documents", info,
          "  fot memory info notes.fotmem\n"
          "  fot memory info --segments notes.fotmem\n"
          "  fot memory info --json notes.fotmem");
  one->add_option("BANK", options->bank, "A .fotmem bank")->required();
  one->add_flag("--json", options->json, "Print everything as JSON");
  one->add_flag("--segments", options->segments, "List every segment");

  one = add("verify", "Compare everything in banks with its checksum", verify,
            "  fot memory verify notes.fotmem");
  one->add_option("BANK", options->banks, "A .fotmem bank, or several")
      ->required();

  one = add("merge", "Write the documents of several banks to a new one", merge,
            "  fot memory merge a.fotmem b.fotmem -o both.fotmem\n"
            "Banks of --encode=independent come out as if their documents had "
            "been\nmemorized together in this order, byte for byte.");
  one->add_option("BANK", options->banks, "The .fotmem banks, in their order")
      ->required();
  one->add_option("-o,--output", options->output,
                  "The new bank; a file of this name is replaced")
      ->type_name("FILE")
      ->required();

  one = add("append", "Add the documents of other banks to a bank, all or none",
            append, "  fot memory append notes.fotmem new.fotmem newer.fotmem");
  one->add_option("BANK", options->bank, "The .fotmem bank that grows")
      ->required();
  one->add_option("OTHER", options->banks, "Banks of what is to be added")
      ->required();
}

} // namespace fot::tool
