// Standard output and standard error, as people and pipes want them.
#ifndef FOT_TOOLS_FOT_OUTPUT_H
#define FOT_TOOLS_FOT_OUTPUT_H

#include "runtime/base/Status.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace fot::tool {

/// Writes to standard output at once. False when the reader has gone away,
/// which is no failure: nobody wants the rest.
rt::StatusOr<bool> writeOutput(std::string_view text);

/// Reads standard input to its end.
rt::StatusOr<std::string> readInput();

/// Reads a whole file, or a pipe by its name.
rt::StatusOr<std::string> readText(const std::string &path);

/// Bytes as people read them: "93.1 MB".
std::string sizeText(uint64_t bytes);

/// Seconds since an object was made.
class Stopwatch {
public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() -
                                         start)
        .count();
  }

private:
  std::chrono::steady_clock::time_point start =
      std::chrono::steady_clock::now();
};

/// A line on standard error that tells how far a long step is. It appears
/// after two seconds, on terminals only, and goes away with the object.
class ProgressLine {
public:
  /// `what` is done to `total` `unit`s.
  ProgressLine(std::string what, std::string unit, uint64_t total);
  ~ProgressLine();
  void update(uint64_t done);

private:
  std::string what, unit;
  uint64_t total;
  bool terminal;
  bool shown = false;
  double last = 0;
  Stopwatch watch;
};

} // namespace fot::tool

#endif
