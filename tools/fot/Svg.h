// Pictures of rectangles and words, as SVG.
#ifndef FOT_TOOLS_FOT_SVG_H
#define FOT_TOOLS_FOT_SVG_H

#include <string>

namespace fot::tool {

struct Colour {
  double red, green, blue; // 0 to 255
};

class Svg {
public:
  void rectangle(double x, double y, double width, double height,
                 const Colour &colour);
  /// `anchor` is start, middle or end; `more` further attributes.
  void text(double x, double y, const char *anchor, double size,
            const std::string &content, const std::string &more = "");
  /// The file.
  std::string finish(double width, double height) const;

private:
  std::string body;
};

/// Four digits of a number.
std::string shortNumber(double value);

} // namespace fot::tool

#endif
