// Filters, tests and methods of values.
#ifndef FOT_RUNTIME_TEXT_JINJA_BUILTINS_H
#define FOT_RUNTIME_TEXT_JINJA_BUILTINS_H

#include "runtime/text/jinja/Value.h"

#include <string>
#include <utility>
#include <vector>

namespace fot::rt::jinja {

/// Arguments of a call: by position, then by name.
struct Arguments {
  std::vector<Value> values;
  std::vector<std::pair<std::string, Value>> named;

  /// The argument at `index` or called `name`, or null.
  const Value *get(size_t index, std::string_view name) const;
};

/// Each fails with a sentence that names what is unknown, without a position.
StatusOr<Value> applyFilter(const std::string &name, const Value &value,
                            const Arguments &arguments);
StatusOr<bool> applyTest(const std::string &name, const Value &value,
                         const Arguments &arguments);
StatusOr<Value> callMethod(const Value &self, const std::string &name,
                           const Arguments &arguments);

/// Pieces that filters and the evaluator share.
StatusOr<bool> contains(const Value &container, const Value &item);
/// What a loop over `value` visits: items, keys or characters.
StatusOr<List> itemsOf(const Value &value);
/// The attribute or entry of a value; undefined if there is none.
Value attributeOf(const Value &value, const std::string &name);
/// Python's < for numbers, strings and lists of them.
StatusOr<bool> isLess(const Value &a, const Value &b);
std::string strip(const std::string &text, const std::string &characters,
                  bool left, bool right);
/// Upper or lower case, ASCII letters only.
std::string changeCase(std::string text, bool upper);

} // namespace fot::rt::jinja

#endif
