// Rooflines of entry points.
#include "tools/fot/Roofline.h"
#include "tools/fot/Svg.h"

#include "runtime/base/BandwidthProbe.h"
#include "runtime/base/ComputeProbe.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <vector>

namespace fot::tool {

using namespace fot::rt;
using Json = nlohmann::ordered_json;

StatusOr<MachineRates> probeMachine(ThreadPool &threads) {
  constexpr uint64_t kRounds = 5;
  FOT_ASSIGN_OR_RETURN(double bytes, probeReadBandwidth(threads, kRounds));
  ComputeRates rates = probeCompute(threads, kRounds);
  return MachineRates{bytes, rates.floats, rates.integers,
                      threads.numWorkers()};
}

namespace {
/// The regions of one name.
struct Row {
  std::string name;
  uint64_t times = 0;
  double bytes = 0, ops = 0, bound = 0, measured = 0, waiting = 0;
};
} // namespace

static double boundOf(double bytes, double ops, bool integer,
                      const MachineRates &machine) {
  double rate = integer ? machine.integerOps : machine.floatOps;
  return std::max(machine.bytes > 0 ? bytes / machine.bytes : 0,
                  rate > 0 ? ops / rate : 0);
}

Json roofline(const schema::Entry &entry, const CallSize &size,
              const MachineRates &machine, const EntryProfile *profile) {
  std::vector<Row> rows;
  std::map<std::string, size_t, std::less<>> known;
  for (uint32_t i = 0; entry.regions() && i < entry.regions()->size(); ++i) {
    const schema::Region &region = *entry.regions()->Get(i);
    std::string name = region.name() ? region.name()->str() : "";
    auto [place, isNew] = known.try_emplace(name, rows.size());
    if (isNew) {
      rows.push_back({name});
    }
    Row &row = rows[place->second];
    auto number = [](uint64_t value) { return static_cast<double>(value); };
    double bytes = number(region.call_bytes()) +
                   size.tokens * number(region.token_bytes()) +
                   size.window * number(region.window_bytes()) +
                   size.memory * number(region.memory_bytes());
    double ops = number(region.call_ops()) +
                 size.tokens * (number(region.token_ops()) +
                                size.window * number(region.window_ops()) +
                                size.memory * number(region.memory_ops()));
    ++row.times;
    row.bytes += bytes;
    row.ops += ops;
    row.bound += boundOf(bytes, ops, region.integer(), machine);
    if (profile && i < profile->regions.size() && profile->calls > 0) {
      double calls = static_cast<double>(profile->calls) * profile->workers;
      const RegionTime &time = profile->regions[i];
      row.measured += (time.busy + time.waiting) / calls;
      row.waiting += time.waiting / calls;
    }
  }
  Json list = Json::array();
  Row total{"total"};
  auto add = [&](const Row &row) {
    Json line = {{"region", row.name},
                 {"times", row.times},
                 {"bytes", static_cast<uint64_t>(row.bytes)},
                 {"operations", static_cast<uint64_t>(row.ops)},
                 {"bound_ms", row.bound * 1e3}};
    if (profile) {
      line["measured_ms"] = row.measured * 1e3;
      line["waiting_ms"] = row.waiting * 1e3;
    }
    list.push_back(std::move(line));
  };
  for (const Row &row : rows) {
    add(row);
    total.times += row.times;
    total.bytes += row.bytes;
    total.ops += row.ops;
    total.bound += row.bound;
    total.measured += row.measured;
    total.waiting += row.waiting;
  }
  add(total);
  return {{"entry", entry.name()->str()},
          {"tokens", size.tokens},
          {"window", size.window},
          {"memory", size.memory},
          {"threads", machine.threads},
          {"read_bandwidth_gb_per_second", machine.bytes / 1e9},
          {"float_gops_per_second", machine.floatOps / 1e9},
          {"integer_gops_per_second", machine.integerOps / 1e9},
          {"regions", std::move(list)}};
}

std::optional<CallSize> usualSize(const schema::Entry &entry,
                                  const schema::Artifact &header) {
  std::string_view name = entry.name()->string_view();
  const schema::Model *model = header.model();
  if (!model || (name != "decode" && name != "prefill")) {
    return std::nullopt;
  }
  bool remembers = header.memories() && header.memories()->size() > 0;
  CallSize size;
  size.window = std::min(512.0, static_cast<double>(model->window()));
  size.memory = remembers ? 65536 : 0;
  if (name == "prefill") {
    uint64_t most = entry.max_tokens() ? entry.max_tokens() : model->window();
    size.tokens = std::min(size.window, static_cast<double>(most));
    // On average a token of the call sees half of what is in the window.
    size.window = size.tokens / 2;
  }
  return size;
}

StatusOr<Json> boundsOf(const Artifact &artifact, ThreadPool &threads) {
  FOT_ASSIGN_OR_RETURN(MachineRates machine, probeMachine(threads));
  const schema::Artifact &header = artifact.header();
  Json entries = Json::array();
  for (uint32_t i = 0; header.entries() && i < header.entries()->size(); ++i) {
    const schema::Entry &entry = *header.entries()->Get(i);
    if (std::optional<CallSize> size = usualSize(entry, header)) {
      entries.push_back(roofline(entry, *size, machine, nullptr));
    }
  }
  return entries;
}

static std::string format(const char *pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof(text), pattern, value);
  return text;
}

