// Counting answers, and the forms in which they are shown.
#include "tools/fot/EvalReport.h"

#include <gtest/gtest.h>

#include <regex>

using namespace fot::tool;

namespace {
EvalReport makeReport() {
  EvalReport report;
  report.task = "passkey";
  report.setting = {{"window", 512}};
  report.caption = "a <caption> & \"more\"";
  report.lengths = {1000, 2000};
  report.depths = {0.25, 0.5};
  auto add = [&](uint64_t length, double depth, bool right, double loss) {
    EvalRecord record;
    record.length = length;
    record.fact.depth = depth;
    record.right = right;
    record.answer.loss = loss;
    report.records.push_back(record);
  };
  add(1000, 0.25, true, 0.5);
  add(1000, 0.25, true, 1.5);
  add(1000, 0.5, true, 0.25);
  add(1000, 0.5, false, 3);
  add(2000, 0.25, false, 4);
  return report;
}

TEST(EvalReportTest, CellsCountTheirQuestions) {
  EvalReport report = makeReport();
  EvalCell cell = report.cell(0, 0);
  EXPECT_EQ(cell.asked, 2u);
  EXPECT_EQ(cell.accuracy(), 1.0);
  EXPECT_EQ(cell.loss(), 1.0);
  EXPECT_EQ(report.cell(0, -1).right, 3u);
  EXPECT_EQ(report.cell(-1, 0).asked, 3u);
  EXPECT_EQ(report.cell(1, 1).asked, 0u);
  EXPECT_EQ(report.cell(1, 1).accuracy(), 0.0);
  EXPECT_EQ(report.cell(-1, -1).accuracy(), 0.6);
}

TEST(EvalReportTest, TheTableHasARowForEachLengthAndOneForAll) {
  std::string table = renderTable(makeReport());
  auto has = [&](const char *pattern) {
    return std::regex_search(table, std::regex(pattern));
  };
  EXPECT_TRUE(has("\n +depth +0.25 +0.5 +all\n"));
  EXPECT_TRUE(has("\n +1000 +2/2 +1/2 +3/4\n"));
  EXPECT_TRUE(has("\n +2000 +0/1 +0/0 +0/1\n"));
  EXPECT_TRUE(has("\n +all +2/3 +1/2 +3/5\n"));
  EXPECT_TRUE(has("\n +1000 +1.000 +1.625 +1.312\n"));
}

TEST(EvalReportTest, JsonHasSettingsCellsAndQuestions) {
  auto json = renderJson(makeReport());
  EXPECT_EQ(json["task"], "passkey");
  EXPECT_EQ(json["window"], 512);
  EXPECT_EQ(json["asked"], 5);
  ASSERT_EQ(json["cells"].size(), 4u);
  EXPECT_EQ(json["cells"][1]["depth"], 0.5);
  EXPECT_EQ(json["cells"][1]["right"], 1);
  ASSERT_EQ(json["questions"].size(), 5u);
  EXPECT_EQ(json["questions"][4]["length"], 2000);
}

TEST(EvalReportTest, TheHeatMapNamesWhatItShows) {
  std::string svg = renderHeatMap(makeReport());
  auto count = [&](const std::string &text) {
    size_t found = 0;
    for (size_t at = svg.find(text); at != std::string::npos;
         at = svg.find(text, at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_EQ(count(">100 %<"), 2u); // a cell and the scale
  EXPECT_EQ(count(">50 %<"), 1u);
  EXPECT_EQ(count("2/2, loss 1.00"), 1u);
  EXPECT_EQ(count(">1000<"), 1u);
  EXPECT_EQ(count(">0.25<"), 1u);
  EXPECT_EQ(count("a &lt;caption&gt; &amp; &quot;more&quot;"), 1u);
  EXPECT_EQ(count("<caption>"), 0u);
}
} // namespace
