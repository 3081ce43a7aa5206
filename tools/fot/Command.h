// What the subcommands of `fot` share: how they join the command line, how
// they fail, and the options that several of them take.
#ifndef FOT_TOOLS_FOT_COMMAND_H
#define FOT_TOOLS_FOT_COMMAND_H

#include "runtime/base/Status.h"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace fot::tool {

/// What to do once the command line is understood; each subcommand sets it.
using Action = std::function<rt::Status()>;

void addBench(CLI::App &app, Action &action);
void addChat(CLI::App &app, Action &action);
void addEval(CLI::App &app, Action &action);
void addInspect(CLI::App &app, Action &action);
void addLogits(CLI::App &app, Action &action);
void addMemorize(CLI::App &app, Action &action);
void addMemory(CLI::App &app, Action &action);
void addRun(CLI::App &app, Action &action);
void addTokenize(CLI::App &app, Action &action);

/// A command line that is wrong in a way that only the action can see. The
/// program ends with exit code 2.
class UsageError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Takes whole numbers from `least` to `most`, in digits alone.
CLI::Validator wholeNumber(uint64_t least, uint64_t most = UINT64_MAX);

/// --threads, --device, --cpu-level.
struct DeviceOptions {
  uint32_t threads = 0; // 0: all usable cores
  std::string device = "auto";
  std::string cpuLevel;

  void add(CLI::App &command);
};

/// --max-tokens, --temperature, --top-p, --seed, --stats.
struct GenerationOptions {
  uint64_t maxTokens = 256;
  double temperature = 0;
  double topP = 1;
  uint64_t seed = 0;
  uint64_t speculate = 0;
  bool stats = false;

  void add(CLI::App &command);
};

/// --memory, and for `run` and `chat` --save-memory and --explain.
struct MemoryOptions {
  std::vector<std::string> banks;
  std::string save;
  bool explain = false;

  void addBanks(CLI::App &command);
  void addAll(CLI::App &command);
};

} // namespace fot::tool

#endif
