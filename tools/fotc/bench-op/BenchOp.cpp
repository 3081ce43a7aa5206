//===- BenchOp.cpp - the command `fotc bench-op` --------------------------===//
//
// Compiles one fused op for a shape and measures it alone, on random numbers.
//
//===----------------------------------------------------------------------===//

#include "tools/fotc/bench-op/BenchOp.h"

#include "tools/fotc/bench-op/AttentionBench.h"
#include "tools/fotc/bench-op/ExactAttention.h"

#include <CLI/CLI.hpp>

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

#include <algorithm>
#include <fstream>

using namespace mlir::fot::bench;

/// Share of the free memory that a measurement may take.
constexpr double kMostOfFree = 0.9;
constexpr int64_t kMostEntries = int64_t(1) << 22, kMostTopK = 1024;

namespace {
struct Request {
  AttentionShape shape;
  MeasureOptions measure;
  std::string keys = "random";
  bool json = false;
};
} // namespace

/// The text behind `name` and a colon in a file of the kernel's.
static std::string lookUp(const char *path, const std::string &name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    size_t colon = line.find(':');
    if (line.starts_with(name) && colon != std::string::npos) {
      return line.substr(std::min(colon + 2, line.size()));
    }
  }
  return "";
}

static uint64_t freeBytes() {
  std::string text = lookUp("/proc/meminfo", "MemAvailable");
  return std::strtoull(text.c_str(), nullptr, 10) * 1024;
}

/// Why the request makes no sense, or nothing.
static std::string whyNot(const Request &request) {
  const AttentionShape &shape = request.shape;
  auto outside = [](const char *option, const std::string &expected,
                    int64_t found) {
    return std::string(option) + ": expected " + expected + ", found " +
           std::to_string(found);
  };
  if (shape.heads % shape.kvHeads != 0) {
    return outside("--kv-heads",
                   "a divisor of the " + std::to_string(shape.heads) + " heads",
                   shape.kvHeads);
  }
  if (shape.queries > shape.window) {
    return outside("--queries",
                   "at most the " + std::to_string(shape.window) +
                       " tokens of the window",
                   shape.queries);
  }
  return "";
}

static std::string whyTooLarge(const AttentionShape &shape) {
  // As if sealed; what the exact scan goes without is a tenth of it.
  double needed =
      static_cast<double>(RandomMemory::bytes(shape, /*withIndex=*/true));
  double available = static_cast<double>(freeBytes());
  if (needed <= kMostOfFree * available) {
    return "";
  }
  char text[160];
  std::snprintf(text, sizeof(text),
                "--memory: expected keys and values that fit into the %.1f GB "
                "of free memory, found %lld entries of %.1f GB",
                available / 1e9, static_cast<long long>(shape.memory),
                needed / 1e9);
  return text;
}

static double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle]
                           : (values[middle - 1] + values[middle]) / 2;
}

namespace {
/// Writes facts as JSON or, for people, as lines.
class Facts {
public:
  explicit Facts(bool asJson) {
    if (asJson) {
      json.emplace(llvm::outs(), /*IndentSize=*/2);
      json->objectBegin();
    }
  }
  ~Facts() {
    if (json) {
      json->objectEnd();
      llvm::outs() << "\n";
    }
  }
  void add(llvm::StringRef name, int64_t value) {
    if (json) {
      json->attribute(name, value);
    } else {
      line(name) << value << "\n";
    }
  }
  void add(llvm::StringRef name, double value) {
    if (json) {
      json->attribute(name, value);
    } else {
      line(name) << llvm::format("%.4g", value) << "\n";
    }
  }
  void add(llvm::StringRef name, llvm::StringRef value) {
    if (json) {
      json->attribute(name, value);
    } else {
      line(name) << value << "\n";
    }
  }
  void add(llvm::StringRef name, const CheckResult &check) {
    if (!json) {
      line(name) << check.mismatches << " mismatches in " << check.heads
                 << " heads, largest error "
                 << llvm::format("%.1e", check.largestError) << "\n";
      return;
    }
    json->attributeObject(name, [&] {
      json->attribute("checked_heads", check.heads);
      json->attribute("checked_sets", check.sets);
      json->attribute("mismatches", check.mismatches);
      json->attribute("largest_error", check.largestError);
    });
  }

private:
  llvm::raw_ostream &line(llvm::StringRef name) {
    return llvm::outs() << llvm::left_justify(name, 30);
  }
  std::optional<llvm::json::OStream> json;
};
} // namespace

