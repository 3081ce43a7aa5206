// The progress bar of `fot eval`.
#ifndef FOT_TOOLS_FOT_EVALPROGRESS_H
#define FOT_TOOLS_FOT_EVALPROGRESS_H

#include "tools/fot/Output.h"

#include <cstdint>

namespace fot::tool {

/// A bar on standard error, on terminals only, gone with the object: cells of
/// the table that are done, and the time left. Longer texts take longer, so
/// time is reckoned in tokens.
class EvalProgress {
public:
  EvalProgress(uint64_t totalCells, uint64_t totalTokens);
  ~EvalProgress();

  /// So many tokens of the text at hand are read.
  void readTokens(uint64_t tokens);
  /// A text of so many tokens is done.
  void finishText(uint64_t tokens);
  void setCells(uint64_t done) { cells = done; }

private:
  void draw();

  uint64_t totalCells, totalTokens;
  uint64_t cells = 0, tokens = 0, current = 0;
  bool terminal;
  bool shown = false;
  double last = 0;
  Stopwatch watch;
};

} // namespace fot::tool

#endif
