// The filters.
#include "runtime/text/jinja/Builtins.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <functional>
#include <map>

namespace fot::rt::jinja {

using Kind = Value::Kind;

static const std::string whiteSpace = " \t\n\r\v\f";

static StatusOr<Value> join(const Value &value, const Arguments &arguments) {
  FOT_ASSIGN_OR_RETURN(List items, itemsOf(value));
  const Value *separator = arguments.get(0, "d");
  const Value *attribute = arguments.get(1, "attribute");
  std::string text;
  for (size_t i = 0; i < items.size(); ++i) {
    Value item =
        attribute ? attributeOf(items[i], attribute->text()) : items[i];
    FOT_ASSIGN_OR_RETURN(std::string printed, item.print());
    text += (i > 0 && separator ? separator->text() : "") + printed;
  }
  return Value::string(std::move(text));
}

static StatusOr<Value> length(const Value &value) {
  switch (value.kind()) {
  case Kind::String:
    return Value::integer(static_cast<int64_t>(countCharacters(value.text())));
  case Kind::List:
    return Value::integer(static_cast<int64_t>(value.items().size()));
  case Kind::Map:
    return Value::integer(static_cast<int64_t>(value.entries().size()));
  case Kind::Undefined:
    return Value::integer(0);
  default:
    return Status::failure(std::string("expected a string, list or mapping "
                                       "for 'length', found ") +
                           value.kindName());
  }
}

/// select, reject, selectattr and rejectattr.
static StatusOr<Value> select(const std::string &name, const Value &value,
                              const Arguments &arguments) {
  bool byAttribute = name == "selectattr" || name == "rejectattr";
  bool keep = name[0] == 's';
  size_t first = byAttribute ? 1 : 0;
  if (byAttribute && arguments.values.empty()) {
    return Status::failure("the filter '" + name + "' lacks its attribute");
  }
  Arguments rest;
  if (arguments.values.size() > first + 1) {
    rest.values.assign(arguments.values.begin() + first + 1,
                       arguments.values.end());
  }
  FOT_ASSIGN_OR_RETURN(List items, itemsOf(value));
  List kept;
  for (Value &item : items) {
    Value tested =
        byAttribute ? attributeOf(item, arguments.values[0].text()) : item;
    bool passes = tested.truthy();
    if (arguments.values.size() > first) {
      FOT_ASSIGN_OR_RETURN(
          passes, applyTest(arguments.values[first].text(), tested, rest));
    }
    if (passes == keep) {
      kept.push_back(std::move(item));
    }
  }
  return Value::list(std::move(kept));
}

static StatusOr<Value> mapItems(const Value &value,
                                const Arguments &arguments) {
  FOT_ASSIGN_OR_RETURN(List items, itemsOf(value));
  const Value *attribute = arguments.get(SIZE_MAX, "attribute");
  if (!attribute && arguments.values.empty()) {
    return Status::failure("the filter 'map' lacks its argument");
  }
  Arguments rest;
  if (!attribute) {
    rest.values.assign(arguments.values.begin() + 1, arguments.values.end());
    // A filter that applies filters may nest only in itself, once.
    if (arguments.values[0].text() == "map") {
      return Status::failure("unsupported filter 'map' in 'map'");
    }
  }
  List mapped;
  for (const Value &item : items) {
    if (attribute) {
      mapped.push_back(attributeOf(item, attribute->text()));
    } else {
      FOT_ASSIGN_OR_RETURN(Value next,
                           applyFilter(arguments.values[0].text(), item, rest));
      mapped.push_back(std::move(next));
    }
  }
  return Value::list(std::move(mapped));
}

static StatusOr<Value> toInt(const Value &value, const Arguments &arguments) {
  if (value.isNumber()) {
    return Value::integer(value.asInt());
  }
  std::string text = strip(value.text(), whiteSpace, true, true);
  int64_t number = 0;
  auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), number);
  if (!text.empty() && error == std::errc() &&
      end == text.data() + text.size()) {
    return Value::integer(number);
  }
  const Value *fallback = arguments.get(0, "default");
  return fallback ? *fallback : Value::integer(0);
}

static StatusOr<Value> reverse(const Value &value) {
  FOT_ASSIGN_OR_RETURN(List items, itemsOf(value));
  std::reverse(items.begin(), items.end());
  if (!value.is(Kind::String)) {
    return Value::list(std::move(items));
  }
  std::string text;
  for (const Value &character : items) {
    text += character.text();
  }
  return Value::string(std::move(text));
}

