// fot bench: how fast a model runs here, as medians of several rounds.
#include "tools/fot/Command.h"
#include "tools/fot/Output.h"
#include "tools/fot/Program.h"
#include "tools/fot/Roofline.h"

#include "runtime/base/BandwidthProbe.h"
#include "runtime/base/FileWriter.h"
#include "runtime/session/Sampler.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <random>
#include <sys/resource.h>

namespace fot::tool {

using namespace fot::rt;
using Json = nlohmann::ordered_json;

namespace {
struct BenchOptions {
  std::string artifact;
  std::optional<uint64_t> promptTokens;
  std::optional<uint64_t> generate;
  uint64_t memoryTokens = 0;
  uint64_t rounds = 3;
  bool json = false;
  bool profile = false;
  std::string svg;
  DeviceOptions device;
};

/// Tokens of one round, and the seconds they took in each.
struct Measurement {
  uint64_t prompt = 0, generated = 0, memory = 0;
  std::vector<double> prefillSeconds, decodeSeconds;
};
} // namespace

static double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle]
                           : (values[middle - 1] + values[middle]) / 2;
}

/// Milliseconds from a path to a session that could run, files in the cache.
static StatusOr<double> measureLoad(const BenchOptions &options) {
  std::vector<double> times;
  for (uint64_t round = 0; round < options.rounds; ++round) {
    Stopwatch watch;
    FOT_ASSIGN_OR_RETURN(auto session,
                         openSession(options.artifact, options.device));
    times.push_back(watch.seconds() * 1e3);
  }
  return median(times);
}

/// How many tokens fit, where the command line leaves it open.
static void chooseCounts(const BenchOptions &options, const Session &session,
                         Measurement &measurement) {
  measurement.prompt = options.promptTokens.value_or(512);
  measurement.generated = options.generate.value_or(64);
  if (session.hasRoomFor(~uint64_t(0))) {
    return;
  }
  uint64_t window = session.window();
  if (!options.generate) {
    measurement.generated = std::min(measurement.generated, window / 2);
  }
  if (!options.promptTokens && window > measurement.generated) {
    measurement.prompt =
        std::min(measurement.prompt, window - measurement.generated);
  }
}

static std::vector<int32_t> randomTokens(const Session &session, uint64_t count,
                                         std::mt19937 &random) {
  std::vector<int32_t> ids(count);
  for (int32_t &id : ids) {
    id = static_cast<int32_t>(random() % session.vocabulary());
  }
  return ids;
}

/// Brings a session to where a round begins.
static Status startRound(Session &session, uint64_t memoryTokens,
                         std::mt19937 &random) {
  session.reset();
  if (memoryTokens == 0) {
    return Status();
  }
  // All but the last context of a first call ends up in memory.
  const auto *model = session.module().artifact().header().model();
  std::vector<int32_t> ids =
      randomTokens(session, memoryTokens + model->last_context(), random);
  ProgressLine line("filling the memory", "tokens", ids.size());
  session.onProgress([&](uint64_t done) { line.update(done); });
  Status status = session.run(ids, ids.size(), nullptr);
  session.onProgress({});
  return status;
}

/// Reads a prompt and generates.
static Status timeRound(Session &session, const std::vector<int32_t> &prompt,
                        Measurement &measurement) {
  Stopwatch prefill;
  int32_t token = 0;
  FOT_RETURN_IF_ERROR(session.runBest(prompt, prompt.size() - 1, &token));
  measurement.prefillSeconds.push_back(prefill.seconds());
  Stopwatch decode;
  for (uint64_t i = 0; i < measurement.generated; ++i) {
    int32_t last = token;
    FOT_RETURN_IF_ERROR(session.runBest({&last, 1}, 0, &token));
  }
  measurement.decodeSeconds.push_back(decode.seconds());
  return Status();
}

/// A round behind a memory of so many tokens, its regions with `timed` if it is
/// given.
static Status measureRound(Session &session, uint64_t memoryTokens,
                           Measurement &measurement, Profile *timed = nullptr) {
  std::mt19937 random(1);
  FOT_RETURN_IF_ERROR(startRound(session, memoryTokens, random));
  measurement.memory = session.memoryLength();
  std::vector<int32_t> prompt =
      randomTokens(session, measurement.prompt, random);
  session.module().setProfile(timed);
  Status status = timeRound(session, prompt, measurement);
  session.module().setProfile(nullptr);
  return status;
}

/// The regions of prefill and decode, timed in rounds of their own: so the
/// clock is in nobody's way when speeds are measured.
static StatusOr<Json> profileRegions(const BenchOptions &options,
                                     Session &session,
                                     Measurement measurement) {
  Module &module = session.module();
  Profile profile(module.threads());
  for (uint64_t round = 0; round < options.rounds; ++round) {
    FOT_RETURN_IF_ERROR(
        measureRound(session, options.memoryTokens, measurement, &profile));
  }
  FOT_ASSIGN_OR_RETURN(MachineRates machine, probeMachine(module.threads()));
  Json entries = Json::array();
  for (const schema::Entry *entry : *module.artifact().header().entries()) {
    std::string name = entry->name()->str();
    auto timed = profile.entries().find(name);
    bool decodes = name == "decode";
    if ((!decodes && name != "prefill") || timed == profile.entries().end()) {
      continue;
    }
    // Means over the calls of a round.
    auto prompt = static_cast<double>(measurement.prompt);
    auto generated = static_cast<double>(measurement.generated);
    double calls = static_cast<double>(timed->second.calls) /
                   static_cast<double>(options.rounds);
    CallSize size;
    size.tokens = decodes ? 1 : prompt / calls;
    size.window = decodes ? prompt + generated / 2 : prompt / 2;
    size.memory = static_cast<double>(measurement.memory);
    entries.push_back(roofline(*entry, size, machine, &timed->second));
  }
  return entries;
}

