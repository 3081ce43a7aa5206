// The options that several subcommands take.
#include "tools/fot/Command.h"

#include <charconv>

namespace fot::tool {

CLI::Validator wholeNumber(uint64_t least, uint64_t most) {
  auto check = [least, most](const std::string &text) -> std::string {
    uint64_t value = 0;
    const char *end = text.data() + text.size();
    auto [rest, error] = std::from_chars(text.data(), end, value);
    bool good =
        error == std::errc() && rest == end && value >= least && value <= most;
    return good ? ""
                : "expected a whole number from " + std::to_string(least) +
                      " to " + std::to_string(most) + ", found '" + text + "'";
  };
  return CLI::Validator(check, "");
}

void DeviceOptions::add(CLI::App &command) {
  command
      .add_option("--threads", threads,
                  "Threads to compute with (default: all usable cores)")
      ->check(wholeNumber(1, 1024))
      ->type_name("N");
  command.add_option("--device", device, "Where to compute")
      ->check(CLI::IsMember({"auto", "cpu", "cuda", "cuda-emulated"}))
      ->capture_default_str();
  command
      .add_option("--cpu-level", cpuLevel,
                  "CPU level of the artifact to run (default: the best that "
                  "this machine can)")
      ->type_name("NAME");
}

void GenerationOptions::add(CLI::App &command) {
  command.add_option("--max-tokens", maxTokens, "Most tokens to generate")
      ->check(wholeNumber(1))
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--temperature", temperature,
                  "0 takes the best token; more is more random")
      ->type_name("T")
      ->capture_default_str();
  command
      .add_option("--top-p", topP,
                  "Choose among the most probable tokens that reach this "
                  "together")
      ->type_name("P")
      ->capture_default_str();
  command.add_option("--seed", seed, "Seed of the random choices")
      ->check(wholeNumber(0))
      ->type_name("N")
      ->capture_default_str();
  command
      .add_option("--speculate", speculate,
                  "Guess up to N tokens ahead from what followed the retrieved "
                  "entries and check them in one call; the text is the same, "
                  "and comes faster where it repeats what was read")
      ->check(wholeNumber(0, 64))
      ->type_name("N")
      ->capture_default_str();
  command.add_flag("--stats", stats, "Print tokens/s to standard error");
}

void MemoryOptions::addBanks(CLI::App &command) {
  command
      .add_option("--memory", banks,
                  "A bank to remember, made by `fot memorize`; give the option "
                  "again for more")
      ->type_name("BANK.fotmem")
      ->expected(1)
      ->take_all();
}

void MemoryOptions::addAll(CLI::App &command) {
  addBanks(command);
  command
      .add_option("--save-memory", save,
                  "Write what this session read and wrote to a bank at its end")
      ->type_name("BANK.fotmem");
  command.add_flag("--explain", explain,
                   "Tell on standard error, for each new token, the passages "
                   "of the memory that had most attention");
}

} // namespace fot::tool
