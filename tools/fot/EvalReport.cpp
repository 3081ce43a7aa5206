// Counts, tables and JSON; the picture has a file of its own.
#include "tools/fot/EvalReport.h"

#include <algorithm>
#include <cstdio>

namespace fot::tool {

using Json = nlohmann::ordered_json;

void EvalCell::add(const EvalRecord &record) {
  ++asked;
  right += record.right ? 1 : 0;
  lossSum += record.answer.loss;
}

double EvalCell::accuracy() const {
  return asked == 0 ? 0
                    : static_cast<double>(right) / static_cast<double>(asked);
}

double EvalCell::loss() const {
  return asked == 0 ? 0 : lossSum / static_cast<double>(asked);
}

EvalCell EvalReport::cell(int length, int depth) const {
  EvalCell cell;
  for (const EvalRecord &record : records) {
    if ((length < 0 || record.length == lengths[static_cast<size_t>(length)]) &&
        (depth < 0 ||
         record.fact.depth == depths[static_cast<size_t>(depth)])) {
      cell.add(record);
    }
  }
  return cell;
}

static std::string format(const char *pattern, double value) {
  char text[64];
  std::snprintf(text, sizeof(text), pattern, value);
  return text;
}

static std::string pad(const std::string &text, size_t width) {
  return std::string(width - std::min(width, text.size()), ' ') + text;
}

/// A row for each length and one for all of them; columns are depths.
template <typename Show>
static std::string renderGrid(const EvalReport &report, Show show) {
  constexpr size_t kFirst = 10, kWidth = 8;
  std::string out = pad("depth", kFirst);
  for (double depth : report.depths) {
    out += pad(format("%.4g", depth), kWidth);
  }
  out += pad("all", kWidth) + "\n";
  int numDepths = static_cast<int>(report.depths.size());
  int numLengths = static_cast<int>(report.lengths.size());
  auto addRow = [&](const std::string &name, int length) {
    out += pad(name, kFirst);
    for (int depth = 0; depth < numDepths; ++depth) {
      out += pad(show(report.cell(length, depth)), kWidth);
    }
    out += pad(show(report.cell(length, -1)), kWidth) + "\n";
  };
  for (int length = 0; length < numLengths; ++length) {
    addRow(std::to_string(report.lengths[static_cast<size_t>(length)]), length);
  }
  if (numLengths > 1) {
    addRow("all", -1);
  }
  return out;
}

std::string renderTable(const EvalReport &report) {
  std::string out = report.task + ": " + report.caption +
                    "\n\nright answers, by tokens and depth\n";
  out += renderGrid(report, [](const EvalCell &cell) {
    return std::to_string(cell.right) + "/" + std::to_string(cell.asked);
  });
  out += "\nloss of the answer, nats a token\n";
  out += renderGrid(
      report, [](const EvalCell &cell) { return format("%.3f", cell.loss()); });
  return out;
}

static void addCounts(Json &json, const EvalCell &cell) {
  json["asked"] = cell.asked;
  json["right"] = cell.right;
  json["accuracy"] = cell.accuracy();
  json["loss"] = cell.loss();
}

Json renderJson(const EvalReport &report) {
  Json json = {{"task", report.task}};
  json.update(report.setting);
  json["lengths"] = report.lengths;
  json["depths"] = report.depths;
  addCounts(json, report.cell(-1, -1));
  Json cells = Json::array();
  for (int l = 0; l < static_cast<int>(report.lengths.size()); ++l) {
    for (int d = 0; d < static_cast<int>(report.depths.size()); ++d) {
      Json cell = {{"length", report.lengths[static_cast<size_t>(l)]},
                   {"depth", report.depths[static_cast<size_t>(d)]}};
      addCounts(cell, report.cell(l, d));
      cells.push_back(std::move(cell));
    }
  }
  json["cells"] = std::move(cells);
  Json questions = Json::array();
  for (const EvalRecord &record : report.records) {
    questions.push_back({{"length", record.length},
                         {"depth", record.fact.depth},
                         {"trial", record.trial},
                         {"planted", record.fact.statement},
                         {"question", record.fact.question},
                         {"expected", record.fact.answer},
                         {"found", record.answer.text},
                         {"right", record.right},
                         {"loss", record.answer.loss},
                         {"prompt_tokens", record.answer.promptTokens},
                         {"memory_tokens", record.answer.memoryTokens},
                         {"local_tokens", record.answer.localTokens}});
  }
  json["questions"] = std::move(questions);
  return json;
}

} // namespace fot::tool
