// fot: runs what fotc compiled. One file a subcommand; this one reads the
// command line, calls the one that was asked for, and reports how it ended:
// exit code 0 done, 1 the work failed, 2 the command line was wrong.
#include "tools/EmptyValues.h"
#include "tools/fot/Command.h"

#include "runtime/base/Version.h"

#include <csignal>
#include <cstdio>
#include <new>
#include <string>

using namespace fot::tool;

static int fail(int code, std::string sentence) {
  for (char &c : sentence) {
    c = c == '\n' ? ' ' : c;
  }
  std::fprintf(stderr, "error: %s\n", sentence.c_str());
  return code;
}

/// What is wrong with the name of a command of `app`, argv[1], or of one of
/// that command's own; CLI11 would only say that a subcommand is missing.
static std::string wrongCommand(const CLI::App &app, int argc, char **argv) {
  std::string known;
  for (const CLI::App *command : app.get_subcommands({})) {
    if (argc > 1 && command->get_name() == argv[1]) {
      return wrongCommand(*command, argc - 1, argv + 1);
    }
    known += (known.empty() ? "" : ", ") + command->get_name();
  }
  if (known.empty() || (argc > 1 && argv[1][0] == '-')) {
    return "";
  }
  return argc > 1 ? "unknown command '" + std::string(argv[1]) +
                        "'; known are " + known
                  : "expected a command: " + known;
}

static int runCommand(int argc, char **argv) {
  CLI::App app("Runs artifacts of fotc: models with a memory.", "fot");
  app.set_version_flag("--version", fot::rt::runtimeVersion());
  app.require_subcommand(1);
  app.footer("`fot COMMAND --help` explains a command.\n"
             "Example:\n"
             "  fot run model.fotm --prompt \"Once upon a time\"");
  Action action;
  addRun(app, action);
  addChat(app, action);
  addLogits(app, action);
  addTokenize(app, action);
  addEval(app, action);
  addInspect(app, action);
  addMemorize(app, action);
  addMemory(app, action);
  addBench(app, action);
  std::string wrong = wrongCommand(app, argc, argv);
  if (!wrong.empty()) {
    return fail(2, wrong);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success &help) {
    return app.exit(help);
  } catch (const CLI::ParseError &error) {
    return fail(2, error.what());
  }
  wrong = emptyValue(app, {"--prompt", "--system", "TEXT"});
  if (!wrong.empty()) {
    return fail(2, wrong);
  }
  fot::rt::Status status = action();
  return status.ok() ? 0 : fail(1, status.message());
}

int main(int argc, char **argv) {
  // A closed pipe is a failed write, not the end.
  std::signal(SIGPIPE, SIG_IGN);
  // So is a file that may not grow any more.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return runCommand(argc, argv);
  } catch (const UsageError &error) {
    return fail(2, error.what());
  } catch (const std::bad_alloc &) {
    return fail(1, "there is not enough memory");
  }
}
