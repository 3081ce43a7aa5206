//===- BenchOp.h - the command `fotc bench-op` ------------------*- C++ -*-===//

#ifndef FOT_TOOLS_FOTC_BENCHOP_BENCHOP_H
#define FOT_TOOLS_FOTC_BENCHOP_BENCHOP_H

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace mlir::fot::bench {

/// What a command came to: exit code, and, unless 0, the sentence for it.
struct Outcome {
  int code = 0;
  std::string sentence;
};
using Progress = std::function<void(const std::string &what, double done)>;
using Action = std::function<Outcome(const Progress &)>;

/// Adds `bench-op attention` to the command line. When it was given, `action`
/// is set to what measures and prints.
void addBenchOp(CLI::App &app, Action &action);

} // namespace mlir::fot::bench

#endif
