// Pictures of rectangles and words, as SVG.
#include "tools/fot/Svg.h"

#include <cmath>
#include <cstdio>

namespace fot::tool {

static std::string hex(const Colour &colour) {
  char text[8];
  std::snprintf(text, sizeof(text), "#%02x%02x%02x",
                static_cast<unsigned>(std::lround(colour.red)),
                static_cast<unsigned>(std::lround(colour.green)),
                static_cast<unsigned>(std::lround(colour.blue)));
  return text;
}

static std::string escape(const std::string &text) {
  std::string out;
  for (char c : text) {
    switch (c) {
    case '&':
      out += "&amp;";
      break;
    case '<':
      out += "&lt;";
      break;
    case '>':
      out += "&gt;";
      break;
    case '"':
      out += "&quot;";
      break;
    default:
      // XML knows no other control characters.
      out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  }
  return out;
}

std::string shortNumber(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.4g", value);
  return text;
}

void Svg::rectangle(double x, double y, double width, double height,
                    const Colour &colour) {
  body += "<rect x=\"" + shortNumber(x) + "\" y=\"" + shortNumber(y) +
          "\" width=\"" + shortNumber(width) + "\" height=\"" +
          shortNumber(height) + "\" fill=\"" + hex(colour) + "\"/>\n";
}

void Svg::text(double x, double y, const char *anchor, double size,
               const std::string &content, const std::string &more) {
  body += "<text x=\"" + shortNumber(x) + "\" y=\"" + shortNumber(y) +
          "\" text-anchor=\"" + anchor + "\" font-size=\"" + shortNumber(size) +
          "\"" + (more.empty() ? "" : " " + more) + ">" + escape(content) +
          "</text>\n";
}

std::string Svg::finish(double width, double height) const {
  std::string size = shortNumber(width) + " " + shortNumber(height);
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 " + size +
         "\" width=\"" + shortNumber(width) + "\" height=\"" +
         shortNumber(height) +
         "\" font-family=\"sans-serif\" fill=\"#222222\">\n"
         "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n" +
         body + "</svg>\n";
}

} // namespace fot::tool
