// What filters, tests and the evaluator share, and the tests.
#include "runtime/text/jinja/Builtins.h"

#include <algorithm>

namespace fot::rt::jinja {

using Kind = Value::Kind;

const Value *Arguments::get(size_t index, std::string_view name) const {
  if (index < values.size()) {
    return &values[index];
  }
  for (const auto &[key, value] : named) {
    if (key == name) {
      return &value;
    }
  }
  return nullptr;
}

StatusOr<bool> contains(const Value &container, const Value &item) {
  switch (container.kind()) {
  case Kind::String:
    if (!item.is(Kind::String)) {
      return Status::failure(std::string("expected a string before 'in', "
                                         "found ") +
                             item.kindName());
    }
    return container.text().find(item.text()) != std::string::npos;
  case Kind::List:
    return std::any_of(container.items().begin(), container.items().end(),
                       [&](const Value &held) { return held.equals(item); });
  case Kind::Map:
  case Kind::Namespace:
    return item.is(Kind::String) && container.find(item.text());
  case Kind::Undefined:
    return false;
  default:
    return Status::failure(std::string("expected a string, list or mapping "
                                       "after 'in', found ") +
                           container.kindName());
  }
}

StatusOr<List> itemsOf(const Value &value) {
  List items;
  switch (value.kind()) {
  case Kind::List:
    return value.items();
  case Kind::Map:
    for (const auto &[key, entry] : value.entries()) {
      items.push_back(Value::string(key));
    }
    return items;
  case Kind::String: {
    std::vector<size_t> offsets = characterOffsets(value.text());
    for (size_t i = 0; i + 1 < offsets.size(); ++i) {
      items.push_back(Value::string(
          value.text().substr(offsets[i], offsets[i + 1] - offsets[i])));
    }
    return items;
  }
  case Kind::Undefined:
    return items;
  default:
    return Status::failure(std::string("expected a list, mapping or string to "
                                       "go through, found ") +
                           value.kindName());
  }
}

Value attributeOf(const Value &value, const std::string &name) {
  const Value *found = value.find(name);
  return found ? *found : Value::undefined(name);
}

StatusOr<bool> isLess(const Value &a, const Value &b) {
  if (a.isNumber() && b.isNumber()) {
    return a.is(Kind::Float) || b.is(Kind::Float) ? a.asReal() < b.asReal()
                                                  : a.asInt() < b.asInt();
  }
  if (a.is(Kind::String) && b.is(Kind::String)) {
    return a.text() < b.text();
  }
  return Status::failure(std::string("cannot order ") + a.kindName() + " and " +
                         b.kindName());
}

std::string strip(const std::string &text, const std::string &characters,
                  bool left, bool right) {
  // Whole characters are compared, so that a multi-byte one in `characters`
  // does not take part of another.
  std::vector<size_t> offsets = characterOffsets(text);
  auto strips = [&](size_t i) {
    std::string character =
        text.substr(offsets[i], offsets[i + 1] - offsets[i]);
    return characters.find(character) != std::string::npos;
  };
  size_t begin = 0, end = offsets.size() - 1;
  while (left && begin < end && strips(begin)) {
    ++begin;
  }
  while (right && end > begin && strips(end - 1)) {
    --end;
  }
  return text.substr(offsets[begin], offsets[end] - offsets[begin]);
}

std::string changeCase(std::string text, bool upper) {
  for (char &c : text) {
    if (upper && c >= 'a' && c <= 'z') {
      c = static_cast<char>(c - 'a' + 'A');
    } else if (!upper && c >= 'A' && c <= 'Z') {
      c = static_cast<char>(c - 'A' + 'a');
    }
  }
  return text;
}

StatusOr<bool> applyTest(const std::string &name, const Value &value,
                         const Arguments &arguments) {
  auto is = [&](Kind kind) { return value.is(kind); };
  if (name == "defined") {
    return !is(Kind::Undefined);
  }
  if (name == "undefined") {
    return is(Kind::Undefined);
  }
  if (name == "none") {
    return is(Kind::None);
  }
  if (name == "string") {
    return is(Kind::String);
  }
  if (name == "mapping") {
    return is(Kind::Map);
  }
  if (name == "sequence" || name == "iterable") {
    return is(Kind::String) || is(Kind::List) || is(Kind::Map);
  }
  if (name == "number") {
    return value.isNumber();
  }
  if (name == "integer") {
    return is(Kind::Int);
  }
  if (name == "float") {
    return is(Kind::Float);
  }
  if (name == "boolean") {
    return is(Kind::Bool);
  }
  if (name == "true" || name == "false") {
    return is(Kind::Bool) && value.truthy() == (name == "true");
  }
  if (name == "callable") {
    return is(Kind::Macro);
  }
  if (name == "odd" || name == "even") {
    if (!is(Kind::Int) && !is(Kind::Bool)) {
      return Status::failure("expected an integer for the test '" + name +
                             "', found " + value.kindName());
    }
    return (value.asInt() % 2 != 0) == (name == "odd");
  }
  const Value *other = arguments.get(0, "other");
  auto needsOther = [&]() -> Status {
    return other
               ? Status()
               : Status::failure("the test '" + name + "' lacks its argument");
  };
  if (name == "equalto" || name == "eq" || name == "sameas" || name == "ne") {
    FOT_RETURN_IF_ERROR(needsOther());
    return value.equals(*other) != (name == "ne");
  }
  if (name == "in") {
    FOT_RETURN_IF_ERROR(needsOther());
    return contains(*other, value);
  }
  if (name == "lt" || name == "lessthan") {
    FOT_RETURN_IF_ERROR(needsOther());
    return isLess(value, *other);
  }
  if (name == "gt" || name == "greaterthan") {
    FOT_RETURN_IF_ERROR(needsOther());
    return isLess(*other, value);
  }
  if (name == "divisibleby") {
    FOT_RETURN_IF_ERROR(needsOther());
    if (!is(Kind::Int) || !other->is(Kind::Int) || other->asInt() == 0) {
      return Status::failure("expected integers, the second not 0, for the "
                             "test 'divisibleby'");
    }
    return other->asInt() == -1 || value.asInt() % other->asInt() == 0;
  }
  return Status::failure("unsupported test '" + name + "'");
}

} // namespace fot::rt::jinja
