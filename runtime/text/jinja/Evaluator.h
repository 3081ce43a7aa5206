// Evaluator: runs a parsed template. Work, depth and output are bounded, so a
// template from anywhere ends.
#ifndef FOT_RUNTIME_TEXT_JINJA_EVALUATOR_H
#define FOT_RUNTIME_TEXT_JINJA_EVALUATOR_H

#include "runtime/text/jinja/Builtins.h"
#include "runtime/text/jinja/Syntax.h"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace fot::rt::jinja {

class Evaluator {
public:
  /// `source` is for positions in messages; it and `globals` stay as they are.
  /// `inputBytes`, the size of the conversation, sets how much work is usual.
  Evaluator(std::string_view source, std::map<std::string, Value> globals,
            size_t inputBytes);

  /// The text of the template, or why there is none.
  StatusOr<std::string> run(const Body &body);

private:
  using Result = StatusOr<Value>;
  enum class Flow { Normal, Break, Continue };

  // Statements.
  Status execute(const Body &body, std::string &out);
  Status executeOne(const Statement &statement, std::string &out);
  Status executeFor(const Statement &loop, std::string &out);
  Status executeSet(const Statement &set);
  Status bind(const std::vector<std::string> &names, const Value &value,
              size_t offset);

  // Expressions.
  Result evaluate(const Expression &node);
  Result evaluateInner(const Expression &node);
  Result lookUp(const Expression &node);
  Result makeMap(const Expression &node);
  Result index(const Expression &node);
  Result slice(const Expression &node);
  Result unary(const Expression &node);
  Result binary(const Expression &node);
  Result arithmetic(const Expression &node, const Value &left,
                    const Value &right);
  Result compare(const Expression &node);
  Result call(const Expression &node);
  Result callMacro(const Statement &macro, const Arguments &arguments,
                   size_t offset);
  Result callFunction(const std::string &name, const Arguments &arguments);
  StatusOr<Arguments> evaluateArguments(const Expression &node);
  /// Counts what a filter, test or method called `name` is about to do.
  Status spendOnCall(const std::string &name, const Value &self,
                     const Arguments &arguments, size_t offset);

  Status failAt(size_t offset, const std::string &what) const;
  /// Adds the position to a failure that has none.
  Status place(Status status, size_t offset) const;
  /// Counts work; fails when there was too much.
  Status spend(uint64_t work, size_t offset);
  Status spendOnLookUp(const Value &object, size_t offset);
  Result spent(Result value, size_t offset);

  using Scope = std::map<std::string, Value>;
  std::string_view source;
  std::vector<Scope> scopes; // the globals first
  Flow flow = Flow::Normal;
  uint64_t budget;
  int depth = 0;
  int loops = 0;
};

} // namespace fot::rt::jinja

#endif
