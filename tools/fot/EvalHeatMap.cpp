// The heat map of `fot eval --svg`. Its colours run from dark blue to yellow,
// evenly in brightness, so that they survive colour blindness and grey prints.
#include "tools/fot/EvalReport.h"
#include "tools/fot/Svg.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace fot::tool {

static constexpr std::array<Colour, 5> kScale{{
    {0, 32, 77},
    {65, 77, 108},
    {124, 123, 120},
    {187, 174, 108},
    {255, 234, 70},
}};

/// The colour of a share between 0 and 1.
static Colour colourOf(double share) {
  double place = std::clamp(share, 0.0, 1.0) * (kScale.size() - 1);
  auto index = std::min(static_cast<size_t>(place), kScale.size() - 2);
  double rest = place - static_cast<double>(index);
  const Colour &a = kScale[index], &b = kScale[index + 1];
  return {a.red + rest * (b.red - a.red), a.green + rest * (b.green - a.green),
          a.blue + rest * (b.blue - a.blue)};
}

static constexpr double kCellWidth = 88, kCellHeight = 52, kGap = 2;
static constexpr double kLeft = 96, kTop = 76;

static void drawCell(Svg &svg, double x, double y, const EvalCell &cell) {
  Colour colour = colourOf(cell.accuracy());
  svg.rectangle(x, y, kCellWidth - kGap, kCellHeight - kGap, colour);
  double brightness =
      0.299 * colour.red + 0.587 * colour.green + 0.114 * colour.blue;
  std::string ink = brightness < 130 ? "fill=\"#ffffff\"" : "fill=\"#111111\"";
  double middle = x + (kCellWidth - kGap) / 2;
  svg.text(middle, y + 23, "middle", 16,
           shortNumber(std::round(cell.accuracy() * 100)) + " %", ink);
  char loss[32];
  std::snprintf(loss, sizeof(loss), "%.2f", cell.loss());
  svg.text(middle, y + 40, "middle", 11,
           std::to_string(cell.right) + "/" + std::to_string(cell.asked) +
               ", loss " + loss,
           ink);
}

/// The bar that says which colour is which share.
static void drawScale(Svg &svg, double x, double y, double height) {
  constexpr int kSteps = 50;
  double step = height / kSteps;
  for (int i = 0; i < kSteps; ++i) {
    svg.rectangle(x, y + height - (i + 1) * step, 14, step + 0.5,
                  colourOf((i + 0.5) / kSteps));
  }
  svg.text(x + 20, y + 10, "start", 11, "100 %");
  svg.text(x + 20, y + height, "start", 11, "0 %");
}

std::string renderHeatMap(const EvalReport &report) {
  Svg svg;
  double columns = static_cast<double>(report.depths.size());
  double rows = static_cast<double>(report.lengths.size());
  double right = kLeft + columns * kCellWidth;
  double bottom = kTop + rows * kCellHeight;
  // Letters of the caption are some 6 units wide.
  double width = std::max(
      right + 72, 28 + 6.4 * static_cast<double>(report.caption.size()));
  svg.text(14, 26, "start", 17, "fot eval " + report.task,
           "font-weight=\"bold\"");
  svg.text(14, 47, "start", 12, report.caption);
  svg.text(14, kTop - 10, "start", 11,
           "share of right answers; loss in nats a token of the answer");
  for (size_t l = 0; l < report.lengths.size(); ++l) {
    double y = kTop + static_cast<double>(l) * kCellHeight;
    svg.text(kLeft - 8, y + kCellHeight / 2 + 4, "end", 13,
             std::to_string(report.lengths[l]));
    for (size_t d = 0; d < report.depths.size(); ++d) {
      drawCell(svg, kLeft + static_cast<double>(d) * kCellWidth, y,
               report.cell(static_cast<int>(l), static_cast<int>(d)));
    }
  }
  for (size_t d = 0; d < report.depths.size(); ++d) {
    svg.text(kLeft + (static_cast<double>(d) + 0.5) * kCellWidth, bottom + 17,
             "middle", 13, shortNumber(report.depths[d]));
  }
  svg.text((kLeft + right) / 2, bottom + 38, "middle", 13,
           "depth of the fact in the text (0: its beginning, 1: its end)");
  double middle = (kTop + bottom) / 2;
  svg.text(22, middle, "middle", 13, "tokens of text",
           "transform=\"rotate(-90 22 " + shortNumber(middle) + ")\"");
  drawScale(svg, right + 12, kTop, bottom - kTop - kGap);
  return svg.finish(width, bottom + 54);
}

} // namespace fot::tool