static std::string padded(std::string text, size_t width, bool left = false) {
  size_t room = width > text.size() ? width - text.size() : 0;
  return left ? text + std::string(room, ' ') : std::string(room, ' ') + text;
}

/// "decode: 1 token, 512 in the window".
static std::string titleOf(const Json &entry) {
  auto whole = [&](const char *name) {
    return format("%.0f", entry[name].get<double>());
  };
  std::string title = entry["entry"].get<std::string>() + ": " +
                      whole("tokens") +
                      (entry["tokens"] == 1.0 ? " token, " : " tokens, ") +
                      whole("window") + " in the window";
  if (entry["memory"].get<double>() > 0) {
    title += ", " + whole("memory") + " in memory";
  }
  return title;
}

static std::string machineOf(const Json &entry) {
  return entry["threads"].dump() + " threads read " +
         format("%.1f GB/s",
                entry["read_bandwidth_gb_per_second"].get<double>()) +
         " and compute " +
         format("%.0f", entry["float_gops_per_second"].get<double>()) +
         " Gop/s in f32, " +
         format("%.0f", entry["integer_gops_per_second"].get<double>()) +
         " Gop/s in 8-bit integers";
}

std::string rooflineText(const Json &entries) {
  std::string out;
  for (const Json &entry : entries) {
    if (out.empty()) {
      out += machineOf(entry) + "\n";
    }
    bool measured = entry["regions"].back().contains("measured_ms");
    size_t width = 8;
    for (const Json &row : entry["regions"]) {
      width = std::max(width, row["region"].get<std::string>().size());
    }
    out += "\n" + titleOf(entry) + "\n  " + padded("region", width, true) +
           " times       MB      Mop  bound ms";
    out += measured ? "  measured   waiting  of bound\n" : "\n";
    for (const Json &row : entry["regions"]) {
      double bound = row["bound_ms"].get<double>();
      out += "  " + padded(row["region"].get<std::string>(), width, true) +
             padded(row["times"].dump(), 6) +
             format(" %8.3f", row["bytes"].get<double>() / 1e6) +
             format(" %8.2f", row["operations"].get<double>() / 1e6) +
             format(" %9.4f", bound);
      if (measured) {
        double taken = row["measured_ms"].get<double>();
        out += format(" %9.4f", taken) +
               format(" %9.4f", row["waiting_ms"].get<double>()) +
               (taken > 0 ? format(" %8.0f%%", 100 * bound / taken) : "");
      }
      out += "\n";
    }
  }
  return out;
}

std::string rooflineSvg(const Json &entries) {
  constexpr double kLabels = 330, kBars = 420, kLine = 22, kRoom = 150;
  constexpr Colour kMeasured{124, 123, 120}, kWaiting{255, 234, 70},
      kBound{0, 32, 77};
  Svg svg;
  double y = 30;
  for (const Json &entry : entries) {
    bool measured = entry["regions"].back().contains("measured_ms");
    double longest = 1e-9;
    auto timeOf = [&](const Json &row) {
      return std::max(row["bound_ms"].get<double>(),
                      measured ? row["measured_ms"].get<double>() : 0.0);
    };
    for (const Json &row : entry["regions"]) {
      if (row["region"] != "total") {
        longest = std::max(longest, timeOf(row));
      }
    }
    svg.text(12, y, "start", 16, titleOf(entry), "font-weight=\"bold\"");
    svg.text(12, y + 20, "start", 12, machineOf(entry));
    y += 34;
    for (const Json &row : entry["regions"]) {
      double scale = row["region"] == "total" ? 0 : kBars / longest;
      double bound = row["bound_ms"].get<double>();
      svg.text(kLabels - 8, y + 14, "end", 11,
               row["region"].get<std::string>() + "  x " + row["times"].dump());
      std::string numbers = format("%.3f", bound);
      if (measured) {
        double taken = row["measured_ms"].get<double>();
        double waiting = row["waiting_ms"].get<double>();
        svg.rectangle(kLabels, y + 2, taken * scale, kLine - 6, kMeasured);
        svg.rectangle(kLabels + (taken - waiting) * scale, y + 2,
                      waiting * scale, kLine - 6, kWaiting);
        numbers += format(" of %.3f", taken);
      }
      svg.rectangle(kLabels, y + 6, bound * scale, kLine - 14, kBound);
      svg.text(kLabels + timeOf(row) * scale + 6, y + 14, "start", 11,
               numbers + " ms");
      y += kLine;
    }
    y += 30;
  }
  svg.text(12, y, "start", 12,
           "dark: the least that the machine needs; grey: measured; yellow: of "
           "that, waiting for the other threads");
  return svg.finish(kLabels + kBars + kRoom, y + 20);
}

} // namespace fot::tool
