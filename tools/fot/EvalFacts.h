// What `fot eval` hides in a text, and how it asks for it.
#ifndef FOT_TOOLS_FOT_EVALFACTS_H
#define FOT_TOOLS_FOT_EVALFACTS_H

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fot::tool {

enum class EvalTask { Passkey, Retrieval };

/// One hidden fact.
struct Fact {
  double depth = 0;        ///< 0: the text begins with it; 1: it ends with it
  std::string statement;   ///< whole sentences, as planted
  std::string question;    ///< one sentence
  std::string answerStart; ///< beginning of the answer, which is given
  std::string answer;      ///< what has to follow
};

/// The facts of one text. Passkey: one, with a five-digit key of its own for
/// each set of arguments; retrieval: one for each depth, no two of which have
/// the same name or answer. At most mostFacts() depths.
std::vector<Fact> makeFacts(EvalTask task, uint64_t seed, uint64_t length,
                            uint64_t trial, const std::vector<double> &depths);

/// Facts that a text of `task` can hold.
size_t mostFacts(EvalTask task);

/// Whether `text` names `answer`: letters of either case, and neither a digit
/// nor a letter beside it.
bool holdsAnswer(std::string_view text, std::string_view answer);

} // namespace fot::tool

#endif