/// Filters of the text of a value.
static StatusOr<Value> textFilter(const std::string &name, const Value &value,
                                  const Arguments &arguments) {
  FOT_ASSIGN_OR_RETURN(std::string text, value.print());
  if (name == "trim") {
    const Value *characters = arguments.get(0, "chars");
    return Value::string(
        strip(text, characters ? characters->text() : whiteSpace, true, true));
  }
  if (name == "upper" || name == "lower") {
    return Value::string(changeCase(std::move(text), name == "upper"));
  }
  if (name == "capitalize" || name == "title" || name == "replace") {
    return callMethod(Value::string(std::move(text)), name, arguments);
  }
  return Value::string(std::move(text)); // string, safe
}

using Filter = StatusOr<Value> (*)(const Value &, const Arguments &);

static const std::map<std::string, Filter, std::less<>> &table() {
  static const std::map<std::string, Filter, std::less<>> filters = {
      {"abs",
       [](const Value &value, const Arguments &) -> StatusOr<Value> {
         if (!value.isNumber()) {
           return Status::failure(
               std::string("expected a number for 'abs', found ") +
               value.kindName());
         }
         return value.is(Kind::Float)
                    ? Value::real(std::abs(value.asReal()))
                    : Value::integer(value.asInt() < 0
                                         ? -(value.asInt() + 1) + 1
                                         : value.asInt());
       }},
      {"default",
       [](const Value &value, const Arguments &arguments) -> StatusOr<Value> {
         const Value *other = arguments.get(0, "default_value");
         const Value *boolean = arguments.get(1, "boolean");
         bool lacks = value.is(Kind::Undefined) ||
                      (boolean && boolean->truthy() && !value.truthy());
         return !lacks ? value : other ? *other : Value::string("");
       }},
      {"first",
       [](const Value &value, const Arguments &) -> StatusOr<Value> {
         FOT_ASSIGN_OR_RETURN(List items, itemsOf(value));
         return items.empty() ? Value::undefined("first") : items.front();
       }},
      {"int", toInt},
      {"items",
       [](const Value &value, const Arguments &arguments) -> StatusOr<Value> {
         return value.is(Kind::Undefined)
                    ? Value::list({})
                    : callMethod(value, "items", arguments);
       }},
      {"join", join},
      {"last",
       [](const Value &value, const Arguments &) -> StatusOr<Value> {
         FOT_ASSIGN_OR_RETURN(List items, itemsOf(value));
         return items.empty() ? Value::undefined("last") : items.back();
       }},
      {"length",
       [](const Value &value, const Arguments &) { return length(value); }},
      {"list",
       [](const Value &value, const Arguments &) -> StatusOr<Value> {
         FOT_ASSIGN_OR_RETURN(List items, itemsOf(value));
         return Value::list(std::move(items));
       }},
      {"map", mapItems},
      {"reverse",
       [](const Value &value, const Arguments &) { return reverse(value); }},
      {"tojson",
       [](const Value &value, const Arguments &arguments) -> StatusOr<Value> {
         const Value *indent = arguments.get(0, "indent");
         bool wide = indent && indent->is(Kind::Int);
         int64_t width = wide ? indent->asInt() : -1;
         if (width > 16) {
           return Status::failure("expected at most 16 as indent of 'tojson'");
         }
         FOT_ASSIGN_OR_RETURN(
             std::string text,
             value.toJson(static_cast<int>(std::max<int64_t>(width, -1))));
         return Value::string(std::move(text));
       }},
  };
  return filters;
}

StatusOr<Value> applyFilter(const std::string &name, const Value &value,
                            const Arguments &arguments) {
  for (const char *text : {"trim", "upper", "lower", "capitalize", "title",
                           "replace", "string", "safe"}) {
    if (name == text) {
      return textFilter(name, value, arguments);
    }
  }
  for (const char *selection :
       {"select", "reject", "selectattr", "rejectattr"}) {
    if (name == selection) {
      return select(name, value, arguments);
    }
  }
  auto filter = table().find(name == "count" ? "length"
                             : name == "d"   ? "default"
                                             : name);
  if (filter == table().end()) {
    return Status::failure("unsupported filter '" + name + "'");
  }
  return filter->second(value, arguments);
}

} // namespace fot::rt::jinja