static void report(const Request &request, const AttentionCode &code,
                   const AttentionBench &bench, const Measurement &measured,
                   const CheckResult &check) {
  const AttentionShape &shape = request.shape;
  double seconds = median(measured.seconds);
  auto mean = [&](int counter) {
    return static_cast<int64_t>(measured.counts[counter] + 0.5);
  };
  Facts facts(request.json);
  facts.add("median_ms", seconds * 1e3);
  facts.add("min_ms", 1e3 * *std::min_element(measured.seconds.begin(),
                                              measured.seconds.end()));
  facts.add("cpu_ms", median(measured.cpuSeconds) * 1e3);
  facts.add("rounds", static_cast<int64_t>(measured.seconds.size()));
  facts.add("bytes_read", mean(FOT_COUNT_BYTES));
  facts.add("keys_scanned", mean(FOT_COUNT_KEYS));
  facts.add("refined", mean(FOT_COUNT_REFINED));
  facts.add("survivors", mean(FOT_COUNT_RESCORED));
  facts.add("gb_per_second", measured.counts[FOT_COUNT_BYTES] / seconds / 1e9);
  facts.add("read_bandwidth_gb_per_second", measured.bandwidth / 1e9);
  facts.add("strategy", llvm::StringRef(code.scan));
  facts.add("strategy_attribute", llvm::StringRef(code.strategy));
  facts.add("seal_ms", measured.sealSeconds * 1e3);
  facts.add("index_bytes", static_cast<int64_t>(bench.memory().indexBytes()));
  facts.add("memory_bytes", static_cast<int64_t>(RandomMemory::bytes(
                                shape, /*withIndex=*/code.seal != nullptr)));
  facts.add("threads", static_cast<int64_t>(measured.threads));
  facts.add("machine", llvm::StringRef(lookUp("/proc/cpuinfo", "model name")));
  facts.add("exact", check);
}

static Outcome measure(Request request, const Progress &progress) {
  AttentionShape &shape = request.shape;
  shape.kvHeads = shape.kvHeads ? shape.kvHeads : shape.heads;
  shape.keys = request.keys == "clustered"  ? KeyKind::Clustered
               : request.keys == "spectrum" ? KeyKind::Spectrum
                                            : KeyKind::Random;
  if (std::string why = whyNot(request); !why.empty()) {
    return {2, why};
  }
  if (std::string why = whyTooLarge(shape); !why.empty()) {
    return {1, why};
  }
  request.measure.progress = progress;
  auto code = AttentionCode::compile(shape);
  if (!code) {
    return {1, llvm::toString(code.takeError())};
  }
  AttentionBench bench(shape, **code);
  auto measured = bench.run(request.measure);
  if (!measured.ok()) {
    return {1, measured.status().message()};
  }
  progress("checking", 0);
  CheckResult check = checkLastCall(shape, bench);
  progress("checking", 1);
  report(request, **code, bench, *measured, check);
  return {};
}

void mlir::fot::bench::addBenchOp(CLI::App &app, Action &action) {
  auto request = std::make_shared<Request>();
  AttentionShape &shape = request->shape;
  CLI::App *benchOp = app.add_subcommand(
      "bench-op", "measure one fused op alone, on random numbers");
  benchOp->require_subcommand(1);
  CLI::App *command = benchOp->add_subcommand(
      "attention", "attention over a window and a memory");
  auto number = [&](const char *name, int64_t &value, int64_t most,
                    const char *text) {
    command->add_option(name, value, text)
        ->check(CLI::Range(int64_t(1), most))
        ->type_name("N")
        ->capture_default_str();
  };
  number("--heads", shape.heads, 1024, "query heads");
  command
      ->add_option("--kv-heads", shape.kvHeads,
                   "key-value heads (default: as many as heads)")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  number("--head-dim", shape.headDim, 1024, "head dimension");
  number("--window", shape.window, 1 << 17, "tokens in the window");
  number("--memory", shape.memory, kMostEntries, "entries of the memory");
  number("--topk", shape.topK, kMostTopK, "entries to retrieve");
  number("--queries", shape.queries, 1 << 16,
         "tokens at once: 1 decodes, more prefill");
  command->add_flag("--dense", shape.dense,
                    "the whole memory in the softmax, instead of --topk");
  command->add_option("--dtype", shape.dtype, "how the memory is stored")
      ->check(CLI::IsMember({"f32", "f16", "bf16", "int8"}))
      ->type_name("T")
      ->capture_default_str();
  command
      ->add_option("--window-dtype", shape.windowDtype,
                   "how the window is stored")
      ->check(CLI::IsMember({"f32", "f16", "bf16"}))
      ->type_name("T")
      ->capture_default_str();
  command
      ->add_option("--strategy", shape.strategy,
                   "what a scan reads first; auto: what fotc would choose")
      ->check(CLI::IsMember({"auto", "exact", "int8", "int4"}))
      ->type_name("S")
      ->capture_default_str();
  command
      ->add_option("--keys", request->keys,
                   "how the keys lie: independent normal numbers, around "
                   "centres, or with a spectrum that falls as 1/i")
      ->check(CLI::IsMember({"random", "clustered", "spectrum"}))
      ->type_name("KIND")
      ->capture_default_str();
  command
      ->add_option("--threads", request->measure.threads, "default: all cores")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  command
      ->add_option("--rounds", request->measure.rounds,
                   "calls to take the median of (default: 20, fewer where "
                   "they take more than 20 s)")
      ->check(CLI::Range(1, 100000))
      ->type_name("N");
  command->add_flag("--seeded", request->measure.seeded,
                    "queries that change slowly, each call starting from what "
                    "the one before found");
  command->add_flag("--json", request->json, "print JSON");
  command->footer("Examples:\n"
                  "  fotc bench-op attention --strategy=int4\n"
                  "  fotc bench-op attention --heads=9 --kv-heads=3 "
                  "--head-dim=64 --memory=262144 --topk=32 --json");
  command->callback([request, &action] {
    action = [request](const Progress &progress) {
      return measure(*request, progress);
    };
  });
}
