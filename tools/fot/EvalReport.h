// What `fot eval` found, for people and for programs.
#ifndef FOT_TOOLS_FOT_EVALREPORT_H
#define FOT_TOOLS_FOT_EVALREPORT_H

#include "tools/fot/EvalAnswers.h"
#include "tools/fot/EvalFacts.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace fot::tool {

/// One question, as it was answered.
struct EvalRecord {
  uint64_t length = 0, trial = 0;
  Fact fact;
  EvalAnswer answer;
  bool right = false;
};

/// Several questions taken together.
struct EvalCell {
  uint64_t asked = 0, right = 0;
  double lossSum = 0;

  void add(const EvalRecord &record);
  double accuracy() const;
  double loss() const;
};

/// All questions, and how they were asked.
struct EvalReport {
  std::string task;               ///< "passkey" or "retrieval"
  nlohmann::ordered_json setting; ///< facts of the model and the run
  std::string caption;            ///< the most important of them, one line
  std::vector<uint64_t> lengths;
  std::vector<double> depths;
  std::vector<EvalRecord> records;

  /// The questions of a length and a depth; -1 means all of them.
  EvalCell cell(int length, int depth) const;
};

/// Two tables: right answers and loss, by length and depth.
std::string renderTable(const EvalReport &report);
nlohmann::ordered_json renderJson(const EvalReport &report);

/// A picture of the accuracy by length and depth, as SVG: colours that differ
/// in brightness too, and the numbers written in the cells.
std::string renderHeatMap(const EvalReport &report);

} // namespace fot::tool

#endif
