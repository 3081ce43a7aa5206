// Splitter: cuts text into the words that BPE works on, by a list of regular
// expressions (PCRE2, UTF with Unicode properties) applied one after another.
#ifndef FOT_RUNTIME_TEXT_SPLITTER_H
#define FOT_RUNTIME_TEXT_SPLITTER_H

#include "runtime/base/Status.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace fot::rt {

/// One cut: every match, and every stretch between matches, is a piece.
struct SplitStep {
  enum class Keep { All, Matches, Gaps };
  std::string regex;
  /// The pieces that go on.
  Keep keep = Keep::All;
};

class Splitter {
public:
  /// Compiles the steps; fails naming the step that is not a regular
  /// expression.
  static StatusOr<Splitter> create(const std::vector<SplitStep> &steps);
  Splitter(Splitter &&) noexcept;
  Splitter &operator=(Splitter &&) noexcept;
  ~Splitter();

  /// Appends the pieces of valid UTF-8 `text` (views into it). Fails when a
  /// regular expression takes more steps than a sane one could.
  Status split(std::string_view text,
               std::vector<std::string_view> &pieces) const;

private:
  struct Step;
  Splitter();
  std::vector<Step> steps;
};

} // namespace fot::rt

#endif