static Status bench(const BenchOptions &options) {
  FOT_ASSIGN_OR_RETURN(double loadMs, measureLoad(options));
  FOT_ASSIGN_OR_RETURN(auto session,
                       openSession(options.artifact, options.device));
  Measurement measurement;
  chooseCounts(options, *session, measurement);
  FOT_RETURN_IF_ERROR(
      measureRound(*session, options.memoryTokens, measurement)); // warms up
  measurement.prefillSeconds.clear();
  measurement.decodeSeconds.clear();
  for (uint64_t round = 0; round < options.rounds; ++round) {
    FOT_RETURN_IF_ERROR(
        measureRound(*session, options.memoryTokens, measurement));
  }
  // Before the probe, which takes memory of its own.
  rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  FOT_ASSIGN_OR_RETURN(
      double bandwidth,
      probeReadBandwidth(session->module().threads(), options.rounds));
  double prefill = static_cast<double>(measurement.prompt) /
                   median(measurement.prefillSeconds);
  double decode = static_cast<double>(measurement.generated) /
                  median(measurement.decodeSeconds);
  Json facts = {
      {"prefill_tokens_per_second", prefill},
      {"decode_tokens_per_second", decode},
      {"load_ms", loadMs},
      {"peak_rss_bytes", static_cast<uint64_t>(usage.ru_maxrss) * 1024},
      {"read_bandwidth_gb_per_second", bandwidth / 1e9},
      {"prompt_tokens", measurement.prompt},
      {"generated_tokens", measurement.generated},
      {"memory_tokens", measurement.memory},
      {"rounds", options.rounds},
      {"threads", session->module().numThreads()},
      {"cpu_level", session->module().cpuLevel()},
      {"device", session->module().device() ? session->module().deviceNote()
                                            : std::string("cpu")},
      {"weights_bytes", session->module().artifact().weights().size()},
  };
  Json regions;
  if (options.profile || !options.svg.empty()) {
    FOT_ASSIGN_OR_RETURN(regions,
                         profileRegions(options, *session, measurement));
  }
  if (!options.svg.empty()) {
    FOT_ASSIGN_OR_RETURN(FileWriter file, FileWriter::create(options.svg));
    FOT_RETURN_IF_ERROR(file.write(rooflineSvg(regions)));
    FOT_RETURN_IF_ERROR(file.commit());
  }
  std::string out;
  if (options.json) {
    if (options.profile) {
      facts["profile"] = regions;
    }
    out = facts.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  } else {
    for (const auto &[name, value] : facts.items()) {
      char digits[64];
      std::snprintf(digits, sizeof(digits), "%.4g",
                    value.is_number_float() ? value.get<double>() : 0);
      out += name + ": " +
             (value.is_number_float() ? digits
              : value.is_string()     ? value.get<std::string>()
                                      : value.dump()) +
             "\n";
    }
    if (options.profile) {
      out += "\n" + rooflineText(regions);
    }
  }
  auto written = writeOutput(out);
  return written.ok() ? Status() : written.takeStatus();
}

void addBench(CLI::App &app, Action &action) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App *command = app.add_subcommand(
      "bench", "Measure speed, loading time and memory on this machine");
  command->add_option("MODEL", options->artifact, "A .fotm artifact")
      ->required();
  command
      ->add_option("--prompt-tokens", options->promptTokens,
                   "Tokens of the prompt (default: 512, or what fits)")
      ->check(wholeNumber(1))
      ->type_name("N");
  command
      ->add_option("--generate", options->generate,
                   "Tokens to generate (default: 64, or what fits)")
      ->check(wholeNumber(1))
      ->type_name("N");
  command
      ->add_option("--memory-tokens", options->memoryTokens,
                   "Tokens to put into memory first")
      ->check(wholeNumber(0))
      ->type_name("M")
      ->capture_default_str();
  command
      ->add_option("--rounds", options->rounds, "Rounds to take the median of")
      ->check(wholeNumber(1, 1000))
      ->type_name("N")
      ->capture_default_str();
  command->add_flag("--json", options->json, "Print JSON");
  command->add_flag("--profile", options->profile,
                    "Time each region between barriers too, beside what this "
                    "machine needs for it at least");
  command->add_option("--svg", options->svg, "Draw that profile into this file")
      ->type_name("FILE.svg");
  options->device.add(*command);
  command->footer("Examples:\n"
                  "  fot bench model.fotm\n"
                  "  fot bench model.fotm --memory-tokens 65536 --generate 32 "
                  "--threads 1 --json\n"
                  "  fot bench model.fotm --profile --svg profile.svg");
  command->callback(
      [options, &action] { action = [options] { return bench(*options); }; });
}

} // namespace fot::tool
